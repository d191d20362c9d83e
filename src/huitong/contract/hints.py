"""From type hints to kinds, for contracts that run as ordinary Python."""

import types
import typing
from collections.abc import Callable
from typing import Any

from .fixed import Fixed
from .kinds import BOOLEAN, DATA, INTEGER, NOTHING, TEXT, DictOf, Integer, Kind, ListOf, Optional
from .kinds_made import Bounded, FixedOf, Most, Scale, TupleOf, can_be_bounded

_PLAIN: dict[Any, Kind] = {str: TEXT, bytes: DATA, bool: BOOLEAN, int: INTEGER, None: NOTHING, type(None): NOTHING}


def resolved_hints(owner: Any) -> dict[str, Any]:
    """Hints of a class (its own alone) or function, with widths kept."""
    hints = typing.get_type_hints(owner, include_extras=True)
    if isinstance(owner, type):
        own = owner.__annotations__
        return {name: hint for name, hint in hints.items() if name in own}
    return hints


def kind_of_hint(hint: Any, *, record: Callable[[Any], Kind | None]) -> Kind:
    """Return the kind of a hint. record: finds record classes. Raises TypeError for what contracts cannot hold."""
    if isinstance(hint, type | None) and hint in _PLAIN:
        return _PLAIN[hint]
    found = record(hint)
    if found is not None:
        return found
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _annotated(hint, arguments, record)
    if origin is tuple and arguments and Ellipsis not in arguments:
        return TupleOf(tuple(kind_of_hint(part, record=record) for part in arguments))
    if origin is list:
        return ListOf(kind_of_hint(arguments[0], record=record))
    if origin is dict and arguments[0] is str:
        return DictOf(kind_of_hint(arguments[1], record=record))
    if origin in (types.UnionType, typing.Union) and len(arguments) == 2 and type(None) in arguments:
        return Optional(kind_of_hint(next(part for part in arguments if part is not type(None)), record=record))
    raise _no_type(hint)


def _annotated(hint: Any, arguments: tuple[Any, ...], record: Callable[[Any], Kind | None]) -> Kind:
    """Kinds of `U8`, `Annotated[Fixed, Scale(2)]` and `Annotated[list[T], Most(10)]`."""
    inner, mark = arguments[0], arguments[1]
    if len(arguments) == 2 and isinstance(mark, Integer):
        return mark
    if len(arguments) == 2 and isinstance(mark, Scale) and inner is Fixed:
        return FixedOf(mark.places)
    if len(arguments) == 2 and isinstance(mark, Most):
        kind = kind_of_hint(inner, record=record)
        if can_be_bounded(kind):
            return Bounded(kind, mark.count)
    raise _no_type(hint)


def _no_type(hint: Any) -> TypeError:
    return TypeError(
        f"{hint!r} is no type of a contract: use int, str, bytes, bool, list, dict[str, T], tuple, T | None, records, "
        "Annotated[Fixed, Scale(n)], Annotated[list[T], Most(n)]"
    )
