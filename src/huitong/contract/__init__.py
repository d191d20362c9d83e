"""What a contract file imports. Standard library only; the same file runs as ordinary Python and on a chain."""

from typing import Annotated, Protocol, TypeAlias

from .context import Context, Frame, Member, Sender, ctx, frame
from .dates import Date, date_of, date_of_days, time_text
from .faults import CallerIsContract, CallFailed, MissingKey, WrongType
from .fixed import Fixed, Rounding, from_units
from .kinds import SCALARS
from .kinds_made import Most, Scale
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
    "Annotated",
    "CallFailed",
    "CallerIsContract",
    "Context",
    "Contract",
    "Date",
    "Error",
    "Event",
    "Fixed",
    "Frame",
    "Map",
    "Member",
    "MissingKey",
    "Most",
    "Protocol",
    "Record",
    "Rounding",
    "Scale",
    "Sender",
    "Value",
    "WrongType",
    "call",
    "ctx",
    "date_of",
    "date_of_days",
    "frame",
    "from_units",
    "init",
    "reentrant",
    "require",
    "time_text",
    "view",
]
