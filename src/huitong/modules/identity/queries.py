"""Questions to the module."""

from typing import Any

import msgspec

from huitong.state import StateView
from huitong.state import keys as state_keys
from huitong.types import Code, Failed, KeyOwner, Member, Organisation, decode_kept, decode_scanned
from huitong.types.registry import ModuleId

from . import keys
from .errors import member_unknown


def read(view: StateView, key: bytes) -> bytes | None:
    """Return the value under a key of this module."""
    return view.get(state_keys.module(ModuleId.IDENTITY, key))


def find_member(view: StateView, address: bytes) -> Member | None:
    """Return a member's record, None when there is none."""
    raw = read(view, keys.member(address))
    return decode_kept(raw, Member) if raw else None


def find_organisation(view: StateView, name: str) -> Organisation | None:
    """Return an organisation's record, None when there is none."""
    raw = read(view, keys.organisation(name))
    return decode_scanned(raw, Organisation) if raw else None


def find_key_owner(view: StateView, key_address: bytes) -> KeyOwner | None:
    """Return whose key an address is or was."""
    raw = read(view, keys.key_owner(key_address))
    return decode_scanned(raw, KeyOwner) if raw else None


class Directory:
    """The kernel's way to the record behind a signer."""

    def member(self, view: StateView, address: bytes) -> Member | None:
        """Return a member's record, None when there is none."""
        return find_member(view, address)

    def address(self, view: StateView, organisation: str, name: str) -> bytes | None:
        """Return the address behind name@organisation, None when there is none."""
        return read(view, keys.member_name(organisation, name))

    def has_organisation(self, view: StateView, name: str) -> bool:
        """True when there is an organisation of this name."""
        return find_organisation(view, name) is not None


class ByAddress(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Arguments of `member` and `key_owner`."""

    address: bytes


class ByName(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Arguments of `member_by_name`."""

    organisation: str
    name: str


class ByOrganisation(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Arguments of `organisation`."""

    name: str


class Nothing(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """No arguments."""


def member_fields(address: bytes, record: Member) -> dict[str, Any]:
    """A member as contracts and clients see it."""
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    return {"address": address, **fields, "roles": list(record.roles)}


def answer_member(message: ByAddress, view: StateView) -> dict[str, Any] | None:
    """Fields of a member, None when there is none."""
    record = find_member(view, message.address)
    return member_fields(message.address, record) if record else None


def answer_member_by_name(message: ByName, view: StateView) -> dict[str, Any]:
    """Fields of the member name@organisation. Raises Failed HT4102."""
    address = read(view, keys.member_name(message.organisation, message.name))
    record = find_member(view, address) if address else None
    if address is None or record is None:
        raise member_unknown(f"{message.name}@{message.organisation}")
    return member_fields(address, record)


def answer_organisation(message: ByOrganisation, view: StateView) -> dict[str, Any]:
    """Fields of an organisation. Raises Failed HT4103."""
    record = find_organisation(view, message.name)
    if record is None:
        raise Failed(Code.ORGANISATION_UNKNOWN, organisation=message.name)
    return {"name": record.name, "title": record.title}


def answer_organisations(_: Nothing, view: StateView) -> list[str]:
    """Names of all organisations, at most 256."""
    prefix = state_keys.module(ModuleId.IDENTITY, keys.organisation(""))
    rows = view.scan(prefix, state_keys.after(prefix))
    return [key[len(prefix) :].decode() for key, _ in zip((row[0] for row in rows), range(256), strict=False)]


def answer_key_owner(message: ByAddress, view: StateView) -> dict[str, Any] | None:
    """Member and state of a key address, None when it was never used."""
    owner = find_key_owner(view, message.address)
    return {"member": owner.member, "active": owner.active} if owner else None
