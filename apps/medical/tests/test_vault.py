"""The vault gives back exactly what was stored, at its own place, or refuses."""

import sqlite3
import stat
from dataclasses import dataclass

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitong_medical.commitment import check_commitment
from huitong_medical.errors import KeyRefused, RecordMissing, VersionKept
from huitong_medical.vault import DataKey, Place, Sealed, Vault, open_contents, seal_contents

PLACE = Place("hospital-a", "R-1", 1, "Condition")
MASTER = bytes(range(32))
GROUPS = {"Condition": b"[1]", "Patient": b"[2]"}
OTHER_PLACES = (
    Place("hospital-b", "R-1", 1, "Condition"),
    Place("hospital-a", "R-2", 1, "Condition"),
    Place("hospital-a", "R-1", 2, "Condition"),
    Place("hospital-a", "R-1", 1, "Patient"),
    Place("hospital-aR", "-1", 1, "Condition"),
)


@dataclass
class Files:
    path: object

    def vault(self, master=MASTER):
        return Vault(self.path, "hospital-a", master)


@pytest.fixture
def files(tmp_path):
    return Files(tmp_path / "vault.sqlite")


@given(st.binary(max_size=300))
def test_sealed_contents_open_to_themselves(contents):
    sealed, data_key = seal_contents(PLACE, contents)
    assert open_contents(sealed, data_key) == contents
    assert contents not in sealed.ciphertext or len(contents) < 4


@given(st.integers(min_value=0), st.integers(0, 7))
def test_any_changed_bit_of_a_ciphertext_is_refused(position, bit):
    sealed, data_key = seal_contents(PLACE, b"blood pressure 133/81")
    raw = bytearray(sealed.ciphertext)
    raw[position % len(raw)] ^= 1 << bit
    with pytest.raises(KeyRefused) as caught:
        open_contents(Sealed(PLACE, bytes(raw)), data_key)
    assert caught.value.data == {"record": "R-1", "version": 1, "resource": "Condition"}


@pytest.mark.parametrize("place", OTHER_PLACES)
def test_a_ciphertext_moved_to_another_place_is_refused(place):
    sealed, data_key = seal_contents(PLACE, b"contents")
    with pytest.raises(KeyRefused):
        open_contents(msgspec.structs.replace(sealed, place=place), data_key)


@pytest.mark.parametrize("cut", [0, 5, 12, 27])
def test_a_cut_ciphertext_is_refused(cut):
    sealed, data_key = seal_contents(PLACE, b"")
    with pytest.raises(KeyRefused):
        open_contents(Sealed(PLACE, sealed.ciphertext[:cut]), data_key)


def test_another_key_is_refused_and_keys_are_not_printed():
    sealed, data_key = seal_contents(PLACE, b"contents")
    with pytest.raises(KeyRefused):
        open_contents(sealed, DataKey(bytes(32), data_key.salt))
    assert data_key.key.hex() not in repr(data_key)
    with pytest.raises(KeyRefused):
        DataKey.from_bytes(bytes(63))


def test_stored_contents_survive_a_restart_and_match_their_commitments(files):
    vault = files.vault()
    commitments = vault.store("R-1", 1, GROUPS)
    vault.close()
    vault = files.vault()
    for resource, contents in GROUPS.items():
        sealed, data_key = vault.load("R-1", 1, resource)
        assert open_contents(sealed, data_key) == contents
        check_commitment(commitments[resource], data_key.salt, contents)
    vault.close()


def test_the_file_is_private_and_holds_no_contents(files):
    vault = files.vault()
    vault.store("R-1", 1, {"Condition": b"Essential hypertension" * 40})
    vault.close()
    assert stat.S_IMODE(files.path.stat().st_mode) == 0o600
    assert b"hypertension" not in files.path.read_bytes()


def test_another_master_key_opens_nothing(files):
    vault = files.vault()
    vault.store("R-1", 1, GROUPS)
    vault.close()
    vault = files.vault(master=bytes(32))
    with pytest.raises(KeyRefused):
        vault.load("R-1", 1, "Condition")
    vault.close()


def test_rows_swapped_inside_the_file_are_refused(files):
    vault = files.vault()
    vault.store("R-1", 1, GROUPS)
    vault.close()
    database = sqlite3.connect(files.path)
    rows = database.execute("SELECT resource, ciphertext, sealed_key FROM contents ORDER BY resource").fetchall()
    (first, first_text, _), (second, second_text, second_key) = rows
    database.execute(
        "UPDATE contents SET ciphertext = ?, sealed_key = ? WHERE resource = ?", (second_text, second_key, first)
    )
    database.execute("UPDATE contents SET ciphertext = ? WHERE resource = ?", (first_text, second))
    database.commit()
    database.close()
    vault = files.vault()
    with pytest.raises(KeyRefused):
        vault.load("R-1", 1, first)
    sealed, data_key = vault.load("R-1", 1, second)
    with pytest.raises(KeyRefused):
        open_contents(sealed, data_key)
    vault.close()


def test_a_retry_commits_to_the_same_and_other_contents_are_refused(files):
    vault = files.vault()
    commitments = vault.store("R-1", 1, GROUPS)
    assert vault.store("R-1", 1, GROUPS) == commitments
    with pytest.raises(VersionKept) as caught:
        vault.store("R-1", 1, {"Condition": b"[3]"})
    assert caught.value.data == {"record": "R-1", "version": 1}
    assert vault.store("R-1", 2, GROUPS) != commitments
    vault.close()


def test_a_version_is_stored_wholly_or_not_at_all(files):
    vault = files.vault()
    database = sqlite3.connect(files.path)
    database.execute(
        "CREATE TRIGGER full BEFORE INSERT ON contents WHEN NEW.resource = 'Patient' "
        "BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    database.close()
    with pytest.raises(sqlite3.IntegrityError):
        vault.store("R-1", 1, GROUPS)
    with pytest.raises(RecordMissing):
        vault.load("R-1", 1, "Condition")
    vault.close()


def test_erased_records_are_gone_from_the_file(files):
    vault = files.vault()
    vault.store("R-1", 1, GROUPS)
    vault.store("R-1", 2, GROUPS)
    vault.store("R-2", 1, GROUPS)
    sealed, _ = vault.load("R-1", 1, "Condition")
    assert vault.erase("R-1") == 4
    with pytest.raises(RecordMissing):
        vault.load("R-1", 2, "Patient")
    assert vault.load("R-2", 1, "Patient")
    vault.close()
    assert sealed.ciphertext not in files.path.read_bytes()
