"""Proofs from a running engine are accepted offline by whoever knows the validators, and by nobody when changed."""

import asyncio

import pytest
from engine_world import Bench
from kernel_world import CHAIN_ID, address

from huitong.crypto import INTERNATIONAL, trust_document, verify_bundle
from huitong.state import keys
from huitong.types import Code, HuitongError, ProofInvalid
from huitong.types.registry import STORE_IBC, STORE_MAIN


@pytest.fixture
async def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
async def engine(bench):
    running = bench.engine()
    await running.start()
    yield running
    await running.stop()


def trust(engine):
    return trust_document(CHAIN_ID, INTERNATIONAL, engine.validators_at(1))


@pytest.mark.parametrize(
    ("store", "key", "present"),
    [
        (STORE_MAIN, keys.PARAMETERS, True),
        (STORE_MAIN, keys.gateway(address("gateway")), True),
        (STORE_MAIN, b"\x01nothing", False),
        (STORE_IBC, b"huitong/sentinel", True),
        (STORE_IBC, b"commitments/none", False),
    ],
)
async def test_a_key_is_proved_present_or_absent(bench, engine, store, key, present):
    await (await engine.submit(bench.transaction())).committed()
    proof = await engine.prove_state(store, key)
    assert proof.value == bench.store.snapshot().view(store).get(key)
    assert (proof.value is not None) == present
    bundle = proof.bundle(INTERNATIONAL, engine.validators_at(1))
    verify_bundle(bundle, trust(engine))
    changed = bytearray(bundle)
    changed[len(changed) // 2] ^= 1
    with pytest.raises(ProofInvalid):
        verify_bundle(bytes(changed), trust(engine))


async def test_genesis_can_be_proved(bench, engine):
    proof = await engine.prove_state(STORE_MAIN, keys.PARAMETERS)
    assert proof.signed.header.height == 1
    verify_bundle(proof.bundle(INTERNATIONAL, engine.validators_at(1)), trust(engine))


async def test_a_receipt_is_proved_as_soon_as_it_is_asked_for(bench, engine):
    submissions = await engine.submit_many([bench.transaction() for _ in range(5)])
    outcomes = await asyncio.gather(*(submission.committed() for submission in submissions))
    for outcome in outcomes:
        proof = await engine.prove_receipt(outcome.tx_id)
        assert proof.signed.header.height == outcome.height + 1
        assert (proof.envelope, proof.index) == (outcome.envelope, outcome.index)
        verify_bundle(proof.bundle(INTERNATIONAL, engine.validators_at(1)), trust(engine))
        for number in range(len(outcome.events)):
            verify_bundle(proof.bundle(INTERNATIONAL, engine.validators_at(1), number), trust(engine))
        with pytest.raises(HuitongError) as caught:
            proof.bundle(INTERNATIONAL, engine.validators_at(1), len(outcome.events))
        assert caught.value.code == Code.NOT_FOUND


async def test_proofs_hold_while_blocks_are_made(bench, engine):
    stop = asyncio.Event()

    async def load():
        while not stop.is_set():
            await (await engine.submit(bench.transaction())).committed()

    loading = asyncio.create_task(load())
    for _ in range(20):
        proof = await engine.prove_state(STORE_MAIN, keys.gateway_window(address("gateway")))
        verify_bundle(proof.bundle(INTERNATIONAL, engine.validators_at(1)), trust(engine))
    stop.set()
    await loading


async def test_unknown_things_have_no_proof(engine):
    with pytest.raises(HuitongError) as caught:
        await engine.prove_receipt(bytes(32))
    assert caught.value.code == Code.NOT_FOUND
    with pytest.raises(HuitongError) as caught:
        await engine.prove_state("other", b"key")
    assert caught.value.code == Code.NOT_FOUND
    with pytest.raises(HuitongError) as caught:
        await engine.proved(-5)
    assert caught.value.code == Code.NOT_FOUND
