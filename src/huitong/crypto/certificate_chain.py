"""Whether a certificate is to be trusted: its chain up to a root, at a time, under revocation lists (RFC 5280, 6.1).

Names are compared by their bytes. Policies and name constraints are not read; marked critical they are refused.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from .certificate import (
    CRL_SIGN,
    DIGITAL_SIGNATURE,
    KEY_CERT_SIGN,
    UNLIMITED,
    Certificate,
    RevocationList,
    invalid,
    parse_certificate,
    parse_revocation_list,
    signed_by,
)

MAX_CHAIN: Final = 6
"""Certificates from a member's to the root's."""


def verify_chain(
    chain: Sequence[bytes], roots: Sequence[bytes], time_s: int, lists: Sequence[bytes] = ()
) -> Certificate:
    """Check a chain and return its first certificate, the member's.

    chain: DER, each certificate followed by its issuer's; the root itself may be left out. roots: DER, trusted as they
    are. time_s: at which all must be valid, seconds since 1970. lists: DER revocation lists; an issuer without one
    counts as one that has revoked nothing. Raises HT4108 with the reason, HT6107.
    """
    if not 0 < len(chain) <= MAX_CHAIN:
        raise invalid(f"a chain has 1 to {MAX_CHAIN} certificates")
    parsed = _to_root([parse_certificate(raw) for raw in chain], [parse_certificate(raw) for raw in roots])
    known = [parse_revocation_list(raw) for raw in lists]
    leaf = parsed[0]
    if leaf.usages is not None and DIGITAL_SIGNATURE not in leaf.usages:
        raise invalid(f"{_shown(leaf)} may not sign")
    for one in parsed:
        if not one.not_before <= time_s <= one.not_after:
            raise invalid(f"{_shown(one)} is not valid at this time")
    for below, (one, issuer) in enumerate(pairwise(parsed)):
        _check_issuer(one, issuer, below)
        _check_revocation(one, issuer, known, time_s)
    return leaf


def _to_root(chain: list[Certificate], roots: list[Certificate]) -> list[Certificate]:
    """Chain with a trusted root at its end."""
    last = chain[-1]
    if any(root.raw == last.raw for root in roots):
        return chain
    for root in roots:
        if root.subject == last.issuer and signed_by(last.tbs, last.signature, root.public_key):
            return [*chain, root]
    raise invalid(f"{_shown(last)} was issued by nobody who is trusted")


def _check_issuer(one: Certificate, issuer: Certificate, below: int) -> None:
    """One certificate was issued by the next. below: authorities between the member and this issuer."""
    if not issuer.authority or (issuer.usages is not None and KEY_CERT_SIGN not in issuer.usages):
        raise invalid(f"{_shown(issuer)} may not issue certificates")
    if issuer.path_length != UNLIMITED and issuer.path_length < below:
        raise invalid(f"{_shown(issuer)} may not stand so high in a chain")
    if one.issuer != issuer.subject:
        raise invalid(f"{_shown(one)} names another issuer")
    if one.authority_key_id and issuer.subject_key_id and one.authority_key_id != issuer.subject_key_id:
        raise invalid(f"{_shown(one)} names another key of its issuer")
    if not signed_by(one.tbs, one.signature, issuer.public_key):
        raise invalid(f"{_shown(one)} is not signed by its issuer")


def _check_revocation(one: Certificate, issuer: Certificate, lists: list[RevocationList], time_s: int) -> None:
    for known in lists:
        if known.issuer != issuer.subject:
            continue
        may_sign = issuer.usages is None or CRL_SIGN in issuer.usages
        if not may_sign or not signed_by(known.tbs, known.signature, issuer.public_key):
            raise invalid(f"the revocation list of {_shown(issuer)} is not signed by it")
        if not known.this_update <= time_s <= known.next_update:
            raise invalid(f"the revocation list of {_shown(issuer)} is not of this time")
        if one.serial in known.revoked:
            raise invalid(f"{_shown(one)} was revoked")


def _shown(one: Certificate) -> str:
    return f"certificate {one.serial:x} of {one.common_name[:64]!r}"
