"""The client for programs without an event loop: the methods of the asynchronous one, each waits for its answer."""

import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from huitong.api.structs import (
    BlockAnswer,
    ChainStatus,
    ContractAnswer,
    EventRecord,
    MemberAnswer,
    StateAnswer,
    TransactionAnswer,
    ViewAnswer,
    Wait,
)
from huitong.crypto import Suite

from .background import BackgroundLoop
from .blocking_handle import BlockingHandle
from .chain import DEFAULT_VALIDITY_NS
from .client import DEPLOY_GAS_LIMIT, PATIENCE_SECONDS, TIMEOUT_SECONDS, WAIT_SECONDS, AsyncClient
from .draft import DEFAULT_GAS_LIMIT, Draft, Signed, Wallet
from .gateways import GatewayState
from .light import LightClient
from .reads import Target

T = TypeVar("T")


class Client:
    """A chain over HTTP, for threads without an event loop; parameters, methods and errors are those of `AsyncClient`.

    Several threads may use one client at once. Requests run in a thread of the client's own, which ends with `close`,
    with `with Client(url, wallet) as client`, when the client is forgotten, or when the interpreter ends. Raises HT8024
    in a thread that runs an event loop, in a process forked after the client was made, and once it is closed.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        wallet: Wallet | None = None,
        *,
        trust: bytes | None = None,
        light_file: Path | None = None,
        tls: Path | None = None,
        timeout_s: float = TIMEOUT_SECONDS,
        patience_s: float = PATIENCE_SECONDS,
        language: str = "en",
    ) -> None:
        self._client = AsyncClient(
            urls,
            wallet,
            trust=trust,
            light_file=light_file,
            tls=tls,
            timeout_s=timeout_s,
            patience_s=patience_s,
            language=language,
        )
        self._open: set[AsyncGenerator[Any, None]] = set()
        self._background = BackgroundLoop(partial(_close, self._client, self._open))
        self._end = weakref.finalize(self, self._background.end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what still waits with HT8024, close connections, keep what the light client verified."""
        self._end()

    @property
    def asynchronous(self) -> AsyncClient:
        """The client behind this one, for `run`."""
        return self._client

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of the client behind this one, for instance `client.light.update()`."""
        return self._background.run(coroutine)

    def iterate(self, items: AsyncIterator[T]) -> Iterator[T]:
        """Yield what an iterator of the client behind this one yields; it is closed when nobody wants more."""
        generator = cast("AsyncGenerator[T, None]", items)
        self._open.add(generator)
        try:
            while True:
                try:
                    yield self.run(generator.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            self._open.discard(generator)
            self._background.start(generator.aclose())

    @property
    def wallet(self) -> Wallet | None:
        """Who signs unless a call names another; None for a client that only reads."""
        return self._client.wallet

    @property
    def gateways(self) -> tuple[GatewayState, ...]:
        """How the gateways did, and which is asked first."""
        return self._client.gateways

    @property
    def light(self) -> LightClient:
        """The light client of a client that was made with a trust file; its coroutines are for `run`."""
        return self._client.light

    def status(self) -> ChainStatus:
        """Return where the node stands."""
        return self.run(self._client.status())

    def suite(self) -> Suite:
        """Return the suite of the chain."""
        return self.run(self._client.suite())

    def block(self, height: int | None = None) -> BlockAnswer:
        """Return a block, the newest without a height."""
        return self.run(self._client.block(height))

    def transaction(self, tx_id: bytes) -> TransactionAnswer:
        """Return what became of a transaction."""
        return self.run(self._client.transaction(tx_id))

    def prove(self, tx_id: bytes, event: int | None = None) -> bytes:
        """Return the proof bundle of a receipt, or of one of its events."""
        return self.run(self._client.prove(tx_id, event))

    def trust(self) -> bytes:
        """Return the chain's trust document as this node tells it."""
        return self.run(self._client.trust())

    def signed_header(self, height: int | None = None) -> bytes:
        """Return a header with its commit and validators, the newest provable one without a height."""
        return self.run(self._client.signed_header(height))

    def state(self, store: str, key: bytes, *, prove: bool = False) -> StateAnswer:
        """Return the value under a key of a store, with its proof if asked for."""
        return self.run(self._client.state(store, key, prove=prove))

    def member(self, name: Target) -> MemberAnswer:
        """Return a member by address or name@organisation."""
        return self.run(self._client.member(name))

    def organisations(self) -> list[str]:
        """Return the names of the organisations, sorted."""
        return self.run(self._client.organisations())

    def describe(self, target: Target) -> ContractAnswer:
        """Return what the chain knows of a contract, with its schema."""
        return self.run(self._client.describe(target))

    def address(self, target: Target) -> bytes:
        """Return the 20-byte address of a target."""
        return self.run(self._client.address(target))

    def view(self, target: Target, method: str, *args: Any, sender: Target = "") -> Any:
        """Run a view with plain values and return its value."""
        return self.run(self._client.view(target, method, *args, sender=sender))

    def view_json(
        self, target: Target, method: str, args: Sequence[Any] | dict[str, Any], sender: Target = ""
    ) -> ViewAnswer:
        """Run a view with arguments in JSON, in order or by name."""
        return self.run(self._client.view_json(target, method, args, sender))

    def events(
        self, after: str | None = None, *, emitter: Target | None = None, name: str | None = None
    ) -> Iterator[EventRecord]:
        """Yield events as they are committed, without an end: break, or `close` the client from another thread."""
        return self.iterate(self._client.events(after, emitter=emitter, name=name))

    def draft(
        self,
        calls: Sequence[tuple[Target, str, Sequence[Any]]],
        *,
        sender: bytes,
        payer: bytes | None = None,
        gas_limit: int = DEFAULT_GAS_LIMIT,
        memo: bytes = b"",
        validity_ns: int = DEFAULT_VALIDITY_NS,
    ) -> Draft:
        """Build a transaction for others to sign."""
        return self.run(
            self._client.draft(
                calls, sender=sender, payer=payer, gas_limit=gas_limit, memo=memo, validity_ns=validity_ns
            )
        )

    def sign(
        self,
        calls: Sequence[tuple[Target, str, Sequence[Any]]],
        *,
        wallet: Wallet | None = None,
        payer: Wallet | None = None,
        gas_limit: int = DEFAULT_GAS_LIMIT,
        memo: bytes = b"",
    ) -> Signed:
        """Build and sign a transaction; its id is known before it is sent."""
        return self.run(self._client.sign(calls, wallet=wallet, payer=payer, gas_limit=gas_limit, memo=memo))

    def submit(
        self, transaction: Signed, wait: Wait = "committed", timeout_s: float = WAIT_SECONDS
    ) -> TransactionAnswer:
        """Send a transaction and wait. An interrupt ends the wait, not the transaction: ask for it by its id."""
        return self.run(self._client.submit(transaction, wait, timeout_s))

    def submit_many(
        self, transactions: Sequence[Signed | bytes], wait: Wait = "committed", timeout_s: float = WAIT_SECONDS
    ) -> list[TransactionAnswer]:
        """Send many transactions in one request; the answers stand in order, none raises."""
        return self.run(self._client.submit_many(transactions, wait, timeout_s))

    def call(
        self,
        target: Target,
        method: str,
        *args: Any,
        wallet: Wallet | None = None,
        payer: Wallet | None = None,
        gas_limit: int = DEFAULT_GAS_LIMIT,
        memo: bytes = b"",
        wait: Wait = "committed",
    ) -> TransactionAnswer:
        """Call one method in a transaction of its own."""
        return self.run(
            self._client.call(
                target, method, *args, wallet=wallet, payer=payer, gas_limit=gas_limit, memo=memo, wait=wait
            )
        )

    def deploy(
        self,
        code: bytes,
        *,
        engine: str = "python",
        name: str = "",
        source: bytes = b"",
        init_args: Sequence[Any] = (),
        wallet: Wallet | None = None,
        gas_limit: int = DEPLOY_GAS_LIMIT,
        wait: Wait = "committed",
    ) -> bytes:
        """Deploy a contract and return its address."""
        return self.run(
            self._client.deploy(
                code,
                engine=engine,
                name=name,
                source=source,
                init_args=init_args,
                wallet=wallet,
                gas_limit=gas_limit,
                wait=wait,
            )
        )

    def contract(self, target: Target) -> BlockingHandle:
        """Return a handle of a contract, with the methods of its schema."""
        return BlockingHandle(self, self.run(self._client.contract(target)))


async def _close(client: AsyncClient, iterators: set[AsyncGenerator[Any, None]]) -> None:
    """Close streams from the outside inwards, which the end of a loop would not, then the client."""
    for iterator in tuple(iterators):
        await iterator.aclose()
    await client.close()
