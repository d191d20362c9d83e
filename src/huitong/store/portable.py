"""State, remembered ids and newest headers of a chain as chunks of bytes, in an order that no layout decides.

What snapshots, exports and imports carry. Bytes: docs/spec/snapshot.md. The same content gives the same chunks on every
node: stores by name, keys of a store ascending by H(key), lists of ids and headers by height.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from typing import Final, TypeVar

import msgspec

from huitong.types import Code, Header, HuitongError, Rejected, decode, encode
from huitong.types.limits import HASH_BYTES
from huitong.types.registry import STORES

T = TypeVar("T")

FORMAT: Final = 1
"""Version of the chunks and of the metadata over them."""
CHUNK_BYTES: Final = 8 * 1024 * 1024
"""A chunk is closed when the next row would make it longer. CometBFT carries 16 MB."""
MAX_CHUNK_BYTES: Final = 10 * 1024 * 1024
MAX_CHUNKS: Final = 16_384
MAX_METADATA_BYTES: Final = 1024 * 1024

_HEAD_BYTES: Final = 2


class Section(IntEnum):
    """What a chunk holds; its first byte. Sections follow each other in this order."""

    STATE = 1
    IDS = 2
    HEADERS = 3


StateRow = tuple[bytes, bytes]
"""(key, value) of one store."""
IdList = tuple[int, bytes]
"""(height, the ids that the block remembers: sorted, 32 bytes each, joined)."""


class Metadata(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """What a snapshot says of itself; its SHA-256 is the snapshot's hash.

    suite: `registry.SuiteId`. height: newest block in it, app_hash: state after that block. counts: keys of each store,
    by name. chunks: SHA-256 of each chunk.
    """

    version: int
    suite: int
    chain_id: str
    height: int
    app_hash: bytes
    counts: tuple[int, ...]
    chunks: tuple[bytes, ...]


def invalid(reason: str) -> HuitongError:
    """Make HT6211."""
    return HuitongError(Code.SNAPSHOT_INVALID, reason=reason)


def read_metadata(raw: bytes) -> Metadata:
    """Decode metadata and check its form. Raises HT6211."""
    try:
        found = decode(raw, Metadata, max_bytes=MAX_METADATA_BYTES)
    except Rejected as error:
        raise invalid(f"its metadata cannot be read: {error}") from None
    if found.version != FORMAT:
        raise invalid(f"its format is {found.version}, this release knows {FORMAT}")
    hashes = (found.app_hash, *found.chunks)
    if any(len(item) != HASH_BYTES for item in hashes) or not 0 < len(found.chunks) <= MAX_CHUNKS:
        raise invalid(f"a hash is not {HASH_BYTES} bytes, or there are not 1 to {MAX_CHUNKS} chunks")
    if len(found.counts) != len(STORES) or min(found.counts) < 0 or not 0 < found.height < 2**63:
        raise invalid("its height or its counts of keys are out of range")
    return found


def state_chunks(store: str, rows: Iterable[StateRow], size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Yield the chunks of one store. rows: ascending by H(key)."""
    head = bytes((Section.STATE, STORES.index(store)))
    encoded = (len(key).to_bytes(2, "big") + len(value).to_bytes(4, "big") + key + value for key, value in rows)
    return _packed(head, encoded, size)


def id_chunks(lists: Iterable[IdList], size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Yield the chunks of the lists of remembered ids, by height."""
    encoded = (height.to_bytes(8, "big") + (len(ids) // HASH_BYTES).to_bytes(4, "big") + ids for height, ids in lists)
    return _packed(bytes((Section.IDS, 0)), encoded, size)


def header_chunks(headers: Iterable[Header], size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Yield the chunks of headers, by height."""
    raws = (encode(header) for header in headers)
    return _packed(bytes((Section.HEADERS, 0)), (len(raw).to_bytes(4, "big") + raw for raw in raws), size)


def _packed(head: bytes, rows: Iterable[bytes], size: int) -> Iterator[bytes]:
    parts, length = [head], len(head)
    for row in rows:
        if length + len(row) > size and len(parts) > 1:
            yield b"".join(parts)
            parts, length = [head], len(head)
        parts.append(row)
        length += len(row)
    if len(parts) > 1:
        yield b"".join(parts)


def section_of(chunk: bytes) -> tuple[Section, int]:
    """Return what a chunk holds, and of which store (its place in `STORES`; 0 where there is none). Raises HT6211."""
    if not _HEAD_BYTES < len(chunk) <= MAX_CHUNK_BYTES:
        raise invalid(f"a chunk is empty or longer than {MAX_CHUNK_BYTES} bytes")
    section, store = chunk[0], chunk[1]
    if section not in set(Section) or store >= (len(STORES) if section == Section.STATE else 1):
        raise invalid("a chunk is of a section or store that is not known")
    return Section(section), store


def state_rows(chunk: bytes) -> list[StateRow]:
    """Return the rows of a chunk of state. Raises HT6211."""
    rows: list[StateRow] = []
    at, end = _HEAD_BYTES, len(chunk)
    while at + 6 <= end:
        key_bytes = int.from_bytes(chunk[at : at + 2], "big")
        value_bytes = int.from_bytes(chunk[at + 2 : at + 6], "big")
        start, middle = at + 6, at + 6 + key_bytes
        at = middle + value_bytes
        if not key_bytes or not value_bytes:
            raise invalid("a key or a value is empty")
        rows.append((chunk[start:middle], chunk[middle:at]))
    return _whole(rows, at, end)


def id_lists(chunk: bytes) -> list[IdList]:
    """Return the lists of a chunk of ids. Raises HT6211."""
    lists: list[IdList] = []
    at, end = _HEAD_BYTES, len(chunk)
    while at + 12 <= end:
        height, count = int.from_bytes(chunk[at : at + 8], "big"), int.from_bytes(chunk[at + 8 : at + 12], "big")
        start = at + 12
        at = start + count * HASH_BYTES
        lists.append((height, chunk[start:at]))
    return _whole(lists, at, end)


def headers_of(chunk: bytes) -> list[Header]:
    """Return the headers of a chunk. Raises HT6211."""
    headers: list[Header] = []
    at, end = _HEAD_BYTES, len(chunk)
    while at + 4 <= end:
        start = at + 4
        at = start + int.from_bytes(chunk[at:start], "big")
        try:
            headers.append(decode(chunk[start:at], Header))
        except Rejected as error:
            raise invalid(f"a header cannot be read: {error}") from None
    return _whole(headers, at, end)


def _whole(rows: list[T], at: int, end: int) -> list[T]:
    if at != end:
        raise invalid("a chunk ends in the middle of a row")
    return rows


def ids_of(joined: bytes) -> Sequence[bytes]:
    """Cut a list of ids."""
    return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]
