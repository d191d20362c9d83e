"""Certificates of members, on chains whose suite has them: whom an organisation trusts, and what a member shows.

A certificate says who holds a key; rights come from the record alone. It is checked when it is set, at the time of the
block. A revocation that comes later ends nothing by itself: an admin deactivates the member.
"""

from typing import Final

import msgspec

from huitong.crypto.certificate import Certificate, parse_certificate, parse_revocation_list
from huitong.crypto.certificate_chain import MAX_CHAIN, verify_chain
from huitong.kernel import At, Effect
from huitong.state import StateView
from huitong.types import Code, Failed, HuitongError, Member, decode_scanned, encode
from huitong.types.registry import PROTOCOL_VERSION, KeyKind

from . import keys
from .errors import invalid, member_unknown, permission_missing
from .queries import find_member, read

MAX_ROOTS: Final = 4
MAX_LISTS: Final = 4
MAX_LIST_BYTES: Final = 16 * 1024
_SECOND: Final = 10**9
_ROLE: Final = "admin"


class CertificateTrust(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Whom an organisation trusts: [version, DER of roots, DER of revocation lists]."""

    version: int
    roots: tuple[bytes, ...]
    lists: tuple[bytes, ...]


class SetTrust(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Replace the roots (at most 4) and revocation lists (at most 4 of 16 KiB) of the caller's organisation."""

    roots: tuple[bytes, ...]
    lists: tuple[bytes, ...]


class SetCertificate(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The caller's certificate and those of its issuers in order, the root may be left out; empty for none."""

    chain: tuple[bytes, ...]


class SetTrustRule:
    """Roots and revocation lists of an organisation."""

    message = SetTrust

    def __init__(self, gas: int) -> None:
        self.gas = gas

    def check_alone(self, message: SetTrust) -> None:
        """Form of all certificates and lists."""
        if len(message.roots) > MAX_ROOTS or len(message.lists) > MAX_LISTS:
            raise invalid(f"there are at most {MAX_ROOTS} roots and {MAX_LISTS} revocation lists")
        if any(len(raw) > MAX_LIST_BYTES for raw in message.lists):
            raise invalid(f"a revocation list is longer than {MAX_LIST_BYTES} bytes")
        try:
            authorities = [parse_certificate(raw).authority for raw in message.roots]
            for raw in message.lists:
                parse_revocation_list(raw)
        except HuitongError as error:
            raise _failed(error) from None
        if not all(authorities):
            raise Failed(Code.CERTIFICATE_INVALID, reason="a root is no authority")

    def check_against(self, message: SetTrust, view: StateView, at: At) -> None:  # noqa: ARG002 - the phases share one form
        """An active admin asks."""
        if _ROLE not in _caller(view, at, "set_trust").roles:
            raise permission_missing("set_trust", f"role {_ROLE} of an organisation")

    def apply(self, message: SetTrust, view: StateView, at: At) -> Effect:
        """Write the record; without roots it is deleted."""
        organisation = _caller(view, at, "set_trust").organisation
        trust = encode(CertificateTrust(PROTOCOL_VERSION, message.roots, message.lists)) if message.roots else None
        event = {"organisation": organisation, "roots": len(message.roots), "lists": len(message.lists)}
        return Effect({keys.certificate_trust(organisation): trust}, (("TrustSet", event),), None)


class SetCertificateRule:
    """The caller's certificate."""

    message = SetCertificate

    def __init__(self, gas: int) -> None:
        self.gas = gas

    def check_alone(self, message: SetCertificate) -> None:
        """Length of the chain."""
        if len(message.chain) > MAX_CHAIN:
            raise invalid(f"a chain has at most {MAX_CHAIN} certificates")

    def check_against(self, message: SetCertificate, view: StateView, at: At) -> None:
        """The certificate is of the caller's key, and issued under a root of the caller's organisation."""
        member = _caller(view, at, "set_certificate")
        if not message.chain:
            return
        raw = read(view, keys.certificate_trust(member.organisation))
        trust = decode_scanned(raw, CertificateTrust) if raw else CertificateTrust(PROTOCOL_VERSION, (), ())
        try:
            found = verify_chain(message.chain, trust.roots, at.block.time_ns // _SECOND, trust.lists)
            check_owner(found, member)
        except HuitongError as error:
            raise _failed(error) from None

    def apply(self, message: SetCertificate, view: StateView, at: At) -> Effect:
        """Write the record."""
        address = at.caller.address
        certificate = message.chain[0] if message.chain else b""
        after = msgspec.structs.replace(_caller(view, at, "set_certificate"), certificate=certificate)
        return Effect({keys.member(address): encode(after)}, (("CertificateSet", {"member": address}),), None)


def check_owner(certificate: Certificate, member: Member) -> None:
    """The certificate is of the member's signing key. Raises HT4108."""
    if member.key_kind != KeyKind.SM2 or certificate.public_key != member.public_key:
        raise HuitongError(Code.CERTIFICATE_INVALID, reason="it is of another key than the member's")


def check_genesis_certificate(member: Member) -> None:
    """A certificate in a genesis document, which all organisations agreed on, is of the member's key. Raises HT4108."""
    check_owner(parse_certificate(member.certificate), member)


def _caller(view: StateView, at: At, act: str) -> Member:
    member = find_member(view, at.caller.address)
    if member is None:
        raise member_unknown("0x" + at.caller.address.hex())
    if not member.active:
        raise permission_missing(act, "an active membership")
    return member


def _failed(error: HuitongError) -> Failed:
    return Failed(error.code, **error.data)
