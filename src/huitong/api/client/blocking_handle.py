"""A handle of one contract for programs without an event loop."""

from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

from huitong.api.structs import TransactionAnswer, Wait

from .contracts import ContractHandle
from .draft import DEFAULT_GAS_LIMIT, Wallet

T = TypeVar("T")


class Runs(Protocol):
    """What a handle needs of its client."""

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        ...


class BlockingHandle:
    """A contract on chain, as `ContractHandle`, whose calls and views wait for their answers."""

    def __init__(self, client: Runs, handle: ContractHandle) -> None:
        self.answer = handle.answer
        self.address = handle.address
        self.schema = handle.schema
        self._client = client
        self._handle = handle

    def call(
        self,
        method: str,
        *args: Any,
        wallet: Wallet | None = None,
        payer: Wallet | None = None,
        gas_limit: int = DEFAULT_GAS_LIMIT,
        wait: Wait = "committed",
        **named: Any,
    ) -> TransactionAnswer:
        """Call a method in a transaction."""
        return self._client.run(
            self._handle.call(method, *args, wallet=wallet, payer=payer, gas_limit=gas_limit, wait=wait, **named)
        )

    def view(self, method: str, *args: Any, sender: bytes | str = "", **named: Any) -> Any:
        """Run a view and return its value."""
        return self._client.run(self._handle.view(method, *args, sender=sender, **named))
