"""What a client must know of the chain to build transactions: its id and its clock, asked for once and carried on."""

import time
from dataclasses import dataclass
from typing import Final

from huitong.api.structs import ChainStatus
from huitong.crypto import SUITES, Suite
from huitong.types import Code, HuitongError, ProofInvalid

from .gateways import Gateways
from .transport import Transport

STATUS: Final = "/api/v1/status"
DEFAULT_VALIDITY_NS: Final = 120 * 10**9
"""How long a transaction may wait for its block, unless the chain's window is shorter."""
_REFRESH_SECONDS: Final = 60.0


@dataclass(frozen=True)
class _Seen:
    status: ChainStatus
    at: float


class ChainClock:
    """Chain id and estimated block time. The client's own wall clock does not matter, only its pace."""

    def __init__(self, gateways: Gateways, chain_id: str = "", suite: str = "") -> None:
        """chain_id, suite: of the chain that is trusted; empty takes the node's word."""
        self._gateways = gateways
        self._expected = (chain_id, suite) if chain_id else None
        self._seen: _Seen | None = None

    async def status(self) -> ChainStatus:
        """Ask where a node stands. Raises ProofInvalid HT7009 when it is one of another chain than the trusted one."""

        async def ask(gateway: Transport) -> ChainStatus:
            status = await gateway.read(STATUS, ChainStatus)
            if self._expected is not None and self._expected != (status.chain_id, status.suite):
                reason = f"it is of chain {status.chain_id[:64]}, you trust {self._expected[0]}"
                raise ProofInvalid(Code.ANSWER_NOT_PROVED, url=gateway.url, reason=reason)
            return status

        status = await self._gateways.first(ask)
        self._seen = _Seen(status, time.monotonic())
        return status

    async def known(self) -> ChainStatus:
        """Return the newest status, at most a minute old."""
        if self._seen is None or time.monotonic() - self._seen.at > _REFRESH_SECONDS:
            return await self.status()
        return self._seen.status

    async def suite(self) -> Suite:
        """Return the chain's suite. Raises HT8010 for one that this release does not know."""
        name = (await self.known()).suite
        if name not in SUITES:
            raise HuitongError(Code.ANSWER_INVALID, reason=f"suite {name[:40]!r} is not known to this release")
        return SUITES[name]

    async def valid_until(self, validity_ns: int = DEFAULT_VALIDITY_NS) -> int:
        """Return the end of a transaction's validity, ns of block time: from now, at most half the chain's window."""
        status = await self.known()
        assert self._seen is not None
        try:
            clock, window = int(status.clock_ns), int(status.replay_window_ns)
        except ValueError:
            raise HuitongError(Code.ANSWER_INVALID, reason="clock_ns is no number") from None
        passed = int((time.monotonic() - self._seen.at) * 10**9)
        return clock + passed + min(validity_ns, window // 2)
