"""Workers killed from outside on a transaction: what proposer, validator and a node with a decided block do."""

import pytest
from deadly_worker import SOURCE, Killer
from kernel_world import SECOND

from huitong.crypto import INTERNATIONAL
from huitong.kernel import CONTRACTS_ADDRESS
from huitong.kernel import rules as kernel_rules
from huitong.types import Call, Code, decode, decode_scanned
from huitong.vm.python.engine import PythonEngine
from huitong.vm.python.source import compile_source

ACCEPT, REJECT = 1, 2
GAS = 50_000_000


@pytest.fixture
def engines():
    engine = PythonEngine(workers=1)
    yield (engine,)
    engine.close()


@pytest.fixture
def killer(engines):
    return Killer(engines[0])


def receipts(driven, height):
    """Receipts of the transactions of a block."""
    return [done.receipt for item in driven.bench.store.results(height) for done in item.transactions]


async def deploy(driven):
    """Put the contract on the chain; return its address."""
    source = SOURCE.encode()
    message = ("python", compile_source(SOURCE), INTERNATIONAL.hash(source), source, "", [])
    envelope = await driven.envelope(calls=(Call(CONTRACTS_ADDRESS, "deploy", message),), gas_limit=GAS)
    await driven.comet.decide([envelope])
    (receipt,) = receipts(driven, len(driven.comet.blocks))
    assert receipt.code == 0
    return decode(receipt.return_bytes, list)[0]


def spin(contract):
    """A call that runs until its gas ends, far longer than the killer waits."""
    return {"calls": (Call(contract, "spin", (10**9,)),), "gas_limit": GAS}


def quick(contract):
    return {"calls": (Call(contract, "quick", ()),), "gas_limit": 1_000_000}


async def test_a_validator_refuses_the_block_and_a_proposer_leaves_it_out_of_the_next(driven, killer):
    contract = await deploy(driven)
    deadly, good = await driven.envelope(**spin(contract)), await driven.envelope(**quick(contract))
    with killer:
        assert await driven.comet.process([deadly, good]) == REJECT
        assert list((await driven.comet.prepare([deadly, good])).txs) == [good]
        assert await driven.comet.process([good]) == ACCEPT
    assert len(killer.killed) >= 4, "two workers in each of two tries, the first of them not fresh"
    assert (await driven.comet.check(deadly)).code == Code.NOT_EXECUTABLE
    await driven.comet.decide([good])
    assert [receipt.code for receipt in receipts(driven, 2)] == [0]


async def test_a_decided_block_halts_the_node_and_names_the_transaction(driven, killer):
    contract = await deploy(driven)
    deadly, good = await driven.envelope(**spin(contract)), await driven.envelope(**quick(contract))
    tx_id = deadly_id(driven, deadly)
    with killer, pytest.raises(RuntimeError, match=f"HT6005 .*HT6007 .* on transaction {tx_id.hex()} of the decided"):
        await driven.comet.decide([good, deadly])
    halted = driven.engine.halted
    assert (halted.__cause__.code, halted.__cause__.data["height"]) == (Code.WORKERS_DIED, 2)
    assert driven.bench.store.tip.height == 1
    await driven.crash()
    await driven.start()
    await driven.comet.decide([good, deadly])
    assert [receipt.code for receipt in receipts(driven, 2)] == [0, Code.OUT_OF_GAS]


async def test_rules_that_skip_the_transaction_let_the_chain_go_on(driven, killer, monkeypatch):
    """Every organisation installs them; the block is the decided one, its state without what the transaction did."""
    contract = await deploy(driven)
    deadly, good = await driven.envelope(**spin(contract)), await driven.envelope(**quick(contract))
    tx_id = deadly_id(driven, deadly)
    with killer, pytest.raises(RuntimeError, match="HT6007"):
        await driven.comet.decide([deadly, good])
    await driven.crash()
    skipping = kernel_rules.Rules(1, {(2, tx_id): Code.SKIPPED_BY_RULES})
    monkeypatch.setitem(kernel_rules.VERSIONS, 1, skipping)
    await driven.start()
    with killer_again(driven):
        await driven.comet.decide([deadly, good])
    first, second = receipts(driven, 2)
    assert (first.tx_id, first.code, second.code) == (tx_id, Code.SKIPPED_BY_RULES, 0)
    assert decode_scanned(second.return_bytes, list) == [1]
    assert driven.bench.store.seen(tx_id), "it cannot be executed later either"
    driven.bench.clock.time_ns += SECOND
    await driven.comet.decide([await driven.envelope(**quick(contract))])
    assert [receipt.code for receipt in receipts(driven, 3)] == [0]


def killer_again(driven):
    return Killer(driven.bench.kernel.machine.engine("python"))


def deadly_id(driven, envelope):
    """Id of the one transaction of an envelope."""
    kernel = driven.bench.kernel
    return kernel.inspect(kernel.open_envelope(envelope).envelope.txs[0]).tx_id
