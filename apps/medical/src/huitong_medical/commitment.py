r"""Salted commitments and the canonical form of resources.

commitment = H("huitong-medical/commitment/1\0" || salt (32 bytes) || canonical bytes), H that of the chain's suite. A
fresh random salt per record, version and resource type: without it nobody can test a guess of the contents against the
chain, and when the salt is destroyed the commitment says nothing for ever.
"""

import json
from decimal import Decimal
from hmac import compare_digest
from typing import Any, Final

from .errors import BundleInvalid, CommitmentMismatch
from .protection import INTERNATIONAL, Protection

__all__ = ["SALT_BYTES", "canonical", "check_commitment", "commit", "decode_resources"]

SALT_BYTES: Final = 32
_TAG: Final = b"huitong-medical/commitment/1\0"
_MAX_DEPTH: Final = 64


def commit(salt: bytes, contents: bytes, protection: Protection = INTERNATIONAL) -> bytes:
    """Return the 32-byte commitment to contents under a salt of 32 bytes."""
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return protection.digest(_TAG + salt + contents)


def check_commitment(commitment: bytes, salt: bytes, contents: bytes, protection: Protection = INTERNATIONAL) -> None:
    """Compare contents with a commitment from the chain. Raises CommitmentMismatch."""
    found = commit(salt, contents, protection)
    if not compare_digest(commitment, found):
        raise CommitmentMismatch(expected=commitment.hex(), found=found.hex())


def canonical(value: Any) -> bytes:
    """Encode parsed JSON in one form: UTF-8, members sorted by code points, no white space, decimals digit by digit.

    FHIR says that the digits of a decimal matter (4.50 is not 4.5), so decimals come as `Decimal`; floats are refused.
    Raises BundleInvalid for another kind of value or for nesting deeper than 64.
    """
    return "".join(_pieces(value, 0)).encode()


def _pieces(value: Any, depth: int) -> list[str]:
    if depth > _MAX_DEPTH:
        raise BundleInvalid(reason="nested too deeply")
    if value is None or isinstance(value, bool | int | str):
        return [json.dumps(value, ensure_ascii=False)]
    if isinstance(value, Decimal) and value.is_finite():
        return [str(value)]
    if isinstance(value, list):
        return _joined("[", [_pieces(item, depth + 1) for item in value], "]")
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        members = [[*_pieces(name, depth), ":", *_pieces(value[name], depth + 1)] for name in sorted(value)]
        return _joined("{", members, "}")
    raise BundleInvalid(reason=f"a {type(value).__name__} has no place in a resource")


def _joined(start: str, parts: list[list[str]], end: str) -> list[str]:
    pieces = [start]
    for number, part in enumerate(parts):
        if number:
            pieces.append(",")
        pieces.extend(part)
    return [*pieces, end]


def decode_resources(contents: bytes) -> list[dict[str, Any]]:
    """Decode the canonical bytes of a list of resources. Raises BundleInvalid."""
    try:
        value = json.loads(contents, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise BundleInvalid(reason="no JSON") from None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise BundleInvalid(reason="no list of resources")
    return value
