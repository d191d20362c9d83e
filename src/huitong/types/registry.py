"""The registry page: all hash domain tags, numeric ids and key spaces of the protocol, in one table.

A number or tag is never reused. The page `docs/spec/registry.md` is checked against this module.
"""

from enum import IntEnum
from typing import Final

PROTOCOL_VERSION: Final = 1
"""Version that stands first in every stored or signed record."""


class Tag:
    """Domain tags of hashes and signatures: bytes in front of what is hashed or signed."""

    ADDRESS: Final = b"huitong/address/1\0"
    TRANSACTION: Final = b"huitong/tx/1\0"
    ENVELOPE: Final = b"huitong/envelope/1\0"
    CONTRACT: Final = b"huitong/contract/1\0"
    ROTATION: Final = b"huitong/rotation/1\0"
    PARAMETERS: Final = b"huitong/parameters/1\0"
    INVITATION: Final = b"huitong/invitation/1\0"
    JOIN: Final = b"huitong/join/1\0"


class KeyKind(IntEnum):
    r"""Kinds of signing keys.

    | id | name | public key | signature | rule of verification |
    | --- | --- | --- | --- | --- |
    | 1 | ed25519 | 32 bytes, RFC 8032 | 64 bytes R, S | over the sign bytes; libsodium's strict rule |
    | 2 | p256 | 33 bytes, SEC 1 compressed | 64 bytes r, s big-endian | SHA-256 of the sign bytes; s <= n/2 |
    | 3 | secp256k1 | 33 bytes, SEC 1 compressed | 64 bytes r, s big-endian | SHA-256 of the sign bytes; s <= n/2 |
    | 4 | sm2 | 65 bytes, uncompressed | 64 bytes r, s big-endian | GM/T 0003.2, user id 1234567812345678; suite guomi |
    | 5 | secp256k1-eip712 | 33 bytes, SEC 1 compressed | 65 bytes r, s, v | EIP-712 form for wallets (reserved) |

    Address of kinds 3 and 5: last 20 bytes of keccak256(x || y). Other kinds: first 20 bytes of
    H("huitong/address/1\0" || kind as one byte || public key).
    """

    ED25519 = 1
    P256 = 2
    SECP256K1 = 3
    SM2 = 4
    SECP256K1_EIP712 = 5


class EncryptionKind(IntEnum):
    """Kinds of encryption keys of members: 1 x25519 (32 bytes, HPKE base mode), 2 sm2 (65 bytes, GM/T 0003.4)."""

    X25519 = 1
    SM2 = 2


class SuiteId(IntEnum):
    """Cryptographic suites of a chain: 1 international (SHA-256), 2 guomi (SM3)."""

    INTERNATIONAL = 1
    GUOMI = 2


class TransactionKind(IntEnum):
    """First element of [kind, bytes] in an envelope."""

    NATIVE = 0
    ETHEREUM = 1


class Space(IntEnum):
    """First byte of every key of the `main` store."""

    SYSTEM = 0x01
    MODULE = 0x02
    CONTRACT = 0x10
    CODE = 0x11
    STORAGE = 0x12
    EVM_STORAGE = 0x13
    NAME = 0x14
    EVM_ACCOUNT = 0x15


class ModuleId(IntEnum):
    """Numbers of built-in modules: the u16 after 0x02, and the last two bytes of their reserved addresses."""

    CONTRACTS = 1
    IDENTITY = 2
    CRYPTOGRAPHY = 3
    NETWORK = 4
    BENCH = 0xFFFF


RESERVED_ADDRESS_PREFIX: Final = b"\xff" * 16 + b"HT"
"""Addresses of modules: 16 bytes 0xff, "HT", module id as u16. No hash of a key is expected to collide with them."""

STORE_MAIN: Final = "main"
STORE_IBC: Final = "ibc"
STORES: Final = (STORE_IBC, STORE_MAIN)
"""Names of the stores in the order of the tree above them."""

IBC_SENTINEL_KEY: Final = b"huitong/sentinel"
IBC_SENTINEL_VALUE: Final = b"\x01"
"""Key that keeps the `ibc` store from being empty, from genesis on: nothing can be proved absent from an empty tree."""
