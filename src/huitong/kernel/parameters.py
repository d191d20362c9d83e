"""Parameters in force, as the state holds them."""

from huitong.state import StateView, keys
from huitong.types import Parameters, decode_scanned


def parameters_of(view: StateView) -> Parameters:
    """Parameters in force."""
    raw = view.get(keys.PARAMETERS)
    assert raw is not None, "a chain has parameters from genesis on"
    return decode_scanned(raw, Parameters)
