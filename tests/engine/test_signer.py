"""The signer's record: written before a signature leaves, never contradicted."""

import msgspec
import pytest
from engine_world import Bench
from kernel_world import CHAIN_ID, key

from huitong.crypto import precommit_sign_bytes, verify
from huitong.engine import LocalSigner, RecordFile
from huitong.store import open_store
from huitong.types import BlockId, Code, HuitongError
from huitong.types.registry import KeyKind

ONE = BlockId(b"\x01" * 32, 1, b"\x11" * 32)
OTHER = BlockId(b"\x02" * 32, 1, b"\x11" * 32)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "validator" / "signer.json"


def make(path):
    return LocalSigner(key("validator"), CHAIN_ID, RecordFile(path))


def test_the_record_is_on_disk_when_the_signature_is_there(path):
    signer = make(path)
    signer.check(0, None)
    signature = signer.sign(CHAIN_ID, 1, ONE, 5)
    record = msgspec.json.decode(path.read_bytes())
    assert (record["height"], record["block"], record["parts"]) == (1, ONE.hash.hex(), ONE.part_hash.hex())
    message = precommit_sign_bytes(CHAIN_ID, 1, 0, ONE, 5)
    assert record["sign_bytes"] == message.hex()
    assert verify(KeyKind.ED25519, signer.public_key, message, signature)


def test_the_same_block_may_be_signed_again_also_after_a_restart(path):
    signer = make(path)
    signer.check(0, None)
    signature = signer.sign(CHAIN_ID, 1, ONE, 5)
    again = make(path)
    again.check(1, ONE)
    assert again.sign(CHAIN_ID, 1, ONE, 5) == signature


@pytest.mark.parametrize(("height", "block_id", "time_ns"), [(2, OTHER, 5), (2, ONE, 6), (1, ONE, 5)])
def test_another_block_or_a_lower_height_is_a_conflict(path, height, block_id, time_ns):
    signer = make(path)
    signer.check(0, None)
    signer.sign(CHAIN_ID, 2, ONE, 5)
    before = path.read_bytes()
    with pytest.raises(HuitongError) as caught:
        make(path).sign(CHAIN_ID, height, block_id, time_ns)
    assert caught.value.code == Code.SIGNER_CONFLICT
    assert caught.value.data["height"] == height
    assert path.read_bytes() == before


def test_a_store_with_blocks_needs_the_record(path):
    with pytest.raises(HuitongError) as caught:
        make(path).check(3, ONE)
    assert caught.value.code == Code.SIGNER_RECORD_MISSING
    assert not path.exists()


@pytest.mark.parametrize(("height", "block_id"), [(4, ONE), (0, None)])
def test_a_store_behind_the_record_is_refused(path, height, block_id):
    signer = make(path)
    signer.check(0, None)
    signer.sign(CHAIN_ID, 5, ONE, 5)
    with pytest.raises(HuitongError) as caught:
        make(path).check(height, block_id)
    assert caught.value.code == Code.SIGNER_RECORD_AHEAD
    assert caught.value.data == {"signed": 5, "height": height}


def test_another_block_in_the_store_is_a_conflict(path):
    signer = make(path)
    signer.check(0, None)
    signer.sign(CHAIN_ID, 5, ONE, 5)
    with pytest.raises(HuitongError) as caught:
        make(path).check(5, OTHER)
    assert caught.value.code == Code.SIGNER_CONFLICT


def test_a_record_of_another_chain_is_refused(path):
    LocalSigner(key("validator"), "other-1", RecordFile(path)).check(0, None)
    with pytest.raises(HuitongError) as caught:
        make(path)
    assert caught.value.code == Code.NODE_CONFIGURATION


def test_a_record_that_cannot_be_read_is_damage_not_absence(path):
    path.parent.mkdir()
    path.write_bytes(b'{"version":1')
    with pytest.raises(HuitongError) as caught:
        make(path)
    assert caught.value.code == Code.STORE_DAMAGED


def test_a_folder_that_cannot_be_written_stops_the_signature(path):
    path.parent.parent.joinpath("validator").write_text("a file, not a folder")
    with pytest.raises(HuitongError) as caught:
        make(path)
    assert caught.value.code == Code.STORE_UNREADABLE


def test_other_kinds_of_keys_are_refused(path):
    with pytest.raises(HuitongError) as caught:
        LocalSigner(key("validator", KeyKind.P256), CHAIN_ID, RecordFile(path))
    assert caught.value.code == Code.NODE_CONFIGURATION


def test_a_block_that_died_unsigned_is_signed_at_the_next_start(tmp_path):
    """Death between the durable batch and the signature: the record is one behind, the commit is made again."""
    first = Bench(tmp_path, open_store(tmp_path / "store"))
    first.maker.make([])
    record = first.record.path.read_bytes()
    expected = first.maker.make([]).block.signed
    first.store.close()
    first.record.path.write_bytes(record)
    second = Bench(tmp_path, open_store(tmp_path / "store"))
    assert second.store.signed_header(2) == expected
    second.store.close()


def test_a_restored_store_is_refused(tmp_path):
    """An old copy of the store beside the newer record."""
    first = Bench(tmp_path, open_store(tmp_path / "store"))
    for _ in range(3):
        first.maker.make([])
    first.store.close()
    with pytest.raises(HuitongError) as caught:
        Bench(tmp_path, open_store(tmp_path / "other"))
    assert caught.value.code == Code.SIGNER_RECORD_AHEAD
