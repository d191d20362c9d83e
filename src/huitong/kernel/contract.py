"""The seam to contract engines: one protocol for Python, EVM and WASM; calls nest through the kernel's frames."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from huitong.types import Answer, Deployed, Expected, Host, Invocation


class WorkerDiedError(Exception):
    """Fresh workers of an engine died twice on one transaction: never to be taken for a failed transaction."""


class ContractEngine(Protocol):
    """An engine for one language. Determinism: equal invocations on equal state give equal answers on every node."""

    @property
    def name(self) -> str:
        """Name in genesis: python, evm or wasm."""
        ...

    @property
    def version(self) -> int:
        """Version of language and gas schedule in genesis."""
        ...

    def deploy(self, code: bytes, gas_limit: int, previous: bytes = b"") -> Deployed:
        """Validate code; with `previous`, that it can take over the storage of that code too (an upgrade).

        Raises Failed with HT3000-HT3999 (the reason; HT3014 for storage that does not fit) or HT4001 (gas).
        """
        ...

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        """Run one method. May be entered again while `host.call` waits. Raises WorkerDiedError."""
        ...

    def close(self) -> None:
        """End workers."""
        ...


@runtime_checkable
class LookingAhead(Protocol):
    """An engine that gains from knowing what comes: it may run calls before their turn, for nothing but speed."""

    def expect(self, calls: Sequence[Expected], view: Callable[[bytes, bytes], bytes | None]) -> None:
        """Say which outermost calls follow those told before in this thread; some may never come, or come otherwise.

        view: value of a key of a contract now; the engine may ask it until the next call of the engine in this thread
        returns. Whatever goes wrong is met at the turn of the call.
        """
        ...

    def forget(self) -> None:
        """What was told is over: the block ends."""
        ...
