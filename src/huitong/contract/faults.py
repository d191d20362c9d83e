"""Errors that stop a contract and are not its own. The platform gives each a fixed code, plain and compiled."""


class WrongType(TypeError):
    """A value is not of the declared type. where: name of the field or argument."""

    def __init__(self, where: str, expected: str, found: str) -> None:
        self.where = where
        self.expected = expected
        self.found = found
        super().__init__(f"{where}: expected {expected}, found {found}")


class MissingPart(AttributeError):
    """A value has no field or method of this name. As in Python, `except TypeError` does not catch it."""


class MissingKey(KeyError):
    """Nothing is stored under a key. field: name of the storage field."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(f"nothing is stored under this key of {field}")


class CallerIsContract(Exception):
    """`.org` or `.roles` was asked of a sender that is a contract."""

    def __init__(self) -> None:
        super().__init__("the sender is a contract: it has an address, but no organisation and no roles")


class CallFailed(Exception):
    """A call of another contract failed and changed nothing. code: number; error: name of the error or code.

    data: the encoded failure, which becomes the caller's own when nobody catches this.
    """

    def __init__(self, code: int, error: str, data: bytes = b"") -> None:
        self.code = code
        self.error = error
        self.data = data
        super().__init__(f"the called contract failed with HT{code} {error}")
