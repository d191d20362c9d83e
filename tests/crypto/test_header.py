"""Headers and blocks: every field counts, ranges are checked, parts are cut at 64 KiB."""

import msgspec
import pytest

from huitong.crypto import (
    EMPTY_HASH,
    ExecResult,
    block_bytes,
    block_id,
    check_header,
    consensus_hash,
    data_hash,
    exec_result_bytes,
    header_hash,
    merkle,
    results_hash,
    sha256,
)
from huitong.types import NO_BLOCK, NO_COMMIT, Block, BlockId, Code, Header, ProofInvalid

HEADER = Header(
    *(11, 1, "header-1", 5, 1_700_000_000_000_000_000, BlockId(sha256(b"b"), 1, sha256(b"p"))),
    *(sha256(bytes([index])) for index in range(8)),
    bytes(20),
)
CHANGES = {
    "version_block": 12,
    "version_app": 2,
    "chain_id": "header-2",
    "height": 6,
    "time_ns": HEADER.time_ns + 1,
    "last_block_id": NO_BLOCK,
    **{name: sha256(b"other") for name in Header.__struct_fields__ if name.endswith("_hash")},
    "proposer_address": b"\1" * 20,
}


@pytest.mark.parametrize("field", Header.__struct_fields__)
def test_every_field_counts(field):
    changed = msgspec.structs.replace(HEADER, **{field: CHANGES[field]})
    assert header_hash(changed) != header_hash(HEADER)


def test_a_hash_of_one_field_cannot_stand_for_another():
    swapped = msgspec.structs.replace(HEADER, app_hash=HEADER.data_hash, data_hash=HEADER.app_hash)
    assert header_hash(swapped) != header_hash(HEADER)


@pytest.mark.parametrize(
    "fields",
    [
        {"version_block": 10},
        {"version_app": -1},
        {"chain_id": ""},
        {"chain_id": "é" * 26},
        {"height": 0},
        {"height": 2**63},
        {"time_ns": -1},
        {"time_ns": 2**63},
        {"last_block_id": BlockId(b"", 1, b"")},
        {"last_block_id": BlockId(sha256(b"b"), 2**32, sha256(b"p"))},
        {"data_hash": b"short"},
        {"evidence_hash": bytes(33)},
        {"app_hash": bytes(65)},
        {"proposer_address": bytes(19)},
    ],
    ids=str,
)
def test_fields_out_of_range_are_refused(fields):
    check_header(HEADER)
    with pytest.raises(ProofInvalid) as caught:
        check_header(msgspec.structs.replace(HEADER, **fields))
    assert caught.value.code == Code.HEADER_INVALID


def test_parts_are_cut_at_64_kib():
    """The empty envelope keeps its place; sizes around the limit give one part more."""
    assert block_bytes(Block(HEADER, (b"",), NO_COMMIT)).count(bytes.fromhex("12020a00")) == 1
    base = len(block_bytes(Block(HEADER, (bytes(60_000),), NO_COMMIT))) - 60_000
    for size, parts in ((65_536 - base, 1), (65_537 - base, 2), (131_072 - base, 2), (131_073 - base, 3)):
        block = Block(HEADER, (bytes(size),), NO_COMMIT)
        raw = block_bytes(block)
        pieces = [raw[index * 65_536 : (index + 1) * 65_536] for index in range(parts)]
        assert b"".join(pieces) == raw
        assert block_id(block) == BlockId(header_hash(HEADER), parts, merkle.root(pieces, sha256))


def test_results():
    """Zero fields are left out, so an envelope's result of nothing is an empty leaf."""
    assert exec_result_bytes(0, b"", 0, 0) == b""
    assert exec_result_bytes(1, b"ab", 300, 7).hex() == "0801" + "12026162" + "28ac02" + "3007"
    assert results_hash([]) == EMPTY_HASH
    assert results_hash([ExecResult(0, b"", 0, 0)]) == sha256(b"\0")
    assert results_hash([ExecResult(1, b"", 0, 0), ExecResult(0, b"r", 1, 1)]) == merkle.root(
        [b"\x08\x01", b"\x12\x01r\x28\x01\x30\x01"], sha256
    )


def test_data_and_parameters():
    assert data_hash([]) == EMPTY_HASH
    assert data_hash([b"a", b"b"]) == merkle.root([sha256(b"a"), sha256(b"b")], sha256)
    assert consensus_hash(0, 0) == sha256(b"")
    assert consensus_hash(22_020_096, -1).hex().upper() == (
        "048091BC7DDC283F77BFBF91D73C44DA58C3DF8A9CBC867405D8B7F3DAADA22F"
    )
