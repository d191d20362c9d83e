"""The way of a light client from trusted headers to another one, and what it keeps. No network, no clock.

Walks are generators: they yield the height of a header that they need, are sent the light block, and return the blocks
that were verified. Source: cometbft `light/client.go` (verifySkipping, backwards).
"""

from bisect import bisect_right
from collections.abc import Generator, Iterator
from typing import Final

from huitong.types import Code, ProofInvalid

from .header import header_hash
from .light import DEFAULT_TRUST_LEVEL, LightBlock, TrustLevel, TrustPeriod, check_unexpired, verify_before, verify_next

MAX_FETCHED: Final = 4096
"""Headers that one walk asks for: a gateway that invents headers cannot keep a client busy for ever."""

Walk = Generator[int, LightBlock, tuple[LightBlock, ...]]


def walk_forward(
    trusted: LightBlock, target: LightBlock, period: TrustPeriod | None, level: TrustLevel = DEFAULT_TRUST_LEVEL
) -> Walk:
    """Verify a later header, by the headers in the middle where too few trusted validators signed it (bisection).

    Returns the verified blocks, ascending, the target last. Raises what `verify_next` raises, but HT7004 only when more
    than `MAX_FETCHED` headers were needed.
    """
    waiting, verified, fetched = [target], [trusted], 0
    while waiting:
        newest, candidate = verified[-1], waiting[-1]
        try:
            verify_next(newest.header, newest.validators, candidate.signed, candidate.validators, period, level)
        except ProofInvalid as error:
            if error.code != Code.TRUST_MISMATCH or fetched == MAX_FETCHED:
                raise
            fetched += 1
            waiting.append(_expected((yield (newest.height + candidate.height) // 2), newest, candidate))
        else:
            verified.append(waiting.pop())
    return tuple(verified[1:])


def _expected(found: LightBlock, newest: LightBlock, candidate: LightBlock) -> LightBlock:
    middle = (newest.height + candidate.height) // 2
    if found.height != middle:
        raise ProofInvalid(Code.HEADER_INVALID, reason=f"asked for header {middle}, got {found.height}")
    return found


def walk_backward(trusted: LightBlock, target: LightBlock) -> Walk:
    """Verify an earlier header by the hashes that each header names of the one before. Returns them, descending.

    Raises ProofInvalid HT7006, HT7004 when more than `MAX_FETCHED` headers lie between.
    """
    if trusted.height - target.height > MAX_FETCHED:
        reason = f"header {target.height} is more than {MAX_FETCHED} before the oldest trusted one"
        raise ProofInvalid(Code.TRUST_MISMATCH, reason=reason)
    verified = [trusted]
    while verified[-1].height > target.height:
        height = verified[-1].height - 1
        earlier = target if height == target.height else (yield height)
        verify_before(verified[-1].header, earlier)
        verified.append(earlier)
    return tuple(verified[1:])


class TrustedBlocks:
    """Verified light blocks, bounded in number: the first (where trust began) and the newest are kept.

    Blocks enter by `add` only after they were verified.
    """

    def __init__(self, first: LightBlock, limit: int) -> None:
        """limit: at least 2."""
        assert limit > 1, "the first and the newest block are kept"
        self._blocks = {first.height: first}
        self._heights = [first.height]
        self._limit = limit

    @property
    def newest(self) -> LightBlock:
        """The highest verified block."""
        return self._blocks[self._heights[-1]]

    def __iter__(self) -> Iterator[LightBlock]:
        """All blocks, ascending."""
        return (self._blocks[height] for height in self._heights)

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self._heights)

    def at(self, height: int) -> LightBlock | None:
        """Return the verified block of a height."""
        return self._blocks.get(height)

    def add(self, block: LightBlock) -> None:
        """Keep a verified block; the oldest but the first goes when there are too many."""
        if block.height in self._blocks:
            return
        self._blocks[block.height] = block
        self._heights.insert(bisect_right(self._heights, block.height), block.height)
        if len(self._heights) > self._limit:
            del self._blocks[self._heights.pop(1)]

    def way_to(self, target: LightBlock, period: TrustPeriod) -> Walk:
        """Return the walk to a block: forward from the newest trusted one before it, else backward from the next.

        A walk forward needs a header within the trusting period; a walk backward needs the newest one to be.
        Raises ProofInvalid HT7008 when trust has expired.
        """
        check_unexpired(self.newest.header, period)
        place = bisect_right(self._heights, target.height)
        before = self._blocks[self._heights[place - 1]] if place else None
        if before is not None and before.header.time_ns + period.period_ns > period.now_ns:
            return walk_forward(before, target, period)
        return walk_backward(self._blocks[self._heights[place]], target)


def same_header(first: LightBlock, second: LightBlock) -> bool:
    """Whether two blocks have the same header, whatever signatures stand under it."""
    return header_hash(first.header) == header_hash(second.header)
