"""Any request gets an answer of the gateway's own form: never a fault, never something else than JSON or a problem."""

import asyncio
import json

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from huitong.api import Problem

KINDS = [
    "application/octet-stream",
    "application/json",
    "application/x-msgpack",
    "application/json; charset=x",
    "text/plain",
    "",
]
POSTS = ["/api/v1/transactions", "/api/v1/transactions/batch", "/api/v1/views"]
GETS = [
    "/api/v1/transactions/{}", "/api/v1/transactions/{}/proof", "/api/v1/blocks/{}", "/api/v1/headers/{}",
    "/api/v1/state/main/{}", "/api/v1/state/{}/0x00", "/api/v1/contracts/{}", "/api/v1/members/{}", "/{}",
]  # fmt: skip
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
NAMED = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("transaction", "transactions", "target", "method", "args", "raw_args", "sender", "gas_limit"), JSON_VALUES
    ),
)


def ask(gateway, method, path, *, query=b"", headers=(), body=b""):
    """One request straight over ASGI; returns (status, headers, body)."""
    sent = []

    async def run():
        pieces = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive():
            return next(pieces, {"type": "http.disconnect"})

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "",
            "headers": [(b"host", b"localhost"), *headers], "client": None, "server": None, "state": {},
        }  # fmt: skip
        await gateway(scope, receive, send)

    asyncio.run(run())
    content = b"".join(message["body"] for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), content


def check(answer):
    status, headers, body = answer
    assert status < 500 or status == 504, body
    if status >= 400:
        assert headers[b"content-type"] == b"application/problem+json"
        document = msgspec.json.decode(body, type=Problem)
        assert document.status == status
        assert document.code.startswith("HT")
        assert document.next
    else:
        json.loads(body)


@pytest.mark.parametrize("path", POSTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=200)
    | JSON_VALUES.map(lambda value: json.dumps(value).encode())
    | NAMED.map(lambda value: json.dumps(value).encode())
    | JSON_VALUES.map(msgspec.json.encode),
    kind=st.sampled_from(KINDS),
    query=st.sampled_from(
        [b"", b"wait=accepted", b"timeout=0", b"wait=%00", b"timeout=1e999", b"&&=&", b"wait=proved&wait=x", b"\xff"]
    ),
)
@example(body=b"[" * 4000, kind="application/json", query=b"")
@example(body=b"\x91" * 4000, kind="application/x-msgpack", query=b"")
@example(
    body=b'{"target": "ledger", "method": "get", "raw_args": "0x' + b"91" * 1900 + b'"}',
    kind="application/json",
    query=b"",
)
@example(body=b'{"target": "ledger", "method": "get", "args": ["\\ud800"]}', kind="application/json", query=b"")
def test_any_body(gateway, path, body, kind, query):
    headers = [(b"content-type", kind.encode())] if kind else []
    check(ask(gateway, "POST", path, query=query, headers=headers, body=body))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(GETS),
    part=st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    | st.integers().map(str)
    | st.binary(max_size=40).map(lambda raw: "0x" + raw.hex()),
    query=st.binary(max_size=20)
    | st.sampled_from([b"event=99999999999999999999", b"event=1.5", b"prove=1", b"prove="]),
    language=st.binary(max_size=20),
)
def test_any_address(gateway, path, part, query, language):
    headers = [(b"accept-language", language), (b"accept", language)]
    check(ask(gateway, "GET", path.format(part), query=query, headers=headers))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([b"host", b"origin", b"sec-fetch-site", b"content-length", b"content-type", b"last-event-id"]),
    value=st.binary(max_size=40),
)
def test_any_header(gateway, name, value):
    check(ask(gateway, "GET", "/api/v1/status", headers=[(name, value)]))
