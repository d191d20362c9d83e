"""Transactions through this node's gateway: into envelopes, to CometBFT, and again when one is lost."""

import asyncio

import pytest
from kernel_world import SECOND

from huitong.crypto import verify_bundle
from huitong.crypto.bundle import trust_document
from huitong.kernel import CONTRACTS_ADDRESS, ExecutionHaltedError
from huitong.types import Call, Code, HuitongError, decode_envelope
from huitong.types.limits import MAX_TRANSACTION_BYTES


async def submitted(driven, count=1):
    """Submissions that are in an envelope in CometBFT's pool."""
    before = len(driven.comet.pool)
    found = await driven.engine.submit_many([driven.bench.transaction() for _ in range(count)])
    await driven.comet.until_pool(before + 1)
    return found


async def test_a_transaction_is_committed_and_its_receipt_proved(driven):
    (submission,) = await submitted(driven)
    await driven.comet.block()
    outcome = await submission.committed()
    assert (outcome.height, outcome.envelope, outcome.index, outcome.receipt.code) == (1, 0, 0, 0)
    proving = asyncio.create_task(driven.engine.prove_receipt(submission.tx_id))
    await driven.comet.block()
    suite, validators = driven.bench.kernel.suite, driven.engine.validators_at(1)
    bundle = (await proving).bundle(suite, validators)
    trust = trust_document(driven.bench.genesis.chain_id, suite, validators)
    assert verify_bundle(bundle, trust).tx_id == submission.tx_id


async def test_what_comes_together_shares_an_envelope_and_keeps_its_order(driven):
    found = await submitted(driven, 40)
    answer = await driven.comet.block()
    assert len(answer.tx_results) == 1
    outcomes = [await submission.committed() for submission in found]
    assert [outcome.index for outcome in outcomes] == list(range(40))


async def test_state_is_proved_under_the_next_header(driven):
    await submitted(driven)
    await driven.comet.block()
    proving = asyncio.create_task(driven.engine.prove_state("ibc", b"absent"))
    await driven.comet.block()
    proved = await proving
    assert (proved.value, proved.signed.header.height) == (None, 2)
    bundle = proved.bundle(driven.bench.kernel.suite, driven.engine.validators_at(1))
    trust = trust_document(driven.bench.genesis.chain_id, driven.bench.kernel.suite, driven.engine.validators_at(1))
    assert verify_bundle(bundle, trust).block_height == 1


async def test_an_expired_envelope_is_made_anew(driven):
    """The chain stood still for more than a minute: the old envelope leaves the pool, its transaction does not end."""
    raw = driven.bench.transaction(valid_until=driven.bench.clock.time_ns + 300 * SECOND)
    submission = await driven.engine.submit(raw)
    await driven.comet.until_pool(1)
    old = driven.comet.pool[0]
    driven.bench.clock.time_ns += 61 * SECOND
    await driven.comet.decide([])
    assert (await driven.comet.check(old, 1)).code == Code.ENVELOPE_EXPIRED
    driven.comet.pool.clear()
    await driven.comet.decide([])
    await driven.comet.until_pool(1)
    new = driven.comet.pool[0]
    assert decode_envelope(new).txs == decode_envelope(old).txs
    await driven.comet.block()
    assert (await submission.committed()).receipt.code == 0


async def test_a_transaction_that_expires_while_it_waits_is_rejected(driven):
    submission = await driven.engine.submit(driven.bench.transaction(valid_until=driven.bench.clock.time_ns + SECOND))
    await driven.comet.until_pool(1)
    driven.comet.pool.clear()
    driven.bench.clock.time_ns += 90 * SECOND
    await driven.comet.decide([])
    await driven.comet.decide([])
    outcome = await submission.committed()
    assert (outcome.receipt, outcome.error.code) == (None, Code.EXPIRED)


async def test_a_restarted_cometbft_gets_the_envelope_again(tmp_path, driven):
    await driven.crash()
    await driven.start(spread_again_s=0.05)
    submission = await driven.engine.submit(driven.bench.transaction())
    await driven.comet.until_pool(1)
    lost = driven.comet.pool.pop()
    driven.comet.seen.clear()
    await driven.comet.until_pool(1)
    assert driven.comet.pool == [lost]
    await driven.comet.block()
    assert (await submission.committed()).height == 1


async def test_a_transaction_in_another_gateways_envelope_counts(driven):
    """The client sent it to two gateways: one receipt, and the later copy is rejected in its block."""
    submission = await driven.engine.submit(driven.bench.transaction())
    await driven.comet.until_pool(1)
    ours = driven.comet.pool[0]
    from huitong.engine.submission import Submission

    copy = Submission(submission.raw, submission.opened)
    other = driven.engine._gateway._packer.seal([copy], 900, driven.bench.clock.time_ns + 60 * SECOND).raw
    await driven.comet.decide([other])
    assert (await submission.committed()).height == 1
    await driven.comet.decide([ours])
    results = list(driven.bench.store.results(2))
    assert results[0].transactions[0].receipt.code == Code.REPLAYED
    assert driven.bench.store.place(submission.tx_id).height == 1


async def test_the_largest_transaction_finds_an_envelope(driven):
    await driven.crash()
    await driven.start(max_bytes=1000)
    call = Call(CONTRACTS_ADDRESS, "nothing", (bytes(MAX_TRANSACTION_BYTES - 600),))
    raw = driven.bench.transaction(calls=(call,), gas_limit=10**7)
    assert MAX_TRANSACTION_BYTES - 600 < len(raw) <= MAX_TRANSACTION_BYTES
    submission = await driven.engine.submit(raw)
    await driven.comet.until_pool(1)
    await driven.comet.block()
    assert (await submission.committed()).receipt.code == Code.METHOD_UNKNOWN


async def test_a_gateway_cannot_fill_the_pool(driven):
    """64 envelopes and one per number; what is in a block or expired makes room."""
    envelopes = [await driven.envelope() for _ in range(65)]
    codes = [(await driven.comet.check(raw)).code for raw in envelopes]
    assert codes == [0] * 64 + [Code.GATEWAY_QUOTA_EXCEEDED]
    assert (await driven.comet.check(envelopes[0])).code == 0, "the same one again"
    driven.engine._gateway._next_seq -= 65
    assert (await driven.comet.check(await driven.envelope())).code == Code.GATEWAY_SEQUENCE_USED
    await driven.comet.decide(envelopes[:1])
    assert (await driven.comet.check(envelopes[64])).code == 0
    assert (await driven.comet.check(envelopes[0], 1)).code == Code.GATEWAY_SEQUENCE_USED
    driven.engine._gateway._next_seq += 64
    driven.bench.clock.time_ns += 61 * SECOND
    assert (await driven.comet.check(await driven.envelope())).code == 0, "the others have expired"


async def test_outstanding_envelopes_are_bounded(driven):
    await driven.crash()
    await driven.start(max_outstanding=2, gather_ms=0)
    for _ in range(5):
        await driven.engine.submit(driven.bench.transaction())
        await asyncio.sleep(0.005)
    await driven.comet.until_pool(2)
    assert driven.engine._gateway.outstanding == 2
    assert driven.engine.waiting == 3
    await driven.comet.block()
    await driven.comet.until_pool(1)
    await driven.comet.block()
    assert driven.bench.store.tip.height == 2


async def test_an_envelope_of_an_earlier_run_may_have_the_same_number(driven):
    """The node died before its envelope was in a block: the second with that number is made anew."""
    await submitted(driven)
    await driven.crash()
    await driven.start()
    (submission,) = await submitted(driven)
    first, second = (decode_envelope(raw).seq for raw in driven.comet.pool)
    assert first == second, "the restarted node does not know the pool"
    await driven.comet.block()
    await driven.comet.until_pool(1)
    await driven.comet.block()
    assert (await submission.committed()).height == 2


async def test_numbers_go_on_behind_what_may_be_on_its_way(driven):
    await submitted(driven)
    await driven.comet.block()
    used = decode_envelope(driven.comet.blocks[0][0].envelopes[0]).seq
    await driven.crash()
    await driven.start()
    await submitted(driven)
    assert decode_envelope(driven.comet.pool[0]).seq == used + 17


async def test_a_transaction_that_kills_workers_is_parted_from_the_others(driven, monkeypatch):
    found = await submitted(driven, 3)
    deadly = found[1].tx_id
    apply_block = driven.bench.kernel.apply_block

    def dying(view, history, block):
        if any(found[1].raw in raw for raw in block.envelopes):
            raise ExecutionHaltedError(deadly)
        return apply_block(view, history, block)

    monkeypatch.setattr(driven.bench.kernel, "apply_block", dying)
    (envelope,) = driven.comet.pool
    assert list((await driven.comet.prepare()).txs) == [envelope], "it is executed after the answer"
    assert await driven.comet.process([envelope]) == 2
    assert list((await driven.comet.prepare()).txs) == [], "from now on it is left out"
    assert (await driven.comet.check(envelope, 1)).code == Code.NOT_EXECUTABLE
    driven.comet.pool.clear()
    await driven.comet.until_pool(1)
    await driven.comet.block()
    assert [(await found[number].committed()).receipt.code for number in (0, 2)] == [0, 0]
    assert found[1].outcome() is None
    driven.bench.clock.time_ns += 70 * SECOND
    await driven.comet.decide([])
    await driven.comet.decide([])
    assert (await found[1].committed()).error.code == Code.NOT_EXECUTABLE
    with pytest.raises(RuntimeError):
        await driven.comet.decide([envelope])
    assert deadly.hex() in str(driven.engine.halted)
    with pytest.raises(HuitongError) as caught:
        await driven.engine.submit(driven.bench.transaction())
    assert caught.value.code == Code.ENGINE_HALTED
