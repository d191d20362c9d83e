"""Sending a transaction through one of several gateways, and through another when one is silent, refuses or censors.

The same bytes have the same id, so however often they are handed over they are executed once.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import anyio

from huitong.api.structs import TransactionAnswer, Wait
from huitong.api.values import to_hex
from huitong.types import Code, HuitongError

from .draft import Signed
from .gateways import Gateways, another_may_help
from .outcomes import TransactionRejected, checked
from .transport import Transport
from .verified import VerifiedReader

AGREEING: Final = 2
"""Gateways that must give the same rejection before it is believed while there are others to ask."""
_PAUSE_SECONDS: Final = 0.2
_PREFIX: Final = "/api/v1"


_OPEN: Final = frozenset({Code.WAIT_TIMEOUT, Code.ANSWER_NOT_PROVED})
"""After these a gateway has the transaction, or may have it."""


@dataclass(frozen=True)
class _Attempt:
    """One hand-over. timeout_s: how long the gateway may wait for what is wanted."""

    signed: Signed
    wait: Wait
    timeout_s: float
    reader: VerifiedReader | None


@dataclass
class _Progress:
    """What is known of a transaction on its way. held: a gateway has it, or may have it."""

    held: bool = False
    rejections: Counter[Code] = field(default_factory=Counter)
    failure: HuitongError | None = None

    def rejected(self, error: TransactionRejected) -> None:
        """Note a rejection; it is the reason unless another gateway has the transaction."""
        self.rejections[error.code] += 1
        if not self.held:
            self.failure = error

    def failed(self, error: HuitongError, *, held: bool) -> None:
        """Note a failure. held: the gateway may have the transaction all the same, which weighs more."""
        if held or self.failure is None:
            self.failure = error
        self.held = self.held or held

    @property
    def hopeless(self) -> bool:
        """Whether enough gateways agree that the transaction is no good."""
        return not self.held and any(count >= AGREEING for count in self.rejections.values())

    @property
    def reason(self) -> HuitongError:
        """Why there is no answer."""
        assert self.failure is not None, "a gateway gave an answer or failed"
        return self.failure


class Submitter:
    """Sends transactions. patience_s: how long one gateway may take while there are others."""

    def __init__(self, gateways: Gateways, patience_s: float) -> None:
        self._gateways = gateways
        self._patience_s = patience_s

    async def submit(
        self, signed: Signed, wait: Wait, timeout_s: float, reader: VerifiedReader | None
    ) -> TransactionAnswer:
        """Send and wait. reader: proves what is waited for as *proved*. Raises as `AsyncClient.submit`."""
        if not self._gateways.several:
            attempt = _Attempt(signed, wait, timeout_s, reader)
            return checked(await self._send(self._gateways.order()[0], attempt))
        deadline = anyio.current_time() + timeout_s
        patience_s = min(self._patience_s, timeout_s / len(self._gateways))
        progress = _Progress()
        while True:
            for gateway in self._gateways.order():
                answer = await self._tried(gateway, _Attempt(signed, wait, patience_s, reader), progress)
                if answer is not None:
                    self._gateways.answered(gateway)
                    return checked(answer)
                if progress.hopeless:
                    raise progress.reason
            if not progress.held or anyio.current_time() >= deadline:
                raise progress.reason
            await anyio.sleep(_PAUSE_SECONDS)

    async def _send(self, gateway: Transport, attempt: _Attempt) -> TransactionAnswer:
        signed, timeout_s = attempt.signed, attempt.timeout_s
        answer = await gateway.send(
            f"{_PREFIX}/transactions",
            signed.raw,
            "application/octet-stream",
            {"wait": attempt.wait, "timeout": timeout_s},
            timeout_s,
            TransactionAnswer,
            name=to_hex(signed.tx_id),
        )
        return await self._proved(gateway, attempt, answer)

    @staticmethod
    async def _proved(gateway: Transport, attempt: _Attempt, answer: TransactionAnswer) -> TransactionAnswer:
        """Check an answer that is waited for as *proved*. Raises ProofInvalid HT7009, HT7007-HT7011."""
        if attempt.reader is None or attempt.wait != "proved":
            return answer
        return await attempt.reader.checked(gateway, attempt.signed.tx_id, answer)

    async def _tried(self, gateway: Transport, attempt: _Attempt, progress: _Progress) -> TransactionAnswer | None:
        """Try one gateway; None when another should be tried. Raises what no other gateway would change."""
        try:
            return await self._send(gateway, attempt)
        except TransactionRejected as error:
            if error.code == Code.REPLAYED and progress.held:
                return await self._found(gateway, attempt, progress)
            progress.rejected(error)
        except HuitongError as error:
            open_outcome = error.code in _OPEN
            if not open_outcome and not another_may_help(error):
                raise
            self._gateways.failed(gateway, error)
            progress.failed(error, held=open_outcome)
        return None

    async def _found(self, gateway: Transport, attempt: _Attempt, progress: _Progress) -> TransactionAnswer | None:
        """Look up what became of a transaction that another gateway had before this one."""
        tx_id = attempt.signed.tx_id
        try:
            answer = await gateway.read(f"{_PREFIX}/transactions/{to_hex(tx_id)}", TransactionAnswer)
            if answer.answer == "accepted" or (attempt.wait == "proved" and answer.proof is None):
                return None
            return await self._proved(gateway, attempt, answer)
        except HuitongError as error:
            self._gateways.failed(gateway, error)
            progress.failed(error, held=True)
            return None
