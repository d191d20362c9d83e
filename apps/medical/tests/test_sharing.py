"""A parcel opens for its recipient, on its occasion, at its place, with the committed contents; else it is refused."""

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from huitong_medical.commitment import commit
from huitong_medical.errors import CommitmentMismatch, KeyRefused
from huitong_medical.sharing import Occasion, open_parcel, seal_parcel
from huitong_medical.vault import Place, seal_contents

PLACE = Place("hospital-a", "R-1", 1, "Condition")
OCCASION = Occasion("huitong-dev-1", b"w" * 20, 7)
WANG, LI = bytes([1] * 32), bytes([2] * 32)


def public(secret):
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def parcel_of(contents, secret=WANG, place=PLACE):
    sealed, data_key = seal_contents(place, contents)
    return seal_parcel(sealed, data_key, OCCASION, public(secret)), commit(data_key.salt, contents)


@given(st.binary(max_size=200))
def test_the_recipient_gets_the_committed_contents(contents):
    parcel, commitment = parcel_of(contents)
    assert open_parcel(parcel, OCCASION, WANG, commitment) == contents


def test_another_member_cannot_open_it():
    parcel, commitment = parcel_of(b"[]")
    with pytest.raises(KeyRefused) as caught:
        open_parcel(parcel, OCCASION, LI, commitment)
    assert caught.value.data == {"record": "R-1", "resource": "Condition", "entry": 7}


@pytest.mark.parametrize(
    "occasion",
    [
        Occasion("huitong-dev-2", b"w" * 20, 7),
        Occasion("huitong-dev-1", b"m" * 20, 7),
        Occasion("huitong-dev-1", b"w" * 20, 8),
    ],
)
def test_a_wrapped_key_means_nothing_on_another_occasion(occasion):
    parcel, commitment = parcel_of(b"[]")
    with pytest.raises(KeyRefused):
        open_parcel(parcel, occasion, WANG, commitment)


@pytest.mark.parametrize(
    "place",
    [
        Place("hospital-b", "R-1", 1, "Condition"),
        Place("hospital-a", "R-2", 1, "Condition"),
        Place("hospital-a", "R-1", 2, "Condition"),
        Place("hospital-a", "R-1", 1, "Patient"),
    ],
)
def test_a_parcel_relabelled_to_another_place_is_refused(place):
    parcel, commitment = parcel_of(b"[]")
    sealed = msgspec.structs.replace(parcel.sealed, place=place)
    with pytest.raises(KeyRefused):
        open_parcel(msgspec.structs.replace(parcel, sealed=sealed), OCCASION, WANG, commitment)


def test_contents_swapped_between_two_parcels_are_refused():
    one, commitment = parcel_of(b"[1]")
    other, _ = parcel_of(b"[2]", place=Place("hospital-a", "R-1", 1, "Patient"))
    with pytest.raises(KeyRefused):
        open_parcel(msgspec.structs.replace(one, sealed=other.sealed), OCCASION, WANG, commitment)


def test_a_custodian_that_seals_other_contents_than_it_committed_to_is_found():
    parcel, _ = parcel_of(b"[changed]")
    _, commitment = parcel_of(b"[first]")
    with pytest.raises(CommitmentMismatch) as caught:
        open_parcel(parcel, OCCASION, WANG, commitment)
    assert caught.value.data["expected"] == commitment.hex()


@given(st.integers(min_value=0), st.integers(0, 7))
def test_any_changed_bit_of_a_wrapped_key_is_refused(position, bit):
    parcel, commitment = parcel_of(b"[]")
    raw = bytearray(parcel.wrapped_key)
    raw[position % len(raw)] ^= 1 << bit
    with pytest.raises(KeyRefused):
        open_parcel(msgspec.structs.replace(parcel, wrapped_key=bytes(raw)), OCCASION, WANG, commitment)


@given(st.binary(max_size=120))
def test_any_bytes_in_place_of_a_wrapped_key_are_refused(raw):
    parcel, commitment = parcel_of(b"[]")
    with pytest.raises(KeyRefused):
        open_parcel(msgspec.structs.replace(parcel, wrapped_key=raw), OCCASION, WANG, commitment)


@pytest.mark.parametrize("key", [b"", bytes(32), bytes(31)])
def test_a_member_without_a_usable_encryption_key_gets_nothing(key):
    sealed, data_key = seal_contents(PLACE, b"[]")
    with pytest.raises(KeyRefused) as caught:
        seal_parcel(sealed, data_key, OCCASION, key)
    assert caught.value.data["recipient"] == (b"w" * 20).hex()
