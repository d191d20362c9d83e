"""Suites, keys, signatures, Merkle trees, and what light clients compute."""

from . import merkle
from .address import contract_address, keccak256, key_address, module_address, transaction_id
from .keys import PrivateKey, check_public_key, private_key
from .merkle import Step
from .signature import verify
from .suite import INTERNATIONAL, HashFunction, Suite, sha256, suite

__all__ = [
    "INTERNATIONAL",
    "HashFunction",
    "PrivateKey",
    "Step",
    "Suite",
    "check_public_key",
    "contract_address",
    "keccak256",
    "key_address",
    "merkle",
    "module_address",
    "private_key",
    "sha256",
    "suite",
    "transaction_id",
    "verify",
]
