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

    def join(self, separator: str, parts: Any, /) -> str:
        """`separator.join(list)`."""
        if type(parts) is not list and type(parts) is not tuple:
            raise TypeError("join takes a list")
        self.use(3 * gas.PIECE + len(parts) * (gas.ELEMENT + 1))
        return self._join(separator, [_text(part) for part in parts])

    def upper(self, text: str, /) -> str:
        """Upper case of a-z."""
        self.copy(text, len(text))
        self.use(len(text) >> 1)
        return text.upper() if text.isascii() else text.encode().upper().decode()

    def lower(self, text: str, /) -> str:
        """Lower case of A-Z."""
        self.copy(text, len(text))
        self.use(len(text) >> 1)
        return text.lower() if text.isascii() else text.encode().lower().decode()

    def _stripped(self, text: str, letters: Any) -> str:
        found = BLANKS if letters is None else _text(letters)
        self.copy(text, len(text))
        self.use(len(text) * (len(found) + 8) >> 3)
        return found

    def strip(self, text: str, letters: Any = None, /) -> str:
        """Without blanks of ASCII (or the letters) at both ends."""
        return text.strip(self._stripped(text, letters))

    def lstrip(self, text: str, letters: Any = None, /) -> str:
        """Without blanks at the start."""
        return text.lstrip(self._stripped(text, letters))

    def rstrip(self, text: str, letters: Any = None, /) -> str:
        """Without blanks at the end."""
        return text.rstrip(self._stripped(text, letters))

    def split(self, text: str, separator: Any = None, limit: Any = -1, /) -> list[str]:
        """Pieces between separators, or between blanks of ASCII."""
        if type(limit) is not int or not -gas.MAX_TEXT < limit < gas.MAX_TEXT:
            raise TypeError("the limit is a number")
        self.copy(text, len(text))
        if separator is None:
            self.use((len(text) >> 1) * gas.PIECE)
            return [piece.decode() for piece in text.encode().split(None, limit)]
        self.search(text, _text(separator))
        if not separator:
            raise ValueError("an empty separator")
        pieces = text.count(separator) + 1
        check_length(pieces, gas.MAX_ITEMS)
        self.use(pieces * gas.PIECE)
        return text.split(separator, limit)

    def replace(self, text: str, old: Any, new: Any, /) -> str:
        """With each `old` replaced by `new`."""
        self.search(text, _text(old))
        count = text.count(old)
        length = len(text) + count * max(len(_text(new)) - len(old), 0)
        self.copy(text if text.isascii() is False else new, length)
        self.use(2 * gas.PIECE + count * 2)
        return text.replace(old, new)

    def startswith(self, text: Any, part: Any, /) -> bool:
        """True when it begins with the part."""
        checked = _text(part) if type(text) is str else _data(part)
        self.use(len(checked) >> 5)
        return bool(text.startswith(checked))

    def endswith(self, text: Any, part: Any, /) -> bool:
        """True when it ends with the part."""
        checked = _text(part) if type(text) is str else _data(part)
        self.use(len(checked) >> 5)
        return bool(text.endswith(checked))

    def removeprefix(self, text: str, part: Any, /) -> str:
        """Without the part at the start."""
        self.copy(text, len(text))
        return text.removeprefix(_text(part))

    def removesuffix(self, text: str, part: Any, /) -> str:
        """Without the part at the end."""
        self.copy(text, len(text))
        return text.removesuffix(_text(part))

    def find(self, text: Any, part: Any, /) -> int:
        """Place of the first part, -1 when there is none."""
        checked = _text(part) if type(text) is str else _data(part)
        self.search(text, checked)
        return int(text.find(checked))

    def count(self, text: str, part: Any, /) -> int:
        """How often the part is in the text."""
        self.search(text, _text(part))
        return text.count(part)

    def _letters(self, text: str, letters: frozenset[str]) -> bool:
        self.use(len(text))
        return text != "" and all(letter in letters for letter in text)

    def isdigit(self, text: str, /) -> bool:
        """True for digits 0-9 alone."""
        self.use(len(text) * 4)
        return self._letters(text, _DIGITS)

    def isalpha(self, text: str, /) -> bool:
        """True for letters of ASCII alone."""
        self.use(len(text) * 4)
        return self._letters(text, _LETTERS)

    def isalnum(self, text: str, /) -> bool:
        """True for letters and digits of ASCII alone."""
        self.use(len(text) * 4)
        return self._letters(text, _ALPHANUMERIC)

    def zfill(self, text: str, width: Any, /) -> str:
        """Filled with zeros on the left, after a sign."""
        if type(width) not in NUMBERS:
            raise TypeError("the width is a number")
        self.use(gas.PIECE >> 1)
        self.copy(text, max(len(text), width))
        return text.zfill(width)

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
