"""The contract class, its decorators, and `require`."""

import functools
import typing
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, TypeVar

from .context import rows_of
from .hints import kind_of_hint, resolved_hints
from .kinds import Kind
from .kinds_made import MapOf
from .shapes import Error, record_kind
from .storage import Map, Value

F = TypeVar("F", bound=Callable[..., Any])

_ROLE = "huitong_role"
_RUNNING: ContextVar["Contract | None"] = ContextVar("huitong_contract_running", default=None)
"""The contract whose method runs: its calls of its own methods are plain calls."""


def call(method: F) -> F:
    """Mark a method that members and contracts call in transactions."""
    setattr(method, _ROLE, "call")
    return method


def view(method: F) -> F:
    """Mark a method that only reads."""
    setattr(method, _ROLE, "view")
    return method


def init(method: F) -> F:
    """Mark the method that runs once, at the deploy."""
    setattr(method, _ROLE, "init")
    return method


def reentrant(method: F) -> F:
    """Mark a method that may be called while another call of the same contract waits for a contract that it called."""
    return method


def require(condition: bool, error: Error) -> None:
    """Raise the error unless the condition is true."""
    if not condition:
        raise error


class Contract:
    """Base of the one contract class of a file. Storage fields are annotations: `Map[K, V]` or `Value[T]`."""

    def __init_subclass__(cls) -> None:
        for name, attribute in list(vars(cls).items()):
            if hasattr(attribute, _ROLE):
                setattr(cls, name, _checked(attribute))

    def __init__(self) -> None:
        for name, hint in resolved_hints(type(self)).items():
            setattr(self, name, _field(name, hint))


def _field(name: str, hint: Any) -> Map[Any, Any] | Value[Any]:
    if typing.get_origin(hint) is Map:
        table = _map_kind(hint)
        return Map(name, table.key, table.value, rows_of(name))
    if typing.get_origin(hint) is Value:
        return Value(name, kind_of_hint(typing.get_args(hint)[0], record=record_kind), rows_of(name))
    raise TypeError(f"{name}: a storage field is a Map[K, V] or a Value[T]")


def _map_kind(hint: Any) -> MapOf:
    """Kind of `Map[K, V]`, where V may be a Map again."""
    key, value = typing.get_args(hint)
    inner = _map_kind(value) if typing.get_origin(value) is Map else kind_of_hint(value, record=record_kind)
    return MapOf(kind_of_hint(key, record=record_kind), inner)


def _checked(method: Callable[..., Any]) -> Callable[..., Any]:
    """Check arguments and the returned value by their hints and copy them, as the chain does for calls from outside."""

    @functools.wraps(method)
    def checked(self: Contract, *args: Any, **kwargs: Any) -> Any:
        if _RUNNING.get() is self:
            return method(self, *args, **kwargs)
        hints = resolved_hints(method)
        kinds = {name: kind_of_hint(hint, record=record_kind) for name, hint in hints.items()}
        names = method.__code__.co_varnames[1 : method.__code__.co_argcount]
        given = dict(zip(names, args, strict=False)) | kwargs
        fresh = {name: _fresh(kinds[name], value, name) for name, value in given.items() if name in kinds}
        if len(fresh) != len(args) + len(kwargs):
            raise TypeError(f"{method.__name__} takes other arguments")
        token = _RUNNING.set(self)
        try:
            result = method(self, **fresh)
        finally:
            _RUNNING.reset(token)
        return _fresh(kinds["return"], result, "return")

    return checked


def _fresh(kind: Kind, value: Any, where: str) -> Any:
    return kind.read(kind.wire(value, where), where, lenient=False)
