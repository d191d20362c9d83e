"""Without anything that computes SM2 the suite does not start; other chains do not ask for it."""

import pytest

from huitong.crypto import (
    GUOMI,
    INTERNATIONAL,
    SUITES,
    private_key,
    sm2,
    sm2_decrypt,
    sm2_encrypt,
    sm2_encryption,
    suite,
    suite_by_name,
    verify,
)
from huitong.crypto import libcrypto as door
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

PUBLIC = private_key(KeyKind.SM2, b"\1" * 32).public_key


@pytest.fixture
def nothing(monkeypatch):
    """A machine without the native crate and without SM2 in OpenSSL."""
    sm2._openssl.cache_clear()
    monkeypatch.setattr(sm2, "native", lambda: None)
    monkeypatch.setattr(sm2, "libcrypto", lambda: None)
    monkeypatch.setattr(sm2_encryption, "libcrypto", lambda: None)
    yield
    sm2._openssl.cache_clear()


@pytest.mark.parametrize(
    "act",
    [
        lambda: suite(2),
        lambda: suite_by_name("guomi"),
        lambda: private_key(KeyKind.SM2, b"\1" * 32),
        lambda: verify(KeyKind.SM2, PUBLIC, b"message", b"\1" * 64),
        lambda: sm2_encrypt(PUBLIC, b"contents", lambda size: b"\1" * size),
        lambda: sm2_decrypt(b"\1" * 32, PUBLIC + bytes(40)),
    ],
)
@pytest.mark.usefixtures("nothing")
def test_whatever_needs_sm2_says_so(act):
    with pytest.raises(HuitongError) as caught:
        act()
    assert caught.value.code is Code.SM2_UNAVAILABLE
    assert "OpenSSL" in caught.value.data["reason"]


@pytest.mark.usefixtures("nothing")
def test_the_international_suite_and_offline_proofs_do_not_need_it():
    assert suite(1) is INTERNATIONAL
    assert SUITES["guomi"] is GUOMI
    assert GUOMI.hash(b"abc").hex().startswith("66c7f0f4")


def test_a_library_without_sm2_is_passed_over(monkeypatch):
    class Without:
        """An OpenSSL built with no-sm2: the name of the curve is not known."""

        def __getattr__(self, name):
            return lambda *_: 0

    door.libcrypto.cache_clear()
    monkeypatch.setattr(door, "_open", lambda _: Without())
    assert door.libcrypto() is None
    monkeypatch.undo()
    door.libcrypto.cache_clear()
    assert door.libcrypto() is not None
