"""One suite for both engines: the same heights, times, proposers, header hashes and envelopes give the same bytes.

The embedded engine's blocks are fed to the node under CometBFT, over ABCI, with their header hashes, and to a naive
replay: kernel, dictionaries, and roots by their definition. The other direction is in test_abci_network.py.
"""

from typing import Any

import pytest
from engine_world import Bench, FakeClock
from fake_cometbft import FakeCometBFT, comet_engine
from golden_ledgers import LEDGERS, Naked, Recorded
from kernel_world import key
from ledger_world import Ledger, document_of
from naive_kernel import naive_app_hash, naive_root
from network_scenario import NETWORK, TWO, limits, network_modules

from huitong.crypto import consensus_hash, validators_hash
from huitong.engine import Verdicts
from huitong.store import memory_store
from huitong.types import NO_COMMIT, Block, BlockId, Call, Commit, encode
from huitong.types.registry import STORE_MAIN

IBC = naive_root({b"huitong/sentinel": b"\1"})
EVERYTHING = (b"", b"\xff" * 64)
CHECKED = 1
"""What ProcessProposal answers to a block that `admit` takes."""

Decided = tuple[Block, BlockId, Commit]


class Peer:
    """A node under CometBFT with an empty store, for the chain of a genesis."""

    def __init__(self, genesis: Any, document: bytes, kernel: Any, verdicts: Verdicts) -> None:
        self.genesis = genesis
        self.document = document
        self.kernel = kernel
        self.verdicts = verdicts
        self.store = memory_store()
        self.clock = FakeClock()


async def fed(folder: Any, peer: Any, blocks: list[Decided]) -> list[Any]:
    """Decide the blocks under CometBFT, header hashes and all; what the peer answered to FinalizeBlock.

    Every header must be the one that CometBFT would have made from the peer's answers before it.
    """
    comet = FakeCometBFT(peer)
    engine = comet_engine(peer, folder, await comet.listen())
    await engine.start()
    await comet.dial(folder / "abci.sock")
    await comet.handshake()
    answers = []
    for block, decided, commit in blocks:
        header = block.header
        assert (header.app_hash, header.version_app) == (comet.app_hash, comet.version), header.height
        assert header.consensus_hash == consensus_hash(*comet.limits)
        sets = [validators_hash(comet.validators_at(header.height + ahead)) for ahead in (0, 1)]
        assert sets == [header.validators_hash, header.next_validators_hash]
        consensus = comet.connections["consensus"]
        judged = await consensus.ask("process_proposal", **comet.described(block, decided))
        answer = await comet.finalize(block, decided)
        admitted = all(item.code == 0 for item in answer.tx_results)
        assert (judged.status == CHECKED) == admitted
        comet._update(header.height, answer)
        comet.blocks.append((block, decided, commit))
        comet.app_hash = answer.app_hash
        await consensus.ask("commit")
        answers.append(answer)
    await engine.proved(len(blocks) - 1)
    await engine.stop()
    await comet.close()
    return answers


def outcome(results: Any) -> list[Any]:
    return [[item.code, item.data.hex(), item.gas_wanted, item.gas_used] for item in results]


def state(store: Any) -> dict[bytes, bytes]:
    return dict(store.live(STORE_MAIN).scan(*EVERYTHING))


def alike(one: Any, other: Any, heights: int) -> None:
    """The two stores hold the same chain: state, headers, envelopes, receipts and events, sets of validators."""
    assert state(one) == state(other)
    assert one.tip.app_hash == other.tip.app_hash
    for height in range(1, heights + 1):
        assert one.envelopes(height) == other.envelopes(height)
        assert encode(list(one.results(height))) == encode(list(other.results(height)))
        assert one.validators(height) == other.validators(height)
        if height < heights:
            assert one.signed_header(height) == other.signed_header(height), height


@pytest.mark.parametrize("name", LEDGERS)
async def test_recorded_blocks_give_the_same_bytes_on_both_engines_and_naively(tmp_path, name):
    recorded = Recorded(name)
    genesis = recorded.genesis
    embedded = Ledger(recorded.kernel(), genesis)
    naive = Naked(recorded.kernel(), genesis, 4)
    for line in recorded.blocks:
        embedded.run(int(line["time_ns"]), tuple(bytes.fromhex(raw) for raw in line["envelopes"]))
    verdicts = Verdicts()
    peer = Peer(genesis, document_of(genesis), recorded.kernel(verdicts), verdicts)
    answers = await fed(tmp_path, peer, embedded.blocks)
    for line, answer in zip(recorded.blocks, answers, strict=True):
        result = naive.run(line)
        assert outcome(answer.tx_results) == outcome(result.envelopes) == line["results"], line["height"]
        rooted = naive_app_hash(naive_root(naive.view.data), IBC)
        assert answer.app_hash == rooted == bytes.fromhex(line["app_hash"]), line["height"]
    alike(embedded.application.store, peer.store, len(recorded.blocks))
    assert state(peer.store) == naive.view.data


async def test_a_chain_of_the_embedded_engine_is_the_same_under_cometbft(tmp_path):
    """Blocks that the engine made itself, of transactions that were sent to it, and changed its network."""
    bench = Bench(tmp_path, modules=network_modules(), rules=TWO)
    engine = bench.engine()
    await engine.start()
    second = key("second validator").public_key
    height = 0
    for method, args in (
        ("set_validator", ("hospital-b", second, 4)),
        ("register_gateway", ("hospital-b", 1, key("later").public_key, 10**9, 1 << 20)),
        ("set_parameters", limits(max_bytes=1 << 20)),
        ("schedule_rules", (2, 8)),
        ("register_node", ("hospital-b", bytes(range(20)), "")),
        ("remove_validator", (second,)),
    ):
        call = bench.transaction(calls=(Call(NETWORK, method, args),), gas_limit=1_000_000)
        done = await (await engine.submit(call)).committed()
        assert done.receipt.code == 0, method
        height = done.height
        await engine.proved(height)
    await engine.stop()
    found = [(number, bench.store.header(number)) for number in range(1, height + 1)]
    blocks = []
    for number, (header, decided) in found:
        before = bench.store.signed_header(number - 1)
        commit = before.commit if before else NO_COMMIT
        signed = bench.store.signed_header(number)
        blocks.append((Block(header, bench.store.envelopes(number), commit), decided, signed.commit))
    (tmp_path / "peer").mkdir()
    peer = Bench(tmp_path / "peer", modules=network_modules(), rules=TWO)
    await fed(tmp_path, peer, blocks)
    alike(bench.store, peer.store, height)
    assert peer.store.header(height)[0].version_app == 2
