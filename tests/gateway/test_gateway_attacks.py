"""Attacks of the security review that are of no one feature: smuggling, swelling, leaving the place, forging logs."""

import asyncio
import gzip
import logging

import pytest
import structlog

from huitong.cli import logs
from huitong.gateway import bind
from huitong.gateway.server import serving

BATCH = "/api/v1/transactions/batch"


async def exchange(port: int, request: bytes) -> bytes:
    """Send bytes, end the sending side, and return everything that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def post(headers: str, body: bytes) -> bytes:
    head = f"POST {BATCH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-msgpack\r\n{headers}\r\n"
    return head.encode() + body


HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 1\r\nContent-Length: 40\r\n",
        "Content-Length: 1, 40\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: 0x1\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Transfer-Encoding : chunked\r\nContent-Length: 1\r\n",
        "Content-Length: 1\r\n Transfer-Encoding: chunked\r\n",
    ],
)
async def test_a_request_of_two_lengths_never_answers_a_hidden_one(gateway, headers):
    """A proxy in front may see another end of the request than we: then nothing behind that end may be served."""
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        answer = await exchange(server.port, post(headers, b"\x900\r\n\r\n" + HIDDEN))
    assert b"HTTP/1.1 200" not in answer
    assert answer.count(b"HTTP/1.1 ") <= 1


async def test_a_chunk_that_lies_about_its_length_closes_the_connection(gateway):
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        for chunk in (b"-1\r\n", b"1\r\nxx\r\n", b"ffffffffffffffffff\r\n", b"0x5\r\n", b"1;" + b"a" * 70_000):
            answer = await exchange(server.port, post("Transfer-Encoding: chunked\r\n", chunk + HIDDEN))
            assert b"HTTP/1.1 200" not in answer, chunk[:20]


async def test_a_compressed_body_is_never_swollen(http, node):
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    for encoding in ("gzip", "deflate", "br", "gzip, gzip"):
        headers = {"content-type": "application/x-msgpack", "content-encoding": encoding}
        answer = await http.post(BATCH, content=bomb, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "HT8001")
    assert node.submissions == 0


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/api/v1/contracts/..%2f..%2f..%2fetc%2fpasswd",
        "/api/v1/blocks/..%5c..%5cwindows",
        "/api/v1/members/%00",
        "/api/v1/state/main/%2e%2e%2f",
        "//etc/passwd",
        "/api/v1/docs/../../../genesis.json",
    ],
)
async def test_no_address_is_a_path_of_files(gateway, path):
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        answer = await exchange(server.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400"))
    assert b"root:" not in answer


def test_a_name_with_line_ends_is_one_line_of_the_log(capsys):
    before = structlog.get_config()
    try:
        logs.configure()
        text = "a\nlevel=error event=forged\r\n\x1b[2Jb"
        structlog.get_logger("attack").error("request failed", path=text, other='x" forged="1')
    finally:
        structlog.configure(**before)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "\x1b" not in lines[0]
    assert 'forged="1' not in lines[0].replace('\\"', "")
    assert logging.getLogger("attack").handlers == []
