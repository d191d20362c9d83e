"""SM3 and HMAC-SM3. Vectors: GM/T 0004-2012, appendix A."""

import hashlib
import hmac

import pytest
from guomi_vectors import GMT_0004
from hypothesis import given
from hypothesis import strategies as st

from huitong.crypto import sm3
from huitong.crypto.sm3 import bundled_sm3, hmac_sm3
from huitong.types.native import native


@pytest.mark.parametrize(("data", "expected"), GMT_0004)
def test_sm3_is_that_of_the_standard(data, expected):
    assert sm3(data).hex() == expected
    assert bundled_sm3(data).hex() == expected


@given(st.binary(max_size=300))
def test_every_way_to_sm3_gives_the_same(data):
    assert sm3(data) == bundled_sm3(data) == hashlib.new("sm3", data).digest()


@given(st.binary(max_size=300))
def test_the_native_crate_gives_the_same(data):
    crate = native()
    if crate is None:
        pytest.skip("huitong-native is not installed")
    assert crate.sm3(data) == bundled_sm3(data)


@given(st.binary(max_size=130), st.binary(max_size=100))
def test_hmac_is_that_of_the_library(key, data):
    assert hmac_sm3(key, data) == hmac.new(key, data, "sm3").digest()
