"""SM2 keys on disk: opened by their password alone, damage named, the same form as the openssl program's."""

import stat
import subprocess
from base64 import b64decode, b64encode
from shutil import which

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.api.keys import KeyFolder
from huitong.api.keystore import DamagedKeyError, WrongPasswordError
from huitong.api.keystore_sm2 import open_sm2, seal_sm2
from huitong.crypto import GUOMI, key_address, private_key, sm2, verify
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

SECRET = bytes(range(32))
PROGRAM = which("openssl")
needs_openssl = pytest.mark.skipif(
    PROGRAM is None, reason="the program openssl is not installed: apt-get install openssl"
)
SEALED = seal_sm2(SECRET, "pw", rounds=2)


def openssl(folder, command):
    done = subprocess.run(
        [PROGRAM, *command.split()], cwd=folder, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_kept_key_signs_after_it_was_opened(tmp_path):
    folder = KeyFolder(tmp_path / "keys")
    info = folder.create("alice", KeyKind.SM2, "pw")
    key = folder.open("alice", "pw")
    assert (info.kind, info.public_key) == ("sm2", "0x" + key.public_key.hex())
    assert info.address == "0x" + key_address(GUOMI, KeyKind.SM2, key.public_key).hex()
    assert verify(KeyKind.SM2, key.public_key, b"message", key.sign(b"message"))
    assert stat.S_IMODE((tmp_path / "keys" / "alice.pem").stat().st_mode) == 0o600
    with pytest.raises(HuitongError) as caught:
        folder.open("alice", "other")
    assert (caught.value.code, caught.value.data) == (Code.PASSWORD_WRONG, {"name": "alice"})


def test_making_a_key_where_sm2_is_missing_ends(tmp_path, monkeypatch):
    def missing():
        raise sm2.unavailable("there is no OpenSSL with SM2")

    monkeypatch.setattr(sm2, "native", lambda: None)
    monkeypatch.setattr(sm2, "_openssl", missing)
    with pytest.raises(HuitongError) as caught:
        KeyFolder(tmp_path / "keys").create("alice", KeyKind.SM2, "pw")
    assert caught.value.code is Code.SM2_UNAVAILABLE


@given(st.integers(1, 2**255).map(lambda value: value.to_bytes(32, "big")), st.text(min_size=1, max_size=20))
@settings(deadline=None, max_examples=30)
def test_what_was_sealed_opens_with_its_password_alone(secret, password):
    sealed = seal_sm2(secret, password, rounds=2)
    assert open_sm2(sealed, password) == (KeyKind.SM2, secret)
    with pytest.raises(WrongPasswordError):
        open_sm2(sealed, password + "x")


@given(st.integers(0, 10**6), st.binary(max_size=3), st.integers(0, 3))
@settings(deadline=None, max_examples=200)
def test_a_damaged_file_gives_the_secret_or_an_error(position, piece, cut):
    at = position % len(SEALED)
    changed = SEALED[:at] + piece + SEALED[at + cut :]
    try:
        found = open_sm2(changed, "pw")
    except (DamagedKeyError, WrongPasswordError):
        return
    assert found[0] == KeyKind.SM2


@pytest.mark.parametrize("raw", [b"", b"key", SEALED[:-10], SEALED.replace(b"ENCRYPTED ", b""), b"\xff" * 100])
def test_what_is_no_key_is_named(raw):
    with pytest.raises(DamagedKeyError):
        open_sm2(raw, "pw")


def test_a_costly_file_is_refused_before_it_costs():
    lines = seal_sm2(SECRET, "pw", rounds=0x010000).splitlines()
    raw = b64decode(b"".join(lines[1:-1]))
    assert raw.count(bytes.fromhex("0203010000")) == 1
    costly = raw.replace(bytes.fromhex("0203010000"), bytes.fromhex("02037fffff"))
    with pytest.raises(DamagedKeyError, match="out of bounds"):
        open_sm2(b"\n".join((lines[0], b64encode(costly), lines[-1])), "pw")


@needs_openssl
def test_openssl_opens_our_file_and_we_open_its(tmp_path):
    (tmp_path / "ours.pem").write_bytes(SEALED)
    public = private_key(KeyKind.SM2, SECRET).public_key
    shown = openssl(tmp_path, "pkey -in ours.pem -passin pass:pw -noout -text")
    assert public.hex() in shown.replace(":", "").replace("\n", "").replace(" ", "")
    openssl(tmp_path, "ecparam -name SM2 -genkey -noout -out plain.pem")
    openssl(tmp_path, "pkcs8 -topk8 -v2 sm4-cbc -in plain.pem -passout pass:pw -out theirs.pem")
    _, secret = open_sm2((tmp_path / "theirs.pem").read_bytes(), "pw")
    shown = openssl(tmp_path, "pkey -in plain.pem -noout -text").replace(":", "").replace(" ", "")
    assert private_key(KeyKind.SM2, secret).public_key.hex() in shown.replace("\n", "")
