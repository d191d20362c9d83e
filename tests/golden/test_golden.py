"""The recorded ledgers give the recorded hashes, through the kernel alone and through the application."""

import pytest
from golden_ledgers import LEDGERS, Naked, Recorded
from ledger_world import Ledger, document_of

from huitong.crypto import ExecResult, results_hash
from huitong.types import Code

BITS = (4, 7)
REACHED = {
    "ledger": {
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
    },
    "network": {
        Code.PERMISSION_MISSING,
        Code.ORGANISATION_UNKNOWN,
        Code.NETWORK_ENTRY_EXISTS,
        Code.NETWORK_ENTRY_UNKNOWN,
        Code.QUORUM_WOULD_BREAK,
        Code.VALIDATOR_CHANGE_PENDING,
        Code.PARAMETER_OUT_OF_BOUNDS,
        Code.LAST_OF_NETWORK,
        Code.RULES_NOT_LATER,
    },
}


@pytest.fixture(scope="module", params=LEDGERS)
def recorded(request):
    return Recorded(request.param)


def outcome(results):
    return [[one.code, one.data.hex(), one.gas_wanted, one.gas_used] for one in results]


@pytest.mark.parametrize("bits", BITS)
def test_kernel_and_trees_give_the_recorded_hashes(recorded, bits):
    naked = Naked(recorded.kernel(), recorded.genesis, bits)
    assert naked.app_hash().hex() == recorded.first["app_hash"]
    for line in recorded.blocks:
        result = naked.run(line)
        assert [[one.receipt.code for one in item.transactions] for item in result.envelopes] == line["codes"]
        assert outcome(result.envelopes) == line["results"], line["height"]
        assert naked.app_hash().hex() == line["app_hash"], line["height"]
        results = [ExecResult(item.code, item.data, item.gas_wanted, item.gas_used) for item in result.envelopes]
        assert results_hash(results).hex() == line["results_hash"]


def test_application_gives_the_recorded_hashes_and_blocks(recorded):
    genesis = recorded.genesis
    assert document_of(genesis).hex() == recorded.first["genesis"]
    ledger = Ledger(recorded.kernel(), genesis)
    assert ledger.application.app_hash.hex() == recorded.first["app_hash"]
    for line in recorded.blocks:
        finalized, block_id = ledger.run(int(line["time_ns"]), tuple(bytes.fromhex(raw) for raw in line["envelopes"]))
        assert outcome(finalized.results) == line["results"], line["height"]
        assert finalized.app_hash.hex() == line["app_hash"], line["height"]
        assert [block_id.hash.hex(), block_id.part_total, block_id.part_hash.hex()] == line["block_id"]
    assert ledger.application.height == len(recorded.blocks)


def test_the_ledger_reaches_what_it_is_meant_to_hold(recorded):
    blocks = recorded.blocks
    codes = {code for line in blocks for envelope in line["codes"] for code in envelope}
    assert codes >= {0, *REACHED[recorded.name]}
    assert len(blocks) >= 25
    assert [] in [line["envelopes"] for line in blocks], "empty blocks are part of it"
    assert any(result[0] for line in blocks for result in line["results"]), "so are inadmissible envelopes"


def test_one_changed_byte_changes_what_follows(recorded):
    """The replay is no tautology: it would notice."""
    naked = Naked(recorded.kernel(), recorded.genesis, BITS[0])
    raw = bytearray.fromhex(recorded.blocks[0]["envelopes"][0])
    raw[-1] ^= 1
    naked.run(recorded.blocks[0] | {"envelopes": [raw.hex()]})
    assert naked.app_hash().hex() != recorded.blocks[0]["app_hash"]
