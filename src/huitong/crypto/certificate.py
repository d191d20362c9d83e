"""X.509 certificates and revocation lists with SM2 keys (RFC 5280; GM/T 0015-2012): their fields, and reading them.

The signature is SM2 with SM3 (1.2.156.10197.1.501) and the user id 1234567812345678, the key id-ecPublicKey on the
curve 1.2.156.10197.1.301. What is read here is well-formed; whether it is to be trusted is `certificate_chain`'s.
"""

from typing import Final

import msgspec

from huitong.types import Code, HuitongError
from huitong.types.limits import MAX_CERTIFICATE_BYTES

from . import sm2
from .der import (
    GENERALIZED_TIME,
    INTEGER,
    NULL,
    OCTET_STRING,
    PRINTABLE_STRING,
    SEQUENCE,
    SET,
    UTC_TIME,
    UTF8_STRING,
    DerError,
    Reader,
    tagged,
)
from .sm2_curve import ORDER, is_point

SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
EC_PUBLIC_KEY: Final = "1.2.840.10045.2.1"
SM2_CURVE: Final = "1.2.156.10197.1.301"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
KEY_USAGE: Final = "2.5.29.15"
SUBJECT_KEY_ID: Final = "2.5.29.14"
AUTHORITY_KEY_ID: Final = "2.5.29.35"
CRL_NUMBER: Final = "2.5.29.20"
COMMON_NAME: Final = "2.5.4.3"
DIGITAL_SIGNATURE: Final = 0
KEY_CERT_SIGN: Final = 5
CRL_SIGN: Final = 6
"""Bits of the key usage."""
UNLIMITED: Final = -1
MAX_LIST_BYTES: Final = 64 * 1024
MAX_SERIAL_BYTES: Final = 20
_UNDERSTOOD: Final = frozenset((BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_KEY_ID, AUTHORITY_KEY_ID, CRL_NUMBER))


class Certificate(msgspec.Struct, frozen=True):
    """Fields of a certificate.

    tbs: the bytes that are signed. issuer, subject: DER of the names. not_before, not_after: seconds since 1970, both
    included. public_key: 65 bytes. signature: r || s. authority: may issue others; path_length: how many authorities
    may stand below it, -1 for any number. usages: bits of the key usage, None when it has none. key ids: may be empty.
    """

    raw: bytes
    tbs: bytes
    serial: int
    issuer: bytes
    subject: bytes
    not_before: int
    not_after: int
    public_key: bytes
    signature: bytes
    authority: bool
    path_length: int
    usages: frozenset[int] | None
    subject_key_id: bytes
    authority_key_id: bytes

    @property
    def common_name(self) -> str:
        """Common name of the subject, empty when it has none."""
        return common_name(self.subject)


class RevocationList(msgspec.Struct, frozen=True):
    """Fields of a list. revoked: serial numbers. this_update, next_update: seconds since 1970."""

    tbs: bytes
    issuer: bytes
    this_update: int
    next_update: int
    revoked: frozenset[int]
    signature: bytes


def invalid(reason: str) -> HuitongError:
    """HT4108."""
    return HuitongError(Code.CERTIFICATE_INVALID, reason=reason)


def parse_certificate(raw: bytes) -> Certificate:
    """Read a DER certificate of version 3. Raises HT4108."""
    if len(raw) > MAX_CERTIFICATE_BYTES:
        raise invalid(f"it is longer than {MAX_CERTIFICATE_BYTES} bytes")
    try:
        tbs, signature = _signed(raw)
        return _certificate(raw, tbs, signature)
    except DerError as error:
        raise invalid(str(error)) from None


def parse_revocation_list(raw: bytes) -> RevocationList:
    """Read a DER list of version 2 with a next update. Raises HT4108."""
    if len(raw) > MAX_LIST_BYTES:
        raise invalid(f"the list is longer than {MAX_LIST_BYTES} bytes")
    try:
        tbs, signature = _signed(raw)
        return _list(tbs, signature)
    except DerError as error:
        raise invalid(str(error)) from None


def signed_by(tbs: bytes, signature: bytes, public_key: bytes) -> bool:
    """True when the holder of a key signed these bytes. Raises HT6107."""
    return sm2.verify(public_key, tbs, signature)


def common_name(name: bytes) -> str:
    """Text of the first common name in the DER of a name, empty when there is none."""
    attributes = Reader(name).into()
    while attributes.peek():
        attribute = attributes.into(SET).into()
        kind, tag = attribute.object_id(), attribute.peek()
        if kind == COMMON_NAME and tag in (UTF8_STRING, PRINTABLE_STRING):
            return attribute.take(tag).decode(errors="replace")
    return ""


def _signed(raw: bytes) -> tuple[bytes, bytes]:
    """Signed part and signature (r || s) of a certificate or list."""
    outer = Reader(raw)
    body = outer.into()
    outer.end()
    tbs = body.whole(SEQUENCE)
    _algorithm(body)
    numbers = Reader(body.bits()).into()
    body.end()
    r, s = numbers.integer(), numbers.integer()
    numbers.end()
    if max(r, s) >= ORDER:
        raise DerError("the signature is out of range")
    return tbs, r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _algorithm(reader: Reader) -> None:
    fields = reader.into()
    found = fields.object_id()
    if found != SM2_WITH_SM3:
        raise DerError(f"it is signed by the algorithm {found}, not by SM2 with SM3")
    fields.optional(NULL)
    fields.end()


def _certificate(raw: bytes, tbs: bytes, signature: bytes) -> Certificate:
    fields = Reader(tbs).into()
    if fields.into(tagged(0)).integer() != 2:
        raise DerError("it is not of version 3")
    serial = _serial(fields)
    _algorithm(fields)
    issuer = _name(fields)
    validity = fields.into()
    not_before, not_after = validity.time(), validity.time()
    validity.end()
    subject = _name(fields)
    public_key = _public_key(fields.into())
    extensions = _extensions(fields, tagged(3))
    fields.end()
    authority, path_length = _constraints(extensions)
    return Certificate(
        raw,
        tbs,
        serial,
        issuer,
        subject,
        not_before,
        not_after,
        public_key,
        signature,
        authority,
        path_length,
        Reader(extensions[KEY_USAGE]).named_bits() if KEY_USAGE in extensions else None,
        Reader(extensions[SUBJECT_KEY_ID]).take(OCTET_STRING) if SUBJECT_KEY_ID in extensions else b"",
        (Reader(extensions[AUTHORITY_KEY_ID]).into().optional(0x80) or b"") if AUTHORITY_KEY_ID in extensions else b"",
    )


def _list(tbs: bytes, signature: bytes) -> RevocationList:
    fields = Reader(tbs).into()
    if fields.integer() != 1:
        raise DerError("the list is not of version 2")
    _algorithm(fields)
    issuer = _name(fields)
    this_update = fields.time()
    if fields.peek() not in (UTC_TIME, GENERALIZED_TIME):
        raise DerError("the list does not say when the next one comes")
    next_update = fields.time()
    revoked = set()
    entries = Reader(fields.optional(SEQUENCE) or b"")
    while entries.peek():
        entry = entries.into()
        revoked.add(_serial(entry))
        entry.time()
        _refuse_critical(entry.optional(SEQUENCE) or b"")
        entry.end()
    _extensions(fields, tagged(0))
    fields.end()
    return RevocationList(tbs, issuer, this_update, next_update, frozenset(revoked), signature)


def _serial(fields: Reader) -> int:
    serial = fields.integer()
    if serial.bit_length() > 8 * MAX_SERIAL_BYTES - 1:
        raise DerError(f"a serial number is longer than {MAX_SERIAL_BYTES} bytes")
    return serial


def _name(fields: Reader) -> bytes:
    name = fields.whole(SEQUENCE)
    common_name(name)
    return name


def _public_key(fields: Reader) -> bytes:
    algorithm = fields.into()
    if (algorithm.object_id(), algorithm.object_id()) != (EC_PUBLIC_KEY, SM2_CURVE):
        raise DerError("its key is not on the curve of SM2")
    algorithm.end()
    point = fields.bits()
    fields.end()
    if not is_point(point):
        raise DerError("its key is no uncompressed point of the curve of SM2")
    return point


def _extensions(fields: Reader, tag: int) -> dict[str, bytes]:
    """Extensions by their identifiers. Raises DerError for a double one, or a critical one that is not understood."""
    if fields.peek() != tag:
        return {}
    return _refuse_critical(fields.into(tag).take(SEQUENCE))


def _refuse_critical(raw: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    listed = Reader(raw)
    while listed.peek():
        extension = listed.into()
        kind = extension.object_id()
        critical = extension.peek() != OCTET_STRING and extension.boolean()
        if kind in found or (critical and kind not in _UNDERSTOOD):
            raise DerError(f"the extension {kind} stands there twice, or is critical and not understood")
        found[kind] = extension.take(OCTET_STRING)
        extension.end()
    return found


def _constraints(extensions: dict[str, bytes]) -> tuple[bool, int]:
    if BASIC_CONSTRAINTS not in extensions:
        return False, UNLIMITED
    fields = Reader(extensions[BASIC_CONSTRAINTS]).into()
    authority = fields.peek() not in (0, INTEGER) and fields.boolean()
    path_length = fields.integer() if fields.peek() == INTEGER else UNLIMITED
    fields.end()
    return authority, path_length
