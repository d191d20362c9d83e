"""Where frames of a program run: a namespace with handles to storage, made once and used by one frame at a time.

Compiled code cannot write into its namespace, constants of the file can only be read, and all that a frame has read or
written is forgotten when the next one enters; so nothing of a call reaches another.
"""

from typing import TYPE_CHECKING, Any, Final

from huitong.contract.context import Sender
from huitong.types import Failed, Host, Invocation

from .context import Calls
from .keys import field_prefix
from .storage import Handle, Store, StoredMap, StoredValue, field_numbers

if TYPE_CHECKING:
    from .loaded import Program

MAX_FREE: Final = 64
"""Rooms that wait for their next frame, over all numberings of the storage fields."""

Fields = tuple[tuple[str, int], ...]


class Room:
    """One namespace. fields: numbers of the storage fields; fault: why they do not fit the program."""

    def __init__(self, program: "Program", fields: Fields) -> None:
        self.fields = fields
        self.store = Store(program.runtime)
        self.calls = Calls(self.store)
        self.fault: Failed | None = None
        names: dict[str, Any] = {
            "x_hash": self.calls.hash,
            "x_member": self.calls.member,
            "x_verify": self.calls.verify,
            "x_contract": self.calls.contract,
        }
        try:
            names |= self._handles(program, field_numbers(program.fields, fields))
        except Failed as fault:
            self.fault = fault
        self._names = program.namespace(names)

    def _handles(self, program: "Program", numbers: dict[str, int]) -> dict[str, Handle]:
        found: dict[str, Handle] = {}
        for field in program.declared.fields.values():
            prefix = field_prefix(numbers[field.name])
            found[f"f_{field.name}"] = (
                StoredValue(self.store, field.name, prefix, field.value)
                if field.key is None
                else StoredMap(self.store, field.name, prefix, field.key, field.value)
            )
        return found

    def enter(self, invocation: Invocation, host: Host) -> None:
        """A frame begins."""
        self.store.begin(host, read_only=invocation.read_only)
        self.calls.invocation = invocation

    def names(self, invocation: Invocation) -> dict[str, Any]:
        """Return the namespace with `ctx` of this frame in it. Raises Failed HT3010."""
        if self.fault is not None:
            raise Failed(self.fault.code, **self.fault.data)
        names, block, caller = self._names, invocation.block, invocation.caller
        names["x_time"] = block.time_ns
        names["x_height"] = block.height
        names["x_chain_id"] = block.chain_id
        names["x_self"] = invocation.contract
        names["x_sender"] = Sender(caller.address, caller.organisation, caller.roles)
        return names


class Rooms:
    """Free rooms of one program."""

    def __init__(self, program: "Program") -> None:
        self._program = program
        self._free: list[Room] = []

    def take(self, fields: Fields) -> Room:
        """Return a room for these numbers."""
        free = self._free
        if free and free[-1].fields == fields:
            return free.pop()
        for place, room in enumerate(free):
            if room.fields == fields:
                return free.pop(place)
        return Room(self._program, fields)

    def give_back(self, room: Room) -> None:
        """A frame has ended."""
        if len(self._free) < MAX_FREE:
            self._free.append(room)
