"""A handle of one contract: its methods by name, checked against its schema before anything is sent."""

from typing import Any, Protocol

import msgspec

from huitong.api.structs import ContractAnswer, TransactionAnswer, Wait
from huitong.api.values import from_hex
from huitong.types import Code, HuitongError

from .draft import DEFAULT_GAS_LIMIT, Wallet


class Caller(Protocol):
    """What a handle needs of its client; described at `AsyncClient`."""

    async def call(
        self,
        target: bytes,
        method: str,
        *args: Any,
        wallet: Wallet | None,
        payer: Wallet | None,
        gas_limit: int,
        wait: Wait,
    ) -> TransactionAnswer:
        """Call a method in a transaction."""
        ...

    async def view(self, target: bytes, method: str, *args: Any, sender: bytes | str) -> Any:
        """Run a view."""
        ...


class Argument(msgspec.Struct, frozen=True):
    """An argument in the schema. default: absent when the argument must be given."""

    name: str
    default: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Method(msgspec.Struct, frozen=True):
    """A method in the schema. kind: call, view or init."""

    name: str
    kind: str
    doc: str = ""
    args: tuple[Argument, ...] = ()


class Schema(msgspec.Struct, frozen=True):
    """What the client needs of a contract's schema. Specification: docs/spec/schema.md."""

    name: str
    methods: tuple[Method, ...]
    doc: str = ""


class ContractHandle:
    """A contract on chain.

    Arguments are plain values (None, bool, int, str, bytes, list, dict), in order or by name.
    """

    def __init__(self, client: Caller, answer: ContractAnswer) -> None:
        self.answer = answer
        self.address = from_hex(answer.address, "address")
        try:
            self.schema = msgspec.json.decode(answer.schema, type=Schema)
        except msgspec.MsgspecError as error:
            raise HuitongError(Code.ANSWER_INVALID, reason=f"schema: {error}") from None
        self._client = client
        self._methods = {method.name: method for method in self.schema.methods}

    async def call(
        self,
        method: str,
        *args: Any,
        wallet: Wallet | None = None,
        payer: Wallet | None = None,
        gas_limit: int = DEFAULT_GAS_LIMIT,
        wait: Wait = "committed",
        **named: Any,
    ) -> TransactionAnswer:
        """Call a method in a transaction. Raises HT4003, HT4004 before it is sent, else as `AsyncClient.submit`."""
        given = self._arguments(method, "call", args, named)
        return await self._client.call(
            self.address, method, *given, wallet=wallet, payer=payer, gas_limit=gas_limit, wait=wait
        )

    async def view(self, method: str, *args: Any, sender: bytes | str = "", **named: Any) -> Any:
        """Run a view and return its value. Raises HT4003, HT4004 before it is asked, else what the contract raises."""
        return await self._client.view(
            self.address, method, *self._arguments(method, "view", args, named), sender=sender
        )

    def _arguments(self, name: str, kind: str, args: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        method = self._methods.get(name)
        if method is None or method.kind != kind:
            raise HuitongError(Code.METHOD_UNKNOWN, method=name)
        expected = [argument.name for argument in method.args]
        given = dict(zip(expected, args, strict=False))
        wrong = [
            *(name for name in named if name not in expected or name in given),
            *("more" for _ in args[len(expected) :]),
        ]
        if wrong:
            raise HuitongError(Code.ARGUMENTS_INVALID, reason=f"{name} takes no {wrong[0]} beside {', '.join(given)}")
        given |= named
        values = [given[argument.name] for argument in method.args if argument.name in given]
        missing = [argument for argument in method.args if argument.name not in given]
        if any(argument.default is msgspec.UNSET for argument in missing):
            raise HuitongError(Code.ARGUMENTS_INVALID, reason=f"{name} needs {missing[0].name}")
        if [argument.name for argument in method.args[: len(values)]] != [key for key in expected if key in given]:
            raise HuitongError(
                Code.ARGUMENTS_INVALID, reason=f"{missing[0].name} stands before arguments that are given"
            )
        return values
