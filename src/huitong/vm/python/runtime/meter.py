"""Gas and the depth of open functions."""

from typing import Any

from huitong.types import Code


class OutOfGas(BaseException):
    """The gas is used up. No contract can catch it, and the meter stays empty, so each further charge raises again."""


class Halt(BaseException):
    """The platform stops the contract for another reason, with a code. No contract can catch it."""

    def __init__(self, code: Code, **data: Any) -> None:
        self.code = code
        self.data = data
        super().__init__(code)


class Meter:
    """What is left. left: units, below zero once used up. depth: open functions of the running frame."""

    __slots__ = ("depth", "left")

    def __init__(self) -> None:
        self.left = 0
        self.depth = 0

    def use(self, units: int) -> None:
        """Charge units before the work that they pay for. Raises OutOfGas."""
        self.left -= units
        if self.left < 0:
            raise OutOfGas

    def turn(self, units: int) -> bool:
        """Charge one turn of a comprehension; always true."""
        self.left -= units
        if self.left < 0:
            raise OutOfGas
        return True
