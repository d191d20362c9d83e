"""The life of a contract after its deploy: upgrade, freeze, unfreeze, retire, rename; and the registry's questions.

The right to each step stands in the record: members of its organisation with one of its roles. A contract cannot act
here, only a member. What each step may follow: docs/contract-lifecycle.md.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final

import msgspec

from huitong.state import keys
from huitong.types import Answer, Caller, Code, Deployed, Failed, decode_scanned, encode, hex_text
from huitong.types.limits import ADDRESS_BYTES

from . import gas
from .failure import failed_answer
from .lifecycle_code import CONTRACTS_ADDRESS, check_code, check_name
from .message import message_of
from .records import MAX_FORMER, ContractRecord, ContractState
from .stack import FrameStack

DEPLOYER_ROLES: Final = ("admin", "developer")
MAX_LISTED: Final = 100

Address = Annotated[bytes, msgspec.Meta(min_length=ADDRESS_BYTES, max_length=ADDRESS_BYTES)]


class Upgrade(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """[contract, code, source_hash, source]: source stands where `deploy` has it. The initialiser does not run."""

    contract: Address
    code: bytes
    source_hash: bytes
    source: bytes


class Step(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """[contract]: freeze, unfreeze."""

    contract: Address


class Retire(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """[contract, successor]: the contract that takes over the name; empty bytes: the name becomes free."""

    contract: Address
    successor: Annotated[bytes, msgspec.Meta(max_length=ADDRESS_BYTES)]


class Rename(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """[contract, name]: the empty name for none."""

    contract: Address
    name: str


class Listing(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """[after, limit]: contracts by address, those behind `after` (empty: from the first)."""

    after: Annotated[bytes, msgspec.Meta(max_length=ADDRESS_BYTES)]
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_LISTED)]


def check_permission(caller: Caller, roles: tuple[str, ...], act: str) -> None:
    """A member with one of the roles. Raises Failed HT4005."""
    if caller.organisation is None or not set(roles) & set(caller.roles):
        raise Failed(Code.PERMISSION_MISSING, act=act, needed=" or ".join(roles))


class LifeCycle:
    """One call to the address of contracts, but for `deploy`."""

    def __init__(self, stack: FrameStack, caller: Caller, gas_limit: int, *, read_only: bool) -> None:
        self._stack = stack
        self._caller = caller
        self._gas_limit = gas_limit
        self._read_only = read_only
        self._steps: dict[str, Callable[[tuple[Any, ...]], Answer]] = {
            "upgrade": self._upgrade,
            "freeze": self._freeze,
            "unfreeze": self._unfreeze,
            "retire": self._retire,
            "rename": self._rename,
        }

    def run(self, method: str, args: tuple[Any, ...]) -> Answer:
        """Answer a step, `resolve(name)` or `contracts(after, limit)`. Raises Failed."""
        if method == "resolve" and len(args) == 1 and isinstance(args[0], str):
            return Answer(0, encode(self._stack.overlay.get(keys.name(args[0]))), gas.CALL)
        if method == "contracts":
            return self._list(message_of(Listing, args))
        step = self._steps.get(method)
        if step is None:
            raise Failed(Code.METHOD_UNKNOWN, method=method)
        if self._read_only:
            raise Failed(Code.READ_ONLY, method=method)
        self._pay(gas.LIFE_STEP)
        return step(args)

    def _pay(self, units: int) -> None:
        if units > self._gas_limit:
            raise Failed(Code.OUT_OF_GAS, gas_limit=self._gas_limit)

    def _list(self, message: Listing) -> Answer:
        used = gas.CALL + gas.LIST_ROW * message.limit
        self._pay(used)
        start = keys.contract(message.after + b"\0" if message.after else b"")
        rows: list[list[Any]] = []
        for key, value in self._stack.overlay.scan(start, keys.after(keys.contract(b""))):
            if len(rows) == message.limit:
                break
            record = decode_scanned(value, ContractRecord)
            state = ContractState(record.state).name.lower()
            rows.append([key[1:], record.name, record.engine, state, record.revision, record.organisation])
        return Answer(0, encode(rows), used)

    def _open(self, contract: bytes, act: str) -> ContractRecord:
        """Record of a contract that this caller may change. Raises Failed HT4002, HT4005, HT4017."""
        raw = self._stack.overlay.get(keys.contract(contract))
        if raw is None:
            raise Failed(Code.TARGET_UNKNOWN, target=hex_text(contract))
        record = decode_scanned(raw, ContractRecord)
        if self._caller.organisation != record.organisation:
            raise Failed(Code.PERMISSION_MISSING, act=act, needed=f"a member of {record.organisation}")
        check_permission(self._caller, record.roles, act)
        if record.state == ContractState.RETIRED:
            raise Failed(Code.CONTRACT_RETIRED, contract=hex_text(contract))
        return record

    def _put(self, contract: bytes, record: ContractRecord, event: str, **data: Any) -> None:
        self._stack.overlay.set(keys.contract(contract), encode(record))
        self._stack.emit(CONTRACTS_ADDRESS, event, encode({"contract": contract, **data}))

    def _freeze(self, args: tuple[Any, ...]) -> Answer:
        return self._turn(message_of(Step, args).contract, "freeze", ContractState.ACTIVE, ContractState.FROZEN)

    def _unfreeze(self, args: tuple[Any, ...]) -> Answer:
        return self._turn(message_of(Step, args).contract, "unfreeze", ContractState.FROZEN, ContractState.ACTIVE)

    def _turn(self, contract: bytes, act: str, before: ContractState, after: ContractState) -> Answer:
        record = self._open(contract, act)
        if record.state != before:
            raise Failed(Code.CONTRACT_STATE_WRONG, state=ContractState(record.state).name.lower(), act=act)
        event = "Frozen" if after is ContractState.FROZEN else "Unfrozen"
        self._put(contract, msgspec.structs.replace(record, state=int(after)), event)
        return Answer(0, encode(None), gas.LIFE_STEP)

    def _rename(self, args: tuple[Any, ...]) -> Answer:
        message: Rename = message_of(Rename, args)
        record = self._open(message.contract, "rename")
        check_name(self._stack.overlay, message.name)
        if record.name:
            self._stack.overlay.set(keys.name(record.name), None)
        if message.name:
            self._stack.overlay.set(keys.name(message.name), message.contract)
        renamed = msgspec.structs.replace(record, name=message.name)
        self._put(message.contract, renamed, "Renamed", name=message.name, former=record.name)
        return Answer(0, encode(None), gas.LIFE_STEP)

    def _retire(self, args: tuple[Any, ...]) -> Answer:
        message: Retire = message_of(Retire, args)
        record = self._open(message.contract, "retire")
        if record.name:
            self._stack.overlay.set(keys.name(record.name), None)
        if message.successor:
            self._pass_name(record.name, message)
        retired = msgspec.structs.replace(record, state=int(ContractState.RETIRED), name="")
        self._put(message.contract, retired, "Retired", successor=message.successor)
        return Answer(0, encode(None), gas.LIFE_STEP)

    def _pass_name(self, name: str, message: Retire) -> None:
        """Give the name to the successor, which the same caller must be able to change and which has none."""
        successor = self._open(message.successor, "retire")
        if message.successor == message.contract or successor.name or not name:
            reason = "a successor is another contract without a name, and the retired one has a name"
            raise Failed(Code.ARGUMENTS_INVALID, reason=reason)
        self._stack.overlay.set(keys.name(name), message.successor)
        named = msgspec.structs.replace(successor, name=name)
        self._put(message.successor, named, "Renamed", name=name, former="")

    def _upgrade(self, args: tuple[Any, ...]) -> Answer:
        message: Upgrade = message_of(Upgrade, args)
        record = self._open(message.contract, "upgrade")
        stack = self._stack
        check_code(stack.machine.suite, message.code, message.source, message.source_hash)
        used = gas.LIFE_STEP + gas.DEPLOY_BYTE * len(message.code)
        self._pay(used)
        previous = stack.overlay.get(keys.code(record.code_hash))
        assert previous is not None, "the code of a contract stays in state"
        engine = stack.machine.engine(record.engine)
        try:
            deployed = engine.deploy(message.code, self._gas_limit - used, previous)
        except Failed as error:  # the bytes were read and judged: that is paid for
            return failed_answer(error, self._gas_limit if error.code == Code.OUT_OF_GAS else used)
        code_hash = stack.machine.suite.hash(message.code)
        stack.overlay.set(keys.code(code_hash), message.code)
        after = self._revised(record, message, code_hash, deployed, engine.version)
        self._put(message.contract, after, "Upgraded", revision=after.revision, code_hash=code_hash)
        return Answer(0, encode(after.revision), used + deployed.gas_used)

    def _revised(
        self, record: ContractRecord, message: Upgrade, code_hash: bytes, deployed: Deployed, engine_version: int
    ) -> ContractRecord:
        """Record after an upgrade: fields keep their ids by name, new ones get the next."""
        known = dict(record.fields)
        new = [name for name in deployed.fields if name not in known]
        first = 1 + max(known.values(), default=0)
        return msgspec.structs.replace(
            record,
            engine_version=engine_version,
            code_hash=code_hash,
            source_hash=message.source_hash,
            fields=record.fields + tuple((name, first + place) for place, name in enumerate(new)),
            initialiser=deployed.initialiser,
            reentrant=deployed.reentrant,
            tx_id=self._stack.tx_id,
            revision=record.revision + 1,
            former=(*record.former, record.code_hash)[-MAX_FORMER:],
        )
