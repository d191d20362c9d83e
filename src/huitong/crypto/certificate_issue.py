"""Issuing SM2 certificates and revocation lists: DER that the openssl program accepts with the user id.

Times, serial numbers and keys come from the caller: nothing here draws or asks a clock, and equal arguments give equal
bytes.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from huitong.types.registry import KeyKind

from .certificate import (
    AUTHORITY_KEY_ID,
    BASIC_CONSTRAINTS,
    COMMON_NAME,
    CRL_NUMBER,
    CRL_SIGN,
    DIGITAL_SIGNATURE,
    EC_PUBLIC_KEY,
    KEY_CERT_SIGN,
    KEY_USAGE,
    MAX_SERIAL_BYTES,
    SM2_CURVE,
    SM2_WITH_SM3,
    SUBJECT_KEY_ID,
    UNLIMITED,
    invalid,
)
from .der import (
    BOOLEAN,
    OCTET_STRING,
    PRINTABLE_STRING,
    SET,
    UTF8_STRING,
    bit_string,
    element,
    integer,
    named_bits,
    object_id,
    sequence,
    tagged,
    time,
)
from .keys import PrivateKey
from .sm2_curve import is_point
from .sm3 import sm3

_ORGANISATION: Final = "2.5.4.10"
_COUNTRY: Final = "2.5.4.6"
_KEY_ID_BYTES: Final = 20
_ALGORITHM: Final = sequence(object_id(SM2_WITH_SM3))


class Wanted(msgspec.Struct, frozen=True):
    """What a certificate is to say.

    subject: DER of `distinguished_name`. public_key: 65 bytes. serial: 1 to 2^159 - 1. not_before, not_after: seconds
    since 1970. authority: may issue others, path_length at most so many authorities below it, -1 for any number.
    """

    subject: bytes
    public_key: bytes
    serial: int
    not_before: int
    not_after: int
    authority: bool = False
    path_length: int = UNLIMITED


def distinguished_name(common_name: str, organisation: str = "", country: str = "") -> bytes:
    """DER of a name; parts that are empty are left out. country: two letters."""
    parts = (
        (_COUNTRY, PRINTABLE_STRING, country),
        (_ORGANISATION, UTF8_STRING, organisation),
        (COMMON_NAME, UTF8_STRING, common_name),
    )
    return sequence(
        *(element(SET, sequence(object_id(kind), element(tag, text.encode()))) for kind, tag, text in parts if text)
    )


def issue_certificate(wanted: Wanted, issuer: bytes, issuer_key: PrivateKey) -> bytes:
    """Return a DER certificate, signed. issuer: name of the one who signs; the subject's own for a root.

    Raises HT4108 for a key that is not SM2, or a serial number or time out of range.
    """
    if issuer_key.kind != KeyKind.SM2 or not is_point(wanted.public_key):
        raise invalid("issuer and subject need SM2 keys")
    if not 0 < wanted.serial < 1 << (8 * MAX_SERIAL_BYTES - 1):
        raise invalid(f"a serial number is 1 to 2^{8 * MAX_SERIAL_BYTES - 1} - 1")
    if wanted.not_after < wanted.not_before:
        raise invalid("it ends before it begins")
    key = sequence(
        sequence(object_id(EC_PUBLIC_KEY), object_id(SM2_CURVE)),
        bit_string(wanted.public_key),
    )
    return _sign(
        issuer_key,
        element(tagged(0), integer(2)),
        integer(wanted.serial),
        _ALGORITHM,
        issuer,
        sequence(time(wanted.not_before), time(wanted.not_after)),
        wanted.subject,
        key,
        element(tagged(3), sequence(*_extensions(wanted, issuer_key.public_key))),
    )


def issue_revocation_list(
    issuer: bytes,
    issuer_key: PrivateKey,
    number: int,
    period: tuple[int, int],
    revoked: Sequence[tuple[int, int]],
) -> bytes:
    """Return a DER list, signed. period: of this and the next update. revoked: serial number and time, seconds."""
    entries = [sequence(integer(serial), time(at)) for serial, at in revoked]
    extensions = sequence(
        _extension(AUTHORITY_KEY_ID, _authority_key_id(issuer_key.public_key)),
        _extension(CRL_NUMBER, integer(number)),
    )
    return _sign(
        issuer_key,
        integer(1),
        _ALGORITHM,
        issuer,
        time(period[0]),
        time(period[1]),
        sequence(*entries) if entries else b"",
        element(tagged(0), extensions),
    )


def _sign(key: PrivateKey, *fields: bytes) -> bytes:
    tbs = sequence(*fields)
    signature = key.sign(tbs)
    numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    return sequence(tbs, _ALGORITHM, bit_string(sequence(*map(integer, numbers))))


def _extensions(wanted: Wanted, issuer_key: bytes) -> tuple[bytes, ...]:
    constraints = element(BOOLEAN, b"\xff") if wanted.authority else b""
    if wanted.authority and wanted.path_length != UNLIMITED:
        constraints += integer(wanted.path_length)
    usages = {KEY_CERT_SIGN, CRL_SIGN} if wanted.authority else {DIGITAL_SIGNATURE}
    return (
        _extension(BASIC_CONSTRAINTS, sequence(constraints), critical=True),
        _extension(KEY_USAGE, named_bits(frozenset(usages)), critical=True),
        _extension(SUBJECT_KEY_ID, element(OCTET_STRING, _key_id(wanted.public_key))),
        _extension(AUTHORITY_KEY_ID, _authority_key_id(issuer_key)),
    )


def _extension(kind: str, value: bytes, *, critical: bool = False) -> bytes:
    mark = element(BOOLEAN, b"\xff") if critical else b""
    return sequence(object_id(kind), mark, element(OCTET_STRING, value))


def _key_id(public_key: bytes) -> bytes:
    return sm3(public_key)[:_KEY_ID_BYTES]


def _authority_key_id(public_key: bytes) -> bytes:
    return sequence(element(0x80, _key_id(public_key)))
