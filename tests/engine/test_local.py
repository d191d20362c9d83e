"""The embedded engine: blocks on demand, answers after durability, proof blocks, restart."""

import asyncio
import random

import pytest
from engine_world import SENDERS, Bench
from kernel_world import CHAIN_ID, SECOND, address, key

from huitong.cli.bench.transfers import START_BALANCE, Transfers
from huitong.crypto import (
    INTERNATIONAL,
    ExecResult,
    data_hash,
    header_hash,
    key_address,
    module_address,
    results_hash,
    verify_commit,
)
from huitong.engine import LocalSettings, Submission
from huitong.state import keys
from huitong.store import open_store
from huitong.types import Call, Code, Gateway, GenesisValidator, HuitongError, Rejected
from huitong.types.registry import STORE_MAIN, ModuleId


@pytest.fixture
async def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
async def engine(bench):
    running = bench.engine()
    await running.start()
    yield running
    await running.stop()


async def test_a_new_chain_proves_its_genesis_and_then_idles(bench, engine):
    assert engine.height == 1
    assert bench.store.header(1)[0].app_hash == bench.maker.application.app_hash
    await asyncio.sleep(0)
    assert not bench.maker.needs_proof_block()
    assert bench.store.header(2) is None


async def test_a_lonely_transaction_gets_a_block_and_a_proof_block(bench, engine):
    submission = await engine.submit(bench.transaction())
    outcome = await submission.committed()
    assert (outcome.height, outcome.envelope, outcome.index) == (2, 0, 0)
    assert outcome.receipt.code == 0
    assert outcome.receipt.tx_id == submission.tx_id
    signed = await engine.proved(2)
    assert signed.header.height == 3
    assert signed.header.app_hash == bench.store.tip.app_hash
    assert signed.header.last_results_hash == bench.store.header(3)[0].last_results_hash
    assert bench.store.envelopes(3) == ()
    assert bench.store.header(4) is None


async def test_headers_chain_and_commits_verify(bench, engine):
    for _ in range(3):
        await (await engine.submit(bench.transaction())).committed()
    await engine.proved(engine.height)
    validators = engine.validators_at(1)
    before = None
    for height in range(1, bench.store.tip.height + 1):
        signed = bench.store.signed_header(height)
        header = signed.header
        assert header_hash(header) == signed.commit.block_id.hash
        verify_commit(CHAIN_ID, validators, signed.commit.block_id, height, signed.commit)
        assert header.data_hash == data_hash(bench.store.envelopes(height))
        if before is not None:
            assert header.last_block_id == before.commit.block_id
            assert header.time_ns > before.header.time_ns
            results = [
                ExecResult(item.code, item.data, item.gas_wanted, item.gas_used)
                for item in bench.store.results(height - 1)
            ]
            assert header.last_results_hash == results_hash(results)
        before = signed


async def test_a_restart_goes_on_where_it_stopped(tmp_path):
    first = Bench(tmp_path, open_store(tmp_path / "store"))
    engine = first.engine()
    await engine.start()
    ids = []
    for _ in range(3):
        submission = await engine.submit(first.transaction())
        await submission.committed()
        ids.append(submission.tx_id)
    await engine.stop()
    tip = first.store.tip
    first.store.close()

    second = Bench(tmp_path, open_store(tmp_path / "store"))
    assert second.store.tip == tip
    assert second.maker.application.app_hash == tip.app_hash
    assert not second.maker.needs_proof_block()
    engine = second.engine()
    await engine.start()
    assert engine.height == tip.height
    outcome = await (await engine.submit(second.transaction(salt=99))).committed()
    assert outcome.receipt.code == 0
    with pytest.raises(Rejected) as caught:
        await engine.submit(first.transaction(salt=1))
    assert caught.value.code == Code.REPLAYED
    await engine.stop()
    second.store.close()


async def test_a_restart_makes_the_proof_block_that_was_missing(tmp_path):
    first = Bench(tmp_path, open_store(tmp_path / "store"))
    first.maker.make([])
    submission = Submission(first.transaction(), first.kernel.open_transaction(first.transaction(salt=1)))
    made = first.maker.make([submission])
    assert made.block.height == 2
    assert first.maker.needs_proof_block()
    first.store.close()

    second = Bench(tmp_path, open_store(tmp_path / "store"))
    assert second.maker.needs_proof_block()
    engine = second.engine()
    await engine.start()
    assert engine.height == 3
    assert second.store.header(3)[0].app_hash == second.store.tip.app_hash
    await engine.stop()
    second.store.close()


async def test_many_submitters_share_blocks(bench, engine):
    raws = [bench.transaction(SENDERS[index % 3]) for index in range(300)]
    submissions = await engine.submit_many(raws)
    outcomes = await asyncio.gather(*(submission.committed() for submission in submissions))
    assert [outcome.receipt.code for outcome in outcomes] == [0] * 300
    assert len({outcome.height for outcome in outcomes}) <= 3
    assert [outcome.tx_id for outcome in outcomes] == [submission.tx_id for submission in submissions]


async def test_equal_bytes_share_one_end(bench, engine):
    raw = bench.transaction()
    first, second = await asyncio.gather(engine.submit(raw), engine.submit(raw))
    one, other = await asyncio.gather(first.committed(), second.committed())
    assert one == other
    assert one.receipt.code == 0
    with pytest.raises(Rejected) as caught:
        await engine.submit(raw)
    assert caught.value.code == Code.REPLAYED


async def test_a_forged_copy_does_not_take_the_place_of_the_good_one(bench, engine):
    good = bench.transaction(salt=7)
    forged = bench.transaction(salt=7, secret="somebody else")
    answers = await engine.submit_many([forged, good])
    assert isinstance(answers[0], Rejected)
    assert answers[0].code == Code.SIGNATURE_INVALID
    assert (await answers[1].committed()).receipt.code == 0


async def test_refusals_are_immediate_and_coded(bench, engine):
    cases = {
        Code.ENCODING_MALFORMED: b"\xc1",
        Code.CHAIN_WRONG: bench.transaction(chain_id="other-1"),
        Code.EXPIRED: bench.transaction(valid_until=bench.clock.time_ns - 10 * SECOND),
        Code.VALID_UNTIL_TOO_FAR: bench.transaction(valid_until=bench.clock.time_ns + 10_000 * SECOND),
        Code.SIGNER_UNKNOWN: bench.transaction(sender="nobody"),
        Code.SIGNATURE_INVALID: bench.transaction(secret="somebody else"),
    }
    answers = await engine.submit_many(list(cases.values()))
    assert [answer.code for answer in answers] == list(cases)
    assert engine.height == 1


async def test_a_pool_that_is_full_says_so(tmp_path):
    bench = Bench(tmp_path, settings=LocalSettings(max_waiting=2, verifier_workers=0))
    engine = bench.engine()
    await engine.start()
    answers = await engine.submit_many([bench.transaction() for _ in range(5)])
    codes = [answer.code if isinstance(answer, HuitongError) else 0 for answer in answers]
    assert codes == [0, 0, Code.POOL_FULL, Code.POOL_FULL, Code.POOL_FULL]
    for answer in answers[:2]:
        assert (await answer.committed()).receipt.code == 0
    assert not isinstance(await engine.submit(bench.transaction()), HuitongError)
    await engine.stop()


async def test_what_expires_while_it_waits_is_in_no_block(bench):
    submission = Submission(b"", bench.kernel.open_transaction(bench.transaction()))
    bench.clock.time_ns += 3600 * SECOND
    made = bench.maker.make([submission])
    assert made.block is None
    assert [(item, error.code) for item, error in made.dropped] == [(submission, Code.EXPIRED)]
    assert bench.store.tip.height == 0


async def test_what_is_refused_inside_a_block_has_a_receipt(bench):
    raw = bench.transaction()
    twins = [Submission(raw, bench.kernel.open_transaction(raw)) for _ in range(2)]
    made = bench.maker.make(twins)
    codes = [outcome.receipt.code for _, outcome in made.finished]
    assert codes == [0, Code.REPLAYED]
    place = bench.store.place(twins[0].tx_id)
    assert (place.height, place.envelope, place.index) == (1, 0, 0)


async def test_large_loads_are_cut_into_envelopes(bench, engine):
    memo = b"m" * 200
    gas = 30_000
    raws = [
        bench.transaction(memo=memo, gas_limit=gas, valid_until=bench.clock.time_ns + 60 * SECOND) for _ in range(1500)
    ]
    submissions = await engine.submit_many(raws)
    outcomes = await asyncio.gather(*(submission.committed() for submission in submissions))
    assert {outcome.receipt.code for outcome in outcomes} <= {0, Code.OUT_OF_GAS}
    sizes = [len(raw) for height in range(2, engine.height + 1) for raw in bench.store.envelopes(height)]
    assert max(sizes) <= 512 * 1024
    assert len(sizes) >= 2


async def test_subscribers_see_every_block_once_and_slow_ones_are_cut_off(bench, engine):
    quick, slow = engine.subscribe(), engine.subscribe(capacity=1)
    for _ in range(3):
        await (await engine.submit(bench.transaction())).committed()
    await engine.proved(engine.height)
    blocks = aiter(quick)
    expected = list(range(2, engine.height + 1))
    assert [(await anext(blocks)).height for _ in expected] == expected
    late = aiter(slow)
    assert (await anext(late)).height == 2
    with pytest.raises(HuitongError) as caught:
        await anext(late)
    assert caught.value.code == Code.READER_TOO_SLOW


async def test_a_stopped_engine_refuses_and_has_finished_what_it_accepted(tmp_path):
    bench = Bench(tmp_path)
    engine = bench.engine()
    await engine.start()
    submissions = [await engine.submit(bench.transaction()) for _ in range(5)]
    await engine.stop()
    assert [submission.outcome().receipt.code for submission in submissions] == [0] * 5
    assert not bench.maker.needs_proof_block()
    with pytest.raises(HuitongError) as caught:
        await engine.submit(bench.transaction())
    assert caught.value.code == Code.STOPPING


async def test_the_validator_must_be_able_to_decide_alone(tmp_path):
    with pytest.raises(HuitongError) as caught:
        Bench(
            tmp_path,
            validators=(
                GenesisValidator(key("validator").public_key, 2, "hospital-a"),
                GenesisValidator(key("other").public_key, 1, "hospital-b"),
            ),
        )
    assert caught.value.code == Code.NODE_CONFIGURATION


async def test_the_gateway_must_be_known(tmp_path):
    stranger = Gateway(1, "hospital-a", 1, key("another gateway").public_key, 10**10, 4 << 20, active=True)
    with pytest.raises(HuitongError) as caught:
        Bench(tmp_path, gateways=(stranger,))
    assert caught.value.code == Code.NODE_CONFIGURATION
    assert key_address(INTERNATIONAL, 1, key("gateway").public_key) == address("gateway")


async def test_of_two_hundred_who_spend_the_same_one_wins(tmp_path):
    """Every submitter moves the whole balance of one account; money is neither made nor lost."""
    accounts = [bytes((number,)) * 20 for number in range(1, 21)]
    bench = Bench(tmp_path, modules=(Transfers(accounts),))
    engine = bench.engine()
    await engine.start()
    target = module_address(ModuleId.BENCH)
    chance = random.Random(5)
    raws = [
        bench.transaction(
            SENDERS[index % 3],
            calls=(Call(target, "transfer", (accounts[0], chance.choice(accounts[1:]), START_BALANCE)),),
        )
        for index in range(200)
    ]
    submissions = await asyncio.gather(*(engine.submit(raw) for raw in raws))
    outcomes = await asyncio.gather(*(submission.committed() for submission in submissions))
    codes = sorted(outcome.receipt.code for outcome in outcomes)
    assert codes == [0] + [Code.ARGUMENTS_INVALID] * 199
    view = engine.snapshot().view(STORE_MAIN)
    balances = [int.from_bytes(view.get(keys.module(ModuleId.BENCH, account))[:16], "big") for account in accounts]
    assert sum(balances) == START_BALANCE * len(accounts)
    assert sorted(balances) == [0] + [START_BALANCE] * 18 + [2 * START_BALANCE]
    await engine.stop()
