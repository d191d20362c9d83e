"""Damage to bytes and to the trees that they stand for, drawn from a seed."""

from random import Random
from typing import Any, Final

import msgspec

from .bytes_pack import Spliced, pack

_HEADS: Final = bytes.fromhex("00 7f 80 8f 90 9f a0 c0 c1 c2 c4 c7 c9 ca cb cc cf d0 d3 d4 d8 d9 db dc dd de df e0 ff")
_DEEP: Final = (31, 32, 33, 200, 5_000, 100_000)
_MANY: Final = (1_000, 65_536, 199_999, 200_001)


def bomb(draw: Random) -> bytes:
    """Bytes that promise or hold more than a reader should take."""
    deep, many = draw.choice(_DEEP), draw.choice(_MANY)
    return draw.choice(
        (
            b"\x91" * deep + b"\xc0",
            b"\x81\xa0" * deep + b"\xc0",
            (b"\x91\x91\x81\xa1k") * (deep // 3) + b"\xc0",
            b"\xdd" + many.to_bytes(4, "big") + b"\x90" * many,
            b"\xdf" + many.to_bytes(4, "big") + b"\xa0\xc0" * many,
            b"\xdd\xff\xff\xff\xff",
            b"\xdf\xff\xff\xff\xff\xa0",
            b"\xc6\xff\xff\xff\xff",
            b"\xdb\x7f\xff\xff\xff" + b"a" * 100,
            b"\xc9\xff\xff\xff\xff\x01",
            b"\xdc\x02\x00" + (b"\xc8\x02\x01\x01\x7f" + b"\xff" * 512) * 512,
            bytes(draw.choice(_MANY)),
        )
    )


def strange(draw: Random) -> Any:
    """A value that hardly any field expects."""
    number = draw.choice((0, 7, 8, 63, 64, 128, 4095, 4096, 4097, 30_000))
    extension = msgspec.msgpack.Ext(draw.choice((-128, -1, 0, 1, 2, 3, 127)), draw.randbytes(draw.randrange(20)))
    return draw.choice(
        (
            None,
            True,
            -1,
            0,
            1,
            2**63 - 1,
            2**63,
            2**64 - 1,
            2**number,
            -(2**number),
            1.5,
            float("nan"),
            "",
            "\0",
            "é" * 40,
            b"",
            bytes(20),
            draw.randbytes(draw.choice((1, 8, 19, 20, 21, 32, 64, 300))),
            [],
            {},
            {"": {"k": [2**number]}},
            {1: 2},
            {b"k": 2**70},
            [2**70, {1: 2}],
            {"": 2**70, "a": {None: {b"": 1.5}}},
            [-(2**63) - 1, {b"k": 2}, {True: [{}]}],
            extension,
            Spliced(bomb(draw)),
            Spliced(draw.randbytes(5)),
            Spliced(b"\xa3\xed\xa0\x80"),
        )
    )


def damage(raw: bytes, draw: Random, other: bytes) -> bytes:
    """Change some bytes: flips, cuts, copies, other heads, a piece of another message."""
    data = bytearray(raw)
    for _ in range(draw.choice((1, 1, 1, 2, 5))):
        place = draw.randrange(len(data) + 1)
        size = draw.choice((1, 1, 2, 4, 8, 32, 200))
        act = draw.randrange(7)
        if act == 0 and place < len(data):
            data[place] ^= 1 << draw.randrange(8)
        elif act == 1 and place < len(data):
            data[place] = draw.choice(_HEADS)
        elif act == 2:
            del data[place : place + size]
        elif act == 3:
            data[place:place] = draw.randbytes(size)
        elif act == 4:
            del data[place:]
        elif act == 5:
            data[place:place] = data[place : place + size]
        else:
            start = draw.randrange(len(other) + 1)
            data[place : place + size] = other[start : start + size]
    return bytes(data)


def bend(tree: list[Any], draw: Random) -> list[Any]:
    """Return a copy of a tree of which one place holds something else: a strange value, a neighbour's, or nothing."""
    copy = list(tree)
    if not copy:
        return [strange(draw)]
    place = draw.randrange(len(copy))
    inner = copy[place]
    if isinstance(inner, list) and draw.random() < 0.7:
        copy[place] = bend(inner, draw)
        return copy
    act = draw.randrange(6)
    if act == 0:
        del copy[place]
    elif act == 1:
        copy.insert(place, strange(draw))
    elif act == 2:
        other = draw.randrange(len(copy))
        copy[place], copy[other] = copy[other], copy[place]
    elif act == 3 and isinstance(inner, bytes):
        copy[place] = damage(inner, draw, inner[::-1])
    else:
        copy[place] = strange(draw)
    return copy


def packed(tree: Any, draw: Random, chance: float) -> bytes:
    """Write a tree: canonical, or with a chance in another form."""
    return pack(tree, draw if draw.random() < chance else None)
