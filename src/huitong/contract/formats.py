"""Formats of f-strings that contracts may use: `[<>^][0][width][,][d|x|X|b]`, width at most 64."""

from typing import Final, NamedTuple

MAX_WIDTH: Final = 64
_ALIGNS: Final = "<>^"
_LETTERS: Final = "dxXb"


class Format(NamedTuple):
    """A format. align: "<", ">", "^" or empty. zero: filled with zeros. letter: d, x, X, b or empty."""

    align: str
    zero: bool
    width: int
    grouped: bool
    letter: str


def parse_format(spec: str) -> Format | None:
    """Read a format; None for one that contracts may not use."""
    rest = spec
    align = rest[0] if rest and rest[0] in _ALIGNS else ""
    rest = rest[len(align) :]
    letter = rest[-1] if rest and rest[-1] in _LETTERS else ""
    rest = rest[: len(rest) - len(letter)]
    grouped = rest.endswith(",")
    rest = rest.removesuffix(",")
    zero = rest.startswith("0")
    digits = rest.removeprefix("0") if zero else rest
    if digits and not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(MAX_WIDTH))):
        return None
    width = int(digits or "0")
    bad = width > MAX_WIDTH or digits.startswith("0") or (zero and (align or not width))
    return None if bad or (grouped and letter not in ("", "d")) else Format(align, zero, width, grouped, letter)


def group_digits(digits: str) -> str:
    """Put a comma in front of each three digits from the right."""
    first = len(digits) % 3
    groups = [digits[:first]] if first else []
    return ",".join(groups + [digits[place : place + 3] for place in range(first, len(digits), 3)])


def fill(text: str, parsed: Format, *, number: bool) -> str:
    """Fill a text to the width of a format."""
    if parsed.zero and number:
        sign = "-" if text.startswith("-") else ""
        return sign + text.removeprefix("-").rjust(parsed.width - len(sign), "0")
    if parsed.align == "^":
        return _centred(text, parsed.width)
    right = parsed.align == ">" or (not parsed.align and number)
    return text.rjust(parsed.width) if right else text.ljust(parsed.width)


def _centred(text: str, width: int) -> str:
    """As `format` centres: the greater part of the blanks stands behind."""
    missing = max(width - len(text), 0)
    return " " * (missing // 2) + text + " " * (missing - missing // 2)
