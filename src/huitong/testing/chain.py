"""A chain in memory for tests: deploy, call, the life of contracts, snapshots, time."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from huitong.contract import Contract
from huitong.crypto import INTERNATIONAL, suite_by_name
from huitong.kernel import ContractEngine
from huitong.kernel.records import ContractRecord
from huitong.state import keys
from huitong.types import Call, Caller, decode_scanned

from .engines import ENGINE_NAME, Watch
from .handle import As, Handle, described, encoded, short
from .ledger import Ledger, Machine, Snapshot, Step
from .loading import Loaded, load
from .outcome import NOT_IN_COMPILED, DivergenceError, Outcome, compare, is_comparable
from .people import Person, members_of
from .results import CONTRACTS, Attempt, Results

GAS_LIMIT: Final = 50_000_000


class Chain:
    """A chain in memory. Every call is a block of its own, one second after the last, and runs plain and compiled.

    lead: whose values and errors the test sees, "plain" or "compiled"; they are compared in any case. members:
    name@organisation -> roles, the first of them calls unless another is named; the development identities when None.
    folder: where contract files are looked for. jail: engine for the compiled runs, this process when None. watch:
    context for plain runs. seen: told of each outcome. suite: by its name. sender, gas_limit: of the calls to come.
    counts: whether reports of gas count the calls.
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
        suite: str = INTERNATIONAL.name,
    ) -> None:
        if lead not in ("plain", "compiled"):
            raise ValueError(f"{lead!r} is neither plain nor compiled")
        self.lead = lead
        self.folder = Path.cwd() if folder is None else folder
        self.gas_limit = GAS_LIMIT
        self.last: Outcome | None = None
        self.suite = suite_by_name(suite)
        self._loaded: dict[bytes, Loaded] = {}
        self._ledger = Ledger(self.suite, members_of(members), self._loaded, jail, watch)
        self._results = Results(self._loaded, lead)
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

    def record(self, contract: Handle | bytes) -> ContractRecord:
        """Return what the chain keeps of a contract: name, state, revision, code hash, … Raises LookupError."""
        address = contract if isinstance(contract, bytes) else contract.address
        raw = self._ledger.rows.get(keys.contract(address))
        if raw is None:
            raise LookupError(f"at this height there is no contract at 0x{address.hex()}")
        return decode_scanned(raw, ContractRecord)

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
        return self._ledger.snapshot(len(self._events))

    def revert(self, snapshot: Snapshot) -> None:
        """Go back: state, height, time and events. A snapshot can be used any number of times."""
        self._ledger.restore(snapshot)
        del self._events[snapshot.events :]

    def deploy(self, contract: type[Contract] | str | Path, *init_args: Any, name: str = "") -> Handle:
        """Check a contract (its class, or its file) and deploy it. name: for the chain's registry of names.

        Raises ContractRefused with the checker's findings; what @init raises; Failed HT4xxx.
        """
        __tracebackhide__ = True
        loaded = self._load(contract)
        initialiser = loaded.methods.get(loaded.program.initialiser)
        args = list(encoded(initialiser, init_args)) if initialiser else list(init_args)
        message = (ENGINE_NAME, loaded.tree, self.suite.hash(loaded.source), loaded.source, name, args)
        shown = described(f"deploy {loaded.plain.__name__}", initialiser, init_args)
        return Handle(self, self._act("deploy", message, loaded, shown))

    def upgrade(self, handle: Handle, contract: type[Contract] | str | Path) -> int:
        """Give a contract the code of another class or file; address and data stay. Returns its revision.

        Raises ContractRefused; Failed HT3014 for code that cannot read the stored data, HT4005, HT4017.
        """
        __tracebackhide__ = True
        new = self._load(contract)
        shown = f"upgrade {handle.loaded.plain.__name__}({new.path.name})"
        message = (handle.address, new.tree, self.suite.hash(new.source), new.source)
        revision: int = self._act("upgrade", message, new, shown, handle.who)
        return revision

    def freeze(self, handle: Handle) -> None:
        """Let a contract be read, not called, until it is unfrozen. Raises Failed HT4005, HT4017, HT4018."""
        __tracebackhide__ = True
        self._step("freeze", handle)

    def unfreeze(self, handle: Handle) -> None:
        """Let a frozen contract be called again. Raises Failed HT4005, HT4017, HT4018."""
        __tracebackhide__ = True
        self._step("unfreeze", handle)

    def rename(self, handle: Handle, name: str) -> None:
        """Give a contract another name in the registry; the empty one for none. Raises Failed HT4004, HT4010."""
        __tracebackhide__ = True
        self._step("rename", handle, name)

    def retire(self, handle: Handle, successor: Handle | None = None) -> None:
        """End a contract for good; its views go on. successor: takes over its name. Raises Failed HT4004, HT4005."""
        __tracebackhide__ = True
        self._step("retire", handle, b"" if successor is None else successor.address)

    def invoke(self, handle: Handle, method: str, args: tuple[Any, ...], kwargs: dict[str, Any], who: str = "") -> Any:
        """Call a method in a block of its own, or ask a view; return what it returns, raise what it raises."""
        __tracebackhide__ = True
        loaded = handle.loaded
        declared = loaded.methods[method]
        call = Call(handle.address, method, encoded(declared, args, kwargs))
        shown = described(f"{loaded.plain.__name__}.{method}", declared, args, kwargs)
        attempt = Attempt(loaded, call, shown, self.person(who or self.sender))
        return self._ask(attempt) if declared.role.name == "VIEW" else self._transact(attempt)

    def _load(self, contract: type[Contract] | str | Path) -> Loaded:
        loaded = load(contract, self.folder)
        self._loaded[self.suite.hash(loaded.tree)] = loaded
        return loaded

    def _step(self, method: str, handle: Handle, *more: str | bytes) -> None:
        __tracebackhide__ = True
        loaded = handle.loaded
        given = ", ".join(short(part) for part in more if part)
        shown = f"{method} {loaded.plain.__name__}({given})"
        self._act(method, (handle.address, *more), loaded, shown, handle.who)

    def _act(self, method: str, message: tuple[Any, ...], loaded: Loaded, shown: str, who: str = "") -> Any:
        """Send a message to the address of contracts."""
        __tracebackhide__ = True
        return self._transact(Attempt(loaded, Call(CONTRACTS, method, message), shown, self.person(who or self.sender)))

    def _ask(self, attempt: Attempt) -> Any:
        __tracebackhide__ = True
        ledger, limit, sender = self._ledger, self.gas_limit, attempt.sender
        caller = Caller(sender.address, sender.organisation, sender.roles)
        compiled, plain = self._twice(
            attempt, lambda machine: machine.ask(ledger.rows, ledger.context(), caller, attempt.call, limit)
        )
        return self._finish(attempt, plain, compiled)

    def _transact(self, attempt: Attempt) -> Any:
        __tracebackhide__ = True
        ledger = self._ledger
        block = ledger.block(attempt.sender, (attempt.call,), self.gas_limit)
        compiled, plain = self._twice(attempt, lambda machine: machine.run(ledger.rows, block))
        ledger.keep(block, self._results.leading(plain, compiled).writes)
        return self._finish(attempt, plain, compiled)

    def _twice(self, attempt: Attempt, act: Callable[[Machine], Step]) -> tuple[Step, Step]:
        """Return what the compiled and the plain run do; the compiled one alone where Python has no such end."""
        __tracebackhide__ = True
        compiled = act(self._ledger.compiled)
        if not is_comparable(compiled):
            return compiled, compiled
        try:
            return compiled, act(self._ledger.plain)
        except NOT_IN_COMPILED as error:
            ended = f"HT{compiled.code}" if compiled.code else "went through"
            raise DivergenceError(str(attempt), "error", repr(error), ended) from error

    def _finish(self, attempt: Attempt, plain: Step, compiled: Step) -> Any:
        """Note the outcome, compare both runs, return the value. Raises the error."""
        __tracebackhide__ = True
        outcome = self._results.outcome(attempt, plain, compiled)
        self.last = outcome
        self._events += outcome.events
        if self._seen is not None:
            self._seen(self, outcome)
        if plain is not compiled:
            compare(str(attempt), plain, compiled, lambda step: self._results.words(attempt, step))
        if outcome.error is not None:
            raise outcome.error
        return outcome.value
