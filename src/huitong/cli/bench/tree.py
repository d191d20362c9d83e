"""`bench tree`: updates of a large state tree in its store, uniform and skewed, against a small one.

A tree is built from its sorted leaves, bucket by bucket, written to RocksDB and loaded as a node does it. Then batches
of present keys are changed: hash, read the buckets (through the cache of a node), merge, climb, write one batch
(not synced). All in time of the processor on the measuring thread: RocksDB's own threads and other
programs do not count.
"""

import math
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from operator import add
from pathlib import Path
from statistics import median

from huitong.crypto import SUITES, HashFunction, Suite
from huitong.state import SparseMerkleTree, bits_for
from huitong.store.chain import BUCKET_CACHE_BYTES
from huitong.store.changes import tree_changes
from huitong.store.keyvalue import Family
from huitong.store.layout import bucket_prefix
from huitong.store.rocks import BLOCK_CACHE_BYTES, RocksKeyValue
from huitong.store.views import LiveBuckets
from huitong.types.native import native
from huitong.types.registry import STORE_MAIN

from .report import Figure, Report, at_least, at_most, report

BATCHES = 12
WARM_BATCHES = 3
GOAL_UPDATES = 70_000.0
GOAL_RATIO = 2.5
NODE_BYTES = {"native": 33, "pure": 90}
"""Memory of a node of the upper levels, two nodes per bucket."""
_ROWS_AT_ONCE = 50_000


def run(*, keys: int = 10_000_000, small: int = 100_000, updates: int = 5_000) -> Report:
    """keys: leaves of the large tree; small: of the one that it is compared with; updates: draws of a batch."""
    figures: list[Figure] = []
    profile: list[str] = []
    for suite in SUITES.values():
        few = _Held(suite, small, updates)
        before = {access: few.cost(access) for access in ACCESS}
        few.close()
        many = _Held(suite, keys, updates)
        figures.append(Figure(f"{suite.name}_build", round(many.built_seconds, 1), "s"))
        figures.append(Figure(f"{suite.name}_load", round(many.loaded_seconds, 1), "s"))
        for access in ACCESS:
            cost = many.cost(access)
            name = f"{suite.name}_{access}"
            if access == "uniform":
                figures.append(at_least(name, 1e6 / cost, "updates/s", GOAL_UPDATES))
                figures.append(at_most(f"{name}_ratio", cost / before[access], "x", GOAL_RATIO))
            else:
                figures.append(Figure(name, round(1e6 / cost, 1), "updates/s"))
                figures.append(Figure(f"{name}_ratio", round(cost / before[access], 2), "x"))
            profile.append(f"{name}: {many.profile(access)}")
        figures += [Figure(f"{suite.name}_{name}", round(mebibytes, 1), "MiB") for name, mebibytes in many.memory()]
        many.close()
    crate = native()
    parameters = {"keys": keys, "small": small, "updates": updates, "native": crate.__version__ if crate else "none"}
    return report("tree", parameters, figures, profile)


def _uniform(count: int) -> int:
    return secrets.randbelow(count)


def _zipf(count: int) -> int:
    """A rank by Zipf's law with exponent 1: the logarithm of the rank is uniform."""
    return min(count - 1, int(math.exp(secrets.randbelow(2**52) / 2**52 * math.log(count))))


ACCESS: dict[str, Callable[[int], int]] = {"uniform": _uniform, "zipf": _zipf}
"""How the keys of a batch are drawn. Zipf draws hit some keys twice: a batch then changes fewer leaves."""


def _key(number: int) -> bytes:
    return number.to_bytes(8, "big")


class _Held:
    """A tree of `count` leaves in a store in a temporary folder."""

    def __init__(self, suite: Suite, count: int, updates: int) -> None:
        self._count, self._updates = count, updates
        self._folder = tempfile.TemporaryDirectory(prefix="huitong-bench-")
        self._store = RocksKeyValue(Path(self._folder.name) / "store")
        buckets = LiveBuckets(self._store, STORE_MAIN, BUCKET_CACHE_BYTES)
        self._tree = SparseMerkleTree(suite.hash, bits_for(count), buckets)
        self._buckets = buckets
        self._parts: dict[str, tuple[float, float]] = {}
        started = time.monotonic()
        self._build(suite)
        self.built_seconds = time.monotonic() - started
        started = time.monotonic()
        self._tree.load(buckets.all())
        self.loaded_seconds = time.monotonic() - started
        assert self._tree.count == count, "the tree holds what was built"

    def _build(self, suite: Suite) -> None:
        """Write all records in the order of their buckets."""
        prefix, rows = bucket_prefix(STORE_MAIN), []
        for number, record in _records(suite, self._count, self._tree.bits):
            rows.append((Family.STATE, prefix + number.to_bytes(4, "big"), record))
            if len(rows) == _ROWS_AT_ONCE:
                self._store.write(rows, durable=False)
                rows = []
        self._store.write(rows, durable=False)

    def cost(self, access: str) -> float:
        """Microseconds per changed leaf: the median over batches, after a few that warm the caches."""
        draw, found = ACCESS[access], []
        for _ in range(WARM_BATCHES + BATCHES):
            writes: dict[bytes, bytes | None] = {
                _key(draw(self._count)): secrets.token_bytes(32) for _ in range(self._updates)
            }
            started = time.thread_time()
            update = self._tree.update(writes)
            middle = time.thread_time()
            self._buckets.stage(update.buckets)
            self._store.write(tree_changes(STORE_MAIN, update), durable=False)
            self._buckets.settle()
            ended = time.thread_time()
            found.append(((middle - started) / len(writes) * 1e6, (ended - middle) / len(writes) * 1e6))
        kept = found[WARM_BATCHES:]
        self._parts[access] = median(one for one, _ in kept), median(other for _, other in kept)
        return median(one + other for one, other in kept)

    def profile(self, access: str) -> str:
        """Say where the time of an update went."""
        update, write = self._parts[access]
        return f"{update:.1f} us to read buckets, hash and merge, {write:.1f} us to write, per changed leaf"

    def memory(self) -> Iterator[tuple[str, float]]:
        """Yield what is in memory, in MiB; the caches are bounds, RSS is the whole process now."""
        kind = "pure" if native() is None else "native"
        yield "upper_levels", 2 * NODE_BYTES[kind] * 2**self._tree.bits / 2**20
        yield "bucket_cache_bound", BUCKET_CACHE_BYTES / 2**20
        yield "block_cache_bound", BLOCK_CACHE_BYTES / 2**20
        pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
        yield "rss", pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def close(self) -> None:
        """Release the store and remove it."""
        self._store.close()
        self._folder.cleanup()


def _records(suite: Suite, count: int, bits: int) -> Iterator[tuple[int, bytes]]:
    """Yield (bucket, record) in order, of keys 0 to `count` - 1 that all hold one value."""
    many = _many(suite.hash)
    # a pile holds whole buckets, also of a tree with few of them
    shift = max(0, 8 - bits)
    piles = [bytearray() for _ in range(256 >> shift)]
    for start in range(0, count, _ROWS_AT_ONCE):
        for keyhash in many([_key(number) for number in range(start, min(count, start + _ROWS_AT_ONCE))]):
            piles[keyhash[0] >> shift] += keyhash
    value = suite.hash(b"first")
    for place, pile in enumerate(piles):
        piles[place] = bytearray()
        keyhashes = sorted(bytes(pile[at : at + 32]) for at in range(0, len(pile), 32))
        leaves = many([b"\0" + keyhash + value for keyhash in keyhashes])
        yield from _grouped(list(map(add, keyhashes, leaves)), 32 - bits)


def _grouped(rows: list[bytes], shift: int) -> Iterator[tuple[int, bytes]]:
    """Join the leaves of each bucket; they ascend."""
    numbers = [int.from_bytes(row[:4], "big") >> shift for row in rows]
    start = 0
    for at, number in enumerate(numbers):
        if number != numbers[start]:
            yield numbers[start], b"".join(rows[start:at])
            start = at
    if rows:
        yield numbers[start], b"".join(rows[start:])


def _many(digest: HashFunction) -> Callable[[list[bytes]], list[bytes]]:
    crate = native()
    if crate is not None and digest is SUITES["guomi"].hash:
        return crate.sm3_many
    return lambda messages: [digest(message) for message in messages]
