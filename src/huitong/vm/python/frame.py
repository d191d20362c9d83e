"""One frame: a call of one method, from its arguments to its answer."""

from collections.abc import Callable
from types import TracebackType
from typing import Any

from huitong.contract.context import Sender
from huitong.contract.faults import CallerIsContract, CallFailed, MissingKey, MissingPart, WrongType
from huitong.contract.shapes import REQUIRED, Error, Event
from huitong.types import Answer, Code, Failed, Failure, Host, Invocation, encode
from huitong.types.limits import MAX_EVENT_BYTES, MAX_RETURN_BYTES, MAX_TRACE

from . import gas
from .compile import FILENAME
from .context import Calls
from .declared import Method
from .keys import field_prefix
from .loaded import Program
from .nodes import Role
from .runtime import Halt, OutOfGas
from .storage import Store, StoredMap, StoredValue, field_numbers

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
        self.store = Store(program.runtime, host, read_only=invocation.read_only)
        self._trace: tuple[int, ...] = ()

    def run(self) -> Answer:
        """Run to the end. Errors that are no outcome of a contract go up: memory, stack, a broken host."""
        runtime, meter, limit = self.program.runtime, self.meter, self.invocation.gas_limit
        saved = meter.left, meter.depth, runtime.emit
        meter.left, meter.depth, runtime.emit = limit, 0, self.emit
        try:
            code, data = self._outcome(self._traced)
            left = meter.left
        finally:
            meter.left, meter.depth, runtime.emit = saved
        return Answer(
            code, data, limit if code == Code.OUT_OF_GAS else min(limit, limit - left), self._trace if code else ()
        )

    def _traced(self) -> bytes:
        """Run the body, and note where it stops."""
        try:
            return self._body()
        except BaseException as fault:
            self._trace = places(fault.__traceback__)
            raise

    def _outcome(self, act: Callable[[], bytes]) -> tuple[int, bytes]:
        try:
            return 0, act()
        except OutOfGas:
            return self._platform(Code.OUT_OF_GAS, {"limit": self.invocation.gas_limit})
        except Halt as halt:
            return self._platform(halt.code, halt.data)
        except CallFailed as inner:
            return inner.code, inner.data
        except Failed as failure:
            return self._platform(failure.code, failure.data)
        except Error as error:
            raised = error
        except _FAULT_KINDS as fault:
            return self._fault(fault)
        code, data = self._outcome(lambda: self._refusal(raised))
        return (code or int(Code.REFUSED_BY_CONTRACT)), data

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
        names = self.program.namespace(self._names())
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

    def _names(self) -> dict[str, Any]:
        """Names of this frame: storage fields and `ctx`."""
        invocation, block, caller = self.invocation, self.invocation.block, self.invocation.caller
        calls = Calls(self.store, invocation)
        names: dict[str, Any] = {
            "x_time": block.time_ns,
            "x_height": block.height,
            "x_chain_id": block.chain_id,
            "x_self": invocation.contract,
            "x_sender": Sender(caller.address, caller.organisation, caller.roles),
            "x_hash": calls.hash,
            "x_member": calls.member,
            "x_verify": calls.verify,
            "x_contract": calls.contract,
        }
        numbers = field_numbers(self.program.fields, invocation.fields)
        for field in self.program.declared.fields.values():
            prefix = field_prefix(numbers[field.name])
            names[f"f_{field.name}"] = (
                StoredValue(self.store, field.name, prefix, field.value)
                if field.key is None
                else StoredMap(self.store, field.name, prefix, field.key, field.value)
            )
        return names

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
