"""How much of our CometBFT's pool each gateway may hold: a faulty one must not fill it."""

from typing import Final

import msgspec

from huitong.crypto import sha256
from huitong.types import Code, Envelope, Inadmissible, hex_text

MAX_POOLED: Final = 64
"""Envelopes of one gateway in the pool; an honest one has a quarter of them outstanding."""


class Pooled(msgspec.Struct, frozen=True):
    """An envelope in the pool. expiry: ns of block time."""

    digest: bytes
    expiry: int


class PoolShares:
    """What stands in the pool, by gateway and sequence number. A policy of this node, for CheckTx alone.

    `admit` judges each envelope on the state, where a number is free until a block has it; here one number is taken by
    the first envelope that has it.
    """

    def __init__(self, most: int = MAX_POOLED) -> None:
        self._most = most
        self._pooled: dict[bytes, dict[int, Pooled]] = {}

    def take(self, envelope: Envelope, raw: bytes, time_ns: int) -> None:
        """Note an envelope that was admitted. Raises Inadmissible HT2006, HT2008."""
        held = self._pooled.setdefault(envelope.gateway, {})
        digest = sha256(raw)
        found = held.get(envelope.seq)
        if found is not None and found.digest != digest and found.expiry >= time_ns:
            raise Inadmissible(Code.GATEWAY_SEQUENCE_USED, seq=envelope.seq, highest=envelope.seq)
        if found is None and len(held) >= self._most:
            for seq in [seq for seq, item in held.items() if item.expiry < time_ns]:
                del held[seq]
            if len(held) >= self._most:
                raise Inadmissible(Code.GATEWAY_QUOTA_EXCEEDED, gateway=hex_text(envelope.gateway))
        held[envelope.seq] = Pooled(digest, envelope.expiry)

    def leave(self, envelope: Envelope) -> None:
        """Note that a number is in a block, or its envelope left the pool."""
        held = self._pooled.get(envelope.gateway)
        if held is not None:
            held.pop(envelope.seq, None)
            if not held:
                del self._pooled[envelope.gateway]
