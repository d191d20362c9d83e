"""Records, events and errors: classes made of typed fields.

The same classes run in unit tests (fields from type hints) and on the chain (`declare`, fields from the tree), so
that both behave alike.
"""

from typing import Any, ClassVar, NamedTuple, dataclass_transform

from .hints import kind_of_hint, resolved_hints
from .kinds import Kind, wrong

REQUIRED: Any = object()
"""Default of a field that has none."""


class Field(NamedTuple):
    """A field of a record, event or error."""

    name: str
    kind: Kind
    default: Any


class Shaped:
    """What records, events and errors share: checked fields, equality by fields, no hash."""

    fields_: ClassVar[tuple[Field, ...]] = ()
    kinds_: ClassVar[dict[str, Kind]] = {}
    __hash__: ClassVar[None]  # type: ignore[assignment]  # values that can change have no hash

    def __init_subclass__(cls, *, fields: tuple[Field, ...] | None = None, base: bool = False) -> None:
        if not base:
            cls.fields_ = _fields_from_hints(cls) if fields is None else fields
            cls.kinds_ = {field.name: field.kind for field in cls.fields_}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        cls = type(self)
        if args:
            kwargs = _by_name(cls, args, kwargs)
        if not kwargs.keys() <= cls.kinds_.keys():
            free = next(name for name in kwargs if name not in cls.kinds_)
            raise TypeError(f"{cls.__name__} has no free field {free}")
        held = self.__dict__
        for name, kind, default in cls.fields_:
            value = kwargs.get(name, default)
            if value is REQUIRED:
                raise TypeError(f"{cls.__name__} needs {name}")
            kind.wire(value, name)
            held[name] = value

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return False
        return all(getattr(self, field.name) == getattr(other, field.name) for field in self.fields_)

    def __repr__(self) -> str:
        inside = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in self.fields_)
        return f"{type(self).__name__}({inside})"

    def values_(self) -> dict[str, Any]:
        """Return the fields as an encodable dict. Raises WrongType for what was put into a list or dict wrongly."""
        held = self.__dict__
        return {name: kind.wire(held[name], name) for name, kind, _ in self.fields_}


def _by_name(cls: type[Shaped], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Put values given by place under their names."""
    if len(args) > len(cls.fields_):
        raise TypeError(f"{cls.__name__} takes {len(cls.fields_)} values")
    given = dict(zip([field.name for field in cls.fields_], args, strict=False))
    for name in kwargs:
        if name in given:
            raise TypeError(f"{cls.__name__} has no free field {name}")
    return given | kwargs


def _fields_from_hints(cls: type) -> tuple[Field, ...]:
    hints = resolved_hints(cls)
    return tuple(
        Field(name, kind_of_hint(hint, record=record_kind), cls.__dict__.get(name, REQUIRED))
        for name, hint in hints.items()
        if name not in Shaped.__annotations__
    )


@dataclass_transform()
class Record(Shaped, base=True):
    """A value with named, typed fields, kept in storage and passed in calls. Fields can be assigned."""

    def __setattr__(self, name: str, value: Any) -> None:
        kind = type(self).kinds_.get(name)
        if kind is None:
            raise AttributeError(f"{type(self).__name__} has no field {name}")
        kind.wire(value, name)
        self.__dict__[name] = value


@dataclass_transform(frozen_default=True)
class Event(Shaped, base=True):
    """Something that happened, told to whoever listens to the chain."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def emit(self) -> None:
        """Append the event to the transaction's events."""
        from .context import current

        current().emit(type(self).__name__, self.values_())


@dataclass_transform(frozen_default=True)
class Error(Shaped, Exception, base=True):
    """A reason to refuse, declared by the contract. Raising it undoes the call."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in type(self).kinds_:
            raise AttributeError(f"{type(self).__name__} cannot be changed")
        object.__setattr__(self, name, value)

    def __str__(self) -> str:
        return ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in self.fields_)


class RecordKind:
    """The kind of a record class (event and error classes are read the same way): a dict of its fields."""

    __slots__ = ("record",)

    def __init__(self, record: type[Shaped]) -> None:
        self.record = record

    @property
    def name(self) -> str:
        """See Kind."""
        return self.record.__name__

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        if type(value) is not self.record:
            raise wrong(where, self.name, value)
        return value.values_()

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind."""
        if type(value) is not dict:
            raise wrong(where, self.name, value)
        found = self.record.__new__(self.record)
        held = found.__dict__
        for name, kind, default in self.record.fields_:
            part = value.get(name, default)
            if part is REQUIRED:
                raise wrong(f"{where}.{name}", kind.name, None)
            held[name] = kind.read(part, f"{where}.{name}", lenient=lenient)
        if not lenient and not all(name in self.record.kinds_ for name in value):
            raise wrong(where, self.name, value)
        return found

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {"kind": "record", "name": self.name}


def record_kind(hint: Any) -> Kind | None:
    """Return the kind of a record class, None for anything else."""
    return RecordKind(hint) if isinstance(hint, type) and issubclass(hint, Record) else None


def declare(name: str, base: type[Shaped], doc: str, fields: tuple[Field, ...]) -> type[Shaped]:
    """Make a record, event or error class from fields, as the chain does."""
    from types import new_class

    def fill(namespace: dict[str, Any]) -> None:
        namespace["__doc__"] = doc or None

    return new_class(name, (base,), {"fields": fields}, fill)
