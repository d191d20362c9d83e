"""Encrypted form of SM2 keys: PKCS#8 in PEM (RFC 5958) under PBES2 with PBKDF2-HMAC-SHA256 and SM4-CBC.

`cryptography` knows the cipher and the derivation but no SM2 keys, so the few structures are written here; the openssl
program reads and writes the same form (`openssl pkcs8 -topk8 -v2 sm4-cbc`).
"""

import binascii
import secrets
from base64 import b64decode, encodebytes
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.padding import PKCS7

from huitong.crypto import private_key
from huitong.crypto.certificate import EC_PUBLIC_KEY, SM2_CURVE
from huitong.crypto.der import (
    INTEGER,
    NULL,
    OCTET_STRING,
    DerError,
    Reader,
    bit_string,
    element,
    integer,
    object_id,
    sequence,
    tagged,
)
from huitong.types.registry import KeyKind

from .keystore import DamagedKeyError, WrongPasswordError

ROUNDS: Final = 600_000
"""Of PBKDF2 in new files, about a third of a second."""
_MAX_ROUNDS: Final = 4_000_000
_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_HMAC_SHA256: Final = "1.2.840.113549.2.9"
_SM4_CBC: Final = "1.2.156.10197.1.104.2"
_BLOCK: Final = 16
_SECRET_BYTES: Final = 32
_BEGIN, _END = "-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----"


def seal_sm2(secret: bytes, password: str, rounds: int = ROUNDS) -> bytes:
    """Encrypt an SM2 secret of 32 bytes. Raises HT4105 for one out of range, HT6107."""
    public_key = private_key(KeyKind.SM2, secret).public_key
    inner = sequence(integer(1), element(OCTET_STRING, secret), element(tagged(1), bit_string(public_key)))
    algorithm = sequence(object_id(EC_PUBLIC_KEY), object_id(SM2_CURVE))
    plain = sequence(integer(0), algorithm, element(OCTET_STRING, inner))
    salt, start = secrets.token_bytes(_BLOCK), secrets.token_bytes(_BLOCK)
    padder = PKCS7(8 * _BLOCK).padder()
    encryptor = Cipher(SM4(_derived(password, salt, rounds)), CBC(start)).encryptor()
    sealed = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    digest = sequence(object_id(_HMAC_SHA256), element(NULL))
    derivation = sequence(object_id(_PBKDF2), sequence(element(OCTET_STRING, salt), integer(rounds), digest))
    cipher = sequence(object_id(_SM4_CBC), element(OCTET_STRING, start))
    raw = sequence(sequence(object_id(_PBES2), sequence(derivation, cipher)), element(OCTET_STRING, sealed))
    return f"{_BEGIN}\n{encodebytes(raw).decode()}{_END}\n".encode()


def open_sm2(document: bytes, password: str) -> tuple[KeyKind, bytes]:
    """Return kind and secret of an encrypted SM2 key. Raises WrongPasswordError, DamagedKeyError."""
    try:
        salt, rounds, start, sealed = _envelope(_unarmoured(document))
        plain = _decrypted(_derived(password, salt, rounds), start, sealed)
    except (DerError, ValueError) as error:
        raise DamagedKeyError(f"no PKCS#8 key in PEM under SM4: {error}") from None
    try:
        return KeyKind.SM2, _secret(plain)
    except DerError:
        raise WrongPasswordError from None


def _derived(password: str, salt: bytes, rounds: int) -> bytes:
    return PBKDF2HMAC(SHA256(), _BLOCK, salt, rounds).derive(password.encode())


def _unarmoured(document: bytes) -> bytes:
    lines = document.decode("ascii", errors="replace").split("\n")
    if _BEGIN not in lines or _END not in lines:
        raise ValueError("the lines around it are missing")
    try:
        return b64decode("".join(lines[lines.index(_BEGIN) + 1 : lines.index(_END)]), validate=True)
    except binascii.Error:
        raise ValueError("it is no base64") from None


def _envelope(raw: bytes) -> tuple[bytes, int, bytes, bytes]:
    """Salt, rounds, first block and ciphertext. The rounds are bounded: a crafted file must not stop the program."""
    outer = Reader(raw)
    body = outer.into()
    outer.end()
    scheme = body.into()
    sealed = body.take(OCTET_STRING)
    body.end()
    _expect(scheme, _PBES2)
    derivation, cipher = _pair(scheme.into())
    _expect(derivation, _PBKDF2)
    parameters = derivation.into()
    salt, rounds = parameters.take(OCTET_STRING), parameters.integer()
    if parameters.peek() == INTEGER and parameters.integer() != _BLOCK:
        raise DerError("the derived key is not of 16 bytes")
    _expect(parameters.into(), _HMAC_SHA256)
    _expect(cipher, _SM4_CBC)
    start = cipher.take(OCTET_STRING)
    if not 0 < rounds <= _MAX_ROUNDS or len(start) != _BLOCK or not sealed or len(sealed) % _BLOCK:
        raise DerError("the cost of the derivation or a length is out of bounds")
    return salt, rounds, start, sealed


def _pair(fields: Reader) -> tuple[Reader, Reader]:
    first, second = fields.into(), fields.into()
    fields.end()
    return first, second


def _expect(fields: Reader, dotted: str) -> None:
    found = fields.object_id()
    if found != dotted:
        raise DerError(f"{found} stands where {dotted} is expected")


def _decrypted(key: bytes, start: bytes, sealed: bytes) -> bytes:
    """Contents with their padding."""
    decryptor = Cipher(SM4(key), CBC(start)).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()


def _secret(padded: bytes) -> bytes:
    """Secret in decrypted contents. Raises DerError when the padding or the structure is not there."""
    size = padded[-1]
    if not 0 < size <= _BLOCK or padded[-size:] != bytes((size,)) * size:
        raise DerError("the padding is wrong")
    fields = Reader(padded[:-size]).into()
    fields.integer()
    _expect_curve(fields.into())
    inner = Reader(fields.take(OCTET_STRING)).into()
    inner.integer()
    secret = inner.take(OCTET_STRING)
    if len(secret) != _SECRET_BYTES:
        raise DerError("the secret has another length")
    return secret


def _expect_curve(fields: Reader) -> None:
    _expect(fields, EC_PUBLIC_KEY)
    _expect(fields, SM2_CURVE)
    fields.end()
