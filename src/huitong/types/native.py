"""The one door to the native crate `huitong-native`: whoever wants it asks `native()`, and has a twin in Python.

It is an extra that is present or not. Answers, roots and records are the same with it and without it, so nothing that
is stored or hashed says which one computed it (`huitong qa native` compares them).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from huitong.types.registry import KeyKind

try:
    import huitong_native as _module
except ImportError:
    _module = None

Check = tuple[int, bytes, bytes, bytes]
"""(kind, public key, message, signature)."""
TreeChange = tuple[bytes, Mapping[int, bytes], Mapping[bytes, bytes], frozenset[bytes]]
"""Root, new records by bucket, keys of new leaves by key hash, key hashes of removed leaves."""

NATIVE_KINDS: Final = frozenset((KeyKind.ED25519, KeyKind.SECP256K1, KeyKind.SM2))
"""Kinds of keys that `verify_many` of the crate decides; for others it answers `UNDECIDED`."""
UNDECIDED: Final = 2


class NativeTree(Protocol):
    """Upper levels of a state tree: the twin of `huitong.state.tree_core.PythonCore`."""

    @property
    def root(self) -> bytes:
        """Root hash, 32 bytes; zeros when the tree is empty."""
        ...

    @property
    def count(self) -> int:
        """Number of leaves."""
        ...

    def node(self, index: int) -> bytes | None:
        """Hash at a place in heap order, None when nothing is below it."""
        ...

    def load(self, buckets: Iterable[tuple[int, bytes]]) -> None:
        """Take in all records of an empty tree. Raises ValueError for a damaged record."""
        ...

    def update(
        self, writes: dict[bytes, bytes | None], fetch: Callable[[Sequence[int]], Sequence[bytes | None]]
    ) -> TreeChange:
        """Set and delete leaves. Raises ValueError for a damaged record; what `fetch` raises passes through."""
        ...


class NativeSm2Key(Protocol):
    """An SM2 signing key, computed in constant time."""

    @property
    def public_key(self) -> bytes:
        """65 bytes, 0x04 || x || y."""
        ...

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign 32 bytes: r || s, with the nonce of RFC 6979 and HMAC-SM3."""
        ...

    def sign(self, message: bytes, user_id: bytes) -> bytes:
        """Sign a message for a user id."""
        ...


class Native(Protocol):
    """What the crate offers. Calls with a batch do all their work with the interpreter's lock released once."""

    __version__: str

    def verify_many(self, checks: Sequence[Check], user_id: bytes) -> bytes:
        """Byte i is 1 when check i holds, 0 when not, `UNDECIDED` for other kinds. user_id: of all SM2 signers."""
        ...

    def secp256k1_recover_many(self, signatures: Sequence[tuple[bytes, bytes]]) -> list[bytes | None]:
        """Return the key of each (digest, r || s || v), 65 bytes; None where no key made it, or s is high."""
        ...

    def sm2_verify_digests(self, checks: Sequence[tuple[bytes, bytes, bytes]]) -> bytes:
        """Verify (public key, digest, signature): byte i is 1 when check i holds."""
        ...

    def sm2_digest(self, public_key: bytes, message: bytes, user_id: bytes) -> bytes:
        """SM3(Z || message). Raises ValueError for a key of another length."""
        ...

    def Sm2Key(self, secret: bytes) -> NativeSm2Key:  # noqa: N802 - a class of the module
        """Make a signing key. Raises ValueError unless the secret is from 1 to n - 2."""
        ...

    def sm2_tables(self) -> tuple[int, int, int]:
        """(keys, bytes, bound in bytes) of the tables of known keys."""
        ...

    def set_sm2_table_bytes(self, bound: int) -> None:
        """Set the bound of the tables of known keys; 0 turns them off."""
        ...

    def sm3(self, data: bytes) -> bytes:
        """SM3, 32 bytes."""
        ...

    def sm3_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """SM3 of each message."""
        ...

    def keccak256(self, data: bytes) -> bytes:
        """Keccak-256, 32 bytes."""
        ...

    def keccak256_many(self, messages: Sequence[bytes]) -> list[bytes]:
        """Keccak-256 of each message."""
        ...

    def scan(self, raw: bytes, max_depth: int, max_items: int) -> bool:
        """True when the bytes are one value of the encoding within both limits."""
        ...

    def merkle_root(self, algorithm: str, leaves: Sequence[bytes]) -> bytes:
        """Root of an RFC 6962 tree. algorithm: sha256 or sm3."""
        ...

    def TreeCore(self, algorithm: str, bits: int) -> NativeTree:  # noqa: N802 - a class of the module
        """Make an empty tree core. algorithm: sha256 or sm3; bits: at most 24."""
        ...


def native() -> Native | None:
    """Return the native crate, None where it is not installed."""
    found: Native | None = _module
    return found
