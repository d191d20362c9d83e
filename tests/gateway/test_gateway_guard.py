"""What keeps web pages, foreign hosts and oversized or slow requests out."""

import asyncio

import httpx
import pytest

from huitong.api import NodeApi
from huitong.gateway import Gateway, GatewaySettings
from huitong.gateway.guard import host_name
from huitong.types import Code, HuitongError

STATUS = "/api/v1/status"
PATH = "/api/v1/transactions"
OCTETS = {"content-type": "application/octet-stream"}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1:9640", "127.0.0.1"),
        ("LOCALHOST", "localhost"),
        ("[::1]:80", "[::1]"),
        ("[::1]", "[::1]"),
        ("node.example:", ""),
        ("a b", ""),
        ("", ""),
        (":80", ""),
        ("evil@127.0.0.1", ""),
        ("127.0.0.1:80:90", ""),
        ("[]:1", ""),
        ("x:٣", ""),
    ],
)
def test_host_names(host, name):
    assert host_name(host) == name


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:9640", "127.0.0.1.evil.example", "node.example.evil", "", "[::2]"]
)
async def test_foreign_host_is_refused(http, host):
    response = await http.get(STATUS, headers={"host": host})
    assert (response.status_code, response.json()["code"]) == (421, "HT8003")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "wrong",
    [
        GatewaySettings(hosts=("node.example:9640",)),
        GatewaySettings(hosts=("*",)),
        GatewaySettings(hosts=("",)),
        GatewaySettings(origins=("*",)),
        GatewaySettings(origins=("null",)),
        GatewaySettings(origins=("console.example",)),
        GatewaySettings(origins=("https://console.example/path",)),
        GatewaySettings(origins=("file:///x",)),
    ],
)
def test_settings_that_match_nothing_or_too_much_are_refused(node, wrong):
    with pytest.raises(HuitongError) as refused:
        Gateway(NodeApi(node, node, node), wrong)
    assert refused.value.code is Code.NODE_CONFIGURATION


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:9640", "NODE.example:443"])
async def test_known_hosts_are_served(http, host):
    assert (await http.get(STATUS, headers={"host": host})).status_code == 200


async def test_two_hosts_are_refused(gateway):
    sent = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": STATUS, "raw_path": STATUS.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"localhost"), (b"host", b"evil.example")], "client": None, "server": None,
    }  # fmt: skip
    await gateway(scope, receive, send)
    assert sent[0]["status"] == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:3000"},
        {"origin": "https://127.0.0.1:9640"},
        {"origin": "http://127.0.0.1:9640", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "document"},
    ],
)
async def test_foreign_pages_are_refused_reading_and_writing(http, signed, node, headers):
    for response in (
        await http.get(STATUS, headers=headers),
        await http.post(PATH, content=signed(), headers={**headers, **OCTETS}),
        await http.options(PATH, headers={**headers, "access-control-request-method": "POST"}),
    ):
        assert (response.status_code, response.json()["code"]) == (403, "HT8004")
        assert "access-control-allow-origin" not in response.headers
    assert node.submissions == 0


async def test_own_page_and_programs_are_served(http, signed):
    own = {"origin": "http://127.0.0.1:9640", "sec-fetch-site": "same-origin"}
    assert (await http.get(STATUS, headers=own)).status_code == 200
    assert (await http.post(PATH, content=signed(), headers={**own, **OCTETS})).status_code == 200
    assert (await http.get(STATUS, headers={"sec-fetch-site": "none"})).status_code == 200


async def test_followed_link_may_read_but_a_form_may_not_post(http, signed, node):
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert (await http.get(STATUS, headers=link)).status_code == 200
    assert (await http.post(PATH, content=signed(), headers={**link, **OCTETS})).status_code == 403
    assert node.submissions == 0


async def test_named_origin_gets_its_own_permission_and_no_wildcard(http, signed):
    page = {"origin": "https://console.example", "sec-fetch-site": "cross-site"}
    response = await http.post(PATH, content=signed(), headers={**page, **OCTETS})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "https://console.example"
    assert response.headers["vary"] == "origin"
    preflight = await http.options(PATH, headers={**page, "access-control-request-method": "POST"})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-methods"] == "GET, POST"
    assert "access-control-allow-credentials" not in preflight.headers


async def test_every_answer_carries_the_security_headers(http):
    for response in (
        await http.get(STATUS),
        await http.get("/nothing"),
        await http.get(STATUS, headers={"host": "x.y"}),
    ):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


async def test_oversized_body_is_refused_by_its_declared_length(http, node, settings):
    response = await http.post(PATH, content=b"x" * (settings.max_body + 1), headers=OCTETS)
    assert (response.status_code, response.json()["code"]) == (413, "HT8002")
    assert response.json()["data"]["limit"] == settings.max_body
    assert node.submissions == 0


async def test_oversized_body_is_refused_while_it_streams(http, node, settings):
    taken = 0

    async def endless():
        nonlocal taken
        while True:
            taken += 1024
            yield b"x" * 1024

    for path, limit in ((PATH, settings.max_body), (f"{PATH}/batch", settings.max_batch_body)):
        taken = 0
        headers = OCTETS if path == PATH else {"content-type": "application/x-msgpack"}
        response = await http.post(path, content=endless(), headers=headers)
        assert (response.status_code, response.json()["code"]) == (413, "HT8002")
        assert taken <= limit + 2048
    assert node.submissions == 0


async def test_slow_request_is_ended(node, signed):
    gateway = Gateway(NodeApi(node, node, node), GatewaySettings(request_timeout=0.05, max_wait=0.05))
    transport = httpx.ASGITransport(gateway)
    node.delay = 30
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        response = await client.post(PATH, content=signed(), headers=OCTETS)
    assert (response.status_code, response.json()["code"]) == (503, "HT8015")


async def test_body_that_never_ends_is_ended(node):
    gateway = Gateway(NodeApi(node, node, node), GatewaySettings(request_timeout=0.05, max_wait=0.05))
    waiting = asyncio.Event()

    async def trickle():
        yield b"x"
        await waiting.wait()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), base_url="http://localhost") as client:
        response = await client.post(PATH, content=trickle(), headers=OCTETS)
    assert (response.status_code, response.json()["code"]) == (503, "HT8015")
    assert node.submissions == 0


async def test_fault_of_the_program_shows_no_detail(http, signed, node):
    node.broken = True
    response = await http.post(PATH, content=signed(), headers=OCTETS)
    assert (response.status_code, response.json()["code"]) == (500, "HT9999")
    assert "secret" not in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("DELETE", PATH, "POST"), ("PUT", STATUS, "GET"), ("GET", "/api/v1/views", "POST"), ("PATCH", "/healthz", "GET")],
)
async def test_method_not_allowed_names_those_that_are(http, method, path, allow):
    response = await http.request(method, path)
    assert (response.status_code, response.json()["code"]) == (405, "HT8008")
    assert allow in response.headers["allow"]
    assert response.json()["data"]["method"] == method


@pytest.mark.parametrize("path", [STATUS, "/healthz", "/metrics"])
async def test_head_is_get_without_its_body(http, path):
    asked, answer = await http.head(path), await http.get(path)
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-type"] == answer.headers["content-type"]
    seen = (await http.get("/metrics")).text
    assert f'huitong_http_requests_total{{method="HEAD",route="{path}",status="200"}}' in seen


async def test_head_of_what_cannot_be_read_has_its_status(http):
    assert (await http.head("/nowhere")).status_code == 404
    assert (await http.head(PATH)).status_code == 405
    assert (await http.head("/api/v1/events")).status_code == 405


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v2/status", "/docs", "/schema", "/api/v1/../status", "/%00", "/api/v1/blocks"]
)
async def test_unknown_address(http, path):
    response = await http.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "HT8005")
    assert response.headers["content-type"] == "application/problem+json"
