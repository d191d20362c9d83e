"""First state of the module."""

from collections.abc import Mapping

from huitong.crypto import check_public_key, key_address, suite
from huitong.types import Code, Failed, Genesis, HuitongError, KeyOwner, Member, encode
from huitong.types.registry import KeyKind

from . import keys
from .certificates import check_genesis_certificate
from .rules import check_member_name, check_organisation_name, check_roles


def genesis_writes(genesis: Genesis) -> Mapping[bytes, bytes]:
    """Organisations and members of the genesis document. Raises HT6102."""
    try:
        return _writes(genesis)
    except Failed as error:
        raise HuitongError(Code.GENESIS_INVALID, reason=str(error)) from None


def _writes(genesis: Genesis) -> Mapping[bytes, bytes]:
    chain_suite = suite(genesis.suite)
    writes: dict[bytes, bytes] = {}
    admins: dict[str, int] = {}
    for organisation in genesis.organisations:
        check_organisation_name(organisation.name)
        _put(writes, keys.organisation(organisation.name), encode(organisation), organisation.name)
        admins[organisation.name] = 0
    for member in genesis.members:
        if member.organisation not in admins:
            raise HuitongError(Code.GENESIS_INVALID, reason=f"organisation {member.organisation} is not declared")
        check_member_name(member.name)
        check_roles(member.roles)
        check_public_key(member.key_kind, member.public_key)
        if member.certificate and KeyKind.SM2 in chain_suite.key_kinds:
            _check_certificate(member)
        address = key_address(chain_suite, member.key_kind, member.public_key)
        _put(writes, keys.member(address), encode(member), f"{member.name}@{member.organisation}")
        _put(writes, keys.member_name(member.organisation, member.name), address, member.name)
        writes[keys.key_owner(address)] = encode(KeyOwner(address, active=True))
        admins[member.organisation] += int(member.active and "admin" in member.roles)
    for name, count in admins.items():
        writes[keys.admins(name)] = count.to_bytes(4, "big")
    return writes


def _check_certificate(member: Member) -> None:
    try:
        check_genesis_certificate(member)
    except HuitongError as error:
        who = f"{member.name}@{member.organisation}"
        raise HuitongError(Code.GENESIS_INVALID, reason=f"{who}: {error}") from None


def _put(writes: dict[bytes, bytes], key: bytes, value: bytes, what: str) -> None:
    if key in writes:
        raise HuitongError(Code.GENESIS_INVALID, reason=f"{what} stands twice in the document")
    writes[key] = value
