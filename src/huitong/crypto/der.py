"""The part of DER (ITU-T X.690) that certificates and keys need: writing it, and reading it strictly.

Elements of one-byte tags, definite lengths in their shortest form. Dates are seconds since 1970, without leap seconds.
"""

from typing import Final

from .calendar import DAY_SECONDS, civil_date, day_number

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_ID: Final = 0x06
UTF8_STRING: Final = 0x0C
PRINTABLE_STRING: Final = 0x13
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31

_MAX_LENGTH_BYTES: Final = 3


class DerError(ValueError):
    """Bytes that are not DER, or other elements than expected; the text says what."""


def tagged(number: int) -> int:
    """Tag [number] of an element that holds others."""
    return 0xA0 | number


def element(tag: int, *contents: bytes) -> bytes:
    """Tag, length, contents."""
    body = b"".join(contents)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of elements."""
    return element(SEQUENCE, *parts)


def integer(value: int) -> bytes:
    """INTEGER, not negative."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def bit_string(data: bytes) -> bytes:
    """BIT STRING of whole bytes."""
    return element(BIT_STRING, b"\0", data)


def named_bits(bits: frozenset[int]) -> bytes:
    """BIT STRING of a list of named bits, without trailing zeros; bit 0 is the first."""
    size = max(bits, default=-1) + 1
    value = sum(1 << (-(-size // 8) * 8 - 1 - bit) for bit in bits)
    return element(BIT_STRING, bytes((-size % 8,)), value.to_bytes(-(-size // 8), "big"))


def object_id(dotted: str) -> bytes:
    """OBJECT IDENTIFIER of its dotted text."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    body = b""
    for part in (40 * first + second, *rest):
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.append(0x80 | part & 0x7F)
        body += bytes(reversed(digits))
    return element(OBJECT_ID, body)


def time(seconds: int) -> bytes:
    """UTCTime until 2049, GeneralizedTime from 2050 on, as RFC 5280, 4.1.2.5 asks for."""
    days, rest = divmod(seconds, DAY_SECONDS)
    year, month, day = civil_date(days)
    clock = f"{month:02}{day:02}{rest // 3600:02}{rest // 60 % 60:02}{rest % 60:02}Z".encode()
    if 1950 <= year < 2050:
        return element(UTC_TIME, f"{year % 100:02}".encode(), clock)
    return element(GENERALIZED_TIME, f"{year:04}".encode(), clock)


class Reader:
    """Elements of a byte string, one after the other. Everything raises DerError."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def peek(self) -> int:
        """Tag of the next element, 0 at the end."""
        return self._raw[self._at] if self._at < len(self._raw) else 0

    def whole(self, tag: int) -> bytes:
        """Next element with tag and length; the tag must be this one."""
        start, body, end = self._bounds(tag)
        del body
        self._at = end
        return self._raw[start:end]

    def take(self, tag: int) -> bytes:
        """Contents of the next element, whose tag must be this one."""
        _, body, end = self._bounds(tag)
        self._at = end
        return self._raw[body:end]

    def optional(self, tag: int) -> bytes | None:
        """Contents of the next element if it has this tag."""
        return self.take(tag) if self.peek() == tag else None

    def into(self, tag: int = SEQUENCE) -> "Reader":
        """Reader of the contents of the next element."""
        return Reader(self.take(tag))

    def integer(self) -> int:
        """Value of an INTEGER that is not negative, in its shortest form."""
        body = self.take(INTEGER)
        if not body or body[0] & 0x80 or (len(body) > 1 and body[0] == 0 and not body[1] & 0x80):
            raise DerError("an integer is negative or not in its shortest form")
        return int.from_bytes(body, "big")

    def boolean(self) -> bool:
        """Value of a BOOLEAN."""
        body = self.take(BOOLEAN)
        if body not in (b"\0", b"\xff"):
            raise DerError("a boolean is neither 00 nor ff")
        return body == b"\xff"

    def bits(self) -> bytes:
        """Contents of a BIT STRING of whole bytes."""
        body = self.take(BIT_STRING)
        if body[:1] != b"\0":
            raise DerError("a bit string is not of whole bytes")
        return body[1:]

    def named_bits(self) -> frozenset[int]:
        """Numbers of the bits that are set in a BIT STRING."""
        body = self.take(BIT_STRING)
        if not body or body[0] > 7:
            raise DerError("a bit string has no count of unused bits")
        return frozenset(bit for bit in range(8 * len(body) - 8) if body[1 + bit // 8] >> (7 - bit % 8) & 1)

    def object_id(self) -> str:
        """Dotted text of an OBJECT IDENTIFIER."""
        body = self.take(OBJECT_ID)
        if not body or body[-1] & 0x80:
            raise DerError("an object identifier ends in the middle")
        parts, value = [], 0
        for byte in body:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                parts.append(value)
                value = 0
        first = min(parts[0] // 40, 2)
        return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))

    def time(self) -> int:
        """Seconds since 1970 of a UTCTime or GeneralizedTime in UTC with seconds."""
        tag = self.peek()
        if tag not in (UTC_TIME, GENERALIZED_TIME):
            raise DerError("a time is expected")
        text = self.take(tag).decode("ascii", errors="replace")
        if tag == UTC_TIME:
            text = ("19" if text[:2] >= "50" else "20") + text
        if len(text) != 15 or not text.endswith("Z") or not text[:14].isdigit() or not text.isascii():
            raise DerError("a time is not in UTC with seconds")
        year, month, day, hour, minute, second = int(text[:4]), *(int(text[at : at + 2]) for at in range(4, 14, 2))
        days = day_number(year, month, day)
        if civil_date(days) != (year, month, day) or hour > 23 or minute > 59 or second > 59:
            raise DerError("a time does not exist")
        return days * DAY_SECONDS + hour * 3600 + minute * 60 + second

    def end(self) -> None:
        """Refuse further elements."""
        if self._at != len(self._raw):
            raise DerError("there are more bytes than expected")

    def _bounds(self, tag: int) -> tuple[int, int, int]:
        """Start, start of the contents, and end of the next element."""
        start, raw = self._at, self._raw
        if self.peek() != tag or len(raw) < start + 2:
            raise DerError(f"an element of tag {tag:#04x} is expected")
        size, body = raw[start + 1], start + 2
        if size >= 0x80:
            count = size & 0x7F
            length = raw[body : body + count]
            size, body = int.from_bytes(length, "big"), body + count
            if not 0 < count <= _MAX_LENGTH_BYTES or len(length) < count or not length[0] or size < 0x80:
                raise DerError("a length is not in its shortest form")
        if body + size > len(raw):
            raise DerError("an element is longer than what holds it")
        return start, body, body + size
