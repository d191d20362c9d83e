"""The memory of verified signatures saves time and never decides; batches go to other processes."""

import asyncio
import os
import signal

import pytest
from kernel_world import key

from huitong.crypto import private_key, sha256
from huitong.engine import Verdicts, VerifierPool
from huitong.engine import verdicts as verdicts_module
from huitong.types.registry import KeyKind

KEY = key("alice@hospital-a")
SLOW_KEY = private_key(KeyKind.P256, sha256(b"p-256"))


def check(message, good=True):
    signature = KEY.sign(message) if good else bytes(64)
    return (KEY.kind, KEY.public_key, message, signature)


def slow(message, good=True):
    """A check of a kind that worker processes do, with the native crate or without."""
    signature = SLOW_KEY.sign(message) if good else bytes(64)
    return (SLOW_KEY.kind, SLOW_KEY.public_key, message, signature)


async def awake_processes(pool):
    pool._begin()
    await asyncio.wrap_future(pool._starting)


@pytest.fixture
def counted(monkeypatch):
    calls = []
    real = verdicts_module.verify
    monkeypatch.setattr(verdicts_module, "verify", lambda *args: calls.append(args) or real(*args))
    return calls


def test_a_good_signature_is_computed_once(counted):
    verdicts = Verdicts()
    assert verdicts.verify(*check(b"a"))
    assert verdicts.verify(*check(b"a"))
    assert len(counted) == 1


def test_a_bad_one_is_computed_every_time_and_not_remembered(counted):
    verdicts = Verdicts()
    assert not verdicts.verify(*check(b"a", good=False))
    assert not verdicts.verify(*check(b"a", good=False))
    assert len(counted) == 2
    assert not verdicts.knows(check(b"a", good=False))


def test_memory_is_bounded(counted):
    verdicts = Verdicts(max_bytes=4_000)
    for number in range(100):
        verdicts.verify(*check(bytes((number,))))
    kept = [number for number in range(100) if verdicts.knows(check(bytes((number,))))]
    assert 5 <= len(kept) <= 10
    assert kept[-1] == 99


def test_collecting_computes_nothing(counted):
    verdicts = Verdicts()
    with verdicts.collect() as pending:
        assert verdicts.verify(*check(b"a", good=False))
    assert pending == [check(b"a", good=False)]
    assert counted == []
    assert not verdicts.verify(*check(b"a", good=False))


def test_a_check_that_differs_in_any_part_is_another_one(counted):
    verdicts = Verdicts()
    kind, public_key, message, signature = known = check(b"a")
    assert verdicts.verify(*known)
    others = [(kind + 1, public_key, message, signature), (kind, public_key, b"b", signature)]
    others += [(kind, SLOW_KEY.public_key, message, signature), (kind, public_key, message, bytes(64))]
    assert not any(verdicts.knows(other) or verdicts.verify(*other) for other in others)
    assert len(counted) == 5


@pytest.mark.parametrize("workers", [0, 1, 2])
async def test_a_batch_finds_exactly_the_bad_ones(workers):
    verdicts = Verdicts()
    pool = VerifierPool(verdicts, workers)
    checks = [check(number.to_bytes(2, "big"), good=number % 7 != 3) for number in range(300)]
    try:
        bad = await pool.verify(checks)
    finally:
        pool.close()
    assert bad == [item for number, item in enumerate(checks) if number % 7 == 3]
    assert all(verdicts.knows(item) == (item not in bad) for item in checks)


@pytest.mark.parametrize("awake", [False, True])
async def test_kinds_of_keys_are_mixed_in_one_batch(awake):
    verdicts = Verdicts()
    pool = VerifierPool(verdicts, 1)
    checks = [(check, slow)[number % 2](number.to_bytes(2, "big"), number % 5 != 0) for number in range(120)]
    try:
        if awake:
            await awake_processes(pool)
        bad = await pool.verify(checks)
    finally:
        pool.close()
    assert set(bad) == {item for number, item in enumerate(checks) if number % 5 == 0}
    assert all(verdicts.knows(item) == (item not in bad) for item in checks)


async def test_a_dead_worker_costs_time_only():
    verdicts = Verdicts()
    pool = VerifierPool(verdicts, 1)
    checks = [slow(number.to_bytes(2, "big")) for number in range(100)]
    try:
        await awake_processes(pool)
        assert await pool.verify(checks) == []
        os.kill(next(iter(pool._processes._processes)), signal.SIGKILL)
        fresh = [slow(number.to_bytes(3, "big"), good=number != 50) for number in range(100)]
        assert await pool.verify(fresh) == [fresh[50]]
        pool.begin(more := [slow(number.to_bytes(4, "big")) for number in range(100)])()
        assert all(verdicts.knows(item) for item in more)
    finally:
        pool.close()
