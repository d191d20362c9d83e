"""Messages of the module: arguments of calls to its address, in this order."""

import msgspec


class AddMember(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A member of the caller's organisation, or the first one of a new one.

    encryption_key: empty for none. possession: see README.md.
    """

    name: str
    roles: tuple[str, ...]
    key_kind: int
    public_key: bytes
    encryption_key: bytes
    possession: bytes


class AddOrganisation(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """name: a-z, 0-9 and "-", at most 64 bytes. title: shown to people. admin: its first member, with that role."""

    name: str
    title: str
    admin: AddMember


class SetRoles(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Replace the roles of a member."""

    member: bytes
    roles: tuple[str, ...]


class DeactivateMember(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The member's transactions are rejected from now on; its record and keys stay."""

    member: bytes


class RotateKey(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The caller's next key. possession: signature by the new key, see README.md."""

    key_kind: int
    public_key: bytes
    possession: bytes


class SetEncryptionKey(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The caller's key for encryption: X25519, 32 bytes, or under guomi SM2, 65 bytes; empty for none."""

    encryption_key: bytes
