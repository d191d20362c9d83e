"""Keys of the store on disk. Not part of the protocol: they may change with the format version.

Family STATE:

| key | value |
| --- | --- |
| 00 "format" | `records.Format`: refused when the version is not ours |
| 00 "genesis" | the genesis document as given |
| 00 "tip" | `records.Tip`: newest height, app hash after it, results hash of it |
| 00 "first" | BE64: lowest height whose block is here; absent: the chain's first |
| 00 "awaited" | hash of the header after a snapshot that was taken over, until its block is committed |
| 00 "base" | `records.Base`: the state of the chain that this one continues, before its own genesis |
| 00 "installing" | present while a snapshot is being written: all else is then void |
| 00 "bits" store | bits that number the buckets of a store's tree, one byte |
| 01 store key | value of a key of a store; `store`: one byte, its place in `registry.STORES` |
| 02 store BE32(bucket) | leaves of the commitment tree, format of `state.tree` |
| 03 store H(key) | the key itself: proofs of absence show neighbours |

Family CHAIN:

| key | value |
| --- | --- |
| 01 BE64(height) | `records.HeaderRecord` |
| 02 BE64(height) | commit for that block |
| 03 BE64(height) | envelopes as received |
| 04 BE64(height) BE16(envelope) | `records.StoredEnvelope`: result, receipts, events |
| 05 tx id | BE64(height) BE16(envelope) BE16(index) of its only receipt that is not a rejection |
| 06 BE64(height) | number of ids that are remembered since this block, as BE32 |
| 07 BE64(height) | validators that sign from this height on, up to the next entry: array of `types.Validator` |
| 08 BE64(height) | ids of that block, sorted and joined, when they came in a snapshot: the block itself is not here |
"""

from typing import Final

from huitong.types.registry import STORES

FORMAT_VERSION: Final = 1
"""Version of this layout."""

FORMAT: Final = b"\x00format"
GENESIS: Final = b"\x00genesis"
TIP: Final = b"\x00tip"
FIRST: Final = b"\x00first"
AWAITED: Final = b"\x00awaited"
BASE: Final = b"\x00base"
INSTALLING: Final = b"\x00installing"

HEADER: Final = b"\x01"
COMMIT: Final = b"\x02"
ENVELOPES: Final = b"\x03"
RESULT: Final = b"\x04"
PLACE: Final = b"\x05"
REMEMBERED: Final = b"\x06"
VALIDATORS: Final = b"\x07"
ID_LIST: Final = b"\x08"

_STORE_BYTES: Final = {name: bytes((index,)) for index, name in enumerate(STORES)}


def bits(store: str) -> bytes:
    """Key of the number of bits of a store's tree."""
    return b"\x00bits" + _STORE_BYTES[store]


def value_prefix(store: str) -> bytes:
    """Prefix of all values of a store; the key follows."""
    return b"\x01" + _STORE_BYTES[store]


def bucket_prefix(store: str) -> bytes:
    """Prefix of all buckets of a store's tree; BE32(bucket) follows."""
    return b"\x02" + _STORE_BYTES[store]


def name_prefix(store: str) -> bytes:
    """Prefix of the index of keys by their hash; the hash follows."""
    return b"\x03" + _STORE_BYTES[store]


def at_height(kind: bytes, height: int) -> bytes:
    """Key of what exists once per block. A height that no block can have gives a key that nothing has."""
    return kind + height.to_bytes(8, "big") if 0 <= height < 2**64 else kind


def result(height: int, envelope: int) -> bytes:
    """Key of the result of one envelope."""
    return RESULT + height.to_bytes(8, "big") + envelope.to_bytes(2, "big")


def place(height: int, envelope: int, index: int) -> bytes:
    """Value under a transaction id."""
    return height.to_bytes(8, "big") + envelope.to_bytes(2, "big") + index.to_bytes(2, "big")


def after(prefix: bytes) -> bytes:
    """Smallest key above every key with this prefix; its last byte is below 0xff."""
    return prefix[:-1] + bytes((prefix[-1] + 1,))
