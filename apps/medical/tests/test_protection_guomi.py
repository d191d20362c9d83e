"""Under the suite guomi records are sealed by SM4-GCM, keys wrapped by SM2, commitments made by SM3."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import encryption_public_key, sm3
from huitong.types.registry import EncryptionKind
from huitong_medical.commitment import check_commitment, commit
from huitong_medical.errors import CommitmentMismatch, KeyRefused
from huitong_medical.protection import GUOMI, INTERNATIONAL
from huitong_medical.sharing import Occasion, open_parcel, seal_parcel
from huitong_medical.vault import DataKey, Place, Vault, open_contents, seal_contents

PLACE = Place("hospital-a", "R-1", 1, "Condition")
OCCASION = Occasion("huitong-dev-1", b"w" * 20, 7)
WANG, LI = bytes([1] * 32), bytes([2] * 32)


def public(secret):
    return encryption_public_key(EncryptionKind.SM2, secret)


def parcel_of(contents):
    sealed, data_key = seal_contents(PLACE, contents, GUOMI)
    return seal_parcel(sealed, data_key, OCCASION, public(WANG), GUOMI), commit(data_key.salt, contents, GUOMI)


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=20)
def test_the_recipient_gets_the_committed_contents(contents):
    parcel, commitment = parcel_of(contents)
    assert open_parcel(parcel, OCCASION, WANG, commitment, GUOMI) == contents
    # C1 65, C3 32, C2: SM3 of the info, the key of SM4, the salt
    assert len(parcel.wrapped_key) == 65 + 32 + 32 + 16 + 32


def test_commitments_are_by_sm3():
    salt = bytes(32)
    assert commit(salt, b"[]", GUOMI) == sm3(b"huitong-medical/commitment/1\0" + salt + b"[]")
    assert commit(salt, b"[]", GUOMI) != commit(salt, b"[]")
    with pytest.raises(CommitmentMismatch):
        check_commitment(commit(salt, b"[]"), salt, b"[]", GUOMI)


@pytest.mark.parametrize("occasion", [Occasion("huitong-dev-2", b"w" * 20, 7), Occasion("huitong-dev-1", b"w" * 20, 8)])
def test_a_wrapped_key_means_nothing_on_another_occasion(occasion):
    parcel, commitment = parcel_of(b"[]")
    with pytest.raises(KeyRefused) as caught:
        open_parcel(parcel, occasion, WANG, commitment, GUOMI)
    assert caught.value.data == {"record": "R-1", "resource": "Condition", "entry": occasion.entry}


def test_another_member_cannot_open_it():
    parcel, commitment = parcel_of(b"[]")
    with pytest.raises(KeyRefused):
        open_parcel(parcel, OCCASION, LI, commitment, GUOMI)


@given(st.integers(min_value=0), st.integers(0, 7))
@settings(deadline=None, max_examples=30)
def test_any_changed_bit_of_a_wrapped_key_is_refused(position, bit):
    parcel, commitment = parcel_of(b"[]")
    raw = bytearray(parcel.wrapped_key)
    raw[position % len(raw)] ^= 1 << bit
    with pytest.raises(KeyRefused):
        open_parcel(msgspec.structs.replace(parcel, wrapped_key=bytes(raw)), OCCASION, WANG, commitment, GUOMI)


@pytest.mark.parametrize("key", [b"", bytes(32), bytes(65), b"\4" + b"\1" * 64])
def test_a_member_without_a_usable_encryption_key_gets_nothing(key):
    sealed, data_key = seal_contents(PLACE, b"[]", GUOMI)
    with pytest.raises(KeyRefused) as caught:
        seal_parcel(sealed, data_key, OCCASION, key, GUOMI)
    assert caught.value.data["recipient"] == (b"w" * 20).hex()


def test_a_vault_keeps_what_was_stored_and_refuses_another_master_key(tmp_path):
    vault = Vault(tmp_path / "vault", "hospital-a", bytes(16), GUOMI)
    commitments = vault.store("R-1", 1, {"Condition": b"[1]"})
    sealed, data_key = vault.load("R-1", 1, "Condition")
    assert (len(data_key.key), open_contents(sealed, data_key, GUOMI)) == (16, b"[1]")
    assert commitments == {"Condition": commit(data_key.salt, b"[1]", GUOMI)}
    assert vault.store("R-1", 1, {"Condition": b"[1]"}) == commitments
    vault.close()
    other = Vault(tmp_path / "vault", "hospital-a", b"\1" * 16, GUOMI)
    with pytest.raises(KeyRefused):
        other.load("R-1", 1, "Condition")
    other.close()


def test_keys_and_ciphertexts_of_one_suite_do_not_pass_for_the_other(tmp_path):
    with pytest.raises(ValueError, match="16 bytes"):
        Vault(tmp_path / "vault", "hospital-a", bytes(32), GUOMI)
    with pytest.raises(KeyRefused):
        DataKey.from_bytes(bytes(64), GUOMI.key_bytes)
    sealed, data_key = seal_contents(PLACE, b"[]", GUOMI)
    with pytest.raises(KeyRefused):
        open_contents(sealed, data_key, INTERNATIONAL)
