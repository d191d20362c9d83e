"""Which envelopes of the pool a proposal of ours carries."""

from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Final

from huitong.kernel import Kernel
from huitong.types import Inadmissible

FRAMING_BYTES: Final = 8
"""A bound of what protobuf adds to an envelope in a block."""


def in_turn(envelopes: Sequence[bytes], kernel: Kernel) -> tuple[bytes, ...]:
    """Return the readable envelopes, one of each gateway in turn, each gateway's own in their order.

    So a gateway with many envelopes in the pool keeps none of the others out of a block. The first turn goes by age.
    """
    queues: dict[bytes, list[bytes]] = {}
    for raw in envelopes:
        opened = kernel.open_envelope(raw)
        if not isinstance(opened, Inadmissible):
            queues.setdefault(opened.envelope.gateway, []).append(raw)
    return tuple(raw for raw in chain.from_iterable(zip_longest(*queues.values())) if raw is not None)


def within(envelopes: Sequence[bytes], max_bytes: int) -> tuple[bytes, ...]:
    """Return the first envelopes whose sum, with the bytes around each, is within a size."""
    size = 0
    for number, raw in enumerate(envelopes):
        size += len(raw) + FRAMING_BYTES
        if size > max_bytes:
            return tuple(envelopes[:number])
    return tuple(envelopes)
