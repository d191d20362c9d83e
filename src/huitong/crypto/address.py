"""Identifiers that are hashes: addresses of keys, contracts and modules, and ids of transactions."""

from collections.abc import Callable
from typing import Final

from huitong.types import Address, Code, HuitongError, TxId, sign_bytes
from huitong.types.limits import ADDRESS_BYTES
from huitong.types.native import native
from huitong.types.registry import RESERVED_ADDRESS_PREFIX, KeyKind, Tag

from .keys import check_public_key, kind_missing, parse_secp256k1
from .suite import Suite


def _fastest() -> Callable[[bytes], bytes]:
    crate = native()
    return packaged_keccak256 if crate is None else crate.keccak256


def packaged_keccak256(data: bytes) -> bytes:
    """Keccak-256 by PyCryptodome: 32 bytes."""
    # loading it takes 60 ms, which nobody shall wait for who has the native crate
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()


keccak256: Final = _fastest()
"""Keccak-256 as Ethereum uses it (not SHA3-256) of bytes: 32 bytes."""


def key_address(suite: Suite, kind: int, public_key: bytes) -> Address:
    """Return the address of a key: the Ethereum address for secp256k1, a tagged hash for other kinds.

    Raises HT4105 when the bytes are no public key of the kind, or the suite has no keys of it.
    """
    check_suite_key(suite, kind, public_key)
    if kind == KeyKind.SECP256K1:
        return _ethereum_address(public_key)
    return Address(suite.hash(Tag.ADDRESS + bytes((kind,)) + public_key)[:ADDRESS_BYTES])


def check_suite_key(suite: Suite, kind: int, public_key: bytes) -> None:
    """Check that bytes are a public key that a chain of this suite verifies with. Raises HT4105."""
    if kind not in suite.key_kinds:
        raise kind_missing(kind)
    check_public_key(kind, public_key)


def _ethereum_address(public_key: bytes) -> Address:
    point = parse_secp256k1(public_key)
    if point is None:
        raise HuitongError(Code.KEY_INVALID, reason="not a compressed point of the curve")
    uncompressed: bytes = point.format(compressed=False)
    return Address(keccak256(uncompressed[1:])[-ADDRESS_BYTES:])


def contract_address(suite: Suite, chain_id: str, tx_id: bytes, call_index: int) -> Address:
    """Return the address of the contract that call `call_index` (from 0) of a transaction deploys."""
    preimage = Tag.CONTRACT + chain_id.encode() + tx_id + call_index.to_bytes(4, "big")
    return Address(suite.hash(preimage)[-ADDRESS_BYTES:])


def module_address(module_id: int) -> Address:
    """Return the reserved address of a built-in module (`registry.ModuleId`, a u16)."""
    return Address(RESERVED_ADDRESS_PREFIX + module_id.to_bytes(2, "big"))


def transaction_id(suite: Suite, body: bytes) -> TxId:
    """Return the id of a native transaction from the bytes of its body as received."""
    return TxId(suite.hash(sign_bytes(body)))
