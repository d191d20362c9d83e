"""Addresses and identifiers by the rules of the registry."""

import hashlib

import pytest

from huitong.crypto import (
    INTERNATIONAL,
    contract_address,
    keccak256,
    key_address,
    module_address,
    private_key,
    transaction_id,
)
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind, ModuleId


def test_keccak_is_ethereums():
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@pytest.mark.parametrize(
    ("secret", "address"),
    [
        (1, "7e5f4552091a69125d5dfcb7b8c2659029395bdf"),
        (2, "2b5ad5c4795c026514f8317c7a215e218dccd6cf"),
        (
            0xAC0974BEC39A17E36BA4A6B4D238FF944BACB478CBED5EFCAE784D7BF4F2FF80,
            "f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
        ),
    ],
)
def test_secp256k1_has_the_ethereum_address(secret, address):
    key = private_key(KeyKind.SECP256K1, secret.to_bytes(32, "big"))
    assert key_address(INTERNATIONAL, key.kind, key.public_key).hex() == address


@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256])
def test_other_kinds_have_a_tagged_hash(kind):
    public_key = private_key(kind, b"\3" * 32).public_key
    expected = hashlib.sha256(b"huitong/address/1\0" + bytes((kind,)) + public_key).digest()[:20]
    assert key_address(INTERNATIONAL, kind, public_key) == expected


def test_what_is_no_key_has_no_address():
    for kind in (KeyKind.ED25519, KeyKind.P256, KeyKind.SECP256K1, KeyKind.SM2, 300):
        with pytest.raises(HuitongError) as caught:
            key_address(INTERNATIONAL, kind, bytes(32))
        assert caught.value.code is Code.KEY_INVALID


def test_contract_addresses_depend_on_chain_transaction_and_call():
    tx_id = hashlib.sha256(b"tx").digest()
    address = contract_address(INTERNATIONAL, "demo-1", tx_id, 2)
    preimage = b"huitong/contract/1\0" + b"demo-1" + tx_id + b"\0\0\0\2"
    assert address == hashlib.sha256(preimage).digest()[-20:]
    others = {
        contract_address(INTERNATIONAL, "demo-2", tx_id, 2),
        contract_address(INTERNATIONAL, "demo-1", hashlib.sha256(tx_id).digest(), 2),
        contract_address(INTERNATIONAL, "demo-1", tx_id, 3),
    }
    assert len(others | {address}) == 4


def test_module_addresses_are_reserved():
    assert module_address(ModuleId.IDENTITY) == b"\xff" * 16 + b"HT\0\2"
    assert module_address(ModuleId.BENCH) == b"\xff" * 16 + b"HT\xff\xff"


def test_transaction_id_is_the_hash_of_the_sign_bytes():
    assert transaction_id(INTERNATIONAL, b"body") == hashlib.sha256(b"huitong/tx/1\0body").digest()
