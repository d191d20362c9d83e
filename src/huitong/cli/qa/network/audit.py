"""What the stores of a stopped network say: nothing acknowledged is lost, one chain, the state of a naive replay."""

from collections.abc import Sequence

import msgspec

from huitong.crypto import verify_signed_header
from huitong.engine import Application, Verdicts, replay
from huitong.node import Home
from huitong.node.wiring import make_kernel
from huitong.store import ChainStore, memory_store, open_store
from huitong.types import HuitongError
from huitong.vm.python.engine import PythonEngine

from .recorder import Told


class Audited(msgspec.Struct, frozen=True):
    """What was found. blocks: compared on all nodes and replayed. executed: of the transactions that were sent."""

    faults: tuple[str, ...]
    blocks: int
    executed: int
    refused_envelopes: int


def audit(homes: Sequence[Home], told: Sequence[Told], sent: Sequence[bytes]) -> Audited:
    """Look at the homes of stopped honest nodes."""
    stores = [open_store(home.store) for home in homes]
    try:
        faults = [fault for store, home in zip(stores, homes, strict=True) for fault in _lost(store, home, told)]
        heights = [store.tip.height for store in stores if store.tip is not None]
        common = min(heights)
        faults += _forks(stores, homes, common)
        replayed, refused, more = _replayed(stores[0], homes[0])
        executed = sum(stores[0].place(tx_id) is not None for tx_id in sent)
        return Audited((*faults, *more), min(common, replayed), executed, refused)
    finally:
        for store in stores:
            store.close()


def _lost(store: ChainStore, home: Home, told: Sequence[Told]) -> list[str]:
    """What clients were told is there where they were told, on a node that has come that far."""
    tip = store.tip
    assert tip is not None, "every store has genesis"
    faults = []
    for one in told:
        place = store.place(one.tx_id)
        if one.height <= tip.height and (place is None or place.height != one.height):
            faults.append(f"{home.path.name}: {one.tx_id.hex()} was told at {one.height} and is at {place}")
    return faults


def _forks(stores: Sequence[ChainStore], homes: Sequence[Home], common: int) -> list[str]:
    faults = []
    for height in range(1, common + 1):
        hashes = {found[1].hash if (found := store.header(height)) else b"" for store in stores}
        if len(hashes) != 1:
            names = ", ".join(home.path.name for home in homes)
            faults.append(f"block {height} is not the same on {names}")
    return faults


def _replayed(source: ChainStore, home: Home) -> tuple[int, int, list[str]]:
    """Execute all blocks again in memory; every header and commit is verified on the way."""
    genesis, document = home.genesis()
    contracts = PythonEngine(workers=1)
    refused, faults = 0, []
    tip = source.tip
    assert tip is not None, "every store has genesis"
    height = tip.height
    while height >= genesis.initial_height and source.signed_header(height) is None:
        height -= 1
    try:
        target = Application(make_kernel(genesis, contracts, Verdicts()), memory_store(), genesis, document)
        for number in range(genesis.initial_height, height + 1):
            signed = source.signed_header(number)
            if signed is None:
                faults.append(f"block {number} has no signed header")
                break
            verify_signed_header(signed, source.validators(number))
            refused += sum(bool(result.code) for result in source.results(number))
        app_hash = replay(source, target, height)
        following = source.header(height + 1)
        expected = following[0].app_hash if following else tip.app_hash
        if app_hash != expected:
            faults.append(f"the replay has another app hash after {height}")
    except HuitongError as error:
        faults.append(f"the replay contradicts the chain: HT{int(error.code)} {error}")
    finally:
        contracts.close()
    return height, refused, faults
