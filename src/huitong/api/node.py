"""The seam to a node: what the gateway needs of it. The node implements these, tests and clients may as well.

All methods raise `HuitongError` with a code of the catalogue and nothing else on purpose. An error of a contract that
is raised (views) carries the data `contract` (address, hex), `error` (class name) and `fields` (dict, JSON-ready).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from .structs import (
    BlockAnswer,
    ChainStatus,
    ContractAnswer,
    EventRecord,
    MemberAnswer,
    StateAnswer,
    TransactionAnswer,
    ViewAnswer,
    ViewRequest,
    Wait,
)


class Transactions(Protocol):
    """Submission and look-up of transactions."""

    async def submit(self, raw: bytes, wait: Wait, timeout_s: float) -> TransactionAnswer:
        """Take one signed transaction and wait.

        Never raises for what is wrong with the transaction: that is the answer "rejected" with its error. When
        `timeout_s` ends before `wait` is reached the answer is what the transaction has reached by then. A cancelled
        wait does not withdraw the transaction. Raises HT6004 while stopping, HT6005 when the engine is halted.
        """
        ...

    async def submit_many(self, raws: Sequence[bytes], wait: Wait, timeout_s: float) -> list[TransactionAnswer]:
        """As `submit`, for many that need not share a block; the answers stand in the order of `raws`."""
        ...

    async def transaction(self, tx_id: bytes) -> TransactionAnswer:
        """Return the newest answer: accepted while it waits, else its only receipt that is not a rejection.

        Raises HT8005 for an id that is not known.
        """
        ...

    async def proof(self, tx_id: bytes, event: int | None) -> bytes:
        """Return the JSON proof bundle of a receipt, or of one of its events (from 0).

        Raises HT8005 for an unknown id or event, HT7005 while it is not provable yet.
        """
        ...


class Chain(Protocol):
    """Blocks and what happens in them."""

    async def status(self) -> ChainStatus:
        """Return where the node stands. Cheap: asked for by every client."""
        ...

    async def block(self, height: int | None) -> BlockAnswer:
        """Return a block; None: the newest. Raises HT8005 for a height that is not there."""
        ...

    async def signed_header(self, height: int | None) -> bytes:
        """Return JSON of a header with its commit and validators, for light clients; None: the newest provable.

        Raises HT8005.
        """
        ...

    async def trust(self) -> bytes:
        """Return the JSON trust document (chain id, validators) that offline verification starts from."""
        ...

    def events(self, after: str | None) -> AsyncIterator[EventRecord]:
        """Yield events as they are committed, without gaps, those after the id `after` first (None: only new ones).

        Bounded: a reader that falls too far behind gets HT8011. Raises HT8012 for an `after` that is no longer kept.
        """
        ...


class State(Protocol):
    """Questions to the newest state."""

    async def state(self, store: str, key: bytes, *, prove: bool) -> StateAnswer:
        """Return the value under a key; with `prove` at the newest provable height and with its proof.

        Raises HT8005 for an unknown store, HT7005 while nothing is provable yet.
        """
        ...

    async def contract(self, name: str) -> ContractAnswer:
        """Return a contract by name or by address (0x hex). Raises HT8005."""
        ...

    async def view(self, request: ViewRequest) -> ViewAnswer:
        """Run a view. Raises HT8005 for an unknown target, HT4003, HT4004, and whatever the contract fails with."""
        ...

    async def member(self, name: str) -> MemberAnswer:
        """Return a member by address (0x hex) or name@organisation. Raises HT8005."""
        ...

    async def organisations(self) -> tuple[str, ...]:
        """Return the names of the organisations, sorted."""
        ...


@dataclass(frozen=True)
class NodeApi:
    """The three doors of a node; one object may stand behind all."""

    transactions: Transactions
    chain: Chain
    state: State
