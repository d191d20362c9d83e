"""What CometBFT may rely on (ABCI 2.0), by a fake one that speaks the same frames."""

import asyncio
import threading

import pytest
from fake_cometbft import PROPOSER, garbage, time_of
from kernel_world import SECOND

from huitong.engine import Application
from huitong.engine.cometbft.protos import abci
from huitong.engine.replay import replay
from huitong.store import memory_store
from huitong.types import Code

ACCEPT, REJECT = 1, 2


def envelope_code(answer):
    return [item.code for item in answer.tx_results]


async def test_answers_come_in_the_order_of_the_requests(driven):
    """CheckTx of good and bad envelopes, echoes and flushes, sent at once on one connection."""
    connection = driven.comet.connections["mempool"]
    good = await driven.envelope(3)
    for number in range(50):
        connection.send(
            abci.Request(echo=abci.RequestEcho(message=str(number))),
            abci.Request(check_tx=abci.RequestCheckTx(tx=good if number % 2 else garbage(number))),
            abci.Request(flush=abci.RequestFlush()),
        )
    for number in range(50):
        assert (await connection.receive()).echo.message == str(number)
        checked = (await connection.receive()).check_tx
        assert checked.code == (0 if number % 2 else Code.ENVELOPE_MALFORMED)
        assert (await connection.receive()).WhichOneof("value") == "flush"


async def test_queries_and_check_tx_do_not_wait_for_a_block(driven):
    release = threading.Event()
    driven.engine._thread.submit(release.wait)
    block = asyncio.create_task(driven.comet.decide([await driven.envelope()]))
    info = await driven.comet.connections["query"].ask("info")
    found = await driven.comet.connections["query"].ask("query", path="store/ibc/key", data=b"absent")
    checked = await driven.comet.check(await driven.envelope())
    assert not block.done()
    assert (info.last_block_height, found.code, found.value, checked.code) == (0, 0, b"", 0)
    release.set()
    assert envelope_code(await block) == [0]


async def test_there_is_exactly_one_result_per_transaction(driven):
    """A faulty proposer's block, with bytes that are no envelopes and one envelope twice."""
    good = await driven.envelope(2)
    answer = await driven.comet.decide([garbage(1), good, b"", good, garbage(2)])
    assert envelope_code(answer) == [1, 0, 1, 1, 1]
    assert answer.tx_results[0].data == b""
    assert answer.tx_results[1].gas_wanted == 200_000


async def test_process_refuses_what_admit_refuses_and_nothing_else(driven):
    good = await driven.envelope()
    assert await driven.comet.process([good]) == ACCEPT
    assert await driven.comet.process([good, good]) == REJECT
    assert await driven.comet.process([garbage(1)]) == REJECT
    assert await driven.comet.process([]) == ACCEPT
    useless = await driven.envelope(secret="nobody")
    assert await driven.comet.process([useless]) == ACCEPT, "what is inside is no reason"
    assert await driven.comet.process([good], time_ns=driven.bench.clock.time_ns + 61 * SECOND) == REJECT


async def test_prepare_keeps_to_the_size_and_leaves_out_what_is_not_admitted(driven):
    first, second = await driven.envelope(), await driven.envelope()
    assert list((await driven.comet.prepare([garbage(1), first, first, second])).txs) == [first, second]
    assert list((await driven.comet.prepare([first, second], max_tx_bytes=len(first) + 20)).txs) == [first]
    assert list((await driven.comet.prepare([first], max_tx_bytes=10)).txs) == []


async def test_proposals_change_nothing_and_their_result_is_used_again(driven):
    envelope = await driven.envelope()
    application = driven.engine._machine.application
    before = application.app_hash
    await driven.comet.prepare([envelope])
    for _ in range(20):
        assert await driven.comet.process([envelope]) == ACCEPT
        assert await driven.comet.process([], time_ns=driven.comet.time_ns() + _) == ACCEPT
    assert application.app_hash == before
    assert driven.engine._machine.candidates <= 8
    calls = []
    driven.engine._machine.application.execute = calls.append
    assert await driven.comet.process([envelope]) == ACCEPT
    assert envelope_code(await driven.comet.decide([envelope])) == [0]
    assert calls == []


async def test_a_proposal_of_ours_is_executed_while_it_is_on_its_way(driven):
    """Prepare answers first; ProcessProposal finds the result and executes nothing."""
    envelope = await driven.envelope()
    application = driven.engine._machine.application
    executed, execute = [], application.execute
    application.execute = lambda decided: (executed.append(decided.envelopes), execute(decided))[1]
    assert list((await driven.comet.prepare([envelope])).txs) == [envelope]
    assert await driven.comet.process([envelope]) == ACCEPT
    assert executed == [(envelope,)]


async def test_finalize_does_not_persist_and_commit_does(driven):
    """A crash between the two: Info names the last committed pair, and the replayed block gives the same."""
    await driven.comet.decide([await driven.envelope()])
    block, decided = driven.comet.build([await driven.envelope()])
    first = await driven.comet.finalize(block, decided)
    await driven.crash()
    info = await driven.start()
    assert info.last_block_height == 1
    assert info.last_block_app_hash == driven.comet.app_hash != first.app_hash
    again = await driven.comet.finalize(block, decided)
    assert again == first
    await driven.comet.commit(block, decided, again)
    await driven.crash()
    info = await driven.start()
    assert (info.last_block_height, info.last_block_app_hash) == (2, first.app_hash)


async def test_a_block_may_be_finalized_again_before_its_commit(driven):
    """CometBFT restarted alone: it replays the block, perhaps another one of that height."""
    first, other = driven.comet.build([await driven.envelope()]), driven.comet.build([await driven.envelope()])
    answer = await driven.comet.finalize(*first)
    assert await driven.comet.finalize(*first) == answer
    assert (await driven.comet.finalize(*other)).app_hash != answer.app_hash
    again = await driven.comet.finalize(*first)
    assert again == answer
    await driven.comet.commit(*first, again)


async def test_init_chain_may_come_again(driven):
    first = await driven.comet.init_chain()
    await driven.crash()
    info = await driven.start()
    assert (info.last_block_height, info.last_block_app_hash) == (0, b"")
    assert await driven.comet.init_chain() == first
    assert first.app_hash == driven.bench.store.tip.app_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_id": "other-1"},
        {"validators": []},
        {"initial_height": 7},
        {"app_state_bytes": b'"00"'},
    ],
)
async def test_another_genesis_halts_the_node(driven, changes):
    with pytest.raises(RuntimeError, match="genesis"):
        await driven.comet.init_chain(**changes)
    assert driven.engine.halted.code == Code.ENGINE_HALTED


async def test_the_chain_idles_when_nothing_is_to_do(driven):
    """A block with envelopes changes the app hash; the proof block after it, and all empty ones, do not."""
    before = driven.comet.app_hash
    await driven.comet.decide([await driven.envelope()])
    changed = driven.comet.app_hash
    assert changed != before
    for _ in range(3):
        driven.bench.clock.time_ns += 3600 * SECOND
        await driven.comet.decide([])
        assert driven.comet.app_hash == changed


async def test_a_decided_block_of_a_wrong_height_halts(driven):
    with pytest.raises(RuntimeError):
        await driven.comet.connections["consensus"].ask(
            "finalize_block", height=5, time=time_of(driven.comet.time_ns()), hash=bytes(32), proposer_address=PROPOSER
        )
    assert driven.engine.halted.code == Code.ENGINE_HALTED


async def test_vote_extensions_are_declined(driven):
    consensus = driven.comet.connections["consensus"]
    assert (await consensus.ask("extend_vote")).vote_extension == b""
    assert (await consensus.ask("verify_vote_extension")).status == REJECT


async def test_bytes_that_are_no_requests_end_their_own_connection_only(driven):
    broken = driven.comet.connections["snapshot"]
    broken.writer.write(b"\x05hello")
    with pytest.raises(ConnectionResetError):
        await broken.receive()
    endless = driven.comet.connections["mempool"]
    endless.writer.write(b"\xff" * 12)
    with pytest.raises(ConnectionResetError):
        await endless.receive()
    assert (await driven.comet.connections["query"].ask("echo", message="still here")).message == "still here"
    assert driven.engine.halted is None


async def test_old_times_carry_no_transactions_once(driven):
    """A proposal far behind the clock refreshes the time; the next one carries what waits, whatever its time."""
    envelope = await driven.envelope()
    await driven.comet.decide([])
    driven.bench.clock.time_ns += 3 * SECOND
    assert list((await driven.comet.prepare([envelope])).txs) == []
    assert list((await driven.comet.prepare([envelope])).txs) == [envelope], "a later round of the same height"
    await driven.comet.decide([], time_ns=driven.comet.time_ns())
    driven.bench.clock.time_ns += 3 * SECOND
    assert list((await driven.comet.prepare([envelope])).txs) == [envelope], "not twice in a row"
    await driven.comet.decide([])
    driven.bench.clock.time_ns += 3 * SECOND
    assert list((await driven.comet.prepare([envelope])).txs) == [], "other empty blocks do not count"


async def test_the_same_blocks_give_the_same_bytes_without_cometbft(driven):
    """Stored blocks executed again by the application alone, as the embedded engine does, with every hash compared."""
    for count in (1, 3, 0, 2):
        await driven.comet.decide([await driven.envelope(count)] if count else [])
    await driven.engine.proved(3)
    source = driven.bench.store
    target = Application(driven.bench.kernel, memory_store(), driven.bench.genesis, driven.bench.document)
    assert replay(source, target, 4) == driven.comet.app_hash == source.tip.app_hash
