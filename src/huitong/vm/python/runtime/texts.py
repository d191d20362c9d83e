"""Methods of texts and bytes. Letters, digits and blanks are those of ASCII: tables of Unicode change with Python."""

from collections.abc import Callable
from typing import Any

from huitong.contract.dates import Date
from huitong.contract.fixed import Fixed
from huitong.contract.formats import MAX_WIDTH
from huitong.vm.python import gas
from huitong.vm.python.names import BLANKS, DATA_METHODS, TEXT_METHODS

from .arithmetic import Arithmetic, check_length
from .meter import Meter
from .values import NUMBERS, Values

_FORMATTED = frozenset((int, bool, str, Fixed, Date))
_JOINED = frozenset((list, tuple, str, bytes, dict))
_BLANK_BYTES = BLANKS.encode()
_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ALPHANUMERIC = _LETTERS | _DIGITS


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError("not a text")
    return value


def _data(value: Any) -> bytes:
    if type(value) is not bytes:
        raise TypeError("not bytes")
    return value


def _alike(text: str | bytes, part: Any) -> Any:
    if type(part) is not type(text):
        raise TypeError("texts go with texts, bytes with bytes")
    return part


def _places(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Where a search begins and ends: numbers or None."""
    if len(given) > 2 or any(place is not None and type(place) not in NUMBERS for place in given):
        raise TypeError("a search begins and ends at numbers")
    return given


class Texts:
    """Methods of str and bytes, by name."""

    def __init__(self, meter: Meter, values: Values, arithmetic: Arithmetic) -> None:
        self.use = meter.use
        self.search = values.charge_search
        self.copy = arithmetic.charge_copy

    def methods(self) -> dict[tuple[type, str], Callable[..., Any]]:
        """Table by type and name."""
        table: dict[tuple[type, str], Callable[..., Any]] = {(str, name): getattr(self, name) for name in TEXT_METHODS}
        return table | {(bytes, name): getattr(self, name) for name in DATA_METHODS}

    def text_of(self, value: Any) -> str:
        """`str(value)`: texts, whole numbers, truth values and None."""
        kind = type(value)
        if kind is str:
            return str(value)
        if kind is int:
            bits = value.bit_length()
            self.use((bits >> 3) + (bits * bits >> 12))
            return int.__repr__(value)
        if kind is bool or value is None:
            return repr(value)
        if kind is Fixed or kind is Date:
            bits = value.units.bit_length() if kind is Fixed else 0
            self.use(gas.FIXED + (bits >> 3) + (bits * bits >> 12))
            return str(value)
        raise TypeError("only texts, numbers, dates, truth values and None have a text")

    def format(self, value: Any, spec: str) -> str:
        """A part of an f-string with a format, which the compiler has checked. Raises TypeError, ValueError."""
        kind = type(value)
        if kind not in _FORMATTED:
            raise TypeError("values of this type have no format")
        if kind is str:
            self.copy(value, len(value))
        elif kind is int:
            bits = value.bit_length()
            self.use((bits >> 1) + (bits * bits >> 12))
        elif kind is Fixed:
            self.text_of(value)
        self.use(gas.FIXED + MAX_WIDTH)
        return format(value, spec)

    def concatenate(self, *parts: Any) -> str:
        """f-strings."""
        texts = [self.text_of(part) for part in parts]
        return self._join("", texts)

    def _join(self, separator: str, texts: list[str]) -> str:
        length = sum(map(len, texts)) + len(separator) * max(len(texts) - 1, 0)
        check_length(length, gas.MAX_TEXT)
        ascii_only = separator.isascii() and all(map(str.isascii, texts))
        self.use(gas.text_units(length, ascii_only=ascii_only) + len(texts) * gas.ELEMENT)
        return separator.join(texts)

    def join(self, separator: Any, parts: Any, /) -> Any:
        """`separator.join(list)`: also the letters of a text, or the keys of a dictionary."""
        if type(parts) not in _JOINED:
            raise TypeError("join takes a list")
        self.use(3 * gas.PIECE + len(parts) * (gas.ELEMENT + 1))
        if type(separator) is str:
            return self._join(separator, [_text(part) for part in parts])
        pieces = [_data(part) for part in parts]
        self.copy(separator, sum(map(len, pieces)) + len(separator) * max(len(pieces) - 1, 0))
        self.use(len(pieces) * gas.ELEMENT)
        return separator.join(pieces)

    def upper(self, text: Any, /) -> Any:
        """Upper case of a-z."""
        self._changed(text)
        return text.upper() if text.isascii() or type(text) is bytes else text.encode().upper().decode()

    def lower(self, text: Any, /) -> Any:
        """Lower case of A-Z."""
        self._changed(text)
        return text.lower() if text.isascii() or type(text) is bytes else text.encode().lower().decode()

    def _changed(self, text: Any) -> None:
        self.copy(text, len(text))
        self.use(len(text) >> 1)

    def _stripped(self, text: Any, letters: Any) -> Any:
        blanks = BLANKS if type(text) is str else _BLANK_BYTES
        found = blanks if letters is None else _alike(text, letters)
        self.copy(text, len(text))
        self.use(len(text) * (len(found) + 8) >> 3)
        return found

    def strip(self, text: Any, letters: Any = None, /) -> Any:
        """Without blanks of ASCII (or the letters) at both ends."""
        return text.strip(self._stripped(text, letters))

    def lstrip(self, text: Any, letters: Any = None, /) -> Any:
        """Without blanks at the start."""
        return text.lstrip(self._stripped(text, letters))

    def rstrip(self, text: Any, letters: Any = None, /) -> Any:
        """Without blanks at the end."""
        return text.rstrip(self._stripped(text, letters))

    def split(self, text: Any, separator: Any = None, limit: Any = -1, /) -> list[Any]:
        """Pieces between separators, or between blanks of ASCII."""
        if type(limit) not in NUMBERS or not -gas.MAX_TEXT < limit < gas.MAX_TEXT:
            raise TypeError("the limit is a number")
        self.copy(text, len(text))
        if separator is None:
            self.use((len(text) >> 1) * gas.PIECE)
            if type(text) is bytes:
                return text.split(None, limit)
            return [piece.decode() for piece in text.encode().split(None, limit)]
        self.search(text, _alike(text, separator))
        if not separator:
            raise ValueError("an empty separator")
        pieces = text.count(separator) + 1
        check_length(pieces, gas.MAX_ITEMS)
        self.use(pieces * gas.PIECE)
        return list(text.split(separator, limit))

    def replace(self, text: Any, old: Any, new: Any, limit: Any = -1, /) -> Any:
        """With each `old` replaced by `new`, or the first so many."""
        if type(limit) not in NUMBERS:
            raise TypeError("the limit is a number")
        self.search(text, _alike(text, old))
        count = text.count(old)
        length = len(text) + count * max(len(_alike(text, new)) - len(old), 0)
        self.copy(text if text.isascii() is False else new, length)
        self.use(2 * gas.PIECE + count * 2)
        return text.replace(old, new, min(max(limit, -1), gas.MAX_TEXT + 1))

    def startswith(self, text: Any, part: Any, /, *places: Any) -> bool:
        """True when it begins with the part, or with one of a tuple."""
        return self._any(text, text.startswith, part, _places(places))

    def endswith(self, text: Any, part: Any, /, *places: Any) -> bool:
        """True when it ends with the part, or with one of a tuple."""
        return self._any(text, text.endswith, part, _places(places))

    def _any(self, text: Any, test: Callable[..., bool], part: Any, places: tuple[Any, ...]) -> bool:
        parts = part if type(part) is tuple else (part,)
        self.use(gas.PIECE + max(len(parts) - 1, 0) * gas.ELEMENT)
        for one in parts:
            self.use(len(_alike(text, one)) >> 5)
            if test(one, *places):
                return True
        return False

    def removeprefix(self, text: Any, part: Any, /) -> Any:
        """Without the part at the start."""
        self.copy(text, len(text))
        return text.removeprefix(_alike(text, part))

    def removesuffix(self, text: Any, part: Any, /) -> Any:
        """Without the part at the end."""
        self.copy(text, len(text))
        return text.removesuffix(_alike(text, part))

    def _sought(self, text: Any, part: Any, places: tuple[Any, ...]) -> tuple[Any, ...]:
        """What to look for, and where: a part of the same type, or the number of a byte.

        Raises ValueError for a number outside of 0 to 255.
        """
        self.use(gas.PIECE)
        checked = _places(places)
        found = bytes((part,)) if type(text) is bytes and type(part) in NUMBERS else _alike(text, part)
        self.search(text, found)
        return (found, *checked)

    def find(self, text: Any, part: Any, /, *places: Any) -> int:
        """Place of the first part, -1 when there is none."""
        return int(text.find(*self._sought(text, part, places)))

    def index(self, text: Any, part: Any, /, *places: Any) -> int:
        """Place of the first part. Raises ValueError when there is none."""
        return int(text.index(*self._sought(text, part, places)))

    def count(self, text: Any, part: Any, /, *places: Any) -> int:
        """How often the part is in the text."""
        return int(text.count(*self._sought(text, part, places)))

    def _letters(self, text: Any, letters: frozenset[str]) -> bool:
        self.use(len(text))
        found = text.decode("latin-1") if type(text) is bytes else text
        return found != "" and all(letter in letters for letter in found)

    def isdigit(self, text: Any, /) -> bool:
        """True for digits 0-9 alone."""
        self.use(len(text) * 4)
        return self._letters(text, _DIGITS)

    def isalpha(self, text: Any, /) -> bool:
        """True for letters of ASCII alone."""
        self.use(len(text) * 4)
        return self._letters(text, _LETTERS)

    def isalnum(self, text: Any, /) -> bool:
        """True for letters and digits of ASCII alone."""
        self.use(len(text) * 4)
        return self._letters(text, _ALPHANUMERIC)

    def zfill(self, text: Any, width: Any, /) -> Any:
        """Filled with zeros on the left, after a sign."""
        if type(width) not in NUMBERS:
            raise TypeError("the width is a number")
        self.use(gas.PIECE >> 1)
        self.copy(text, max(len(text), width))
        return text.zfill(max(width, 0))

    def encode(self, text: str, /) -> bytes:
        """UTF-8."""
        self.use(len(text))
        data = text.encode()
        check_length(len(data), gas.MAX_TEXT)
        return data

    def decode(self, data: bytes, /) -> str:
        """From UTF-8. Raises ValueError."""
        self.use(len(data))
        return data.decode()

    def hex(self, data: bytes, /) -> str:
        """Two digits for each byte."""
        check_length(2 * len(data), gas.MAX_TEXT)
        self.use(len(data))
        return data.hex()
