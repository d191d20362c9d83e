"""Errors are values: a number, data as attributes, a text from the catalogue."""

from .catalogue import explain
from .codes import Code


class HuitongError(Exception):
    """A refusal or failure that a user can understand and mend.

    code: number of the catalogue. data: what the texts of the catalogue name in braces.
    """

    def __init__(self, code: Code, /, **data: object) -> None:
        self.code = code
        self.data = data
        super().__init__(code, data)

    def __str__(self) -> str:
        return f"HT{int(self.code)} {explain(self.code).cause(self.data)}"

    def next_step(self, language: str = "en") -> str:
        """Who can mend it and what to type."""
        return explain(self.code).next_step(self.data, language)


class Rejected(HuitongError):
    """The transaction is not executed: code 1000-1999."""


class Inadmissible(HuitongError):
    """The envelope is not admitted: code 2000-2999."""


class Failed(HuitongError):
    """The transaction was executed and its writes are discarded: code 4000-5999."""


class ProofInvalid(HuitongError):
    """A proof, header or commit does not hold: code 7000-7999."""
