"""What a real CometBFT said about its first blocks, recorded by `tests/support/cometbft_node.py`."""

import json
from pathlib import Path

import pytest
from cometbft_checks import check_height, shapes
from cometbft_json import block_of, commit_of, signed_header_of, validators_of

from huitong.crypto import verify_commit
from huitong.crypto.light import TrustPeriod, verify_next
from huitong.types import Code, ProofInvalid

RECORDED = json.loads((Path(__file__).parents[1] / "vectors" / "cometbft" / "kvstore.json").read_text())["heights"]


def test_our_bytes_are_those_that_were_recorded():
    before = None
    for described in RECORDED:
        check_height(described, before)
        before = described
    transactions, _, rounds, absent = zip(*map(shapes, RECORDED), strict=True)
    assert {0, 1} < set(transactions)
    assert set(rounds) == {0, 1}
    assert set(absent) == {1}


def test_a_light_client_follows_from_the_first_header_to_the_last():
    first, last = (signed_header_of(RECORDED[index]["commit"]["signed_header"]) for index in (0, -1))
    validators = validators_of(RECORDED[0]["validators"])
    period = TrustPeriod(10**12, last.header.time_ns, 10**9)
    verify_next(first.header, validators, last, validators, period)


def test_a_commit_is_good_for_its_chain_and_block_alone():
    described = RECORDED[-1]
    header = block_of(described["block"]["block"]).header
    commit = commit_of(described["commit"]["signed_header"]["commit"])
    validators = validators_of(described["validators"])
    verify_commit(header.chain_id, validators, commit.block_id, header.height, commit)
    for arguments in (
        ("other-1", validators, commit.block_id, header.height, commit),
        (header.chain_id, validators, header.last_block_id, header.height, commit),
        (header.chain_id, validators, commit.block_id, header.height - 1, commit),
    ):
        with pytest.raises(ProofInvalid) as caught:
            verify_commit(*arguments)
        assert caught.value.code == Code.COMMIT_INVALID
