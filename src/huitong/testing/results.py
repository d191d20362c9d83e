"""What steps left, as a test sees it: values, events and errors as instances of the classes of the contracts' files."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from huitong.contract.shapes import Error, RecordKind, Shaped
from huitong.crypto import module_address
from huitong.types import Call, Code, Event, Failed, HuitongError, Rejected, decode_scanned, is_rejection
from huitong.types.registry import ModuleId

from .handle import trimmed
from .ledger import Step
from .loading import Loaded
from .outcome import Outcome, failure_of
from .people import Person
from .trace import faults_of

CONTRACTS: Final = module_address(ModuleId.CONTRACTS)
"""Where contracts are deployed, upgraded, frozen and retired."""


class Attempt(NamedTuple):
    """A call before it runs. loaded: the contract's file. shown: the call as a reader would write it."""

    loaded: Loaded
    call: Call
    shown: str
    sender: Person

    def __str__(self) -> str:
        return f"{self.shown} as {self.sender.id}"

    def value(self, data: bytes) -> Any:
        """Return what it returned, with records as instances of the plain classes; of a step of life as it is."""
        found: Any = decode_scanned(data, object)
        if self.call.target == CONTRACTS:
            return found[0]
        declared = self.loaded.methods[self.call.method]
        plain = found if declared.role.name == "VIEW" else found[0]
        return declared.returns.read(plain, declared.name, lenient=True)


class Results:
    """Reads steps. contracts: files by the hash of their trees. lead: whose answer counts, "plain" or "compiled"."""

    def __init__(self, contracts: Mapping[bytes, Loaded], lead: str) -> None:
        self._contracts = contracts
        self._lead = lead

    def leading(self, plain: Step, compiled: Step) -> Step:
        """Return the run whose answer counts."""
        return plain if self._lead == "plain" else compiled

    def outcome(self, attempt: Attempt, plain: Step, compiled: Step) -> Outcome:
        """Return what became of an attempt."""
        leading = self.leading(plain, compiled)
        return Outcome(
            call=attempt.shown,
            member=attempt.sender.id,
            code=leading.code,
            value=None if leading.code else attempt.value(leading.data),
            error=self._error(leading, plain) if leading.code else None,
            gas=compiled.gas_used,
            reads=sum(note.host.reads for note in compiled.notes),
            writes=0 if leading.code else len(compiled.changes()),
            events=tuple(self._event(leading, event) for event in leading.events if event.emitter != CONTRACTS),
            plain=plain.notes,
            compiled=compiled.notes,
        )

    def words(self, attempt: Attempt, step: Step) -> str:
        """Return a result or an error in a reader's words."""
        if step.code == 0:
            return repr(attempt.value(step.data))
        return repr(self._plain_error(step)) if step.code == Code.REFUSED_BY_CONTRACT else str(_platform(step))

    def _error(self, leading: Step, plain: Step) -> Exception:
        """Return what the caller gets: the plain error with its traceback when both runs agree about it."""
        faults = faults_of(plain.notes)
        found = self._plain_error(leading) if leading.code == Code.REFUSED_BY_CONTRACT else _platform(leading)
        if not faults:
            return found
        if type(faults[-1]) is type(found) and faults[-1] == found:
            found = faults[-1]
        found.__suppress_context__ = True
        return found.with_traceback(trimmed(faults, self._contracts))

    def _plain_error(self, step: Step) -> Exception:
        """Return the error of a contract as an instance of its class."""
        failure = failure_of(step)
        shape = self._shape(step, failure.contract, failure.error)
        if shape is None or not issubclass(shape, Error):
            return _platform(step)
        found: Exception = RecordKind(shape).read(failure.data, failure.error, lenient=True)
        return found

    def _shape(self, step: Step, contract: bytes, name: str) -> type[Shaped] | None:
        """Return a class of the file of a contract that ran in this step."""
        for note in step.notes:
            if note.contract == contract:
                return self._contracts[note.code_hash].shape(name)
        return None

    def _event(self, step: Step, event: Event) -> Any:
        """Return an event as an instance of its class; a module's stays as it is."""
        shape = self._shape(step, event.emitter, str(event.name))
        if shape is None:
            return event
        return RecordKind(shape).read(decode_scanned(event.data, Any), str(event.name), lenient=True)


def _platform(step: Step) -> HuitongError:
    failure = failure_of(step)
    kind = Rejected if is_rejection(step.code) else Failed
    return kind(Code(step.code), **{"error": failure.error, **failure.data})
