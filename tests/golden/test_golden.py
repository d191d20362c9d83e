"""The recorded ledger gives the recorded hashes, through the kernel alone and through the application."""

import json
from pathlib import Path

import msgspec
import pytest
from kernel_world import CHAIN_ID, DictionaryView, Verifier
from ledger_world import Ledger, document_of
from trivial_engine import TrivialEngine

from huitong.crypto import INTERNATIONAL, ExecResult, results_hash, sha256
from huitong.kernel import DecidedBlock, Kernel
from huitong.modules.identity import Directory, Identity
from huitong.state import SparseMerkleTree, app_hash
from huitong.types import Code, Genesis, decode

LEDGER = Path(__file__).with_name("ledger.jsonl")
BITS = (4, 7)
REACHED = {
    Code.MEMBER_EXISTS,
    Code.PERMISSION_MISSING,
    Code.SIGNATURE_INVALID,
    Code.LAST_ADMIN,
    Code.REFUSED_BY_CONTRACT,
    Code.OUT_OF_GAS,
    Code.REPLAYED,
    Code.EXPIRED,
    Code.ENCODING_TOO_DEEP,
    Code.ENVELOPE_GAS_EXCEEDED,
}


@pytest.fixture(scope="module")
def recorded():
    lines = [json.loads(line) for line in LEDGER.read_text().splitlines()]
    return lines[0], lines[1:]


def genesis_of(first) -> Genesis:
    fields = decode(bytes.fromhex(first["genesis"]), list)
    kinds = {name: Genesis.__annotations__[name] for name in Genesis.__struct_fields__ if name != "continues"}
    return Genesis(**{name: msgspec.convert(value, kinds[name]) for name, value in zip(kinds, fields, strict=True)})


def kernel() -> Kernel:
    return Kernel(
        chain_id=CHAIN_ID,
        suite=INTERNATIONAL,
        directory=Directory(),
        modules=(Identity(INTERNATIONAL),),
        engines=(TrivialEngine(),),
        verifier=Verifier(),
    )


class Naked:
    """Kernel, dictionaries and trees, without any engine or store."""

    def __init__(self, genesis, bits):
        self.kernel = kernel()
        self.view = DictionaryView()
        self.ids = {}
        self.records = {"main": {}, "ibc": {}}
        self.trees = {name: SparseMerkleTree(sha256, bits, records) for name, records in self.records.items()}
        writes = self.kernel.genesis_writes(genesis)
        self.view.apply(writes["main"])
        self.update(writes)

    def seen(self, tx_id):
        return any(tx_id in ids for ids in self.ids.values())

    def update(self, writes):
        for name, changes in writes.items():
            for number, record in self.trees[name].update(changes).buckets.items():
                self.records[name][number] = record or None

    def app_hash(self):
        return app_hash({name: tree.root for name, tree in self.trees.items()})

    def run(self, line):
        block = DecidedBlock(
            chain_id=CHAIN_ID,
            height=line["height"],
            time_ns=int(line["time_ns"]),
            proposer=bytes.fromhex(line["proposer"]),
            last_header_hash=bytes.fromhex(line["last_header_hash"]),
            header_hashes=tuple((height, bytes.fromhex(found)) for height, found in line["header_hashes"]),
            envelopes=tuple(bytes.fromhex(raw) for raw in line["envelopes"]),
        )
        result = self.kernel.apply_block(self.view, self, block)
        self.view.apply(result.writes["main"])
        self.ids[line["height"]] = result.new_ids
        for height in result.forgotten:
            del self.ids[height]
        self.update(result.writes)
        return result


def outcome(results):
    return [[one.code, one.data.hex(), one.gas_wanted, one.gas_used] for one in results]


@pytest.mark.parametrize("bits", BITS)
def test_kernel_and_trees_give_the_recorded_hashes(recorded, bits):
    first, blocks = recorded
    naked = Naked(genesis_of(first), bits)
    assert naked.app_hash().hex() == first["app_hash"]
    for line in blocks:
        result = naked.run(line)
        assert [[one.receipt.code for one in item.transactions] for item in result.envelopes] == line["codes"]
        assert outcome(result.envelopes) == line["results"], line["height"]
        assert naked.app_hash().hex() == line["app_hash"], line["height"]
        results = [ExecResult(item.code, item.data, item.gas_wanted, item.gas_used) for item in result.envelopes]
        assert results_hash(results).hex() == line["results_hash"]


def test_application_gives_the_recorded_hashes_and_blocks(recorded):
    first, blocks = recorded
    genesis = genesis_of(first)
    assert document_of(genesis).hex() == first["genesis"]
    ledger = Ledger(kernel(), genesis)
    assert ledger.application.app_hash.hex() == first["app_hash"]
    for line in blocks:
        finalized, block_id = ledger.run(int(line["time_ns"]), tuple(bytes.fromhex(raw) for raw in line["envelopes"]))
        assert outcome(finalized.results) == line["results"], line["height"]
        assert finalized.app_hash.hex() == line["app_hash"], line["height"]
        assert [block_id.hash.hex(), block_id.part_total, block_id.part_hash.hex()] == line["block_id"]
    assert ledger.application.height == len(blocks)


def test_the_ledger_reaches_what_it_is_meant_to_hold(recorded):
    _, blocks = recorded
    codes = {code for line in blocks for envelope in line["codes"] for code in envelope}
    assert codes >= {0, *REACHED}
    assert len(blocks) >= 28
    assert [] in [line["envelopes"] for line in blocks], "empty blocks are part of it"
    assert any(result[0] for line in blocks for result in line["results"]), "so are inadmissible envelopes"


def test_one_changed_byte_changes_what_follows(recorded):
    """The replay is no tautology: it would notice."""
    first, blocks = recorded
    naked = Naked(genesis_of(first), BITS[0])
    raw = bytearray.fromhex(blocks[0]["envelopes"][0])
    raw[-1] ^= 1
    naked.run(blocks[0] | {"envelopes": [raw.hex()]})
    assert naked.app_hash().hex() != blocks[0]["app_hash"]
