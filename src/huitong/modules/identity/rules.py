"""Rules of the module's messages: check_alone, check_against, apply."""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from huitong.crypto import Suite, check_suite_key, encryption_kind, key_address, verify
from huitong.kernel import At, Effect
from huitong.state import StateView
from huitong.types import Code, Failed, HuitongError, KeyOwner, Member, Organisation, encode, hex_text
from huitong.types.limits import MAX_ORGANISATION_BYTES, MAX_ROLE_BYTES, MAX_ROLES
from huitong.types.registry import PROTOCOL_VERSION, Tag

from . import keys
from .errors import invalid, member_unknown, permission_missing
from .messages import AddMember, AddOrganisation, DeactivateMember, RotateKey, SetEncryptionKey, SetRoles
from .queries import find_key_owner, find_member, find_organisation, read

ADMIN: Final = "admin"
_MEMBER_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_ORGANISATION_NAME: Final = re.compile(rf"[a-z][a-z0-9-]{{0,{MAX_ORGANISATION_BYTES - 2}}}[a-z0-9]")
_ROLE: Final = re.compile(rf"[a-z][a-z0-9-]{{0,{MAX_ROLE_BYTES - 1}}}")


def check_member_name(name: str) -> None:
    """Refuse names that could be mistaken for others. Raises Failed HT4004."""
    if not _MEMBER_NAME.fullmatch(name):
        raise invalid(f"member name {name[:64]!r} is not a-z, 0-9, '.', '_', '-', at most 63")


def check_organisation_name(name: str) -> None:
    """Refuse names that are no label. Raises Failed HT4004."""
    if not _ORGANISATION_NAME.fullmatch(name):
        raise invalid(f"organisation name {name[:64]!r} is not 2 to 64 of a-z, 0-9 and '-'")


def check_roles(roles: Iterable[str]) -> None:
    """Refuse too many, double or ill-formed roles. Raises Failed HT4004."""
    listed = list(roles)
    if len(listed) > MAX_ROLES or len(set(listed)) != len(listed) or not all(map(_ROLE.fullmatch, listed)):
        raise invalid(f"roles are at most {MAX_ROLES} different names of a-z, 0-9 and '-'")


def check_key(suite: Suite, kind: int, public_key: bytes) -> None:
    """Refuse a key that this chain cannot verify with. Raises Failed HT4105."""
    try:
        check_suite_key(suite, kind, public_key)
    except HuitongError as error:
        raise Failed(Code.KEY_INVALID, **error.data) from None


def check_encryption_key(suite: Suite, public_key: bytes) -> int:
    """Kind of an encryption key, 0 for none. Raises Failed HT4105."""
    try:
        return encryption_kind(suite, public_key)
    except HuitongError as error:
        raise Failed(Code.KEY_INVALID, **error.data) from None


def possession_bytes(suite: Suite, chain_id: str, subject: bytes, public_key: bytes) -> bytes:
    """What a new key signs to show that its owner asked for it. subject: member address or name@organisation."""
    return Tag.ROTATION + chain_id.encode() + b"\0" + suite.hash(subject) + public_key


def _require_admin(at: At, organisation: str | None, act: str) -> None:
    mine = at.caller.organisation
    if mine is None or ADMIN not in at.caller.roles or (organisation is not None and organisation != mine):
        raise permission_missing(act, f"role {ADMIN} of {organisation or 'an organisation'}")


def _require_member(view: StateView, address: bytes) -> Member:
    member = find_member(view, address)
    if member is None:
        raise member_unknown(hex_text(address))
    return member


def _require_active(view: StateView, address: bytes, act: str) -> Member:
    """The caller's own record; an earlier call of the same transaction may have ended the membership."""
    member = _require_member(view, address)
    if not member.active:
        raise permission_missing(act, "an active membership")
    return member


def _admin_count(view: StateView, organisation: str) -> int:
    return int.from_bytes(read(view, keys.admins(organisation)) or b"", "big")


def _admin_change(view: StateView, before: Member | None, after: Member) -> dict[bytes, bytes | None]:
    was = before is not None and before.active and ADMIN in before.roles
    becomes = after.active and ADMIN in after.roles
    if was == becomes:
        return {}
    count = _admin_count(view, after.organisation) + (1 if becomes else -1)
    return {keys.admins(after.organisation): count.to_bytes(4, "big")}


def _refuse_losing_last_admin(view: StateView, before: Member, after: Member) -> None:
    if _admin_change(view, before, after) and ADMIN in before.roles and _admin_count(view, before.organisation) == 1:
        raise Failed(Code.LAST_ADMIN, organisation=before.organisation)


class _Rule:
    """What all handlers have: gas, the message's type and the suite."""

    def __init__(self, suite: Suite, gas: int, message: type[Any]) -> None:
        self.suite = suite
        self.gas = gas
        self.message = message

    def _check_new_key(self, view: StateView, at: At, subject: bytes, message: AddMember | RotateKey) -> None:
        address = key_address(self.suite, message.key_kind, message.public_key)
        if find_key_owner(view, address) is not None:
            raise Failed(Code.KEY_USED_BEFORE, key=hex_text(address))
        signed = possession_bytes(self.suite, at.block.chain_id, subject, message.public_key)
        if not verify(message.key_kind, message.public_key, signed, message.possession):
            raise Failed(Code.POSSESSION_NOT_PROVED, key=hex_text(address))

    def _check_member_alone(self, message: AddMember) -> None:
        check_member_name(message.name)
        check_roles(message.roles)
        check_key(self.suite, message.key_kind, message.public_key)
        check_encryption_key(self.suite, message.encryption_key)

    def _check_member_against(self, message: AddMember, view: StateView, at: At, organisation: str) -> None:
        if read(view, keys.member_name(organisation, message.name)) is not None:
            raise Failed(Code.MEMBER_EXISTS, name=f"{message.name}@{organisation}")
        self._check_new_key(view, at, f"{message.name}@{organisation}".encode(), message)

    def _admit(self, message: AddMember, view: StateView, organisation: str) -> Effect:
        """Write a member's record and its two index entries; the value is the address."""
        address = key_address(self.suite, message.key_kind, message.public_key)
        record = Member(
            version=PROTOCOL_VERSION,
            name=message.name,
            organisation=organisation,
            roles=message.roles,
            key_kind=message.key_kind,
            public_key=message.public_key,
            encryption_kind=encryption_kind(self.suite, message.encryption_key),
            encryption_key=message.encryption_key,
            certificate=b"",
            did="",
            active=True,
        )
        writes: dict[bytes, bytes | None] = {
            keys.member(address): encode(record),
            keys.member_name(organisation, message.name): address,
            keys.key_owner(address): encode(KeyOwner(address, active=True)),
            **_admin_change(view, None, record),
        }
        event = {"member": address, "name": f"{message.name}@{organisation}", "roles": list(message.roles)}
        return Effect(writes, (("MemberAdded", event),), address)


class AddOrganisationRule(_Rule):
    """A new organisation with its first admin, who agrees by the proof of possession."""

    def check_alone(self, message: AddOrganisation) -> None:
        """Names, titles, and that the first member is an admin."""
        check_organisation_name(message.name)
        if not 0 < len(message.title) <= MAX_ORGANISATION_BYTES:
            raise invalid("the title is empty or too long")
        self._check_member_alone(message.admin)
        if ADMIN not in message.admin.roles:
            raise invalid(f"the first member of an organisation has the role {ADMIN}")

    def check_against(self, message: AddOrganisation, view: StateView, at: At) -> None:
        """An admin asks, the name is free, and the first admin's key is good."""
        _require_admin(at, None, "add_organisation")
        if find_organisation(view, message.name) is not None:
            raise Failed(Code.MEMBER_EXISTS, name=message.name)
        self._check_member_against(message.admin, view, at, message.name)

    def apply(self, message: AddOrganisation, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Write both records; the value is the first admin's address."""
        record = Organisation(PROTOCOL_VERSION, message.name, message.title)
        admitted = self._admit(message.admin, view, message.name)
        writes = {keys.organisation(message.name): encode(record), **admitted.writes}
        return Effect(writes, (("OrganisationAdded", {"name": message.name}), *admitted.events), admitted.value)


class AddMemberRule(_Rule):
    """A new member of the caller's organisation."""

    def check_alone(self, message: AddMember) -> None:
        """Names, roles and keys."""
        self._check_member_alone(message)

    def check_against(self, message: AddMember, view: StateView, at: At) -> None:
        """An admin asks, the name is free, the key was never used and its owner agrees."""
        organisation = at.caller.organisation
        _require_admin(at, organisation, "add_member")
        self._check_member_against(message, view, at, organisation or "")

    def apply(self, message: AddMember, view: StateView, at: At) -> Effect:
        """Write the record and its index entries; the value is the address."""
        return self._admit(message, view, at.caller.organisation or "")


class SetRolesRule(_Rule):
    """Other roles for a member."""

    def check_alone(self, message: SetRoles) -> None:
        """Form of the roles."""
        check_roles(message.roles)

    def check_against(self, message: SetRoles, view: StateView, at: At) -> None:
        """An admin of the member's organisation asks, and one admin is left."""
        member = _require_member(view, message.member)
        _require_admin(at, member.organisation, "set_roles")
        _refuse_losing_last_admin(view, member, msgspec.structs.replace(member, roles=message.roles))

    def apply(self, message: SetRoles, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Write the record."""
        before = _require_member(view, message.member)
        after = msgspec.structs.replace(before, roles=message.roles)
        writes = {keys.member(message.member): encode(after), **_admin_change(view, before, after)}
        event = {"member": message.member, "roles": list(message.roles)}
        return Effect(writes, (("RolesSet", event),), None)


class DeactivateMemberRule(_Rule):
    """The end of a membership."""

    def check_alone(self, message: DeactivateMember) -> None:
        """Nothing to check."""

    def check_against(self, message: DeactivateMember, view: StateView, at: At) -> None:
        """An admin of the member's organisation asks, and one admin is left."""
        member = _require_member(view, message.member)
        _require_admin(at, member.organisation, "deactivate_member")
        _refuse_losing_last_admin(view, member, msgspec.structs.replace(member, active=False))

    def apply(self, message: DeactivateMember, view: StateView, at: At) -> Effect:
        """Write the record and retire its key."""
        before = _require_member(view, message.member)
        after = msgspec.structs.replace(before, active=False)
        key = key_address(self.suite, before.key_kind, before.public_key)
        writes = {
            keys.member(message.member): encode(after),
            keys.key_owner(key): encode(KeyOwner(message.member, active=False)),
            **_admin_change(view, before, after),
        }
        event = {"member": message.member, "by": at.caller.address}
        return Effect(writes, (("MemberDeactivated", event),), None)


class RotateKeyRule(_Rule):
    """The caller's next signing key; the address stays."""

    def check_alone(self, message: RotateKey) -> None:
        """Form of the key."""
        check_key(self.suite, message.key_kind, message.public_key)

    def check_against(self, message: RotateKey, view: StateView, at: At) -> None:
        """A member asks; the key was never used and its owner agrees."""
        _require_active(view, at.caller.address, "rotate_key")
        self._check_new_key(view, at, at.caller.address, message)

    def apply(self, message: RotateKey, view: StateView, at: At) -> Effect:
        """Write the record, retire the former key, enter the new one."""
        address = at.caller.address
        before = _require_member(view, address)
        # a certificate is of one key: the next one is shown again
        after = msgspec.structs.replace(
            before, key_kind=message.key_kind, public_key=message.public_key, certificate=b""
        )
        former = key_address(self.suite, before.key_kind, before.public_key)
        key = key_address(self.suite, message.key_kind, message.public_key)
        writes = {
            keys.member(address): encode(after),
            keys.key_owner(former): encode(KeyOwner(address, active=False)),
            keys.key_owner(key): encode(KeyOwner(address, active=True)),
        }
        return Effect(writes, (("KeyRotated", {"member": address, "key": key}),), None)


class SetEncryptionKeyRule(_Rule):
    """The caller's key that others encrypt to."""

    def check_alone(self, message: SetEncryptionKey) -> None:
        """Form of the key."""
        check_encryption_key(self.suite, message.encryption_key)

    def check_against(self, message: SetEncryptionKey, view: StateView, at: At) -> None:  # noqa: ARG002 - the phases share one form
        """A member asks."""
        _require_active(view, at.caller.address, "set_encryption_key")

    def apply(self, message: SetEncryptionKey, view: StateView, at: At) -> Effect:
        """Write the record."""
        address = at.caller.address
        kind = encryption_kind(self.suite, message.encryption_key)
        before = _require_member(view, address)
        after = msgspec.structs.replace(before, encryption_kind=kind, encryption_key=message.encryption_key)
        return Effect({keys.member(address): encode(after)}, (("EncryptionKeySet", {"member": address}),), None)
