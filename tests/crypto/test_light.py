"""Light client: CometBFT's model-based traces, and one fixed set of our own."""

import json
from pathlib import Path

import msgspec
import pytest
from cometbft_json import signed_header_of, time_ns, validators_of

from huitong.crypto import (
    EMPTY_HASH,
    header_hash,
    order_validators,
    precommit_sign_bytes,
    private_key,
    sha256,
    validator_address,
    validators_hash,
)
from huitong.crypto.light import TrustLevel, TrustPeriod, verify_next, verify_signed_header
from huitong.types import (
    NO_BLOCK,
    BlockId,
    Code,
    Commit,
    CommitSignature,
    Header,
    ProofInvalid,
    SignedHeader,
    Validator,
)

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "cometbft-light"
SECOND = 10**9


def verdict_of(*args):
    try:
        verify_next(*args)
    except ProofInvalid as error:
        return "NOT_ENOUGH_TRUST" if error.code == Code.TRUST_MISMATCH else "INVALID"
    return "SUCCESS"


@pytest.mark.skipif(not VECTORS.is_dir(), reason="vectors of cometbft's light client are not there")
@pytest.mark.parametrize("path", sorted(VECTORS.glob("*.json")), ids=lambda path: path.stem)
def test_model_based_traces(path):
    trace = json.loads(path.read_text())
    trusted = signed_header_of(trace["initial"]["signed_header"])
    next_validators = validators_of(trace["initial"]["next_validator_set"])
    for step in trace["input"]:
        block = step["block"]
        untrusted, validators = signed_header_of(block["signed_header"]), validators_of(block["validator_set"])
        period = TrustPeriod(int(trace["initial"]["trusting_period"]), time_ns(step["now"]), SECOND)
        verdict = verdict_of(trusted.header, next_validators, untrusted, validators, period)
        assert verdict == step["verdict"]
        if verdict == "SUCCESS":
            trusted, next_validators = untrusted, validators_of(block["next_validator_set"])


KEYS = [private_key(1, bytes([seed]) * 32) for seed in range(1, 6)]


def of(*numbers):
    return order_validators([Validator(KEYS[number].public_key, 10) for number in numbers])


def signed(height, current, following, *, time=None, chain_id="light-1", absent=()):
    at = time if time is not None else height * SECOND
    header = Header(
        *(11, 1, chain_id, height, at, NO_BLOCK, EMPTY_HASH, EMPTY_HASH, validators_hash(current)),
        *(validators_hash(following), sha256(b"p"), sha256(b"a"), EMPTY_HASH, EMPTY_HASH),
        validator_address(current[0].public_key),
    )
    block = BlockId(header_hash(header), 1, sha256(b"parts"))
    keys = {key.public_key: (index, key) for index, key in enumerate(KEYS)}
    entries = []
    for validator in current:
        index, key = keys[validator.public_key]
        message = precommit_sign_bytes(chain_id, height, 0, block, at)
        address = validator_address(key.public_key)
        entry = CommitSignature(2, address, at, key.sign(message))
        entries.append(CommitSignature(1, b"", 0, b"") if index in absent else entry)
    return SignedHeader(header, Commit(height, 0, block, tuple(entries)))


PERIOD = TrustPeriod(100 * SECOND, 50 * SECOND, SECOND)
FIRST, SECOND_SET = of(0, 1, 2), of(2, 3, 4)


def refusal(action, *args):
    with pytest.raises(ProofInvalid) as caught:
        action(*args)
    return caught.value.code


def test_adjacent_headers_follow_the_announced_set():
    trusted = signed(1, FIRST, SECOND_SET)
    verify_next(trusted.header, SECOND_SET, signed(2, SECOND_SET, SECOND_SET), SECOND_SET, PERIOD)
    other = signed(2, FIRST, FIRST)
    assert refusal(verify_next, trusted.header, SECOND_SET, other, FIRST, PERIOD) == Code.HEADER_INVALID


def test_headers_further_on_need_more_than_a_third_of_the_trusted_power():
    """One of three validators is exactly a third, which is not enough."""
    trusted = signed(1, FIRST, FIRST)
    later = signed(5, SECOND_SET, SECOND_SET)
    assert refusal(verify_next, trusted.header, FIRST, later, SECOND_SET, PERIOD) == Code.TRUST_MISMATCH
    verify_next(trusted.header, FIRST, later, SECOND_SET, PERIOD, TrustLevel(1, 4))
    verify_next(trusted.header, FIRST, signed(5, of(1, 2, 3), FIRST), of(1, 2, 3), PERIOD)
    assert refusal(verify_next, trusted.header, SECOND_SET, later, SECOND_SET, PERIOD) == Code.HEADER_INVALID


@pytest.mark.parametrize(
    ("untrusted", "period", "code"),
    [
        (signed(2, FIRST, FIRST, chain_id="other-1"), PERIOD, Code.HEADER_INVALID),
        (signed(1, FIRST, FIRST), PERIOD, Code.HEADER_INVALID),
        (signed(2, FIRST, FIRST, time=SECOND), PERIOD, Code.HEADER_INVALID),
        (signed(2, FIRST, FIRST, time=51 * SECOND), PERIOD, Code.HEADER_FROM_FUTURE),
        (signed(2, FIRST, FIRST), TrustPeriod(49 * SECOND, 50 * SECOND, SECOND), Code.TRUST_EXPIRED),
    ],
    ids=["chain", "height", "time", "future", "expired"],
)
def test_order_and_times(untrusted, period, code):
    assert refusal(verify_next, signed(1, FIRST, FIRST).header, FIRST, untrusted, FIRST, period) == code


def test_an_archive_asks_no_clock():
    verify_next(signed(1, FIRST, FIRST).header, FIRST, signed(9, FIRST, FIRST, time=2**62), FIRST, None)


def test_a_header_alone():
    good = signed(3, FIRST, FIRST)
    verify_signed_header(good, FIRST)
    assert refusal(verify_signed_header, good, SECOND_SET) == Code.HEADER_INVALID
    moved = msgspec.structs.replace(good, header=msgspec.structs.replace(good.header, height=4))
    assert refusal(verify_signed_header, moved, FIRST) == Code.COMMIT_INVALID
    assert refusal(verify_signed_header, signed(3, FIRST, FIRST, absent=(0,)), FIRST) == Code.COMMIT_INVALID
