"""Versions of the language. A tree names its own, so contracts of several run side by side in one chain.

What a version means never changes: a new rule, cost or function is a new version beside the old ones. The engine's
version in genesis is the newest that its nodes know.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from .gas import STATIC
from .names import BUILTINS
from .nodes import LANGUAGE_VERSION, SHAPES, Kind, Shape
from .runtime import Runtime


class Language(NamedTuple):
    """One version. shapes: forms of its nodes. builtins: its functions, with their keywords. static: units by node.

    runtime: makes the helpers that its compiled code uses.
    """

    version: int
    shapes: Mapping[Kind, Shape]
    builtins: Mapping[str, tuple[str, ...]]
    static: Mapping[Kind, int]
    runtime: Callable[[], Runtime]


Languages = Mapping[int, Language]

FIRST: Final = Language(LANGUAGE_VERSION, SHAPES, BUILTINS, STATIC, Runtime)
LANGUAGES: Final[Languages] = {FIRST.version: FIRST}
"""All versions that a node runs, by number."""
