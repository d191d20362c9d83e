"""Parameters and engines in force, as the state holds them."""

from huitong.state import StateView, keys
from huitong.types import EngineVersion, Parameters, decode_kept


def parameters_of(view: StateView) -> Parameters:
    """Parameters in force."""
    raw = view.get(keys.PARAMETERS)
    assert raw is not None, "a chain has parameters from genesis on"
    return decode_kept(raw, Parameters)


def enabled_engines(view: StateView) -> frozenset[str]:
    """Names of the contract engines that the chain enables, whatever else a node could run."""
    raw = view.get(keys.ENGINES)
    assert raw is not None, "a chain has a list of engines from genesis on"
    return frozenset(engine.name for engine in decode_kept(raw, tuple[EngineVersion, ...]))
