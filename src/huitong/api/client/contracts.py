"""A handle of one contract: its methods by name, checked against its schema before anything is sent."""

from typing import Any, Protocol

import msgspec

from huitong.api.abi import method_of, value_from_json
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


class ContractHandle:
    """A contract on chain.

    Arguments are plain values (None, bool, int, str, bytes, list, dict), in order or by name.
    """

    def __init__(self, client: Caller, answer: ContractAnswer) -> None:
        self.answer = answer
        self.address = from_hex(answer.address, "address")
        try:
            self.schema: dict[str, Any] = msgspec.json.decode(answer.schema, type=dict[str, Any])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise HuitongError(Code.ANSWER_INVALID, reason=f"schema: {error}") from None
        self._client = client

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
        method = method_of(self.schema, name)
        if method["kind"] != kind:
            raise HuitongError(Code.METHOD_UNKNOWN, method=name)
        expected = [part["name"] for part in method["args"]]
        given = dict(zip(expected, args, strict=False))
        wrong = [key for key in named if key not in expected or key in given]
        if wrong or len(args) > len(expected):
            reason = f"{name} takes {', '.join(expected) or 'nothing'}, once each"
            raise HuitongError(Code.ARGUMENTS_INVALID, reason=reason)
        given |= named
        return [given[part["name"]] if part["name"] in given else self._default(part) for part in method["args"]]

    def _default(self, part: dict[str, Any]) -> Any:
        if "default" not in part:
            raise HuitongError(Code.ARGUMENTS_INVALID, reason=f"{part['name']} is missing")
        return value_from_json(self.schema, part["type"], part["default"], part["name"])
