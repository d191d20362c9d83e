"""Private keys sign as the standards say; public keys are checked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import check_public_key, private_key, verify
from huitong.crypto.keys import P256_ORDER, SECP256K1_ORDER
from huitong.crypto.sm2_curve import ORDER as SM2_ORDER
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]
RFC_6979_P256_SECRET = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
RFC_6979_P256 = [
    (
        b"sample",
        0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
        0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
    ),
    (
        b"test",
        0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
        0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083,
    ),
]
KINDS = (KeyKind.ED25519, KeyKind.P256, KeyKind.SECP256K1, KeyKind.SM2)


@pytest.mark.parametrize(("secret", "public_key", "message", "signature"), RFC_8032)
def test_ed25519_signs_as_rfc_8032_says(secret, public_key, message, signature):
    key = private_key(KeyKind.ED25519, bytes.fromhex(secret))
    assert key.public_key.hex() == public_key
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert verify(key.kind, key.public_key, bytes.fromhex(message), bytes.fromhex(signature))


@pytest.mark.parametrize(("message", "r", "s"), RFC_6979_P256)
def test_p256_signs_as_rfc_6979_says_with_low_s(message, r, s):
    key = private_key(KeyKind.P256, bytes.fromhex(RFC_6979_P256_SECRET))
    low = min(s, P256_ORDER - s)
    assert key.sign(message) == r.to_bytes(32, "big") + low.to_bytes(32, "big")
    assert key.public_key.hex() == "0360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"


def test_secp256k1_signs_with_the_nonce_of_rfc_6979():
    key = private_key(KeyKind.SECP256K1, bytes(31) + b"\1")
    assert key.public_key.hex() == "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    assert key.sign(b"Satoshi Nakamoto").hex() == (
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
        "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"
    )


@given(st.sampled_from(KINDS), st.binary(min_size=32, max_size=32), st.binary(max_size=300))
@settings(deadline=None)
def test_signatures_are_deterministic_and_hold(kind, secret, message):
    secret = b"\1" + secret[1:]
    key = private_key(kind, secret)
    signature = key.sign(message)
    assert (len(signature), key.kind) == (64, kind)
    assert signature == private_key(kind, secret).sign(message)
    check_public_key(kind, key.public_key)
    assert verify(kind, key.public_key, message, signature)
    assert not verify(kind, key.public_key, message + b".", signature)


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        (KeyKind.ED25519, bytes(31)),
        (KeyKind.ED25519, bytes(33)),
        (KeyKind.P256, bytes(31)),
        (KeyKind.P256, bytes(32)),
        (KeyKind.P256, P256_ORDER.to_bytes(32, "big")),
        (KeyKind.SECP256K1, bytes(32)),
        (KeyKind.SECP256K1, SECP256K1_ORDER.to_bytes(32, "big")),
        (KeyKind.SECP256K1, b"\xff" * 32),
        (KeyKind.SM2, bytes(32)),
        (KeyKind.SM2, (SM2_ORDER - 1).to_bytes(32, "big")),
        (KeyKind.SECP256K1_EIP712, b"\1" * 32),
        (77, b"\1" * 32),
    ],
)
def test_secrets_out_of_range_and_reserved_kinds_are_refused(kind, secret):
    with pytest.raises(HuitongError) as caught:
        private_key(kind, secret)
    assert caught.value.code is Code.KEY_INVALID
    assert secret.hex() not in str(caught.value.data)


def test_a_key_does_not_show_its_secret():
    for kind in KINDS:
        assert (b"\x2a" * 32).hex() not in repr(private_key(kind, b"\x2a" * 32))


ED25519_PRIME = 2**255 - 19
NO_POINTS = {
    "empty": (KeyKind.ED25519, b""),
    "short": (KeyKind.ED25519, b"\x11" * 31),
    "long": (KeyKind.ED25519, b"\x11" * 33),
    "identity": (KeyKind.ED25519, b"\1" + bytes(31)),
    "order two": (KeyKind.ED25519, (ED25519_PRIME - 1).to_bytes(32, "little")),
    "order four": (KeyKind.ED25519, bytes(32)),
    "not canonical": (KeyKind.ED25519, (ED25519_PRIME + 3).to_bytes(32, "little")),
    "not on the curve": (KeyKind.ED25519, b"\2" + bytes(31)),
    "p256 short": (KeyKind.P256, b"\2" * 32),
    "p256 uncompressed": (KeyKind.P256, b"\4" + bytes(64)),
    "p256 infinity": (KeyKind.P256, bytes(1)),
    "p256 prefix": (KeyKind.P256, b"\4" + bytes(32)),
    "p256 x above the field": (KeyKind.P256, b"\2" + b"\xff" * 32),
    "p256 not on the curve": (KeyKind.P256, b"\2" + bytes(31) + b"\1"),
    "secp256k1 short": (KeyKind.SECP256K1, b"\2" * 32),
    "secp256k1 prefix": (KeyKind.SECP256K1, b"\6" + bytes(31) + b"\1"),
    "secp256k1 not on the curve": (KeyKind.SECP256K1, b"\2" + bytes(31) + b"\5"),
    "secp256k1 x above the field": (KeyKind.SECP256K1, b"\2" + b"\xff" * 32),
    "sm2 not on the curve": (KeyKind.SM2, b"\4" + b"\1" * 64),
    "wallet": (KeyKind.SECP256K1_EIP712, b"\2" * 33),
    "unknown kind": (0, b"\2" * 32),
}


@pytest.mark.parametrize("name", NO_POINTS)
def test_what_is_no_public_key_is_refused_and_verifies_nothing(name):
    kind, public_key = NO_POINTS[name]
    with pytest.raises(HuitongError) as caught:
        check_public_key(kind, public_key)
    assert caught.value.code is Code.KEY_INVALID
    assert not verify(kind, public_key, b"message", b"\1" * 64)
