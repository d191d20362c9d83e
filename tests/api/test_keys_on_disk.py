"""Keys on disk: forms, permissions, passwords, damage."""

import hashlib
import json
import os
import stat

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.api.keys import KeyFolder, kind_by_name
from huitong.api.keystore import DamagedKeyError, WrongPasswordError, open_pkcs8, open_v3, seal_v3
from huitong.crypto import keccak256, verify
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

KINDS = [KeyKind.ED25519, KeyKind.P256, KeyKind.SECP256K1]
SECRET = bytes(range(32))
CHEAP = 2**10

# The two test vectors of the Web3 Secret Storage Definition (version 3); password "testpassword". The scrypt one has
# n = 2^18 with r = 1, which RFC 7914 forbids and OpenSSL refuses; programs write r = 8.
PUBLISHED_SECRET = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"
PUBLISHED = {
    "pbkdf2": {
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "6087dab2f9fdbbfaddc31a909735c1e6"},
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
            "kdf": "pbkdf2",
            "kdfparams": {
                "c": 262144,
                "dklen": 32,
                "prf": "hmac-sha256",
                "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
            },
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    },
    "scrypt": {
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": "83dbcc02d8ccb40e466191a123791e0e"},
            "ciphertext": "d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
            "kdf": "scrypt",
            "kdfparams": {
                "dklen": 32,
                "n": 262144,
                "r": 1,
                "p": 8,
                "salt": "ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19",
            },
            "mac": "2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097",
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3,
    },
}


@pytest.fixture
def folder(tmp_path):
    return KeyFolder(tmp_path / "keys", scrypt_n=CHEAP)


def test_published_keystore_opens():
    assert open_v3(json.dumps(PUBLISHED["pbkdf2"]).encode(), "testpassword").hex() == PUBLISHED_SECRET


def test_keystore_with_forbidden_parameters_is_refused_not_a_fault():
    with pytest.raises(DamagedKeyError, match="RFC 7914"):
        open_v3(json.dumps(PUBLISHED["scrypt"]).encode(), "testpassword")


def test_keystore_is_what_the_definition_says():
    """Taken apart with another scrypt: key, ciphertext and MAC are where other programs look for them."""
    document = json.loads(seal_v3(SECRET, bytes(20), "pw", CHEAP))
    sealed, parameters = document["crypto"], document["crypto"]["kdfparams"]
    derived = hashlib.scrypt(b"pw", salt=bytes.fromhex(parameters["salt"]), n=CHEAP, r=8, p=1, dklen=32)
    ciphertext = bytes.fromhex(sealed["ciphertext"])
    assert keccak256(derived[16:] + ciphertext).hex() == sealed["mac"]
    stream = Cipher(AES(derived[:16]), CTR(bytes.fromhex(sealed["cipherparams"]["iv"]))).decryptor()
    assert stream.update(ciphertext) == SECRET
    assert (document["version"], document["address"]) == (3, "00" * 20)


@pytest.mark.parametrize("kind", KINDS)
def test_key_signs_after_it_was_kept(folder, kind):
    info = folder.add("alice", kind, SECRET, "correct horse")
    key = folder.open("alice", "correct horse")
    assert "0x" + key.public_key.hex() == info.public_key
    assert verify(kind, key.public_key, b"message", key.sign(b"message"))
    assert folder.list() == (info,)
    assert kind_by_name(info.kind) is kind


@pytest.mark.parametrize("kind", KINDS)
def test_created_keys_differ(folder, kind):
    assert folder.create("one", kind, "pw").public_key != folder.create("two", kind, "pw").public_key
    assert [info.name for info in folder.list()] == ["one", "two"]


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_readable_by_the_owner_only_even_under_a_lax_umask(folder, tmp_path, kind):
    before = os.umask(0)
    try:
        folder.add("alice", kind, SECRET, "pw")
    finally:
        os.umask(before)
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert SECRET not in path.read_bytes()
        assert SECRET.hex().encode() not in path.read_bytes()
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_password(folder, kind):
    folder.add("alice", kind, SECRET, "right")
    with pytest.raises(HuitongError) as wrong:
        folder.open("alice", "wrong")
    assert (wrong.value.code, wrong.value.data) == (Code.PASSWORD_WRONG, {"name": "alice"})


def test_key_is_never_overwritten(folder):
    first = folder.add("alice", KeyKind.ED25519, SECRET, "pw")
    for kind in KINDS:
        with pytest.raises(HuitongError) as exists:
            folder.create("alice", kind, "pw")
        assert exists.value.code is Code.KEY_FILE_EXISTS
    assert folder.info("alice") == first
    assert folder.open("alice", "pw").kind == KeyKind.ED25519


def test_private_file_left_alone_is_never_overwritten(folder, tmp_path):
    """After a crash between the two files the private one stays."""
    folder.add("alice", KeyKind.ED25519, SECRET, "pw")
    (tmp_path / "keys" / "alice.public.json").unlink()
    with pytest.raises(HuitongError) as exists:
        folder.create("alice", KeyKind.ED25519, "pw")
    assert exists.value.code is Code.KEY_FILE_EXISTS


def test_missing_key(folder):
    assert folder.list() == ()
    with pytest.raises(HuitongError) as missing:
        folder.open("nobody", "pw")
    assert (missing.value.code, missing.value.data) == (Code.KEY_NOT_FOUND, {"name": "nobody"})


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", "A", "a b", "a\n", "-", "x" * 65, "a.", "é"])
def test_names_that_could_leave_the_folder_are_refused(folder, name):
    for attempt in (lambda: folder.create(name, KeyKind.ED25519, "pw"), lambda: folder.open(name, "pw")):
        with pytest.raises(HuitongError) as refused:
            attempt()
        assert refused.value.code is Code.KEY_FILE_UNREADABLE


def test_empty_password_and_unknown_kind_are_refused(folder, tmp_path):
    with pytest.raises(HuitongError) as refused:
        folder.create("alice", KeyKind.ED25519, "")
    assert refused.value.code is Code.KEY_FILE_UNREADABLE
    with pytest.raises(HuitongError) as refused:
        folder.create("alice", KeyKind.SECP256K1_EIP712, "pw")
    assert refused.value.code is Code.KEY_INVALID
    with pytest.raises(HuitongError) as refused:
        kind_by_name("rsa")
    assert refused.value.code is Code.KEY_INVALID
    assert not (tmp_path / "keys").exists()


def test_exposed_key_is_refused(folder, tmp_path):
    folder.add("alice", KeyKind.ED25519, SECRET, "pw")
    (tmp_path / "keys" / "alice.pem").chmod(0o644)
    with pytest.raises(HuitongError) as refused:
        folder.open("alice", "pw")
    assert refused.value.code is Code.KEY_FILE_UNREADABLE
    assert "chmod 600" in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_key_that_does_not_belong_to_its_public_part(folder, tmp_path, kind):
    folder.add("alice", kind, SECRET, "pw")
    folder.add("bob", kind, bytes(range(1, 33)), "pw")
    suffix = ".v3.json" if kind == KeyKind.SECP256K1 else ".pem"
    (tmp_path / "keys" / f"bob{suffix}").replace(tmp_path / "keys" / f"alice{suffix}")
    with pytest.raises(HuitongError) as refused:
        folder.open("alice", "pw")
    assert refused.value.code is Code.KEY_FILE_UNREADABLE


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"-----BEGIN PRIVATE KEY-----\n", b"\x00" * 100])
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files(folder, tmp_path, kind, content):
    folder.add("alice", kind, SECRET, "pw")
    suffix = ".v3.json" if kind == KeyKind.SECP256K1 else ".pem"
    path = tmp_path / "keys" / f"alice{suffix}"
    path.write_bytes(content)
    with pytest.raises(HuitongError) as refused:
        folder.open("alice", "pw")
    assert refused.value.code is Code.KEY_FILE_UNREADABLE
    (tmp_path / "keys" / "alice.public.json").write_bytes(content)
    with pytest.raises(HuitongError) as refused:
        folder.list()
    assert refused.value.code is Code.KEY_FILE_UNREADABLE


def test_private_file_that_is_gone(folder, tmp_path):
    folder.add("alice", KeyKind.ED25519, SECRET, "pw")
    (tmp_path / "keys" / "alice.pem").unlink()
    with pytest.raises(HuitongError) as refused:
        folder.open("alice", "pw")
    assert refused.value.code is Code.KEY_FILE_UNREADABLE


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(HuitongError) as refused:
        KeyFolder(tmp_path / "file").create("alice", KeyKind.ED25519, "pw")
    assert refused.value.code is Code.KEY_FILE_UNREADABLE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 4),
        (("crypto", "cipher"), "aes-256-gcm"),
        (("crypto", "kdf"), "argon2"),
        (("crypto", "kdfparams", "n"), 2**30),
        (("crypto", "kdfparams", "n"), 3),
        (("crypto", "kdfparams", "r"), 2**20),
        (("crypto", "kdfparams", "p"), 0),
        (("crypto", "kdfparams", "dklen"), 64),
        (("crypto", "ciphertext"), "00"),
        (("crypto", "cipherparams", "iv"), "00"),
        (("crypto", "mac"), "xx"),
    ],
)
def test_crafted_keystores_neither_open_nor_fill_the_memory(path, value):
    document = json.loads(seal_v3(SECRET, bytes(20), "pw", CHEAP))
    target = document
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    with pytest.raises(DamagedKeyError):
        open_v3(json.dumps(document).encode(), "pw")


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.text(min_size=1, max_size=20), st.integers(0, 31))
def test_every_flipped_bit_of_the_ciphertext_is_noticed(secret, password, place):
    sealed = seal_v3(secret, bytes(20), password, 16)
    assert open_v3(sealed, password) == secret
    document = json.loads(sealed)
    damaged = bytearray.fromhex(document["crypto"]["ciphertext"])
    damaged[place] ^= 1
    document["crypto"]["ciphertext"] = damaged.hex()
    with pytest.raises(WrongPasswordError):
        open_v3(json.dumps(document).encode(), password)


def test_unencrypted_and_foreign_pkcs8_keys_are_refused(folder, tmp_path):
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    other = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(DamagedKeyError):
        open_pkcs8(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "pw")
    with pytest.raises(DamagedKeyError):
        open_pkcs8(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"pw")), "pw")


def test_pem_is_what_other_programs_read(folder, tmp_path):
    folder.add("alice", KeyKind.P256, SECRET, "pw")
    raw = (tmp_path / "keys" / "alice.pem").read_bytes()
    assert raw.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert load_pem_private_key(raw, b"pw").private_numbers().private_value == int.from_bytes(SECRET, "big")
