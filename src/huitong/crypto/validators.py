"""Validator sets as CometBFT 0.38 hashes and writes them. Consensus keys are Ed25519."""

import hashlib
from collections.abc import Sequence
from typing import Final

from huitong.types import Code, ProofInvalid, Validator
from huitong.types.limits import MAX_VALIDATORS

from . import merkle
from .protobuf import integer, message, octets
from .suite import sha256

MAX_TOTAL_POWER: Final = (2**63 - 1) // 8
"""CometBFT's bound of the sum of voting powers."""

_ADDRESS_BYTES: Final = 20
_KEY_BYTES: Final = 32


def validator_address(public_key: bytes) -> bytes:
    """First 20 bytes of SHA-256 of the Ed25519 public key."""
    return hashlib.sha256(public_key).digest()[:_ADDRESS_BYTES]


def order_validators(validators: Sequence[Validator]) -> tuple[Validator, ...]:
    """CometBFT's order: power down, address up. Signatures of a commit stand in this order."""
    return tuple(sorted(validators, key=lambda item: (-item.power, validator_address(item.public_key))))


def check_validators(validators: Sequence[Validator]) -> None:
    """Check a set: not empty, in order, no key twice, keys of 32 bytes, powers above 0, sum within the bound.

    Raises ProofInvalid HT7006.
    """
    if not 0 < len(validators) <= MAX_VALIDATORS:
        raise _invalid(f"{len(validators)} validators, not 1 to {MAX_VALIDATORS}")
    if any(len(item.public_key) != _KEY_BYTES or item.power <= 0 for item in validators):
        raise _invalid("a validator's key is not 32 bytes or its power is not above 0")
    if len({item.public_key for item in validators}) != len(validators):
        raise _invalid("a validator's key occurs twice")
    if total_power(validators) > MAX_TOTAL_POWER:
        raise _invalid("the sum of the voting powers is too large")
    if tuple(validators) != order_validators(validators):
        raise _invalid("the validators are not in order (power down, address up)")


def _invalid(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.HEADER_INVALID, reason=reason)


def total_power(validators: Sequence[Validator]) -> int:
    """Sum of the voting powers."""
    return sum(item.power for item in validators)


def public_key_bytes(public_key: bytes) -> bytes:
    """tendermint.crypto.PublicKey: the oneof's field ed25519 = 1."""
    return octets(1, public_key)


def validators_hash(validators: Sequence[Validator]) -> bytes:
    """RFC 6962 root over SimpleValidator{pub_key 1, voting_power 2} in CometBFT's order, SHA-256."""
    leaves = [
        message(1, public_key_bytes(item.public_key)) + integer(2, item.power) for item in order_validators(validators)
    ]
    return merkle.root(leaves, sha256)


def validator_bytes(validator: Validator) -> bytes:
    """tendermint.types.Validator{address 1, pub_key 2, voting_power 3}; the proposer priority 0 is left out."""
    return (
        octets(1, validator_address(validator.public_key))
        + message(2, public_key_bytes(validator.public_key))
        + integer(3, validator.power)
    )


def validator_set_bytes(validators: Sequence[Validator], proposer: Validator) -> bytes:
    """tendermint.types.ValidatorSet{validators 1, proposer 2, total_voting_power 3}.

    ibc-go refuses a set without proposer.
    """
    return (
        b"".join(message(1, validator_bytes(item)) for item in order_validators(validators))
        + message(2, validator_bytes(proposer))
        + integer(3, total_power(validators))
    )
