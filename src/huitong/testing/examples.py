"""`@fuzz`: a test with random arguments. Hypothesis is imported when such a test runs, not when its file is read."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, Final

from huitong.contract.hints import kind_of_hint, resolved_hints
from huitong.contract.shapes import record_kind

RUNS: Final = 50
CHAIN: Final = "huitong_chain"


def fuzz(function: Callable[..., Any] | None = None, /, *, runs: int = RUNS, **strategies: Any) -> Any:
    """Run a test with random values for its arguments that have a contract's type; all others are fixtures.

    runs: how many examples. strategies: by argument, in place of those from the hint. The chain goes back to where it
    was after each example, so fixtures may deploy and prepare once.
    """
    if function is None:
        return functools.partial(fuzz, runs=runs, **strategies)
    drawn = _drawn(function, strategies)
    parameters = inspect.signature(function).parameters

    def run(**fixtures: Any) -> None:
        __tracebackhide__ = True
        from .fuzzing import run_examples

        chain = fixtures[CHAIN] if CHAIN in parameters else fixtures.pop(CHAIN)
        run_examples(function, drawn, fixtures, chain, runs)

    names = dict.fromkeys([*(name for name in parameters if name not in drawn), CHAIN])
    test: Any = functools.wraps(function)(run)
    test.__signature__ = inspect.Signature([inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in names])
    return test


def _drawn(function: Callable[..., Any], strategies: dict[str, Any]) -> dict[str, Any]:
    """What is drawn, by argument: a strategy that was given, or a kind. Raises TypeError."""
    hints = resolved_hints(function)
    drawn: dict[str, Any] = {}
    for name in inspect.signature(function).parameters:
        if name in strategies:
            drawn[name] = strategies[name]
        elif name in hints:
            try:
                drawn[name] = kind_of_hint(hints[name], record=record_kind)
            except TypeError:
                continue  # a fixture with a type of its own
    unknown = strategies.keys() - drawn.keys()
    if unknown:
        raise TypeError(f"{function.__name__} has no argument {', '.join(sorted(unknown))}")
    if not drawn:
        raise TypeError(f"{function.__name__} has no argument with a type of contracts, such as amount: int")
    return drawn
