"""State keys of the module, after its prefix."""


def organisation(name: str) -> bytes:
    """Record of an organisation."""
    return b"\x01" + name.encode()


def member(address: bytes) -> bytes:
    """Record of a member."""
    return b"\x02" + address


def key_owner(key_address: bytes) -> bytes:
    """Owner of a key, also of a retired one."""
    return b"\x03" + key_address


def member_name(organisation_name: str, name: str) -> bytes:
    """Address behind name@organisation."""
    return b"\x04" + organisation_name.encode() + b"\0" + name.encode()


def admins(organisation_name: str) -> bytes:
    """Number of active admins of an organisation, 4 bytes big-endian."""
    return b"\x05" + organisation_name.encode()


def certificate_trust(organisation_name: str) -> bytes:
    """Roots and revocation lists of an organisation."""
    return b"\x06" + organisation_name.encode()
