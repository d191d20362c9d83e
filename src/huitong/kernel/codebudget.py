"""Charging the loading of code: what a block makes its engines compile is bounded.

Engines keep compiled code, but not all of it, and compiling takes about 2 us per byte. So a block may use a certain sum
of different code for nothing; code beyond it pays for each byte when the block first uses it. Ordinary blocks never
come near the sum. Counted alike on every node: by the block alone, whatever its engines have kept.
"""

from collections import OrderedDict
from typing import Final

from . import gas

FREE_BYTES: Final = 512 * 1024
"""Different code that a block uses for nothing: at most about a second of compiling."""
OVERHEAD_BYTES: Final = 1024
"""What a piece of code counts for beside its own bytes."""
WARM_BYTES: Final = 4 * 1024 * 1024
WARM_PIECES: Final = 200
"""Code that counts as used already, the newest of it; an engine keeps more than this (`vm.python.pool`)."""


class CodeBudget:
    """What one block (or one query) has used. Least recently used code is forgotten first."""

    def __init__(self) -> None:
        self._warm: OrderedDict[bytes, int] = OrderedDict()
        self._warm_bytes = 0
        self._used = 0
        self._transaction: dict[bytes, int] = {}
        self._again: dict[bytes, int] = {}

    def begin(self) -> None:
        """A transaction begins."""
        self._transaction = {}
        self._again = {}

    def begin_again(self) -> None:
        """The transaction is run once more, after the death of a worker: it pays what it paid."""
        self._again = self._transaction.copy()

    def units(self, code_hash: bytes, size: int, gas_limit: int) -> int:
        """Return the gas of a use of code, and note the use if the gas limit pays for it."""
        if code_hash in self._again:
            return self._again.pop(code_hash)
        if code_hash in self._warm:
            self._warm.move_to_end(code_hash)
            return 0
        counted = size + OVERHEAD_BYTES
        units = gas.LOAD_BYTE * max(0, self._used + counted - max(self._used, FREE_BYTES))
        if units <= gas_limit:
            self._note(code_hash, counted)
            self._transaction.setdefault(code_hash, units)
        return units

    def is_free(self, code_hash: bytes, size: int) -> bool:
        """True when a use of code now would cost nothing. Notes nothing."""
        return code_hash in self._warm or self._used + size + OVERHEAD_BYTES <= FREE_BYTES

    def _note(self, code_hash: bytes, counted: int) -> None:
        self._used += counted
        self._warm[code_hash] = counted
        self._warm_bytes += counted
        while self._warm_bytes > WARM_BYTES or len(self._warm) > WARM_PIECES:
            self._warm_bytes -= self._warm.popitem(last=False)[1]
