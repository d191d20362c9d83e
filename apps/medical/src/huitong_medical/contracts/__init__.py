"""The contract, as the text that is deployed."""

from importlib.resources import files

__all__ = ["CONTRACT_FILE", "contract_source"]

CONTRACT_FILE = "medical.py"


def contract_source() -> str:
    """Text of the contract file, for the compiler. The module itself is imported by unit tests only."""
    return files(__name__).joinpath(CONTRACT_FILE).read_text(encoding="utf-8")
