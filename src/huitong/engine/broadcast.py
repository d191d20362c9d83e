"""Committed blocks to subscribers, each with a bounded queue of its own."""

import asyncio
from collections.abc import AsyncIterator

from huitong.types import Code, HuitongError

from .maker import CommittedBlock


class Subscription:
    """Blocks from the moment of subscribing on, without gaps. A reader that falls behind gets HT8011."""

    def __init__(self, owner: "Broadcast", capacity: int) -> None:
        self._owner = owner
        self._capacity = capacity
        self._blocks: asyncio.Queue[CommittedBlock | None] = asyncio.Queue()
        self._too_slow = False

    def put(self, block: CommittedBlock | None) -> None:
        """Hand over a block; None: there will be no more."""
        if block is not None and self._blocks.qsize() >= self._capacity:
            self._too_slow = True
            self._owner.remove(self)
            block = None
        self._blocks.put_nowait(block)

    async def __aiter__(self) -> AsyncIterator[CommittedBlock]:
        try:
            while (block := await self._blocks.get()) is not None:
                yield block
        finally:
            self.close()
        if self._too_slow:
            raise HuitongError(Code.READER_TOO_SLOW, limit=self._capacity)

    def close(self) -> None:
        """Take no more blocks."""
        self._owner.remove(self)


class Broadcast:
    """All subscribers of one engine. Belongs to its event loop."""

    def __init__(self) -> None:
        self._subscriptions: dict[Subscription, None] = {}

    def subscribe(self, capacity: int) -> Subscription:
        """Add a subscriber that may be `capacity` blocks behind."""
        subscription = Subscription(self, capacity)
        self._subscriptions[subscription] = None
        return subscription

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscriber."""
        self._subscriptions.pop(subscription, None)

    def publish(self, block: CommittedBlock | None) -> None:
        """Hand a block to all; None ends them."""
        for subscription in list(self._subscriptions):
            subscription.put(block)
