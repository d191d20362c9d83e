"""This node's gateway: waiting transactions into envelopes, envelopes to CometBFT, and again if one is lost."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from huitong.engine.maker import MILLISECOND_NS
from huitong.engine.packing import EXPIRY_NS, HEAD_BYTES, Packer, room_for
from huitong.engine.pool import ELEMENT_OVERHEAD, Pool, Room
from huitong.engine.ports import StateReader
from huitong.engine.submission import Submission
from huitong.kernel import EnvelopeResult, gateway_window
from huitong.types import Code, HuitongError, Rejected, decode_envelope, hex_text
from huitong.types.limits import MAX_ENVELOPE_TRANSACTIONS, MAX_TRANSACTION_BYTES
from huitong.types.registry import STORE_MAIN

from .rpc import CometRpc, RpcRefusedError, RpcUnreachableError

RETRY_S: Final = 0.2
"""Pause before CometBFT is asked again that did not answer, or whose pool is full."""
KNOWN: Final = "already exists in cache"
"""CometBFT's word for an envelope that it holds."""


class GatewaySettings(msgspec.Struct, frozen=True):
    """Bounds of one gateway's envelopes.

    max_outstanding: envelopes that may be in no block yet. max_bytes: of an envelope. gather_ms: how long transactions
    gather while others are outstanding; a lonely one does not wait. spread_again_s: an envelope that is in no block
    after this time is handed over again, as a restarted CometBFT forgets its pool.
    """

    max_outstanding: int = 16
    max_bytes: int = 256 * 1024
    gather_ms: int = 20
    spread_again_s: float = 3.0


class Outstanding(msgspec.Struct):
    """An envelope that is in no block yet. sent: loop time when CometBFT had it last, 0 before.

    deadly: workers of this node died on the one transaction that is left here. Another proposer may still be luckier,
    so its end is told when the envelope expires.
    """

    raw: bytes
    seq: int
    expiry: int
    submissions: tuple[Submission, ...]
    sent: float = 0.0
    sending: bool = False
    deadly: bool = False


class EnvelopeGateway:
    """Belongs to the engine's event loop."""

    def __init__(
        self,
        packer: Packer,
        pool: Pool,
        state: StateReader,
        rpc: CometRpc,
        next_time_ns: Callable[[], int],
        settings: GatewaySettings,
    ) -> None:
        self._packer = packer
        self._pool = pool
        self._state = state
        self._rpc = rpc
        self._next_time_ns = next_time_ns
        self._settings = settings
        self.wake = asyncio.Event()
        self._outstanding: dict[int, Outstanding] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # envelopes of an earlier run may still be on their way: their numbers are left out
        self._next_seq = self._highest() + 1 + settings.max_outstanding

    def check_active(self) -> None:
        """Raise HT8022 while this node's key may sign no envelopes."""
        try:
            room_for(self._state.snapshot().view(STORE_MAIN), self._packer.gateway)
        except HuitongError:
            raise HuitongError(Code.NODE_FOLLOWS, gateway=hex_text(self._packer.gateway)) from None

    @property
    def outstanding(self) -> int:
        """Envelopes that are in no block yet."""
        return len(self._outstanding)

    async def run(self) -> None:
        """Seal what waits, for ever."""
        spreading = asyncio.create_task(self._spread_again())
        try:
            while True:
                await self.wake.wait()
                self.wake.clear()
                while len(self._pool) and len(self._outstanding) < self._settings.max_outstanding:
                    if self._outstanding:
                        await asyncio.sleep(self._settings.gather_ms / 1000)
                    try:
                        self._seal()
                    except HuitongError as error:  # a gateway that may sign no more; blocks of others go on
                        self._pool.drop(self._pool.everything(), error)
        finally:
            spreading.cancel()
            for task in list(self._tasks):
                task.cancel()

    def _highest(self) -> int:
        return gateway_window(self._state.snapshot().view(STORE_MAIN), self._packer.gateway).highest

    def _room(self) -> Room:
        room = room_for(self._state.snapshot().view(STORE_MAIN), self._packer.gateway)
        largest = MAX_TRANSACTION_BYTES + ELEMENT_OVERHEAD
        size = min(room.size, max(self._settings.max_bytes - HEAD_BYTES, largest))
        return Room(min(room.transactions, MAX_ENVELOPE_TRANSACTIONS), size, room.gas)

    def _seal(self) -> None:
        """Make one envelope of the oldest transactions."""
        time_ns = self._next_time_ns()
        submissions = []
        for submission in self._pool.take(self._room()):
            valid_until = submission.opened.body.valid_until
            if valid_until < time_ns:
                self._pool.drop([submission], Rejected(Code.EXPIRED, valid_until=valid_until, time=time_ns))
            else:
                submissions.append(submission)
        if not submissions:
            return
        # a node that has caught up meanwhile may find numbers of an earlier life of its gateway in the state
        self._next_seq = max(self._next_seq, self._highest() + 1)
        expiry = time_ns + EXPIRY_NS
        packed = self._packer.seal(submissions, self._next_seq, expiry)
        item = Outstanding(packed.raw, self._next_seq, expiry, packed.submissions)
        self._outstanding[item.seq] = item
        self._next_seq += 1
        self._send(item)

    def _send(self, item: Outstanding) -> None:
        item.sending = True
        task = asyncio.create_task(self._hand_over(item))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hand_over(self, item: Outstanding) -> None:
        """Give an envelope to CometBFT, as often as it takes; one that CheckTx refuses is made anew."""
        while item.seq in self._outstanding and not item.deadly and not await self._offered(item):
            if self._next_time_ns() > item.expiry:
                self._lost(item)
                break
            await asyncio.sleep(RETRY_S)
        item.sent = asyncio.get_running_loop().time()
        item.sending = False

    async def _offered(self, item: Outstanding) -> bool:
        """Give it once; True when there is a verdict about it."""
        try:
            accepted = await self._rpc.broadcast(item.raw)
        except RpcUnreachableError:
            return False
        except RpcRefusedError as error:
            return KNOWN in str(error)
        if accepted.code:
            await asyncio.sleep(RETRY_S)
            if not item.deadly:
                self._lost(item)
        return True

    def _lost(self, item: Outstanding) -> None:
        """Put the transactions of an envelope that can be in no block any more into another one."""
        if self._outstanding.pop(item.seq, None) is None:
            return
        submissions = list(item.submissions)
        if item.deadly:
            self._pool.drop(submissions, Rejected(Code.NOT_EXECUTABLE, tx_id=submissions[0].tx_id.hex()))
        else:
            self._pool.give_back(submissions)
        self.wake.set()

    def unexecutable(self, tx_id: bytes) -> None:
        """Part a transaction on which workers died from the others of its envelope, which get another one."""
        for item in self._outstanding.values():
            deadly = tuple(submission for submission in item.submissions if submission.tx_id == tx_id)
            if deadly and not item.deadly:
                self._pool.give_back([submission for submission in item.submissions if submission not in deadly])
                item.submissions = deadly
                item.deadly = True
                self.wake.set()

    async def _spread_again(self) -> None:
        while True:
            await asyncio.sleep(self._settings.spread_again_s / 2)
            now = asyncio.get_running_loop().time()
            for item in list(self._outstanding.values()):
                if not item.sending and not item.deadly and now - item.sent > self._settings.spread_again_s:
                    self._send(item)

    def told(self, time_ns: int, envelopes: tuple[bytes, ...], results: tuple[EnvelopeResult, ...]) -> frozenset[int]:
        """Take note of a block; return the places of our own envelopes in it."""
        ours: set[int] = set()
        for number, (raw, result) in enumerate(zip(envelopes, results, strict=True)):
            if result.code:
                self._refused(raw)
            else:
                self._decided(raw, number, ours)
        for item in list(self._outstanding.values()):
            if item.expiry < time_ns + MILLISECOND_NS:
                self._lost(item)
        if len(self._pool):
            self.wake.set()
        return frozenset(ours)

    def made(self, raw: bytes) -> bool:
        """True for an envelope of ours that is in no block yet: its transactions were checked on their way in."""
        return any(item.raw == raw for item in self._outstanding.values())

    def _decided(self, raw: bytes, number: int, ours: set[int]) -> None:
        if bytes(self._packer.gateway) not in raw[:HEAD_BYTES]:
            return
        envelope = decode_envelope(raw)
        if envelope.gateway != self._packer.gateway:
            return
        item = self._outstanding.get(envelope.seq)
        if item is None:
            return
        if item.raw == raw:
            ours.add(number)
            del self._outstanding[envelope.seq]
        else:
            self._lost(item)

    def _refused(self, raw: bytes) -> None:
        """An envelope that a faulty proposer put where it was not admissible; its number is still free or gone."""
        for item in list(self._outstanding.values()):
            if item.raw == raw:
                self._lost(item)
