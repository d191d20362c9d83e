"""The stack of frames of one transaction: every call of a contract or module, by whichever engine, goes through it."""

from typing import Any

import msgspec

from huitong.state import Overlay, keys
from huitong.types import (
    Answer,
    BlockContext,
    Caller,
    Code,
    Event,
    Failed,
    Invocation,
    decode_kept,
    encode,
    hex_text,
)
from huitong.types.limits import MAX_CALL_DEPTH, MAX_EVENTS, MAX_RETURN_BYTES
from huitong.types.registry import ModuleId

from . import gas
from .codebudget import CodeBudget
from .deployment import Deployment
from .failure import failed_answer
from .host import FrameHost
from .lifecycle_code import CONTRACTS_ADDRESS
from .machine import Machine
from .message import message_of
from .ports import At, Handler, Module, Question
from .records import ContractRecord, ContractState
from .trail import Place, Trail


class Frame(msgspec.Struct, frozen=True):
    """One running call. contract: its address; method; read_only for views and everything below them."""

    contract: bytes
    method: str
    read_only: bool


class Frames:
    """Frames, events and checkpoints of one transaction (or of one query).

    index: place of the call that runs in the transaction; it enters contract addresses. codes: loaded in this block.
    """

    def __init__(
        self, machine: Machine, overlay: Overlay, block: BlockContext, tx_id: bytes, codes: CodeBudget | None = None
    ) -> None:
        self.codes = CodeBudget() if codes is None else codes
        self.machine = machine
        self.overlay = overlay
        self.block = block
        self.tx_id = tx_id
        self.index = 0
        self.events: list[Event] = []
        self.trail = Trail()
        self._stack: list[Frame] = []

    def call(
        self, caller: Caller, target: bytes, method: str, args: tuple[Any, ...], gas_limit: int, *, read_only: bool
    ) -> Answer:
        """Run one call in a new frame. An answer with a code above 0 has left no write and no event."""
        mark, events = self.overlay.checkpoint(), len(self.events)
        try:
            answer = self._dispatch(caller, target, method, args, gas_limit, read_only=read_only)
        except Failed as error:
            used = gas_limit if error.code == Code.OUT_OF_GAS else min(gas_limit, gas.CALL)
            answer = failed_answer(error, used)
        if len(answer.data) > MAX_RETURN_BYTES:
            too_large = Failed(Code.RESULT_TOO_LARGE, size=len(answer.data), limit=MAX_RETURN_BYTES)
            answer = failed_answer(too_large, answer.gas_used)
        if answer.code:
            self.overlay.revert(mark)
            del self.events[events:]
        return answer

    def emit(self, emitter: bytes, name: str | tuple[bytes, ...], data: bytes) -> None:
        """Append an event. Raises Failed HT4014."""
        if len(self.events) >= MAX_EVENTS:
            raise Failed(Code.EVENTS_LIMIT, limit=MAX_EVENTS)
        self.events.append(Event(emitter, name, data))

    def _dispatch(
        self, caller: Caller, target: bytes, method: str, args: tuple[Any, ...], gas_limit: int, *, read_only: bool
    ) -> Answer:
        if len(self._stack) >= MAX_CALL_DEPTH:
            raise Failed(Code.CALL_DEPTH_EXCEEDED, limit=MAX_CALL_DEPTH)
        if target == CONTRACTS_ADDRESS:
            return Deployment(self, caller, gas_limit, read_only=read_only).run(method, args)
        module = self.machine.modules.get(target)
        if module is not None:
            return self._call_module(module, caller, method, args, gas_limit, read_only=read_only)
        return self.run_contract(caller, target, method, args, gas_limit, read_only=read_only)

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
        """Run a method of a deployed contract; its initialiser runs in its deploy alone.

        A frozen or retired contract runs in read-only frames alone.
        Raises Failed HT4001, HT4002, HT4003, HT4007, HT4016, HT4017; HT6105.
        """
        raw = self.overlay.get(keys.contract(target))
        if raw is None:
            raise Failed(Code.TARGET_UNKNOWN, target=hex_text(target))
        record = decode_kept(raw, ContractRecord)
        if record.state != ContractState.ACTIVE and not read_only:
            frozen = record.state == ContractState.FROZEN
            raise Failed(Code.CONTRACT_FROZEN if frozen else Code.CONTRACT_RETIRED, contract=hex_text(target))
        if method == record.initialiser and not deploying:
            raise Failed(Code.METHOD_UNKNOWN, method=method)
        if gas_limit < gas.CALL:
            raise Failed(Code.OUT_OF_GAS, gas_limit=gas_limit)
        inside = any(frame.contract == target for frame in self._stack)
        if inside and method not in record.reentrant:
            raise Failed(Code.REENTRANCY_REFUSED, contract=hex_text(target), method=method)
        engine = self.machine.engine(record.engine)
        code = self.overlay.get(keys.code(record.code_hash))
        assert code is not None, "the code of a contract stays in state"
        entry = gas.CALL + self.codes.units(record.code_hash, len(code), gas_limit - gas.CALL)
        if gas_limit < entry:
            raise Failed(Code.OUT_OF_GAS, gas_limit=gas_limit)
        invocation = Invocation(
            contract=target,
            code_hash=record.code_hash,
            fields=record.fields,
            method=method,
            args=args,
            caller=caller,
            block=self.block,
            gas_limit=gas_limit - entry,
            read_only=read_only,
        )
        mark = self.trail.mark()
        self._stack.append(Frame(target, method, read_only))
        try:
            answer = engine.call(invocation, code, FrameHost(self, target, invocation.gas_limit, read_only=read_only))
        except Failed as error:  # the engine could not say how far it had come: the frame pays for all
            answer = failed_answer(error, invocation.gas_limit)
        finally:
            self._stack.pop()
        self.trail.ended(mark, Place(target, record.code_hash, answer.trace), answer.code, answer.data)
        return msgspec.structs.replace(answer, gas_used=answer.gas_used + entry)

    def _call_module(
        self,
        module: Module,
        caller: Caller,
        method: str,
        args: tuple[Any, ...],
        gas_limit: int,
        *,
        read_only: bool,
    ) -> Answer:
        found = module.queries.get(method) or module.handlers.get(method)
        if found is None:
            raise Failed(Code.METHOD_UNKNOWN, method=method)
        if found.gas > gas_limit:
            raise Failed(Code.OUT_OF_GAS, gas_limit=gas_limit)
        if read_only and not isinstance(found, Question):
            raise Failed(Code.READ_ONLY, method=method)
        try:
            message = message_of(found.message, args)
            if isinstance(found, Question):
                return Answer(0, encode(found.answer(message, self.overlay)), found.gas)
            return self._apply(module, found, message, caller)
        except Failed as error:  # judging it was work, keys and signatures too: a refusal costs what success costs
            return failed_answer(error, found.gas)

    def _apply(self, module: Module, handler: Handler, message: Any, caller: Caller) -> Answer:
        at = At(caller, self.block, self.tx_id, self.index)
        handler.check_alone(message)
        handler.check_against(message, self.overlay, at)
        effect = handler.apply(message, self.overlay, at)
        for key, value in effect.writes.items():
            self.overlay.set(keys.module(module.id, key), value)
        assert not effect.system or module.id == ModuleId.NETWORK, "one module writes the chain's own space"
        for key, value in effect.system.items():
            self.overlay.set(key, value)
        for name, fields in effect.events:
            self.emit(self.machine.address_of(module.id), name, encode(fields))
        return Answer(0, encode(effect.value), handler.gas)
