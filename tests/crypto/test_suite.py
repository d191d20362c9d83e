"""Suites by number."""

import hashlib

import pytest

from huitong.crypto import INTERNATIONAL, sha256, suite
from huitong.types import Code, HuitongError
from huitong.types.registry import SuiteId


def test_international_suite_is_sha_256():
    assert suite(1) is INTERNATIONAL
    assert (INTERNATIONAL.id, INTERNATIONAL.name) == (SuiteId.INTERNATIONAL, "international")
    for data in (b"", b"abc", bytes(1000)):
        assert INTERNATIONAL.hash(data) == sha256(data) == hashlib.sha256(data).digest()


@pytest.mark.parametrize(("number", "name"), [(SuiteId.GUOMI, "guomi"), (0, "0"), (77, "77")])
def test_suites_that_are_not_there_are_named(number, name):
    with pytest.raises(HuitongError) as caught:
        suite(number)
    assert caught.value.code is Code.SUITE_UNAVAILABLE
    assert caught.value.data == {"suite": name}


def test_a_suite_is_frozen():
    with pytest.raises(AttributeError):
        INTERNATIONAL.hash = hashlib.md5
