"""A host in memory, for the checker, the fuzzer and tests: one contract, no chain."""

from typing import Any

from huitong.types import Answer, BlockContext, Caller, Code, Failed, Failure, Invocation, decode_scanned, encode

from .depth import in_one_piece
from .program import Program, load_program, run
from .source import compile_source


class MemoryHost:
    """State of one contract in a dictionary. Calls of other contracts and modules fail with HT4002."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.events: list[tuple[str | tuple[bytes, ...], bytes]] = []

    def read(self, key: bytes) -> bytes | None:
        """See types.Host."""
        return self.rows.get(key)

    def scan(self, start: bytes, end: bytes, limit: int, *, reverse: bool) -> list[tuple[bytes, bytes]]:
        """See types.Host."""
        inside = sorted((key for key in self.rows if start <= key < end), reverse=reverse)
        return [(key, self.rows[key]) for key in inside[:limit]]

    def write(self, writes: dict[bytes, bytes | None]) -> None:
        """See types.Host."""
        for key, value in writes.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value

    def emit(self, name: str | tuple[bytes, ...], data: bytes) -> None:
        """See types.Host."""
        self.events.append((name, data))

    def call(self, target: bytes, method: str, args: tuple[Any, ...], gas_limit: int, *, read_only: bool) -> Answer:
        """See types.Host."""
        del method, args, gas_limit, read_only
        failure = Failure(b"", Code.TARGET_UNKNOWN.name, {"target": target})
        return Answer(Code.TARGET_UNKNOWN, encode(failure), 0)


class LocalContract:
    """One contract with its state: calls are answered as on a chain; the writes of a failed one are dropped."""

    def __init__(self, source: str, host: MemoryHost | None = None) -> None:
        self.program: Program = load_program(compile_source(source))
        self.host = MemoryHost() if host is None else host
        self.fields = tuple((name, number) for number, name in enumerate(self.program.fields, 1))
        self.caller = Caller(b"\x11" * 20, "alpha", ("admin",))
        self.block = BlockContext("local-1", 7, 1_700_000_000_000_000_000, bytes(20), bytes(32))
        self.address = b"\x22" * 20

    def call(self, method: str, *args: Any, gas_limit: int = 50_000_000, read_only: bool = False) -> Answer:
        """Call a method."""
        invocation = Invocation(
            self.address, bytes(32), self.fields, method, args, self.caller, self.block, gas_limit, read_only
        )
        rows, events = dict(self.host.rows), list(self.host.events)
        answer = in_one_piece(lambda: run(self.program, invocation, self.host))
        if answer.code:
            self.host.rows, self.host.events = rows, events
        return answer

    def value(self, method: str, *args: Any) -> Any:
        """Call a method and return its decoded result. Raises Failed with the code of a failed call."""
        answer = self.call(method, *args)
        if answer.code:
            failure = decode_scanned(answer.data, Failure)
            raise Failed(Code(answer.code), **{"error": failure.error, **failure.data})
        return decode_scanned(answer.data, Any)
