"""What generated clients stand on: calls with typed results, errors as classes, events as types."""

import copy
import typing
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Literal, Self, TypeVar

import msgspec

from huitong.api.abi import fields_from_json
from huitong.api.interface import interface_hash
from huitong.api.structs import EventRecord, TransactionAnswer
from huitong.api.values import from_hex, to_hex
from huitong.contract import Fixed
from huitong.types import Code, Failure, FixedPoint, HuitongError, decode
from huitong.types.limits import MAX_RETURN_BYTES

from .client import AsyncClient
from .draft import DEFAULT_GAS_LIMIT, Wallet
from .outcomes import TransactionFailed
from .reads import Target, returned

T = TypeVar("T")


class ContractEvent:
    """Base of the events of generated clients: frozen dataclasses. ON_CHAIN: their name there, if it is another."""

    ON_CHAIN: ClassVar[str] = ""


E = TypeVar("E", bound=ContractEvent)

ERROR_NAMES: Final = frozenset(
    ("ON_CHAIN", "add_note", "answer", "args", "code", "data", "fields_of_error", "next_step", "with_traceback")
)
"""Attributes that every error has: a field of one of these names gets a "_" behind it."""


class ContractError(HuitongError):
    """Base of the errors of generated clients: HT5000 with the fields that the contract declared.

    answer: the failed transaction; None when a view refused. ON_CHAIN: name of the class there, if it is another.
    """

    ON_CHAIN: ClassVar[str] = ""
    answer: TransactionAnswer | None = None

    def __post_init__(self) -> None:
        super().__init__(
            Code.REFUSED_BY_CONTRACT, contract="", error=name_of(type(self)), fields=self.fields_of_error()
        )

    def fields_of_error(self) -> dict[str, Any]:
        """Return the fields that the contract declared, by their names."""
        names = declared_fields(type(self))
        return {name.removesuffix("_") if name[:-1] in ERROR_NAMES else name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Occurred(Generic[E]):
    """An event with where it stands. record: as the node told it, with id, height, tx_id and time."""

    event: E
    record: EventRecord


@dataclass(frozen=True)
class Committed(Generic[T]):
    """A committed call: what it returned, and the answer with its receipt."""

    value: T
    answer: TransactionAnswer
    contract: bytes

    @property
    def tx_id(self) -> bytes:
        """Id of the transaction, 32 bytes."""
        return from_hex(self.answer.tx_id, "transaction id")

    def events(self, kind: type[E]) -> list[E]:
        """Events of this kind that the contract emitted in the transaction, in their order."""
        found = [record for record in self.answer.events if is_event(record, self.contract, kind)]
        return [event_of(record, kind) for record in found]


class ContractClient:
    """A contract seen through the client that `huitong client` made of its schema.

    target: name or address. The interface of the contract on chain is compared at the first use: HT8016 when it is
    another one. Calls raise errors of the contract by class, and what `AsyncClient.submit` raises. Views
    are asked in the name of the client's wallet.
    """

    INTERFACE_HASH: ClassVar[bytes] = b""
    ERRORS: ClassVar[Mapping[str, type[ContractError]]] = {}
    EVENTS: ClassVar[Mapping[str, type[ContractEvent]]] = {}

    def __init__(self, client: AsyncClient, target: Target) -> None:
        self._client = client
        self._target = target
        self._address: bytes | None = None
        self._schema: dict[str, Any] = {}
        self._sender: bytes | str = "" if client.wallet is None else client.wallet.address
        self._options: dict[str, Any] = {"gas_limit": DEFAULT_GAS_LIMIT}

    def using(
        self,
        *,
        wallet: Wallet | None = None,
        payer: Wallet | None = None,
        gas_limit: int | None = None,
        memo: bytes | None = None,
        wait: Literal["committed", "proved"] | None = None,
    ) -> Self:
        """Return this client with other settings for its calls. wallet: who signs, and in whose name views ask."""
        other = copy.copy(self)
        given = {"wallet": wallet, "payer": payer, "gas_limit": gas_limit, "memo": memo, "wait": wait}
        options = {**self._options, **{name: value for name, value in given.items() if value is not None}}
        vars(other).update(_options=options, _sender=self._sender if wallet is None else wallet.address)
        return other

    async def address(self) -> bytes:
        """Return the contract's address, 20 bytes. Raises HT8005 for an unknown one, HT8016 for another interface."""
        if self._address is None:
            answer = await self._client.describe(self._target)
            try:
                self._schema = msgspec.json.decode(answer.schema, type=dict[str, Any])
                found = interface_hash(self._schema)
            except (msgspec.MsgspecError, KeyError, TypeError) as error:
                raise HuitongError(Code.ANSWER_INVALID, reason=f"schema: {error}") from None
            if found != self.INTERFACE_HASH:
                raise HuitongError(
                    Code.INTERFACE_DIFFERS,
                    contract=answer.name or answer.address,
                    expected=to_hex(self.INTERFACE_HASH),
                    found=to_hex(found),
                )
            self._address = from_hex(answer.address, "address")
        return self._address

    async def listen(self, kind: type[E], after: str | None = None) -> AsyncIterator[Occurred[E]]:
        """Yield events of one kind as they are committed, those after the id `after` first; see `AsyncClient.events`.

        ContractEvent itself stands for all kinds that the contract declares.
        """
        address = await self.address()
        name = next((name for name, found in self.EVENTS.items() if found is kind), None)
        async for record in self._client.events(after, emitter=address, name=name):
            wanted = self.EVENTS.get(record.name)
            if wanted is not None and issubclass(wanted, kind):
                yield Occurred(event_of(record, wanted), record)

    async def _call(self, method: str, kind: Any, *args: Any) -> Committed[Any]:
        address = await self.address()
        try:
            answer = await self._client.call(address, method, *map(plain, args), **self._options)
        except TransactionFailed as error:
            declared = self._declared(error)
            if declared is None:
                raise
            raise declared from None
        values = returned(answer)
        return Committed(typed(values[0] if values else None, kind, method), answer, address)

    async def _view(self, method: str, kind: Any, *args: Any) -> Any:
        address = await self.address()
        try:
            value = await self._client.view(address, method, *map(plain, args), sender=self._sender)
        except HuitongError as error:
            declared = self._declared_of_view(error)
            if declared is None:
                raise
            raise declared from None
        return typed(value, kind, method)

    def _declared(self, error: TransactionFailed) -> ContractError | None:
        """Error of this contract in a failed transaction, exact from its receipt; None for any other failure."""
        raw = from_hex(error.answer.return_bytes or "0x", "return bytes")
        if error.code != Code.REFUSED_BY_CONTRACT or not raw:
            return None
        failure = decode(raw, Failure, max_bytes=MAX_RETURN_BYTES)
        kind = self.ERRORS.get(failure.error)
        if kind is None or failure.contract != self._address:
            return None
        found = error_of(kind, failure.data)
        found.data = {**found.data, "contract": to_hex(failure.contract)}
        found.answer = error.answer
        return found

    def _declared_of_view(self, error: HuitongError) -> ContractError | None:
        kind = self.ERRORS.get(str(error.data.get("error")))
        contract, fields = error.data.get("contract"), error.data.get("fields")
        if kind is None or self._address is None or contract != to_hex(self._address) or not isinstance(fields, dict):
            return None
        name = str(error.data["error"])
        found = error_of(kind, fields_from_json(self._schema, "errors", name, fields))
        found.data = {**found.data, "contract": contract}
        return found


def declared_fields(kind: type[ContractError]) -> tuple[str, ...]:
    """Names of an error's fields in its class."""
    fields: Mapping[str, Any] = getattr(kind, "__dataclass_fields__", {})
    return tuple(fields)


def name_of(kind: type[ContractEvent | ContractError]) -> str:
    """Name of an event or error in its contract."""
    return kind.ON_CHAIN or kind.__name__


def plain(value: Any) -> Any:
    """Turn a value of a generated client into a value of the encoding: dataclasses into maps of their fields."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    fields: Mapping[str, Any] | None = getattr(type(value), "__dataclass_fields__", None)
    return value if fields is None else {name: plain(getattr(value, name)) for name in fields}


def typed(value: Any, kind: Any, where: str) -> Any:
    """Turn a value of the encoding into the declared type. Raises HT8010 for a value of another shape."""
    try:
        return msgspec.convert(value, kind, builtin_types=(bytes,), dec_hook=_fixed)
    except msgspec.ValidationError as error:
        raise HuitongError(Code.ANSWER_INVALID, reason=f"{where}: {error}") from None


def _fixed(kind: type, value: Any) -> Any:
    """Read a decimal of the encoding as the fixed-point number that contracts use."""
    if kind is not Fixed or not isinstance(value, FixedPoint):
        raise TypeError(f"no {kind.__name__}")
    return Fixed(str(value))


def is_event(record: EventRecord, contract: bytes, kind: type[ContractEvent]) -> bool:
    """Whether a record is an event of this contract and kind."""
    return record.emitter == to_hex(contract) and record.name == name_of(kind)


def event_of(record: EventRecord, kind: type[E]) -> E:
    """Read an event from the bytes that were hashed. Raises HT8010."""
    fields = decode(from_hex(record.raw, "event"), dict, max_bytes=MAX_RETURN_BYTES)
    found: E = typed(fields, kind, record.name)
    return found


def error_of(kind: type[ContractError], fields: Mapping[str, Any]) -> ContractError:
    """Make an error of its fields. Raises HT8010."""
    hints = typing.get_type_hints(kind)
    names = {f"{name}_" if name in ERROR_NAMES else name: name for name in fields}
    known = declared_fields(kind)
    make: Callable[..., ContractError] = kind
    where = kind.__name__
    return make(
        **{own: typed(fields[name], hints[own], f"{where}.{name}") for own, name in names.items() if own in known}
    )
