"""The gateways of a chain that a client knows: which one it asks, and when it takes another."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx

from huitong.types import Code, HuitongError, Range

from .transport import Parameters, Transport

T = TypeVar("T")

REST_SECONDS: Final = 10.0
"""How long a gateway that failed is asked only after all others."""
_ELSEWHERE: Final = frozenset(
    {
        *(Code.NODE_UNREACHABLE, Code.STOPPING, Code.ENGINE_HALTED, Code.ANSWER_INVALID, Code.REQUEST_TIMEOUT),
        *(
            Code.TOO_MANY_STREAMS,
            Code.HOST_REFUSED,
            Code.TLS_REFUSED,
            Code.CLIENT_CERTIFICATE_MISSING,
            Code.INTERNAL,
            Code.STORE_DAMAGED,
            Code.STORE_FULL,
        ),
    }
)
"""What one gateway refuses with and another may not."""
_NOT_THE_GATEWAYS: Final = frozenset(
    {Code.NOT_PROVABLE_YET, Code.HEADERS_CONFLICT, Code.TRUST_EXPIRED, Code.HEADER_FROM_FUTURE, Code.WITNESSES_SILENT}
)
"""Codes about proofs for which no single gateway is to blame."""


def another_may_help(error: HuitongError) -> bool:
    """Whether the same question may have a better answer at another gateway."""
    proof = Range.PROOF <= error.code < Range.INTERFACE and error.code not in _NOT_THE_GATEWAYS
    return proof or error.code in _ELSEWHERE


@dataclass(frozen=True)
class GatewayState:
    """How a gateway did. chosen: it is asked first. failures: in a row; last_failure: its code and text, or ""."""

    url: str
    chosen: bool
    failures: int
    last_failure: str


@dataclass
class _Record:
    failures: int = 0
    last: str = ""
    rest_until: float = 0.0


class Gateways:
    """Asks the one that answered last; when it fails, the others in their order. Speaks as `Transport` does."""

    def __init__(self, transports: Sequence[Transport]) -> None:
        """transports: at least one, the preferred one first."""
        assert transports, "a client has a gateway"
        self._transports = tuple(transports)
        self._records = {transport.url: _Record() for transport in transports}
        self._chosen = self._transports[0]

    @property
    def url(self) -> str:
        """Address of the gateway that is asked first."""
        return self._chosen.url

    def __len__(self) -> int:
        """Return the number of gateways."""
        return len(self._transports)

    @property
    def several(self) -> bool:
        """Whether there is another one to ask."""
        return len(self._transports) > 1

    @property
    def states(self) -> tuple[GatewayState, ...]:
        """How each gateway did, in the order in which they were given."""
        return tuple(
            GatewayState(one.url, one is self._chosen, record.failures, record.last)
            for one, record in ((one, self._records[one.url]) for one in self._transports)
        )

    def order(self) -> list[Transport]:
        """All gateways: the chosen one, the others, then those that failed a moment ago."""
        now = time.monotonic()
        return sorted(
            self._transports, key=lambda one: (self._records[one.url].rest_until > now, one is not self._chosen)
        )

    def others(self, than: Transport) -> list[Transport]:
        """All gateways but one, in the order in which they are asked."""
        return [one for one in self.order() if one is not than]

    def answered(self, transport: Transport) -> None:
        """Ask this one first from now on."""
        self._chosen = transport
        self._records[transport.url] = _Record()

    def failed(self, transport: Transport, error: HuitongError) -> None:
        """Ask this one last for a while."""
        record = self._records[transport.url]
        record.failures += 1
        record.last = str(error)
        record.rest_until = time.monotonic() + REST_SECONDS

    async def first(self, question: Callable[[Transport], Awaitable[T]], also: frozenset[Code] = frozenset()) -> T:
        """Return the first good answer. also: codes that another gateway may know better. Raises the last failure."""
        failure: HuitongError | None = None
        for transport in self.order():
            try:
                answer = await question(transport)
            except HuitongError as error:
                if not another_may_help(error):
                    if error.code in also and self.several:
                        failure = error
                        continue
                    raise
                self.failed(transport, error)
                failure = error
            else:
                self.answered(transport)
                return answer
        assert failure is not None, "there is at least one gateway"
        raise failure

    async def read(self, path: str, kind: type[T], parameters: Parameters | None = None) -> T:
        """Get a JSON answer from one of them."""
        return await self.first(lambda one: one.read(path, kind, parameters))

    async def read_bytes(self, path: str, parameters: Parameters | None = None) -> bytes:
        """Get the bytes of an answer from one of them."""
        return await self.first(lambda one: one.read_bytes(path, parameters))

    async def ask(self, path: str, kind: type[T], question: object) -> T:
        """Post a question that changes nothing to one of them."""
        return await self.first(lambda one: one.ask(path, kind, question))

    @asynccontextmanager
    async def stream(
        self, path: str, parameters: Parameters, headers: Mapping[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """Open a stream at the gateway that is asked first; a broken one is opened at another the next time."""
        transport = self.order()[0]
        try:
            async with transport.stream(path, parameters, headers) as response:
                yield response
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            self.failed(transport, HuitongError(Code.NODE_UNREACHABLE, url=transport.url, reason=reason))
            raise

    @staticmethod
    async def pause(failures: int) -> None:
        """Wait before a broken stream is opened again."""
        await Transport.pause(failures)
