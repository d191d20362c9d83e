from .chain import Chain
from .examples import fuzz
from .expecting import reverts
from .fuzzing import arguments, values
from .handle import Handle
from .loading import ContractRefused
from .machines import ContractMachine, story_of
from .outcome import DivergenceError, Outcome

__all__ = [
    "Chain",
    "ContractMachine",
    "ContractRefused",
    "DivergenceError",
    "Handle",
    "Outcome",
    "arguments",
    "fuzz",
    "reverts",
    "story_of",
    "values",
]
