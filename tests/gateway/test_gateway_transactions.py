"""Submission, look-up and proofs over HTTP."""

import json

import msgspec
import pytest

OCTETS = {"content-type": "application/octet-stream"}
MSGPACK = {"content-type": "application/x-msgpack"}
PATH = "/api/v1/transactions"


def problem_of(response, status, code):
    """Check the form of a problem document and return it."""
    document = response.json()
    assert (response.status_code, document["code"]) == (status, code), document
    assert response.headers["content-type"] == "application/problem+json"
    assert document["type"] == f"urn:huitong:code:{code}"
    assert document["status"] == status
    assert document["detail"]
    assert document["next"]
    return document


async def test_committed_transaction_has_its_result_and_events(http, signed):
    response = await http.post(PATH, content=signed(args=("colour", 2**70)), headers=OCTETS)
    answer = response.json()
    assert response.status_code == 200
    assert (answer["answer"], answer["height"], answer["code"], answer["error"]) == ("committed", 1, 0, None)
    assert answer["result"] == [str(2**70)]
    assert answer["gas_used"] == "21000"
    assert answer["time_ns"] == "1800000000002000000"
    assert answer["time"] == "2027-01-15T08:00:00.002000000Z"
    assert answer["events"][0]["data"] == {"key": "colour", "value": str(2**70)}
    assert answer["events"][0]["id"] == "1.0.0"


async def test_accepted_is_202(http, signed):
    response = await http.post(PATH, params={"wait": "accepted"}, content=signed(), headers=OCTETS)
    assert (response.status_code, response.json()["answer"]) == (202, "accepted")


async def test_json_form_of_a_submission(http, signed):
    response = await http.post(PATH, json={"transaction": "0x" + signed().hex()})
    assert response.json()["answer"] == "committed"


async def test_failed_transaction_is_an_answer_not_a_problem(http, signed):
    response = await http.post(PATH, content=signed("fail", ("closed",)), headers=OCTETS)
    answer = response.json()
    assert (response.status_code, answer["answer"], answer["code"]) == (200, "failed", 5000)
    error = answer["error"]
    assert (error["code"], error["name"], error["contract"]) == ("HT5000", "Refusal", "0x" + "11" * 20)
    assert error["data"] == {"reason": "closed"}


async def test_texts_follow_accept_language(http, signed):
    headers = {**OCTETS, "accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}
    failed = (await http.post(PATH, content=signed("fail", ("closed",)), headers=headers)).json()
    assert not failed["error"]["cause"].isascii()
    assert failed["error"]["data"] == {"reason": "closed"}
    rejected = await http.post(PATH, content=signed(chain_id="other-1"), headers=headers)
    assert rejected.headers["content-language"] == "zh"
    assert not rejected.json()["detail"].isascii()
    assert rejected.json()["code"] == "HT1104"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"chain_id": "other-1"}, "HT1104"),
        ({"valid_for_ns": -(10**12)}, "HT1301"),
        ({"valid_for_ns": 10**13}, "HT1302"),
    ],
)
async def test_rejected_transaction_is_a_problem_with_its_own_code(http, signed, change, code):
    response = await http.post(PATH, content=signed(**change), headers=OCTETS)
    document = problem_of(response, response.status_code, code)
    assert 400 <= document["status"] < 500
    assert document["transaction"]["answer"] == "rejected"
    assert document["instance"] == PATH


async def test_damaged_bytes_are_rejected(http, signed):
    for raw in (b"\x00", b"\xff" * 100, signed()[:-1], signed() + b"\x00", b"\x91" * 2000):
        response = await http.post(PATH, content=raw, headers=OCTETS)
        assert response.json()["code"].startswith("HT10"), raw[:8]
    bad = bytearray(signed())
    bad[-1] ^= 1
    assert (await http.post(PATH, content=bytes(bad), headers=OCTETS)).json()["code"] == "HT1203"


async def test_replayed_transaction(http, signed):
    raw = signed()
    await http.post(PATH, content=raw, headers=OCTETS)
    assert (await http.post(PATH, content=raw, headers=OCTETS)).json()["code"] == "HT1303"


async def test_wait_that_is_not_reached_says_what_was(http, signed):
    response = await http.post(PATH, params={"timeout": "0.1"}, content=signed("hang", ()), headers=OCTETS)
    document = problem_of(response, 504, "HT8006")
    assert document["data"]["seconds"] == "0.1"
    assert document["data"]["wait"] == "committed"
    assert document["transaction"]["answer"] == "accepted"
    found = await http.get(f"{PATH}/{document['data']['tx_id']}")
    assert found.json()["answer"] == "accepted"


@pytest.mark.parametrize("query", [{"wait": "soon"}, {"timeout": "-1"}, {"timeout": "nan"}, {"timeout": "x"}])
async def test_bad_wait_or_timeout(http, signed, node, query):
    response = await http.post(PATH, params=query, content=signed(), headers=OCTETS)
    document = problem_of(response, 400, "HT8001")
    assert next(iter(query)) in document["detail"]
    assert node.submissions == 0


async def test_endless_timeout_is_bounded_by_the_gateway(http, signed, node, settings):
    response = await http.post(PATH, params={"timeout": "inf"}, content=signed("hang", ()), headers=OCTETS)
    assert response.json()["data"]["seconds"] == str(settings.max_wait)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_types_that_a_web_page_may_send_without_asking_are_refused(http, signed, node, kind):
    response = await http.post(PATH, content=signed(), headers={"content-type": kind})
    problem_of(response, 415, "HT8009")
    assert node.submissions == 0


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"transaction": "00"}', b'{"transaction": "0x0"}', b'{"transaction": 1}', b'{"x": "0x00"}'],
)
async def test_malformed_json_submission(http, node, body):
    problem_of(await http.post(PATH, content=body, headers={"content-type": "application/json"}), 400, "HT8001")
    assert node.submissions == 0


async def test_empty_body(http):
    problem_of(await http.post(PATH, content=b"", headers=OCTETS), 400, "HT8001")


async def test_batch_answers_stand_in_order_each_on_its_own(http, signed):
    raws = [signed(), signed(chain_id="other-1"), b"\x00", signed("fail", ("no",)), signed("hang", ())]
    response = await http.post(f"{PATH}/batch", content=msgspec.msgpack.encode(raws), headers=MSGPACK)
    answers = response.json()
    assert response.status_code == 200
    assert [answer["answer"] for answer in answers] == ["committed", "rejected", "rejected", "failed", "accepted"]
    assert [answer["error"] and answer["error"]["code"] for answer in answers] == [
        None,
        "HT1104",
        "HT1001",
        "HT5000",
        None,
    ]


async def test_batch_as_json_and_in_chinese(http, signed):
    body = {"transactions": ["0x" + signed().hex(), "0x00"]}
    response = await http.post(f"{PATH}/batch", json=body, headers={"accept-language": "zh"})
    first, second = response.json()
    assert first["answer"] == "committed"
    assert not second["error"]["cause"].isascii()


async def test_empty_batch(http, node):
    response = await http.post(f"{PATH}/batch", content=b"\x90", headers=MSGPACK)
    assert (response.status_code, response.json()) == (200, [])


@pytest.mark.parametrize("body", [b"", b"\x91", b"\x91\xa1a", b"\x80", b"\x90\x00", b"\x91\xc0"])
async def test_malformed_batch(http, node, body):
    problem_of(await http.post(f"{PATH}/batch", content=body, headers=MSGPACK), 400, "HT8001")
    assert node.submissions == 0


async def test_batch_of_too_many(http, node, settings):
    body = msgspec.msgpack.encode([b"x"] * (settings.max_batch + 1))
    document = problem_of(await http.post(f"{PATH}/batch", content=body, headers=MSGPACK), 400, "HT8001")
    assert "21 transactions" in document["detail"]
    assert node.submissions == 0


async def test_proofs_of_receipt_and_event(http, signed):
    tx_id = (await http.post(PATH, content=signed(), headers=OCTETS)).json()["tx_id"]
    receipt = await http.get(f"{PATH}/{tx_id}/proof")
    assert (receipt.headers["content-type"], receipt.json()) == (
        "application/json",
        {"kind": "receipt", "tx_id": tx_id},
    )
    assert (await http.get(f"{PATH}/{tx_id}/proof", params={"event": 0})).json()["kind"] == "event"
    problem_of(await http.get(f"{PATH}/{tx_id}/proof", params={"event": 1}), 404, "HT8005")
    problem_of(await http.get(f"{PATH}/{tx_id}/proof", params={"event": -1}), 400, "HT8001")


async def test_proof_of_what_is_not_committed(http, signed):
    tx_id = (await http.post(PATH, params={"wait": "accepted"}, content=signed(), headers=OCTETS)).json()["tx_id"]
    response = await http.get(f"{PATH}/{tx_id}/proof")
    assert response.json()["code"] == "HT7005"
    assert response.status_code >= 400


@pytest.mark.parametrize(
    ("tx_id", "status", "code"),
    [
        ("0x" + "00" * 32, 404, "HT8005"),
        ("0x00", 400, "HT8001"),
        ("zz", 400, "HT8001"),
        ("0x" + "0g" * 32, 400, "HT8001"),
    ],
)
async def test_ids_that_name_nothing(http, tx_id, status, code):
    problem_of(await http.get(f"{PATH}/{tx_id}"), status, code)
    problem_of(await http.get(f"{PATH}/{tx_id}/proof"), status, code)


async def test_look_up_equals_the_answer(http, signed):
    answer = (await http.post(PATH, content=signed(), headers=OCTETS)).json()
    assert (await http.get(f"{PATH}/{answer['tx_id']}")).json() == json.loads(json.dumps(answer))
