"""A frame's door to the state inside the worker: caches what was read, gathers what was written, asks for the rest.

Writes and events wait here until they must be seen (nested call, scan), grow too large, or the frame ends; so most
calls cost one round trip. What the frame sees and what gas it uses is the same with and without the caches.
Everything that a contract could do to break the wire (long keys, deep arguments) is refused here with a code, so that
a message that the node finds malformed proves a broken worker, never a strange contract.
"""

from collections.abc import Callable
from typing import Any, Final

from huitong.types import Answer, Code, Failed, HuitongError, encode
from huitong.types.limits import (
    ADDRESS_BYTES,
    MAX_ARGUMENTS,
    MAX_EVENT_BYTES,
    MAX_KEY_BYTES,
    MAX_METHOD_BYTES,
    MAX_SCAN_ROWS,
    MAX_TRANSACTION_BYTES,
    MAX_VALUE_BYTES,
)

from .wire_failures import failed_answer, failed_of
from .wire_messages import Body, Ended, Flush, Kind, Nested, Outcome, Read, ReadAhead, Scan

FLUSH_BYTES: Final = 256 * 1024
"""Writes and events are handed over when they are together longer than this."""

_PER_ITEM_BYTES: Final = 16
_MISSING: Final = object()


class Frame:
    """Implements `types.Host` for one running method. ask: sends a request, returns (kind, body) of the reply.

    Limits of keys, values and events are the kernel's own, enforced here before anything waits or travels.
    """

    __slots__ = ("_ask", "_doom", "_events", "_room", "_seen", "_unread", "_used", "_waiting_bytes", "_writes")

    def __init__(
        self,
        ask: Callable[[Body], tuple[int, Any]],
        known: tuple[tuple[bytes, bytes | None], ...],
        *,
        read_only: bool,
    ) -> None:
        self._ask = ask
        self._seen: dict[bytes, bytes | None] = dict(known)
        self._unread = {key: 1 << index for index, (key, _) in enumerate(known)}
        self._used = 0
        self._writes: dict[bytes, bytes | None] = {}
        self._events: list[tuple[str | tuple[bytes, ...], bytes]] = []
        self._waiting_bytes = 0
        self._room = 0 if read_only else FLUSH_BYTES
        self._doom: Failed | None = None

    def read(self, key: bytes) -> bytes | None:
        """Return the value that this frame sees. Raises Failed HT4013 for an empty or long key."""
        value: Any = self._seen.get(key, _MISSING)
        if value is _MISSING:
            self._check_key(key)
            value = self._seen[key] = self._request(Read(key), Kind.VALUE).value
        elif self._unread:
            self._used |= self._unread.pop(key, 0)
        return value  # type: ignore[no-any-return]  # the sentinel makes it Any; the wire checked it

    def scan(self, start: bytes, end: bytes, limit: int, *, reverse: bool) -> list[tuple[bytes, bytes]]:
        """Return rows; the frame's own writes are handed over first, so that they are among them."""
        self._check_key(start)
        self._check_key(end)
        if not 0 < limit <= MAX_SCAN_ROWS:
            raise self._doomed(Failed(Code.STORAGE_LIMIT, what="rows of a scan", limit=MAX_SCAN_ROWS))
        request = Scan(tuple(self._writes.items()), tuple(self._events), start, end, limit, reverse)
        self._handed_over()
        return list(self._request(request, Kind.ROWS).rows)

    def write(self, writes: dict[bytes, bytes | None]) -> None:
        """Keep writes until they are handed over. Raises Failed HT4013 for an empty or long key or value, at once."""
        for key, value in writes.items():
            size = len(key)
            if not 0 < size <= MAX_KEY_BYTES:
                self._check_key(key)
            if value is not None:
                if not 0 < len(value) <= MAX_VALUE_BYTES:
                    raise self._doomed(Failed(Code.STORAGE_LIMIT, what="bytes of a value", limit=MAX_VALUE_BYTES))
                size += len(value)
            self._writes[key] = self._seen[key] = value
            self._grow(size)

    def emit(self, name: str | tuple[bytes, ...], data: bytes) -> None:
        """Keep an event until it is handed over. Raises Failed HT4014 for a long one, at once."""
        if len(data) > MAX_EVENT_BYTES:
            raise self._doomed(Failed(Code.EVENTS_LIMIT, limit=MAX_EVENT_BYTES))
        self._events.append((name, data))
        self._grow(len(data) + len(name))

    def call(self, target: bytes, method: str, args: tuple[Any, ...], gas_limit: int, *, read_only: bool) -> Answer:
        """Call another contract. All that was read is forgotten: the callee may have come back and written."""
        if len(target) != ADDRESS_BYTES:
            raise self._doomed(Failed(Code.TARGET_UNKNOWN, target=target[:ADDRESS_BYTES].hex()))
        if len(method) > MAX_METHOD_BYTES or not method.isascii():
            raise self._doomed(Failed(Code.METHOD_UNKNOWN, method=ascii(method[:MAX_METHOD_BYTES])))
        encoded = self._arguments(args)
        request = Nested(
            tuple(self._writes.items()), tuple(self._events), target, method, encoded, gas_limit, read_only
        )
        self._handed_over()
        self._seen.clear()
        self._unread.clear()
        reply = self._request(request, Kind.ANSWER)
        return Answer(reply.code, reply.data, reply.gas_used)

    def end(self, answer: Answer) -> Ended:
        """Last message of the frame. A failed frame hands nothing over; one that was refused has failed."""
        if self._doom is not None and answer.code == 0:
            answer = failed_answer(self._doom, answer.gas_used)
        good = answer.code == 0
        return Ended(
            tuple(self._writes.items()) if good else (),
            tuple(self._events) if good else (),
            answer.code,
            answer.data,
            answer.gas_used,
            self._used,
            answer.trace,
        )

    def _arguments(self, args: tuple[Any, ...]) -> bytes:
        try:
            encoded = encode(args)
        except (HuitongError, UnicodeEncodeError) as error:
            raise self._doomed(Failed(Code.ARGUMENTS_INVALID, reason=type(error).__name__)) from None
        if len(args) > MAX_ARGUMENTS or len(encoded) > MAX_TRANSACTION_BYTES:
            raise self._doomed(Failed(Code.ARGUMENTS_INVALID, reason="too many or too long"))
        return encoded

    def _check_key(self, key: bytes) -> None:
        if not 0 < len(key) <= MAX_KEY_BYTES:
            raise self._doomed(Failed(Code.STORAGE_LIMIT, what="bytes of a key", limit=MAX_KEY_BYTES))

    def _grow(self, size: int) -> None:
        self._waiting_bytes += size + _PER_ITEM_BYTES
        if self._waiting_bytes > self._room:
            request = Flush(tuple(self._writes.items()), tuple(self._events))
            self._handed_over()
            self._request(request, Kind.DONE)

    def _handed_over(self) -> None:
        self._writes = {}
        self._events = []
        self._waiting_bytes = 0

    def _request(self, request: Body, expected: Kind) -> Any:
        """Ask, and return the reply's body. Raises Failed when the node refuses: from then on the frame is lost."""
        if self._doom is not None:
            raise self._doom
        kind, body = self._ask(request)
        if kind == Kind.ERROR:
            raise self._doomed(failed_of(body))
        assert kind == expected, f"reply of kind {kind}, not {expected}"
        return body

    def _doomed(self, error: Failed) -> Failed:
        """Remember a refusal: whatever the contract catches, the frame fails with the first one."""
        if self._doom is None:
            self._doom = error
        return self._doom


MAX_READS_AHEAD: Final = 128
"""Most keys that a call of a batch may read: they travel with its outcome."""
MAX_BYTES_AHEAD: Final = 1024 * 1024
"""Most bytes of values that a call of a batch may ask for."""


class NotAheadError(BaseException):
    """A call cannot be run ahead of its time. Not an Exception: no contract catches it."""


class AheadFrame(Frame):
    """A frame that is run before its transaction's turn: on guesses, so it hands nothing over and notes what it reads.

    state: what the batch knows of the contract: brought along, asked for, written by earlier calls. What needs the node
    for more than a value of the state raises `NotAheadError`.
    """

    __slots__ = ("_place", "_reads", "_state", "asked_bytes")

    def __init__(self, ask: Callable[[Body], tuple[int, Any]], place: int, state: dict[bytes, bytes | None]) -> None:
        super().__init__(ask, (), read_only=False)
        self._place = place
        self._state = state
        self._reads: list[bytes] = []
        self.asked_bytes = 0

    @property
    def size(self) -> int:
        """About what writes, events and reads take on the wire."""
        return self._waiting_bytes + sum([len(key) + _PER_ITEM_BYTES for key in self._reads])

    def read(self, key: bytes) -> bytes | None:
        """Return the value that this frame sees. Raises Failed HT4013 for an empty or long key."""
        value: Any = self._seen.get(key, _MISSING)
        if value is _MISSING:
            value = self._state.get(key, _MISSING)
            if value is _MISSING:
                self._check_key(key)
                value = self._ask_for(key)
            if len(self._reads) == MAX_READS_AHEAD:
                raise NotAheadError
            self._reads.append(key)
            self._seen[key] = value
        return value  # type: ignore[no-any-return]  # the sentinel makes it Any; the wire checked it

    def _ask_for(self, key: bytes) -> bytes | None:
        value: bytes | None = self._request(ReadAhead(self._place, key), Kind.VALUE).value
        self._state[key] = value
        self.asked_bytes += len(key) + len(value or b"")
        if self.asked_bytes > MAX_BYTES_AHEAD:
            raise NotAheadError
        return value

    def outcome(self, answer: Answer) -> Outcome:
        """What the call would end with; its writes are then seen by later calls of the batch."""
        if self._doom is not None and answer.code == 0:
            answer = failed_answer(self._doom, answer.gas_used)
        reads, trace = tuple(self._reads), answer.trace
        if answer.code:
            return Outcome((), (), answer.code, answer.data, answer.gas_used, reads, trace)
        writes = self._writes
        self._state.update(writes)
        return Outcome(tuple(writes.items()), tuple(self._events), 0, answer.data, answer.gas_used, reads, trace)

    def _request(self, request: Body, expected: Kind) -> Any:
        if not isinstance(request, ReadAhead):
            raise NotAheadError
        return super()._request(request, expected)
