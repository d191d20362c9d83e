"""One frame: a call of one method, from its arguments to its answer."""

from types import TracebackType
from typing import Any

from huitong.contract.faults import CallerIsContract, CallFailed, MissingKey, MissingPart, WrongType
from huitong.contract.shapes import REQUIRED, Error, Event
from huitong.types import Answer, Code, Failed, Failure, Host, Invocation, encode
from huitong.types.limits import MAX_EVENT_BYTES, MAX_RETURN_BYTES, MAX_TRACE

from . import gas
from .compile import FILENAME
from .declared import Method
from .loaded import Program
from .nodes import Role
from .runtime import Halt, OutOfGas

_FAULTS: tuple[tuple[type[Exception], Code], ...] = (
    (CallerIsContract, Code.CALLER_IS_CONTRACT),
    (MissingKey, Code.KEY_MISSING),
    (KeyError, Code.KEY_MISSING),
    (TypeError, Code.TYPE_MISMATCH),
    (MissingPart, Code.TYPE_MISMATCH),
    (ValueError, Code.VALUE_INVALID),
    (ZeroDivisionError, Code.DIVISION_BY_ZERO),
    (OverflowError, Code.OVERFLOW),
    (IndexError, Code.INDEX_OUT_OF_RANGE),
    (AssertionError, Code.ASSERTION_FAILED),
    (NameError, Code.VALUE_INVALID),
)
"""Codes of the errors that end a contract; what is not here is a fault of the node and goes up."""

_FAULT_KINDS = tuple(kind for kind, _ in _FAULTS)
_OUTCOMES: tuple[type[BaseException], ...] = (OutOfGas, Halt, CallFailed, Failed, Error, *_FAULT_KINDS)
"""How a contract may be stopped; anything else goes up."""
_REASONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    ((TypeError, MissingPart), "an operation does not take values of this type"),
    (ValueError, "an operation does not take this value"),
    (OverflowError, "an operation gives too large a value"),
    (NameError, "a name was read before it had a value"),
)
"""What is said of errors of Python."""


def _fault_data(fault: Exception) -> dict[str, Any]:
    """Data of a failure, in our own words alone: those of CPython change between releases."""
    if isinstance(fault, KeyError):
        return {"field": fault.field if isinstance(fault, MissingKey) else "a dictionary"}
    if isinstance(fault, WrongType):
        return {"reason": f"{fault.where}: expected {fault.expected}, found {fault.found}"}
    if isinstance(fault, AssertionError):
        return {"reason": fault.args[0]}
    return next(({"reason": reason} for kind, reason in _REASONS if isinstance(fault, kind)), {})


def places(step: TracebackType | None) -> tuple[int, ...]:
    """Nodes of the tree in a traceback of compiled code, outermost function first, the last `MAX_TRACE`."""
    found: list[int] = []
    while step is not None:
        if step.tb_frame.f_code.co_filename == FILENAME:
            found.append(step.tb_lineno - 1)
        step = step.tb_next
    return tuple(found[-MAX_TRACE:])


class Frame:
    """A call that runs."""

    def __init__(self, program: Program, invocation: Invocation, host: Host) -> None:
        self.program = program
        self.invocation = invocation
        self.host = host
        self.meter = program.runtime.meter
        self.room = program.rooms.take(invocation.fields)
        self.room.enter(invocation, host)
        self.store = self.room.store

    def run(self) -> Answer:
        """Run to the end. Errors that are no outcome of a contract go up: memory, stack, a broken host."""
        runtime, meter, limit = self.program.runtime, self.meter, self.invocation.gas_limit
        saved = meter.left, meter.depth, runtime.emit
        meter.left, meter.depth, runtime.emit = limit, 0, self.emit
        trace: tuple[int, ...] = ()
        try:
            code, data = 0, self._body()
            left = meter.left
        except _OUTCOMES as fault:
            trace = places(fault.__traceback__)
            code, data = self._outcome(fault)
            left = meter.left
        finally:
            meter.left, meter.depth, runtime.emit = saved
            self.program.rooms.give_back(self.room)
        return Answer(code, data, limit if code == Code.OUT_OF_GAS else min(limit, limit - left), trace)

    def _outcome(self, fault: BaseException) -> tuple[int, bytes]:
        """What a contract ends with that one of `_OUTCOMES` stopped."""
        if isinstance(fault, OutOfGas):
            return self._platform(Code.OUT_OF_GAS, {"limit": self.invocation.gas_limit})
        if isinstance(fault, Halt | Failed):
            return self._platform(fault.code, fault.data)
        if isinstance(fault, CallFailed):
            return fault.code, fault.data
        if isinstance(fault, Error):
            return self._refused(fault)
        assert isinstance(fault, Exception)
        return self._fault(fault)

    def _refused(self, error: Error) -> tuple[int, bytes]:
        """Write down the contract's own error, if it can be written down."""
        try:
            return int(Code.REFUSED_BY_CONTRACT), self._refusal(error)
        except _OUTCOMES as fault:
            return self._outcome(fault)

    def _refusal(self, error: Error) -> bytes:
        self.program.runtime.values.visit(error)
        return self._sized(encode(Failure(self.invocation.contract, type(error).__name__, error.values_())))

    def _platform(self, code: Code, data: dict[str, Any]) -> tuple[int, bytes]:
        contract = self.invocation.contract if code >= Code.REFUSED_BY_CONTRACT else b""
        plain = {name: value if isinstance(value, int | str | bytes) else str(value) for name, value in data.items()}
        return int(code), encode(Failure(contract, code.name, plain))

    def _fault(self, fault: Exception) -> tuple[int, bytes]:
        code = next(code for kind, code in _FAULTS if isinstance(fault, kind))
        return self._platform(code, _fault_data(fault))

    def _body(self) -> bytes:
        self.meter.use(self.program.entry_units)
        method = self.program.method(self.invocation.method)
        if method is None:
            raise Halt(Code.METHOD_UNKNOWN, method=self.invocation.method)
        if method.role is Role.VIEW:
            self.store.read_only = True
        arguments = self._arguments(method)
        names = self.room.names(self.invocation)
        result = names[f"m_{method.name}"](*arguments)
        self.program.runtime.values.visit(result)
        data = self._sized(encode(method.returns.wire(result, "return")))
        self.store.flush()
        return data

    def _sized(self, data: bytes) -> bytes:
        if len(data) > MAX_RETURN_BYTES:
            raise Halt(Code.RESULT_TOO_LARGE, limit=MAX_RETURN_BYTES)
        self.meter.use(gas.RETURN_BYTE * len(data))
        return data

    def _arguments(self, method: Method) -> list[Any]:
        given = self.invocation.args
        if len(given) > len(method.parameters):
            raise Halt(Code.ARGUMENTS_INVALID, method=method.name, reason=f"takes {len(method.parameters)} arguments")
        visit = self.program.runtime.values.visit
        found: list[Any] = []
        for place, parameter in enumerate(method.parameters):
            value = given[place] if place < len(given) else parameter.default
            if value is REQUIRED:
                raise Halt(Code.ARGUMENTS_INVALID, method=method.name, reason=f"{parameter.name} is missing")
            visit(value)
            try:
                found.append(parameter.kind.read(value, parameter.name, lenient=False))
            except (TypeError, OverflowError):
                reason = f"{parameter.name} is no {parameter.kind.name}"
                raise Halt(Code.ARGUMENTS_INVALID, method=method.name, reason=reason) from None
        return found

    def emit(self, event: Event) -> None:
        """Append an event."""
        if self.store.read_only:
            raise Halt(Code.READ_ONLY)
        self.program.runtime.values.visit(event)
        self.meter.use(gas.EVENT)
        data = encode(event.values_())
        self.meter.use(gas.EVENT_BYTE * len(data))
        if len(data) > MAX_EVENT_BYTES:
            raise Halt(Code.EVENTS_LIMIT, what="event", limit=MAX_EVENT_BYTES)
        self.host.emit(type(event).__name__, data)
