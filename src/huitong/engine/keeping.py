"""What a node keeps of a chain beside its newest state: snapshots for others, and how much history for itself.

Both are made in one thread of their own, one after the other, so that pruning never takes what a snapshot reads.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Protocol

import msgspec
import structlog

from huitong.types import HuitongError

from .ports import ChainStore

SNAPSHOT_INTERVAL: Final = 2_000
"""Heights between snapshots: a few minutes of a busy chain, some hours of an idle one."""
OFFERED_BELOW: Final = 2
"""How far the tip must be above a snapshot: light clients need the two headers after it."""

_LOG = structlog.get_logger("huitong.keeping")


class Maker(Protocol):
    """Makes one snapshot at a time."""

    def freeze(self) -> int:
        """Hold the newest state; return its height. Between two blocks."""
        ...

    def write(self) -> None:
        """Write state and ids. Raises HT6203, HT6201, HT6204."""
        ...

    def finish(self) -> None:
        """Add the headers. Raises as `write`."""
        ...


class Pruner(Protocol):
    """Takes old blocks away."""

    def due(self, height: int) -> bool:
        """True when blocks may be taken away now that the chain is at a height. Cheap: asked after each block."""
        ...

    def prune(self, height: int) -> None:
        """Take away what is due. Raises HT6203, HT6201, HT6204."""
        ...


class Keeper:
    """Belongs to the engine's event loop. A failure is logged with its code and tried again later; it never halts."""

    def __init__(self, store: ChainStore, maker: Maker | None, interval: int, pruner: Pruner | None) -> None:
        """interval: heights between snapshots; 0: none are made."""
        self._store = store
        self._maker = maker
        self._interval = interval
        self._pruner = pruner
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="keeping")
        self._making: Future[bool] | None = None
        self._finishing = False
        self._height = 0
        self._pruning: Future[bool] | None = None
        self._closed = False

    def committed(self) -> None:
        """Take note of a durable block, before the next one is executed."""
        maker, tip = self._maker, self._store.tip
        if maker is None or not self._interval or self._making is not None or self._closed:
            return
        if tip is not None and tip.height % self._interval == 0:
            self._height = maker.freeze()
            self._making = self._thread.submit(self._try, "snapshot", maker.write)

    def told(self, height: int) -> None:
        """Take note that the header of a block is whole."""
        if self._closed:
            return
        self._go_on(height)
        pruner = self._pruner
        if pruner is not None and (self._pruning is None or self._pruning.done()) and pruner.due(height):
            self._pruning = self._thread.submit(self._try, "pruning", lambda: pruner.prune(height))

    def _go_on(self, height: int) -> None:
        """Let a written snapshot be finished once the header after it is whole; then another one may begin."""
        making, maker = self._making, self._maker
        if making is None or maker is None or not making.done():
            return
        if self._finishing or not making.result():
            self._making, self._finishing = None, False
        elif height > self._height:
            self._making, self._finishing = self._thread.submit(self._try, "snapshot", maker.finish), True

    def _try(self, what: str, work: Callable[[], None]) -> bool:
        try:
            work()
        except HuitongError as error:
            _LOG.error(what, code=f"HT{int(error.code)}", reason=str(error))
            return False
        except Exception as error:  # noqa: BLE001 (blocks go on without a snapshot)
            _LOG.error(what, reason=str(error), exc_info=error)
            return False
        return True

    def close(self) -> None:
        """Finish what is being done and end the thread."""
        self._closed = True
        self._thread.shutdown(wait=True)


class KeepingSettings(msgspec.Struct, frozen=True):
    """What a node keeps.

    snapshot_interval: heights between snapshots, 0: none. snapshots: newest ones that are kept. keep_blocks, keep_days:
    blocks stay while they are among the newest so many, or not older than so many days; 0 and 0: all stay. archive:
    folder that blocks are written to before they are taken away; empty: they are not.
    """

    snapshot_interval: int = SNAPSHOT_INTERVAL
    snapshots: int = 2
    keep_blocks: int = 0
    keep_days: int = 0
    archive: str = ""
