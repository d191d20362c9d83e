"""A small hierarchy of SM2 certificates: root, authority below it, member."""

from __future__ import annotations

from typing import Any

from huitong.crypto import private_key
from huitong.crypto.certificate_issue import Wanted, distinguished_name, issue_certificate, issue_revocation_list
from huitong.types.registry import KeyKind

BEGIN = 1_700_000_000
YEAR = 365 * 86_400
NOW = BEGIN + 100


def key(number: int) -> Any:
    return private_key(KeyKind.SM2, bytes((number,)) * 32)


ROOT_KEY, AUTHORITY_KEY, MEMBER_KEY, OTHER_KEY = map(key, (1, 2, 3, 4))
ROOT_NAME = distinguished_name("Root", "Ministry", "CN")
AUTHORITY_NAME = distinguished_name("Hospital A CA", "医院甲", "CN")
MEMBER_NAME = distinguished_name("alice@hospital-a")


def root(**changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "subject": ROOT_NAME,
        "public_key": ROOT_KEY.public_key,
        "serial": 1,
        "not_before": BEGIN,
        "not_after": BEGIN + 30 * YEAR,
        "authority": True,
    }
    return issue_certificate(Wanted(**(fields | changes)), ROOT_NAME, ROOT_KEY)


def authority(issuer: bytes = ROOT_NAME, signer: Any = ROOT_KEY, **changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "subject": AUTHORITY_NAME,
        "public_key": AUTHORITY_KEY.public_key,
        "serial": 2**120 + 7,
        "not_before": BEGIN,
        "not_after": BEGIN + 10 * YEAR,
        "authority": True,
        "path_length": 0,
    }
    return issue_certificate(Wanted(**(fields | changes)), issuer, signer)


def member(issuer: bytes = AUTHORITY_NAME, signer: Any = AUTHORITY_KEY, **changes: Any) -> bytes:
    fields: dict[str, Any] = {
        "subject": MEMBER_NAME,
        "public_key": MEMBER_KEY.public_key,
        "serial": 255,
        "not_before": BEGIN,
        "not_after": BEGIN + YEAR,
    }
    return issue_certificate(Wanted(**(fields | changes)), issuer, signer)


def revocations(
    *serials: int,
    issuer: bytes = AUTHORITY_NAME,
    signer: Any = AUTHORITY_KEY,
    period: tuple[int, int] = (BEGIN, BEGIN + YEAR),
) -> bytes:
    return issue_revocation_list(issuer, signer, 3, period, [(serial, BEGIN + 5) for serial in serials])
