"""A chain in memory for tests: deploy, call, snapshots, time."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from huitong.contract import Contract
from huitong.contract.shapes import Error, RecordKind, Shaped
from huitong.crypto import module_address
from huitong.kernel import ContractEngine
from huitong.types import Call, Caller, Code, Event, Failed, HuitongError, Rejected, decode_scanned, is_rejection
from huitong.types.registry import ModuleId

from .engines import ENGINE_NAME, Watch
from .handle import As, Handle, decoded, describe, encoded, trimmed
from .ledger import Ledger, Machine, Step
from .loading import Loaded, load
from .outcome import NOT_IN_COMPILED, DivergenceError, Outcome, compare, failure_of, is_comparable
from .people import Person, members_of
from .trace import faults_of

CONTRACTS: Final = module_address(ModuleId.CONTRACTS)
GAS_LIMIT: Final = 50_000_000


class Snapshot:
    """A state to go back to."""

    def __init__(self, state: tuple[Any, ...], events: int) -> None:
        self.state = state
        self.events = events


class Chain:
    """A chain in memory. Every call is a block of its own, one second after the last, and runs plain and compiled.

    lead: whose values and errors the test sees, "plain" or "compiled"; they are compared in any case. members:
    name@organisation -> roles, the first of them calls unless another is named; the development identities when None.
    folder: where contract files are looked for. jail: engine for the compiled runs, this process when None. watch:
    context for plain runs. seen: told of each outcome. sender, gas_limit: of the calls to come. counts: whether
    reports of gas count the calls.
    """

    def __init__(
        self,
        *,
        lead: str = "plain",
        members: Mapping[str, tuple[str, ...]] | None = None,
        folder: Path | None = None,
        jail: ContractEngine | None = None,
        watch: Watch | None = None,
        seen: Callable[["Chain", Outcome], None] | None = None,
    ) -> None:
        if lead not in ("plain", "compiled"):
            raise ValueError(f"{lead!r} is neither plain nor compiled")
        self.lead = lead
        self.folder = Path.cwd() if folder is None else folder
        self.gas_limit = GAS_LIMIT
        self.last: Outcome | None = None
        self.contracts: dict[bytes, Handle] = {}
        self._loaded: dict[bytes, Loaded] = {}
        self._ledger = Ledger(members_of(members), self._loaded, jail, watch)
        self.members: dict[str, Person] = {person.id: person for person in self._ledger.people}
        self.sender = self._ledger.people[0].id
        self.counts = True
        self._events: list[Any] = []
        self._seen = seen

    def __repr__(self) -> str:
        return f"<chain at height {self.height}>"

    @property
    def height(self) -> int:
        """Height of the newest block."""
        return self._ledger.height

    @property
    def time_ns(self) -> int:
        """Time of the newest block in nanoseconds since 1970."""
        return self._ledger.time_ns

    @property
    def time(self) -> datetime:
        """Time of the newest block, in UTC."""
        return datetime.fromtimestamp(self.time_ns / 10**9, UTC)

    @property
    def events(self) -> tuple[Any, ...]:
        """Events of all contracts since the start, oldest first, as instances of their classes."""
        return tuple(self._events)

    def person(self, who: str) -> Person:
        """Return a member. Raises LookupError with the names that exist."""
        found = self.members.get(who)
        if found is None:
            raise LookupError(f"there is no member {who!r}; the chain has {', '.join(self.members)}")
        return found

    def loaded(self, code_hash: bytes) -> Loaded:
        """Return a deployed contract file by the hash of its tree."""
        return self._loaded[code_hash]

    def as_member(self, who: str) -> As:
        """Return calls by another member: a context, or a wrapper of a contract. Raises LookupError."""
        return As(self, who)

    def travel(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let time pass: an empty block stands at its end."""
        wanted = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if wanted <= timedelta(0):
            raise ValueError("block time only goes forward")
        self._ledger.waiting_ns = round(wanted / timedelta(microseconds=1)) * 1000
        self._ledger.mine()

    def mine(self, blocks: int = 1) -> None:
        """Make empty blocks, a second apart."""
        for _ in range(blocks):
            self._ledger.mine()

    def snapshot(self) -> Snapshot:
        """Return the present state, for `revert`."""
        return Snapshot(self._ledger.state(), len(self._events))

    def revert(self, snapshot: Snapshot) -> None:
        """Go back: state, height, time and events. A snapshot can be used any number of times."""
        self._ledger.restore(snapshot.state)
        del self._events[snapshot.events :]

    def deploy(self, contract: type[Contract] | str | Path, *init_args: Any, name: str = "") -> Handle:
        """Check a contract (its class, or its file) and deploy it. name: for the chain's registry of names.

        Raises ContractRefused with the checker's findings; what @init raises; Failed HT4xxx.
        """
        __tracebackhide__ = True
        loaded = load(contract, self.folder)
        self._loaded[loaded.code_hash] = loaded
        initialiser = loaded.methods.get(loaded.program.initialiser)
        args = list(encoded(initialiser, init_args)) if initialiser else list(init_args)
        message = (ENGINE_NAME, loaded.tree, loaded.source_hash, loaded.source, name, args)
        handle = Handle(self, loaded, b"")
        call, shown = Call(CONTRACTS, "deploy", message), describe("deploy", loaded, init_args)
        outcome = self._transact(handle, call, shown, self.person(self.sender))
        handle.address = outcome.value
        self.contracts[handle.address] = handle
        return handle

    def invoke(self, handle: Handle, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], who: str = "") -> Any:
        """Call a method in a block of its own, or ask a view; return what it returns, raise what it raises."""
        __tracebackhide__ = True
        declared = handle.loaded.methods[method]
        values = encoded(declared, args, kwargs)
        call = Call(handle.address, method, values)
        shown = describe(method, handle.loaded, args, kwargs)
        sender = self.person(who or self.sender)
        if declared.role.name == "VIEW":
            return self._ask(handle, call, shown, sender).value
        return self._transact(handle, call, shown, sender).value

    def _ask(self, handle: Handle, call: Call, shown: str, sender: Person) -> Outcome:
        __tracebackhide__ = True
        caller = Caller(sender.address, sender.organisation, sender.roles)
        ledger, limit = self._ledger, self.gas_limit
        compiled, plain = self._twice(
            f"{shown} as {sender.id}",
            lambda machine: machine.ask(ledger.rows, ledger.context(), caller, call, limit),
        )
        return self._finish(handle, call, shown, sender, plain, compiled)

    def _transact(self, handle: Handle, call: Call, shown: str, sender: Person) -> Outcome:
        __tracebackhide__ = True
        ledger = self._ledger
        block = ledger.block(sender, (call,), self.gas_limit)
        compiled, plain = self._twice(f"{shown} as {sender.id}", lambda machine: machine.run(ledger.rows, block))
        ledger.keep(block, (plain if self.lead == "plain" else compiled).writes)
        return self._finish(handle, call, shown, sender, plain, compiled)

    def _twice(self, shown: str, act: Callable[[Machine], Step]) -> tuple[Step, Step]:
        """Return what the compiled and the plain run do; the compiled one alone where Python has no such end."""
        __tracebackhide__ = True
        compiled = act(self._ledger.compiled)
        if not is_comparable(compiled):
            return compiled, compiled
        try:
            return compiled, act(self._ledger.plain)
        except NOT_IN_COMPILED as error:
            ended = f"HT{compiled.code}" if compiled.code else "went through"
            raise DivergenceError(shown, "error", repr(error), ended) from error

    def _finish(self, handle: Handle, call: Call, shown: str, sender: Person, plain: Step, compiled: Step) -> Outcome:
        __tracebackhide__ = True
        leading = plain if self.lead == "plain" else compiled
        events = tuple(self._event(leading, event) for event in leading.events if event.emitter != CONTRACTS)
        error = self._error(leading, plain) if leading.code else None
        outcome = Outcome(
            call=shown,
            member=sender.id,
            code=leading.code,
            value=None if leading.code else decoded(handle.loaded, call, leading.data),
            error=error,
            gas=compiled.gas_used,
            reads=sum(note.host.reads for note in compiled.notes),
            writes=0 if leading.code else len(compiled.changes()),
            events=events,
            plain=plain.notes,
            compiled=compiled.notes,
        )
        self.last = outcome
        self._events += events
        if self._seen is not None:
            self._seen(self, outcome)
        if plain is not compiled:
            compare(f"{shown} as {sender.id}", plain, compiled, lambda step: self._shown(handle, call, step))
        if error is not None:
            raise error
        return outcome

    def _shown(self, handle: Handle, call: Call, step: Step) -> str:
        if step.code == 0:
            return repr(decoded(handle.loaded, call, step.data))
        return repr(self._plain_error(step)) if step.code == Code.REFUSED_BY_CONTRACT else str(self._platform(step))

    def _error(self, leading: Step, plain: Step) -> Exception:
        """Return what the caller gets: the plain error with its traceback when both runs agree about it."""
        faults = faults_of(plain.notes)
        found = self._plain_error(leading) if leading.code == Code.REFUSED_BY_CONTRACT else self._platform(leading)
        if not faults:
            return found
        if type(faults[-1]) is type(found) and faults[-1] == found:
            found = faults[-1]
        found.__suppress_context__ = True
        return found.with_traceback(trimmed(faults, self._loaded))

    def _plain_error(self, step: Step) -> Exception:
        """Return the error of a contract as an instance of its class."""
        failure = failure_of(step)
        shape = self._shape(step, failure.contract, failure.error)
        if shape is None or not issubclass(shape, Error):
            return self._platform(step)
        found: Exception = RecordKind(shape).read(failure.data, failure.error, lenient=True)
        return found

    def _shape(self, step: Step, contract: bytes, name: str) -> type[Shaped] | None:
        """Return a class of the file of a contract that ran in this step."""
        for note in step.notes:
            if note.contract == contract:
                return self._loaded[note.code_hash].shape(name)
        return None

    def _platform(self, step: Step) -> HuitongError:
        failure = failure_of(step)
        kind = Rejected if is_rejection(step.code) else Failed
        return kind(Code(step.code), **{"error": failure.error, **failure.data})

    def _event(self, step: Step, event: Event) -> Any:
        """Return an event as an instance of its class; a module's stays as it is."""
        shape = self._shape(step, event.emitter, str(event.name))
        if shape is None:
            return event
        return RecordKind(shape).read(decode_scanned(event.data, Any), str(event.name), lenient=True)
