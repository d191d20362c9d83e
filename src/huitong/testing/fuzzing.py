"""Random arguments from type hints: strategies of Hypothesis, and the run of a test of `@fuzz`."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from huitong.contract.fixed import from_units
from huitong.contract.hints import resolved_hints
from huitong.contract.kinds import DictOf, Integer, Kind, ListOf, Optional, Scalar
from huitong.contract.kinds_made import Bounded, FixedOf, TupleOf
from huitong.contract.shapes import RecordKind

from .chain import Chain
from .loading import kind_of

MAX_TEXT: Final = 40
MAX_DATA: Final = 64
MAX_ITEMS: Final = 6


def values(hint: Any) -> SearchStrategy[Any]:
    """Return values of a type that contracts know: `values(int)`, `values(list[U8])`, `values(Meter)`.

    Raises TypeError for other types.
    """
    return _of_kind(kind_of(hint))


def arguments(method: Any, **strategies: SearchStrategy[Any]) -> SearchStrategy[tuple[Any, ...]]:
    """Return tuples of arguments for a method of a contract class: `arguments(Metering.read)`.

    strategies: by argument, in place of those from the hint.
    """
    hints = resolved_hints(method)
    hints.pop("return", None)
    return st.tuples(*[strategies[name] if name in strategies else values(hint) for name, hint in hints.items()])


def _of_kind(kind: Kind, most: int = MAX_DATA) -> SearchStrategy[Any]:
    """Strategy for a kind. most: bound of its length, where it has one."""
    if isinstance(kind, Bounded):
        return _of_kind(kind.item, kind.most)
    if isinstance(kind, ListOf | DictOf):
        return _many(kind, min(most, MAX_ITEMS))
    if isinstance(kind, Scalar):
        return _scalar(kind, most)
    if isinstance(kind, Integer):
        return _integers(kind)
    if isinstance(kind, FixedOf):
        return st.builds(from_units, st.integers(), st.just(kind.scale))
    if isinstance(kind, TupleOf):
        return st.tuples(*[_of_kind(item) for item in kind.items])
    return _made_of(kind)


def _made_of(kind: Kind) -> SearchStrategy[Any]:
    if isinstance(kind, Optional):
        return st.none() | _of_kind(kind.item)
    assert isinstance(kind, RecordKind), f"no strategy for {kind.name}"
    return st.builds(kind.record, **{field.name: _of_kind(field.kind) for field in kind.record.fields_})


def _many(kind: ListOf | DictOf, most: int) -> SearchStrategy[Any]:
    if isinstance(kind, ListOf):
        return st.lists(_of_kind(kind.item), max_size=most)
    return st.dictionaries(st.text(max_size=MAX_TEXT), _of_kind(kind.value), max_size=most)


def _scalar(kind: Scalar, most: int) -> SearchStrategy[Any]:
    plain: dict[str, SearchStrategy[Any]] = {
        "str": st.text(max_size=min(most, MAX_TEXT)),
        "bytes": st.binary(max_size=min(most, MAX_DATA)),
        "bool": st.booleans(),
        "None": st.none(),
    }
    return plain[kind.name]


def _integers(kind: Integer) -> SearchStrategy[int]:
    if not kind.bits:
        return st.integers()
    if not kind.signed:
        return st.integers(0, (1 << kind.bits) - 1)
    return st.integers(-(1 << (kind.bits - 1)), (1 << (kind.bits - 1)) - 1)


def run_examples(
    function: Callable[..., Any], drawn: Mapping[str, Any], fixtures: Mapping[str, Any], chain: Chain, runs: int
) -> None:
    """Run a test of `@fuzz`. drawn: strategies or kinds by argument. chain: goes back after each example."""
    __tracebackhide__ = True
    before, counts = chain.snapshot(), chain.counts

    def run(**random_values: Any) -> None:
        __tracebackhide__ = True
        try:
            function(**fixtures, **random_values)
        finally:
            chain.revert(before)

    example: Any = functools.wraps(function)(run)
    place = function.__code__  # Hypothesis shows a frame by these: the test's first lines say more than ours
    example.__code__ = example.__code__.replace(co_filename=place.co_filename, co_firstlineno=place.co_firstlineno)
    example.__signature__ = inspect.Signature(
        [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in drawn]
    )
    strategies = {name: _of_kind(what) if hasattr(what, "wire") else what for name, what in drawn.items()}
    chain.counts = False
    try:
        settings(max_examples=runs, deadline=None, suppress_health_check=[HealthCheck.too_slow])(
            given(**strategies)(example)
        )()
    finally:
        chain.counts = counts
