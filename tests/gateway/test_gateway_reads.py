"""Status, blocks, state, contracts, views, members, health, metrics, OpenAPI."""

import re
import sys

import pytest

OCTETS = {"content-type": "application/octet-stream"}
LEDGER = "0x" + "11" * 20


async def test_status(http, node):
    answer = (await http.get("/api/v1/status")).json()
    assert answer["chain_id"] == node.chain_id
    assert answer["clock_ns"] == str(node.clock_ns)
    assert answer["height"] == 0


async def test_blocks_by_height_and_latest(http, signed):
    await http.post("/api/v1/transactions", content=signed(), headers=OCTETS)
    await http.post("/api/v1/transactions", content=signed(), headers=OCTETS)
    assert (await http.get("/api/v1/blocks/1")).json()["header"]["height"] == 1
    assert (await http.get("/api/v1/blocks/latest")).json()["header"]["height"] == 2
    assert (await http.get("/api/v1/headers/latest")).json() == {"header": {"height": 2}}
    assert (await http.get("/api/v1/trust")).json() == {"chain_id": "fake-1"}


@pytest.mark.parametrize(
    ("height", "status", "code"),
    [
        ("7", 404, "HT8005"),
        ("x", 400, "HT8001"),
        ("-1", 400, "HT8001"),
        ("1.0", 400, "HT8001"),
        ("9" * 30, 400, "HT8001"),
        ("²", 400, "HT8001"),
    ],
)
async def test_heights_that_name_nothing(http, height, status, code):
    for path in ("blocks", "headers"):
        response = await http.get(f"/api/v1/{path}/{height}")
        assert (response.status_code, response.json()["code"]) == (status, code)


async def test_state_with_and_without_proof(http, signed):
    await http.post("/api/v1/transactions", content=signed(args=("k", 7)), headers=OCTETS)
    plain = (await http.get("/api/v1/state/main/0x6b")).json()
    assert (plain["value"], plain["proof"]) == ("0x07", None)
    proved = (await http.get("/api/v1/state/main/0x6b", params={"prove": "true"})).json()
    assert proved["proof"] == {"kind": "state"}
    absent = (await http.get("/api/v1/state/main/0x6c", params={"prove": "true"})).json()
    assert (absent["value"], absent["proof"]) == (None, {"kind": "state"})


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("nope/0x00", 404, "HT8005"),
        ("main/00", 400, "HT8001"),
        ("main/0x", 400, "HT8001"),
        ("main/0x" + "00" * 1025, 400, "HT8001"),
        ("main/0x00?prove=perhaps", 400, "HT8001"),
    ],
)
async def test_bad_state_questions(http, path, status, code):
    response = await http.get(f"/api/v1/state/{path}")
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_contract_by_name_and_address(http):
    by_name = (await http.get("/api/v1/contracts/ledger")).json()
    assert by_name["address"] == LEDGER
    assert by_name["schema"]["name"] == "Ledger"
    assert (await http.get(f"/api/v1/contracts/{LEDGER}")).json() == by_name
    missing = await http.get("/api/v1/contracts/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "HT8005")
    assert missing.json()["data"] == {"what": "contract", "name": "nothing"}


async def test_view(http, signed):
    await http.post("/api/v1/transactions", content=signed(args=("k", 2**60)), headers=OCTETS)
    question = {"target": "ledger", "method": "get", "args": ["k"]}
    assert (await http.post("/api/v1/views", json=question)).json()["value"] == str(2**60)
    raw = {"target": LEDGER, "method": "get", "raw_args": "0x91a16b"}
    assert (await http.post("/api/v1/views", json=raw)).json()["raw"] == "0xcf1000000000000000"


async def test_view_that_the_contract_refuses_names_its_error(http):
    response = await http.post("/api/v1/views", json={"target": "ledger", "method": "get", "args": ["absent"]})
    document = response.json()
    assert response.status_code >= 400
    assert (document["code"], document["name"], document["contract"]) == ("HT5000", "KeyUnknown", LEDGER)
    assert document["data"] == {"key": "absent"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"target": "ledger"}',
        b'{"target": 1, "method": "get"}',
        b'{"target": "ledger", "method": "get", "args": 1}',
        b'{"target": "ledger", "method": "get", "gas_limit": "x"}',
        b'{"target": "ledger", "method": "get", "gas_limit": "-1"}',
        b'{"target": "ledger", "method": "get", "gas_limit": 5}',
        b'{"target": "ledger", "method": "get", "raw_args": "91a16b"}',
    ],
)
async def test_malformed_view(http, body):
    response = await http.post("/api/v1/views", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (400, "HT8001")


@pytest.mark.parametrize("depth", [33, 500, 2_000])
async def test_nested_brackets_are_no_fault(http, depth):
    """Whatever the interpreter's limit is: a node with contracts has raised it, to 4,000."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(4_000, before))
    nest = b"[" * depth + b"]" * depth
    body = b'{"target": "ledger", "method": "get", "args": [' + nest + b"]}"
    try:
        response = await http.post("/api/v1/views", content=body, headers={"content-type": "application/json"})
    finally:
        sys.setrecursionlimit(before)
    assert (response.status_code, response.json()["code"]) == (400, "HT8001")


async def test_view_needs_json(http):
    response = await http.post("/api/v1/views", content=b"{}", headers={"content-type": "text/plain"})
    assert (response.status_code, response.json()["code"]) == (415, "HT8009")


async def test_unknown_view_target_and_method(http):
    missing = await http.post("/api/v1/views", json={"target": "nothing", "method": "get"})
    assert (missing.status_code, missing.json()["code"]) == (404, "HT8005")
    wrong = await http.post("/api/v1/views", json={"target": "ledger", "method": "jump"})
    assert wrong.json()["code"] == "HT4003"


async def test_members_and_organisations(http, node):
    alice = (await http.get("/api/v1/members/alice@hospital-a")).json()
    assert alice["id"] == "alice@hospital-a"
    assert (await http.get(f"/api/v1/members/{alice['address']}")).json() == alice
    assert (await http.get("/api/v1/members/mallory@nowhere")).json()["code"] == "HT8005"
    assert (await http.get("/api/v1/organisations")).json() == ["hospital-a"]


async def test_health_says_why_not(http, node):
    assert (await http.get("/healthz")).json() == {"status": "ok", "chain_id": "fake-1", "height": 0}
    node.ready = False
    response = await http.get("/healthz")
    assert (response.status_code, response.json()["code"]) == (503, "HT6005")
    assert "the disk is full" in response.json()["detail"]


async def test_metrics_count_by_template_not_by_path(http):
    for number in range(3):
        await http.get(f"/api/v1/blocks/{number}")
    await http.get("/secret-path")
    text = (await http.get("/metrics")).text
    assert 'huitong_http_requests_total{method="GET",route="/api/v1/blocks/{height}",status="404"} 3.0' in text
    assert "secret-path" not in text
    assert re.search(r"^huitong_http_streams 0.0$", text, re.MULTILINE)


async def test_openapi_describes_bodies_answers_and_problems(http):
    response = await http.get("/api/v1/openapi.json")
    document = response.json()
    assert response.headers["content-type"] == "application/json"
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    assert set(paths) == {
        "/api/v1/transactions", "/api/v1/transactions/batch", "/api/v1/transactions/{tx_id}",
        "/api/v1/transactions/{tx_id}/proof", "/api/v1/blocks/{height}", "/api/v1/headers/{height}", "/api/v1/trust",
        "/api/v1/status", "/api/v1/state/{store}/{key}", "/api/v1/contracts/{name}", "/api/v1/views",
        "/api/v1/members/{name}", "/api/v1/organisations", "/api/v1/events", "/healthz", "/metrics",
    }  # fmt: skip
    submit = paths["/api/v1/transactions"]["post"]
    assert set(submit["requestBody"]["content"]) == {"application/octet-stream", "application/json"}
    assert {parameter["name"] for parameter in submit["parameters"]} == {"wait", "timeout"}
    assert set(submit["responses"]) == {"200", "202", "default"}
    schemas = document["components"]["schemas"]
    assert schemas["Problem"]["properties"]["transaction"]["anyOf"]
    for path in paths.values():
        for operation in path.values():
            assert operation["summary"]
            assert "application/problem+json" in operation["responses"]["default"]["content"]


async def test_openapi_stands_at_the_root_of_the_interface_too(http):
    assert (await http.get("/api/v1")).json() == (await http.get("/api/v1/openapi.json")).json()


async def test_openapi_has_no_open_references(http):
    text = (await http.get("/api/v1/openapi.json")).text
    document = (await http.get("/api/v1/openapi.json")).json()
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named <= set(document["components"]["schemas"])
    assert "http://" not in text.replace("http://json-schema", "")
    assert "cdn" not in text


async def test_openapi_is_valid(http):
    validator = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator is not installed")
    validator.validate((await http.get("/api/v1/openapi.json")).json())
