"""Records of organisations, members and gateways as they stand in state."""

import msgspec


class Organisation(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """[version, name, title]. name: lower-case letters, digits and "-"; title: shown to people."""

    version: int
    name: str
    title: str


class Member(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """A member record: binds an address to its current keys, organisation and roles.

    name: shown as name@organisation, unique within it. key_kind, public_key: `registry.KeyKind`.
    encryption_kind, encryption_key: `registry.EncryptionKind`, 0 and empty when there is none. certificate: DER,
    empty when none; did: empty when none. active: false after it was removed.
    """

    version: int
    name: str
    organisation: str
    roles: tuple[str, ...]
    key_kind: int
    public_key: bytes
    encryption_kind: int
    encryption_key: bytes
    certificate: bytes
    did: str
    active: bool


class KeyOwner(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """Index entry of a key address: [member address, active]. A retired key address is never used again."""

    member: bytes
    active: bool


class Gateway(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """A gateway that may sign envelopes: its key, organisation and quota per block."""

    version: int
    organisation: str
    key_kind: int
    public_key: bytes
    max_gas_per_block: int
    max_bytes_per_block: int
    active: bool


class GatewayWindow(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """Used sequence numbers of a gateway: the highest, and 1,024 bits; bit i (from the low end) = highest - i."""

    highest: int
    used: bytes
