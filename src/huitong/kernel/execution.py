"""Executing one transaction: all its calls or none, one receipt."""

from typing import Any

import msgspec

from huitong.crypto import merkle
from huitong.state import Overlay
from huitong.types import (
    Answer,
    BlockContext,
    Caller,
    Code,
    Event,
    Failed,
    Member,
    Receipt,
    Rejected,
    decode_scanned,
    encode,
)
from huitong.types.registry import PROTOCOL_VERSION

from . import gas
from .block import TransactionResult
from .codebudget import CodeBudget
from .contract import WorkerDiedError
from .failure import failed_answer
from .frames import Frames
from .machine import Machine
from .opening import OpenedTransaction
from .trail import log_of


class ExecutionHaltedError(Exception):
    """An engine's worker died twice on one transaction.

    A proposer leaves the envelope out; in a decided block the node halts and names the transaction.
    """

    def __init__(self, tx_id: bytes) -> None:
        super().__init__(tx_id.hex())
        self.tx_id = tx_id


class Executor:
    """Runs checked transactions on an overlay."""

    def __init__(self, machine: Machine, overlay: Overlay, block: BlockContext, codes: CodeBudget) -> None:
        self._machine = machine
        self._overlay = overlay
        self._block = block
        self._hash = machine.suite.hash
        self._no_events = merkle.root((), self._hash)
        self._codes = codes

    def execute(self, opened: OpenedTransaction, sender: Member, index: int) -> TransactionResult:
        """Run the calls in order. The first failing call undoes all of them. Raises ExecutionHaltedError."""
        mark = self._overlay.checkpoint()
        self._codes.begin()
        for _ in range(2):
            frames = Frames(self._machine, self._overlay, self._block, opened.tx_id, self._codes)
            try:
                answer = self._run(frames, opened, sender)
                break
            except WorkerDiedError:
                self._overlay.revert(mark)
                self._codes.begin_again()
        else:
            raise ExecutionHaltedError(opened.tx_id)
        events: tuple[Event, ...] = tuple(frames.events)
        if answer.code:
            self._overlay.revert(mark)
            events = ()
        receipt = Receipt(
            version=PROTOCOL_VERSION,
            tx_id=opened.tx_id,
            index=index,
            code=answer.code,
            gas_used=answer.gas_used,
            return_bytes=answer.data,
            events_root=self._events_root(events),
            payer=opened.body.payer,
        )
        return TransactionResult(receipt, events, log_of(frames.trail.places()) if answer.code else "")

    def fail(self, opened: OpenedTransaction, code: int, index: int) -> TransactionResult:
        """Fixed failure of a transaction that the rules skip."""
        error = Failed(Code(code))
        answer = failed_answer(error, gas.intrinsic(opened.size, len(opened.proofs)))
        receipt = Receipt(
            PROTOCOL_VERSION,
            opened.tx_id,
            index,
            answer.code,
            answer.gas_used,
            answer.data,
            self._events_root(()),
            opened.body.payer,
        )
        return TransactionResult(receipt, (), "")

    def reject(self, tx_id: bytes, rejection: Rejected, gas_used: int, index: int, gateway: bytes) -> TransactionResult:
        """Receipt of a transaction that is not executed; the gateway pays for its verification."""
        receipt = Receipt(
            version=PROTOCOL_VERSION,
            tx_id=tx_id,
            index=index,
            code=int(rejection.code),
            gas_used=gas_used,
            return_bytes=b"",
            events_root=self._events_root(()),
            payer=gateway,
        )
        return TransactionResult(receipt, (), str(rejection))

    def _run(self, frames: Frames, opened: OpenedTransaction, sender: Member) -> Answer:
        body = opened.body
        used = gas.intrinsic(opened.size, len(opened.proofs))
        if used > body.gas_limit:
            return failed_answer(Failed(Code.OUT_OF_GAS, gas_limit=body.gas_limit), body.gas_limit)
        caller = Caller(body.sender, sender.organisation, sender.roles)
        values: list[Any] = []
        for index, call in enumerate(body.calls):
            frames.index = index
            left = body.gas_limit - used
            answer = frames.call(caller, call.target, call.method, call.args, left, read_only=False)
            used += answer.gas_used
            if answer.code:
                return msgspec.structs.replace(answer, gas_used=used)
            values.append(decode_scanned(answer.data, object) if answer.data else None)
        return Answer(0, encode(values), used)

    def _events_root(self, events: tuple[Event, ...]) -> bytes:
        if not events:
            return self._no_events
        return merkle.root([encode(event) for event in events], self._hash)
