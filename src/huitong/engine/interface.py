"""What both engines offer to a node: transactions in, blocks and proofs out."""

from collections.abc import Sequence
from typing import Protocol

from huitong.types import HuitongError, SignedHeader, Validator

from .broadcast import Subscription
from .ports import Snapshot
from .proofs import ReceiptProof, StateProof
from .submission import Submission


class Engine(Protocol):
    """Orders, executes and commits. Its methods belong to one event loop.

    Nothing of a block is told to anybody before it is durable and its header is signed.
    """

    @property
    def name(self) -> str:
        """`local` or `cometbft`."""
        ...

    @property
    def height(self) -> int:
        """Newest block that has been told."""
        ...

    def validators_at(self, height: int) -> tuple[Validator, ...]:
        """Return the validator set that signs a height, in CometBFT's order; known up to two above the newest."""
        ...

    @property
    def waiting(self) -> int:
        """Transactions in the pool."""
        ...

    @property
    def halted(self) -> HuitongError | None:
        """HT6005 with the reason when no more blocks are made."""
        ...

    @property
    def stalled(self) -> str:
        """Why blocks cannot be ordered at the moment although nothing has halted; "" when they can."""
        ...

    async def start(self) -> None:
        """Begin to take transactions and to make or follow blocks."""
        ...

    async def stop(self) -> None:
        """Take no more transactions and end."""
        ...

    async def submit(self, raw: bytes) -> Submission:
        """Take one signed transaction; returns when it is in the pool.

        Raises Rejected HT1001-HT1402, HT6004 while stopping, HT6005 when halted.
        """
        ...

    async def submit_many(self, raws: Sequence[bytes]) -> list[Submission | HuitongError]:
        """As `submit`, for many at once; the errors stand in place of what was not taken."""
        ...

    def pending(self, tx_id: bytes) -> Submission | None:
        """Return an accepted transaction that has no end yet."""
        ...

    def subscribe(self) -> Subscription:
        """Return the blocks from now on."""
        ...

    def snapshot(self) -> Snapshot:
        """Return the newest durable state, for queries in any thread."""
        ...

    def next_time_ns(self) -> int:
        """Return about the time that a block made now would have."""
        ...

    async def proved(self, height: int) -> SignedHeader:
        """Wait for the signed header that proves state and results of a block: the next one. Raises HT6005."""
        ...

    async def prove_state(self, store: str, key: bytes) -> StateProof:
        """Prove presence or absence of a key at the newest height. Raises HT8005, HT6004, HT6005, HT6204."""
        ...

    async def prove_receipt(self, tx_id: bytes) -> ReceiptProof:
        """Prove the receipt of an executed transaction. Raises HT8005, HT6005."""
        ...
