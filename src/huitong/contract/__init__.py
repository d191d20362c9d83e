"""What a contract file imports. Standard library only; the same file runs as ordinary Python and on a chain."""

from typing import Annotated, Protocol, TypeAlias

from .context import Context, Frame, Member, Sender, ctx, frame
from .faults import CallerIsContract, CallFailed, MissingKey, WrongType
from .kinds import SCALARS
from .methods import Contract, call, init, reentrant, require, view
from .shapes import Error, Event, Record
from .storage import Map, Value

U8: TypeAlias = Annotated[int, SCALARS["U8"]]
U16: TypeAlias = Annotated[int, SCALARS["U16"]]
U32: TypeAlias = Annotated[int, SCALARS["U32"]]
U64: TypeAlias = Annotated[int, SCALARS["U64"]]
U128: TypeAlias = Annotated[int, SCALARS["U128"]]
U256: TypeAlias = Annotated[int, SCALARS["U256"]]
I8: TypeAlias = Annotated[int, SCALARS["I8"]]
I16: TypeAlias = Annotated[int, SCALARS["I16"]]
I32: TypeAlias = Annotated[int, SCALARS["I32"]]
I64: TypeAlias = Annotated[int, SCALARS["I64"]]
I128: TypeAlias = Annotated[int, SCALARS["I128"]]
I256: TypeAlias = Annotated[int, SCALARS["I256"]]

__all__ = [
    "I8",
    "I16",
    "I32",
    "I64",
    "I128",
    "I256",
    "U8",
    "U16",
    "U32",
    "U64",
    "U128",
    "U256",
    "CallFailed",
    "CallerIsContract",
    "Context",
    "Contract",
    "Error",
    "Event",
    "Frame",
    "Map",
    "Member",
    "MissingKey",
    "Protocol",
    "Record",
    "Sender",
    "Value",
    "WrongType",
    "call",
    "ctx",
    "frame",
    "init",
    "reentrant",
    "require",
    "view",
]
