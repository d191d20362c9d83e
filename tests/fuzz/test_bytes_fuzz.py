"""A short campaign of damaged bytes, and proof that its oracle finds what it looks for."""

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitong.cli.qa import bytes_chain, bytes_fuzz
from huitong.cli.qa.bytes_fuzz import Campaign
from huitong.cli.qa.bytes_oracle import canonical
from huitong.cli.qa.bytes_pack import pack
from huitong.kernel import BlockResult
from huitong.types import Code, decode, encode, encoding

BLOCKS = 400
NEEDED = {
    "committed",
    "inadmissible",
    "failed HT4002 TARGET_UNKNOWN",
    "failed HT4106 POSSESSION_NOT_PROVED",
    "rejected HT1001 ENCODING_MALFORMED",
    "rejected HT1002 ENCODING_TOO_DEEP",
    "rejected HT1003 ENCODING_TOO_LARGE",
    "rejected HT1004 ENCODING_NOT_CANONICAL",
    "rejected HT1203 SIGNATURE_INVALID",
    "rejected HT1303 REPLAYED",
}
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**80), 2**80), st.text(max_size=40), st.binary(max_size=300)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=20), st.dictionaries(st.text(max_size=3), inner)),
    max_leaves=40,
)


def campaign_of(blocks: int, seed: int) -> Campaign:
    campaign = Campaign(seed)
    for _ in range(blocks):
        campaign.step()
    return campaign


@pytest.mark.parametrize("seed", [1, 2])
def test_no_damaged_bytes_break_a_rule(seed):
    report = campaign_of(BLOCKS, seed).report()
    assert report["violations"] == []
    assert set(report["answers"]) >= NEEDED, "the campaign reaches the answers that it is meant to reach"


def test_a_seed_draws_the_same_campaign_again():
    assert campaign_of(40, 7).report()["answers"] == campaign_of(40, 7).report()["answers"]


def test_run_reports_its_seed_and_what_it_did():
    report = bytes_fuzz.run(1, 3)
    assert (report["seed"], report["seconds"], report["violations"]) == (3, 1, [])
    assert report["blocks"] > 0


def test_the_oracle_finds_a_kernel_that_checks_no_signature(monkeypatch):
    monkeypatch.setattr(bytes_chain.Plain, "verify", lambda *_: True)
    found = campaign_of(60, 1).violations
    assert any("not signed" in item["what"] or "did not sign" in item["what"] for item in found)


def test_the_oracle_finds_a_decoder_that_takes_other_forms(monkeypatch):
    plain = encoding.decode_scanned
    monkeypatch.setattr(encoding, "_again", lambda value: Same())
    assert plain is encoding.decode_scanned
    assert any("canonical form" in item["what"] for item in campaign_of(60, 1).violations)


class Same:
    """Equal to any bytes: a decoder that does not look whether its input was the canonical form."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None


def test_the_campaign_finds_an_encoder_that_raises_another_error(monkeypatch):
    """The fault that once stood there: beside a long integer, a map with other keys raised TypeError."""

    def before(value):
        try:
            return encoding._encoder.encode(value)
        except OverflowError:
            return encoding._encoder.encode(encoding._wire(value))
        except TypeError as error:
            raise encoding.HuitongError(Code.VALUE_INVALID, reason=str(error)) from None

    monkeypatch.setattr(encoding, "encode", before)
    assert any(item["what"].startswith("TypeError") for item in campaign_of(BLOCKS, 1).violations)


def test_the_oracle_finds_lost_results(monkeypatch):
    plain = bytes_chain.Chain.apply

    def lossy(chain, envelopes):
        result = plain(chain, envelopes)
        return BlockResult(result.height, result.envelopes[1:], result.writes, result.new_ids, result.forgotten)

    monkeypatch.setattr(bytes_chain.Chain, "apply", lossy)
    assert len(campaign_of(5, 1).violations) == 5


@given(VALUES)
def test_the_fuzzers_writer_and_the_chains_are_twins(value):
    """Written apart from each other, they give the same bytes for every value."""
    assert pack(value) == encode(value)
    assert decode(pack(value), object) == value
    assert canonical(pack(value)) is not None or value is None


@given(VALUES, st.integers(0, 1000))
def test_wild_forms_are_refused_or_are_the_canonical_one(value, seed):
    raw = pack(value, Random(seed))
    try:
        decode(raw, object)
    except encoding.Rejected:
        assert raw != encode(value)
    else:
        assert raw == encode(value)


def test_the_fuzzers_writer_writes_extensions_as_msgpack_does():
    for size in (0, 1, 2, 3, 4, 5, 8, 16, 17, 255, 256, 70_000):
        extension = msgspec.msgpack.Ext(2, bytes(size))
        assert pack(extension) == msgspec.msgpack.encode(extension)
