"""Submission, look-up and proofs of transactions."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from huitong.api import TransactionAnswer, Wait
from huitong.api.values import to_hex
from huitong.engine import Outcome, Submission
from huitong.kernel import EnvelopeResult, TransactionResult
from huitong.types import Code, HuitongError

from .answers import Placed, refused_answer, transaction_answer
from .sources import Sources
from .wiring import Parts

_NODE_CODES: Final = range(6000, 7000)
"""Errors of the node itself are raised; all others are an answer about the transaction."""


class TransactionService:
    """`api.Transactions` over an engine."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._engine = parts.engine
        self._store = parts.store
        self._sources = Sources(parts)

    async def submit(self, raw: bytes, wait: Wait, timeout_s: float) -> TransactionAnswer:
        """Take one signed transaction and wait."""
        try:
            submission = await self._engine.submit(raw)
        except HuitongError as error:
            return self._refused(raw, error)
        return await self._after(submission, wait, timeout_s)

    async def submit_many(self, raws: Sequence[bytes], wait: Wait, timeout_s: float) -> list[TransactionAnswer]:
        """Take many and wait for all, at most `timeout_s` altogether."""
        submissions = await self._engine.submit_many(raws)
        deadline = asyncio.get_running_loop().time() + timeout_s
        answers = []
        for raw, submission in zip(raws, submissions, strict=True):
            if isinstance(submission, HuitongError):
                answers.append(self._refused(raw, submission))
            else:
                left = max(0.0, deadline - asyncio.get_running_loop().time())
                answers.append(await self._after(submission, wait, left))
        return answers

    async def transaction(self, tx_id: bytes) -> TransactionAnswer:
        """Return the newest answer. Raises HT8005."""
        pending = self._engine.pending(tx_id)
        if pending is not None:
            return TransactionAnswer(tx_id=to_hex(tx_id), answer="accepted")
        return await asyncio.to_thread(self._stored, tx_id)

    async def proof(self, tx_id: bytes, event: int | None) -> bytes:
        """Return a proof bundle, waiting for the header that proves it. Raises HT8005, HT6005."""
        proof = await self._engine.prove_receipt(tx_id)
        return proof.bundle(self._parts.suite, self._engine.validators_at(proof.signed.header.height), event)

    def _refused(self, raw: bytes, error: HuitongError) -> TransactionAnswer:
        if int(error.code) in _NODE_CODES:
            raise error
        return refused_answer(self._id_of(raw), error)

    def _id_of(self, raw: bytes) -> bytes:
        """Id of a transaction that could be opened; empty when it could not."""
        try:
            return self._parts.kernel.open_transaction(raw).tx_id
        except HuitongError:
            return b""

    async def _after(self, submission: Submission, wait: Wait, timeout_s: float) -> TransactionAnswer:
        """Answer with what the transaction reaches within the time."""
        accepted = TransactionAnswer(tx_id=to_hex(submission.tx_id), answer="accepted")
        if wait == "accepted":
            return accepted
        deadline = asyncio.get_running_loop().time() + timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                outcome = await submission.committed()
        except TimeoutError:
            return accepted
        proved = False
        if wait == "proved" and outcome.receipt is not None:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._engine.proved(outcome.height)
                proved = True
            except TimeoutError:
                pass
        answer = self._outcome(submission.tx_id, outcome, proved=proved)
        return answer if answer.answer != "failed" else await asyncio.to_thread(self._traced, answer, outcome.log)

    def _traced(self, answer: TransactionAnswer, log: str) -> TransactionAnswer:
        """Add the traceback, which only development chains show."""
        traceback = self._sources.traceback(log) if answer.answer == "failed" else ""
        return msgspec.structs.replace(answer, traceback=traceback)

    def _outcome(self, tx_id: bytes, outcome: Outcome, *, proved: bool) -> TransactionAnswer:
        if outcome.receipt is None:
            assert outcome.error is not None, "an outcome has a receipt or an error"
            return refused_answer(tx_id, outcome.error)
        result = TransactionResult(outcome.receipt, outcome.events, outcome.log)
        placed = Placed(outcome.height, outcome.time_ns, outcome.envelope, outcome.number, result)
        return transaction_answer(placed, proved=proved)

    def _stored(self, tx_id: bytes) -> TransactionAnswer:
        place = self._store.known(tx_id)
        if place is not None:
            self._store.check_kept(place.height)
        header = self._store.header(place.height) if place else None
        if place is None or header is None:
            raise HuitongError(Code.NOT_FOUND, what="transaction", name=to_hex(tx_id))
        results: tuple[EnvelopeResult, ...] = tuple(self._store.results(place.height))
        before = sum(len(item.transactions) for item in results[: place.envelope])
        placed = Placed(
            place.height,
            header[0].time_ns,
            place.envelope,
            before + place.index,
            results[place.envelope].transactions[place.index],
        )
        answer = transaction_answer(placed, proved=self._engine.height > place.height)
        return self._traced(answer, placed.result.log)
