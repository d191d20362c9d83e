"""What generated clients for programs without an event loop stand on: typed contracts that wait for their answers."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, Self, TypeVar

from .blocking import Client
from .draft import Wallet
from .reads import Target
from .typed import Committed, ContractClient, ContractError, ContractEvent, Occurred

E = TypeVar("E", bound=ContractEvent)


class _Behind(ContractClient):
    """The asynchronous client of the same contract, with doors for the waiting one."""

    async def calling(self, method: str, kind: Any, args: tuple[Any, ...]) -> Committed[Any]:
        """Call a method."""
        return await self._call(method, kind, *args)

    async def viewing(self, method: str, kind: Any, args: tuple[Any, ...]) -> Any:
        """Run a view."""
        return await self._view(method, kind, *args)


class BlockingContractClient:
    """As `ContractClient`, over a `Client`; methods, settings and errors are the same."""

    INTERFACE_HASH: ClassVar[bytes] = b""
    ERRORS: ClassVar[Mapping[str, type[ContractError]]] = {}
    EVENTS: ClassVar[Mapping[str, type[ContractEvent]]] = {}

    def __init__(self, client: Client, target: Target) -> None:
        names = ("INTERFACE_HASH", "ERRORS", "EVENTS")
        behind: type[_Behind] = type(
            type(self).__name__, (_Behind,), {name: getattr(type(self), name) for name in names}
        )
        self._client = client
        self._contract = behind(client.asynchronous, target)

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
        chosen = self._contract.using(wallet=wallet, payer=payer, gas_limit=gas_limit, memo=memo, wait=wait)
        vars(other).update(_contract=chosen)
        return other

    def address(self) -> bytes:
        """Return the contract's address, 20 bytes. Raises HT8005 for an unknown one, HT8016 for another interface."""
        return self._client.run(self._contract.address())

    def listen(self, kind: type[E], after: str | None = None) -> Iterator[Occurred[E]]:
        """Yield events of one kind as they are committed; see `Client.events`."""
        return self._client.iterate(self._contract.listen(kind, after))

    def _call(self, method: str, kind: Any, *args: Any) -> Committed[Any]:
        return self._client.run(self._contract.calling(method, kind, args))

    def _view(self, method: str, kind: Any, *args: Any) -> Any:
        return self._client.run(self._contract.viewing(method, kind, args))
