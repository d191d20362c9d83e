"""Suites by number."""

import hashlib

import pytest

from huitong.crypto import GUOMI, INTERNATIONAL, sha256, sm3, suite, suite_by_name
from huitong.types import Code, HuitongError
from huitong.types.registry import SuiteId


def test_international_suite_is_sha_256():
    assert suite(1) is INTERNATIONAL
    assert (INTERNATIONAL.id, INTERNATIONAL.name) == (SuiteId.INTERNATIONAL, "international")
    for data in (b"", b"abc", bytes(1000)):
        assert INTERNATIONAL.hash(data) == sha256(data) == hashlib.sha256(data).digest()


@pytest.mark.parametrize(("number", "name"), [(0, "0"), (77, "77")])
def test_suites_that_are_not_there_are_named(number, name):
    with pytest.raises(HuitongError) as caught:
        suite(number)
    assert caught.value.code is Code.SUITE_UNAVAILABLE
    assert caught.value.data == {"suite": name}


def test_guomi_is_sm3():
    assert suite(2) is suite_by_name("guomi") is GUOMI
    assert (GUOMI.id, GUOMI.name) == (SuiteId.GUOMI, "guomi")
    assert GUOMI.hash is sm3
    with pytest.raises(HuitongError) as caught:
        suite_by_name("sm9")
    assert (caught.value.code, caught.value.data) == (Code.SUITE_UNAVAILABLE, {"suite": "sm9"})


def test_a_suite_is_frozen():
    with pytest.raises(AttributeError):
        INTERNATIONAL.hash = hashlib.md5
