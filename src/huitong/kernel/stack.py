"""What a frame may ask of the stack that it stands on."""

from typing import Any, Protocol

from huitong.state import Overlay
from huitong.types import Answer, BlockContext, Caller

from .machine import Machine


class FrameStack(Protocol):
    """The frames of one transaction, seen from one of them."""

    machine: Machine
    overlay: Overlay
    block: BlockContext
    tx_id: bytes
    index: int

    def call(
        self, caller: Caller, target: bytes, method: str, args: tuple[Any, ...], gas_limit: int, *, read_only: bool
    ) -> Answer:
        """Run a call in a new frame on top."""
        ...

    def run_contract(
        self,
        caller: Caller,
        target: bytes,
        method: str,
        args: tuple[Any, ...],
        gas_limit: int,
        *,
        read_only: bool,
        deploying: bool = False,
    ) -> Answer:
        """Run a method of a deployed contract. deploying: the one time that its initialiser may run."""
        ...

    def emit(self, emitter: bytes, name: str | tuple[bytes, ...], data: bytes) -> None:
        """Append an event."""
        ...
