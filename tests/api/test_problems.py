"""Problem documents, languages, JSON values."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitong.api import Problem, TransactionAnswer, error_answer, problem
from huitong.api.problems import code_text, exception_of, language_of, parse_code, status_of, translated
from huitong.api.values import data_to_json, from_hex, rfc3339, to_hex, to_json
from huitong.types import Code, Failed, FixedPoint, HuitongError, Inadmissible, ProofInvalid, Rejected
from huitong.types.catalogue import explain


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("de,zh;q=0.3", "zh"),
        ("de", "en"),
        ("zh;q=0", "en"),
        ("zh;q=x,en", "en"),
        ("ZH-Hant-TW", "zh"),
        (",,;;q", "en"),
        ("en;q=0.1,zh;q=0.2", "zh"),
        ("zh;q=nan", "en"),
    ],
)
def test_language(accept, language):
    assert language_of(accept) == language


@given(st.text())
def test_any_header_gives_a_language(accept):
    assert language_of(accept) in ("en", "zh")


@pytest.mark.parametrize("code", list(Code))
def test_every_code_has_a_problem_in_both_languages_that_reads_back(code):
    data = {"reason": "r", "name": "n", "limit": 5}
    english, chinese = problem(code, data, instance="/x"), problem(code, data, language="zh")
    assert english.type == f"urn:huitong:code:HT{int(code):04d}"
    assert 400 <= english.status < 600
    assert english.detail != chinese.detail
    assert not chinese.next.isascii()
    assert english.code == chinese.code == code_text(code)
    read = msgspec.json.decode(msgspec.json.encode(english), type=Problem)
    assert read == english
    back = exception_of(read)
    assert (back.code, back.data) == (code, data)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (Code.EXPIRED, Rejected),
        (Code.BLOCK_FULL, Inadmissible),
        (Code.OUT_OF_GAS, Failed),
        (Code.REFUSED_BY_CONTRACT, Failed),
        (Code.PROOF_INVALID, ProofInvalid),
        (Code.NOT_FOUND, HuitongError),
        (Code.SYNTAX_ERROR, HuitongError),
    ],
)
def test_exceptions_are_typed_by_their_range(code, kind):
    assert type(exception_of(problem(code, {}))) is kind


def test_contracts_own_error_keeps_its_name_and_fields_through_the_wire_and_translation():
    data = {"contract": b"\x01" * 20, "error": "NotYourMeter", "fields": {"meter": "m1", "kwh": 2**60}}
    error = error_answer(Code.REFUSED_BY_CONTRACT, data)
    assert (error.name, error.contract) == ("NotYourMeter", "0x" + "01" * 20)
    assert error.data == {"meter": "m1", "kwh": str(2**60)}
    chinese = translated(error, "zh")
    assert (chinese.name, chinese.contract, chinese.data) == (error.name, error.contract, error.data)
    assert chinese.cause != error.cause
    back = exception_of(problem(Code.REFUSED_BY_CONTRACT, data))
    assert back.data == {**error.data, "contract": error.contract, "error": "NotYourMeter", "fields": error.data}
    assert "{" not in str(
        exception_of(problem(Code.KEY_MISSING, {"contract": "0x", "error": "E", "fields": {"field": "f"}}))
    )


def test_problem_may_carry_a_transaction():
    answer = TransactionAnswer(tx_id="0x00", answer="accepted")
    document = json.loads(msgspec.json.encode(problem(Code.WAIT_TIMEOUT, {}, transaction=answer)))
    assert document["transaction"]["answer"] == "accepted"
    assert document["status"] == status_of(Code.WAIT_TIMEOUT) == explain(Code.WAIT_TIMEOUT).status


@pytest.mark.parametrize("text", ["HT0000", "HT99999", "x", "", "HT12é"])
def test_unknown_codes(text):
    with pytest.raises(HuitongError) as unknown:
        parse_code(text)
    assert unknown.value.code is Code.ANSWER_INVALID


def test_code_is_read_in_any_case():
    assert parse_code("ht1203") is parse_code("HT1203") is parse_code("1203") is Code.SIGNATURE_INVALID


@given(st.binary(max_size=64))
def test_hex_both_ways(raw):
    assert from_hex(to_hex(raw), "x") == raw


@pytest.mark.parametrize("text", ["", "00", "0x0", "0xzz", "0x 00", "0x00 ", "0X00", "0x\n00", "0x\uff10\uff10"])
def test_bad_hex(text):
    with pytest.raises(HuitongError) as bad:
        from_hex(text, "key")
    assert (bad.value.code, bad.value.data["what"]) == (Code.REQUEST_MALFORMED, "key")


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1_800_000_000_123_456_789, "2027-01-15T08:00:00.123456789Z"),
        (951_782_400 * 10**9, "2000-02-29T00:00:00.000000000Z"),
        (2**63 - 1, "2262-04-11T23:47:16.854775807Z"),
    ],
)
def test_times(time_ns, text):
    assert rfc3339(time_ns) == text


def test_integers_of_contracts_are_always_text_and_booleans_stay():
    value = {"a": [1, 2**70, -1, True, None], "b": b"\x01", "c": FixedPoint(150, 2), "d": "text"}
    assert to_json(value) == {"a": ["1", str(2**70), "-1", True, None], "b": "0x01", "c": "1.50", "d": "text"}
    with pytest.raises(HuitongError) as refused:
        to_json({"x": 1.5})
    assert refused.value.code is Code.VALUE_INVALID


def test_data_of_errors_is_always_writable():
    value = {"small": 2**53 - 1, "large": 2**53, 1: {2}, "code": Code.EXPIRED, "error": ValueError("x"), "raw": b"\x02"}
    written = data_to_json(value)
    assert written == {
        "small": 2**53 - 1, "large": str(2**53), "1": [2], "code": 1301, "error": "x", "raw": "0x02",
    }  # fmt: skip
    msgspec.json.encode(written)
