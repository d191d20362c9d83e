"""Encrypted forms of private keys: Web3 keystore v3 for secp256k1, PKCS#8 (RFC 5958) for Ed25519 and P-256.

The v3 form is Ethereum's Web3 Secret Storage Definition: scrypt (or PBKDF2 when reading), AES-128-CTR, and a MAC of
keccak256 over the second half of the derived key and the ciphertext. PKCS#8 is encrypted by `cryptography`'s best
scheme (PBES2), which OpenSSL reads.
"""

import hmac
import secrets
import uuid
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from huitong.crypto import keccak256
from huitong.types.registry import KeyKind

SCRYPT_N: Final = 2**18
"""Cost of new keystores: 256 MiB and about a second, what Ethereum's programs use."""
_MAX_SCRYPT_N: Final = 2**20
_MAX_ROUNDS: Final = 10_000_000
_MAX_FACTOR: Final = 16
_SECRET_BYTES: Final = 32
_HALF: Final = 16


class WrongPasswordError(Exception):
    """The password does not open the key."""


class DamagedKeyError(Exception):
    """The file is not in the form that it should be; the text says what."""


class _Parameters(msgspec.Struct):
    dklen: int
    salt: str
    n: int = 0
    r: int = 0
    p: int = 0
    c: int = 0
    prf: str = ""


class _Iv(msgspec.Struct):
    iv: str


class _Sealed(msgspec.Struct):
    cipher: str
    cipherparams: _Iv
    ciphertext: str
    kdf: str
    kdfparams: _Parameters
    mac: str


class _Keystore(msgspec.Struct):
    crypto: _Sealed
    version: int


def seal_v3(secret: bytes, address: bytes, password: str, scrypt_n: int = SCRYPT_N) -> bytes:
    """Encrypt a 32-byte secret as a keystore v3 document (JSON)."""
    salt, iv = secrets.token_bytes(32), secrets.token_bytes(16)
    parameters = _Parameters(dklen=32, salt=salt.hex(), n=scrypt_n, r=8, p=1)
    derived = _derive("scrypt", parameters, password)
    ciphertext = _aes_ctr(derived[:_HALF], iv, secret)
    document: dict[str, Any] = {
        "version": 3,
        "id": str(uuid.UUID(bytes=secrets.token_bytes(16), version=4)),
        "address": address.hex(),
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": iv.hex()},
            "ciphertext": ciphertext.hex(),
            "kdf": "scrypt",
            "kdfparams": {"dklen": 32, "salt": salt.hex(), "n": scrypt_n, "r": 8, "p": 1},
            "mac": keccak256(derived[_HALF:32] + ciphertext).hex(),
        },
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def open_v3(document: bytes, password: str) -> bytes:
    """Return the secret of a keystore v3 document. Raises WrongPasswordError, DamagedKeyError."""
    try:
        keystore = msgspec.json.decode(document, type=_Keystore)
        sealed = keystore.crypto
        iv, ciphertext, mac = (bytes.fromhex(text) for text in (sealed.cipherparams.iv, sealed.ciphertext, sealed.mac))
        if keystore.version != 3 or sealed.cipher != "aes-128-ctr":
            raise DamagedKeyError(f"keystore version {keystore.version} with {sealed.cipher[:20]} is not supported")
        if len(ciphertext) != _SECRET_BYTES or len(iv) != _HALF:
            raise DamagedKeyError("the secret or its iv has a wrong length")
        derived = _derive(sealed.kdf, sealed.kdfparams, password)
    except (ValueError, msgspec.MsgspecError) as error:
        raise DamagedKeyError(str(error)) from None
    if not hmac.compare_digest(keccak256(derived[_HALF:32] + ciphertext), mac):
        raise WrongPasswordError
    return _aes_ctr(derived[:_HALF], iv, ciphertext)


def _derive(kdf: str, parameters: _Parameters, password: str) -> bytes:
    """Derive 32 bytes. The costs are bounded: a crafted file must not fill the memory."""
    salt = bytes.fromhex(parameters.salt)
    if parameters.dklen != _SECRET_BYTES:
        raise DamagedKeyError("dklen is not 32")
    if kdf == "scrypt":
        bounded = parameters.n <= _MAX_SCRYPT_N and max(parameters.r, parameters.p) <= _MAX_FACTOR
        if not bounded:
            raise DamagedKeyError("the cost of scrypt is out of bounds")
        try:
            return Scrypt(salt, 32, parameters.n, parameters.r, parameters.p).derive(password.encode())
        except MemoryError:
            raise DamagedKeyError("scrypt lacks memory, or n is not below 2^(16 r) as RFC 7914 asks") from None
    if kdf == "pbkdf2" and parameters.prf == "hmac-sha256" and 0 < parameters.c <= _MAX_ROUNDS:
        return PBKDF2HMAC(SHA256(), 32, salt, parameters.c).derive(password.encode())
    raise DamagedKeyError(f"key derivation {kdf[:20]} with these parameters is not supported")


def _aes_ctr(key: bytes, iv: bytes, data: bytes) -> bytes:
    encryptor = Cipher(AES(key), CTR(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def seal_pkcs8(kind: int, secret: bytes, password: str) -> bytes:
    """Encrypt an Ed25519 seed or P-256 scalar as PKCS#8 in PEM."""
    key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey
    if kind == KeyKind.ED25519:
        key = Ed25519PrivateKey.from_private_bytes(secret)
    else:
        key = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))


def open_pkcs8(document: bytes, password: str) -> tuple[KeyKind, bytes]:
    """Return kind and secret of an encrypted PKCS#8 key. Raises WrongPasswordError, DamagedKeyError."""
    try:
        key = load_pem_private_key(document, password.encode())
    except TypeError:
        raise DamagedKeyError("the key is not encrypted") from None
    except ValueError as error:
        if "password" in str(error).lower() or "decrypt" in str(error).lower():
            raise WrongPasswordError from None
        raise DamagedKeyError("no PKCS#8 key in PEM") from None
    if isinstance(key, Ed25519PrivateKey):
        return KeyKind.ED25519, key.private_bytes_raw()
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return KeyKind.P256, key.private_numbers().private_value.to_bytes(32, "big")
    raise DamagedKeyError("the key is neither Ed25519 nor P-256")
