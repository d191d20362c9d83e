"""A backup is made while the node works, is checked byte by byte, and becomes a node's folder again."""

import asyncio
import errno
import json
import os
import socket
from pathlib import Path

import pytest

from huitong.api.client import AsyncClient, Wallet
from huitong.cli.commands.dev import prepare
from huitong.crypto import INTERNATIONAL
from huitong.node import Home, Node, NodeSettings, identities
from huitong.node.admin import ask
from huitong.node.backup import MANIFEST, check, restore
from huitong.types import Code, HuitongError
from huitong.vm.python.source import compile_source

SOURCE = (Path(__file__).parents[2] / "examples" / "metering" / "metering.py").read_text()
SETTINGS = NodeSettings(port=0, contract_workers=1)


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "chain")
    prepare(home, ())
    return home


@pytest.fixture
async def node(home):
    node = Node(home, SETTINGS)
    await node.start()
    yield node
    await node.stop()


@pytest.fixture
async def meters(node):
    alice = next(one for one in identities(INTERNATIONAL) if one.id == "alice@hospital-a")
    async with AsyncClient(node.url, Wallet.of(alice.key_kind, alice.secret)) as client:
        await client.deploy(compile_source(SOURCE, "metering.py"), name="metering", source=SOURCE.encode())
        meters = await client.contract("metering")
        await meters.call("register", "m")
        yield meters


async def backup(home, to):
    return await asyncio.to_thread(ask, home, "backup", to=str(to))


def code_of(call, *arguments) -> Code:
    with pytest.raises(HuitongError) as refused:
        call(*arguments)
    return Code(refused.value.code)


async def test_a_backup_under_load_holds_every_call_answered_before_it(home, node, meters, tmp_path):
    answered = 0
    begun = asyncio.Event()

    async def work() -> None:
        nonlocal answered
        while True:
            await meters.call("read", "m", 1)
            answered += 1
            begun.set()

    working = asyncio.ensure_future(work())
    await begun.wait()
    before = answered
    made = await backup(home, tmp_path / "copy")
    working.cancel()
    assert check(tmp_path / "copy").app_hash == made["app_hash"]
    await node.stop()
    other = Home(tmp_path / "other")
    restore(tmp_path / "copy", other)
    other.keys_file.write_bytes(home.keys_file.read_bytes())
    other.signer_record.write_bytes(home.signer_record.read_bytes())
    restored = Node(other, SETTINGS)
    with pytest.raises(HuitongError) as ahead:  # more was signed since: this key may not go on from here
        await restored.start()
    assert ahead.value.code == Code.SIGNER_RECORD_AHEAD
    assert made["height"] >= before


async def test_a_restored_folder_has_the_state_and_signs_only_with_its_record(home, node, meters, tmp_path):
    await meters.call("read", "m", 7, wait="proved")
    await node.stop()
    again = Node(home, SETTINGS)
    await again.start()
    made = await backup(home, tmp_path / "copy")
    await again.stop()
    other = Home(tmp_path / "other")
    assert restore(tmp_path / "copy", other).height == made["height"]
    other.keys_file.write_bytes(home.keys_file.read_bytes())
    with pytest.raises(HuitongError) as missing:
        await Node(other, SETTINGS).start()
    assert missing.value.code == Code.SIGNER_RECORD_MISSING
    other.signer_record.write_bytes(home.signer_record.read_bytes())
    moved = Node(other, SETTINGS)
    await moved.start()
    async with AsyncClient(moved.url) as client:
        assert await (await client.contract("metering")).view("total", "m") == 7
    await moved.stop()


async def test_what_is_damaged_missing_or_too_much_is_named(home, node, meters, tmp_path):
    copy = tmp_path / "copy"
    await backup(home, copy)
    table = max((copy / "store").glob("*.sst"), key=lambda path: path.stat().st_size)
    raw = table.read_bytes()
    table.unlink()  # not the node's own file, of which this is another name
    assert code_of(check, copy) == Code.STORE_DAMAGED
    table.write_bytes(raw[:100] + bytes([raw[100] ^ 1]) + raw[101:])
    with pytest.raises(HuitongError, match=table.name):
        check(copy)
    table.write_bytes(raw)
    check(copy)
    (copy / "more").write_bytes(b"")
    assert code_of(check, copy) == Code.STORE_DAMAGED
    (copy / "more").unlink()
    listed = json.loads((copy / MANIFEST).read_text())
    (copy / MANIFEST).write_text(json.dumps(listed | {"app_hash": "00" * 32}))
    assert code_of(check, copy) == Code.STORE_DAMAGED
    (copy / MANIFEST).write_text(json.dumps(listed | {"format": "huitong-backup/9"}))
    assert code_of(check, copy) == Code.STORE_FORMAT_UNKNOWN
    (copy / MANIFEST).write_text("{")
    assert code_of(check, copy) == Code.FILE_UNREADABLE
    assert code_of(check, tmp_path / "none") == Code.FILE_UNREADABLE


async def test_no_key_and_no_record_is_in_a_backup(home, node, meters, tmp_path):
    await backup(home, tmp_path / "copy")
    names = {path.name for path in (tmp_path / "copy").rglob("*")}
    assert names.isdisjoint({"node-keys.json", "signed.json", "ready.json", "lock", "audit.jsonl"})
    assert (tmp_path / "copy").stat().st_mode & 0o077 == 0


async def test_a_folder_that_is_there_is_never_written_to(home, node, tmp_path):
    (tmp_path / "copy").mkdir()
    with pytest.raises(HuitongError) as taken:
        await backup(home, tmp_path / "copy")
    assert taken.value.code == Code.FILE_UNREADABLE
    assert list((tmp_path / "copy").iterdir()) == []
    assert code_of(restore, tmp_path / "copy", home) == Code.NODE_CONFIGURATION


async def test_the_door_is_the_owners_and_keeps_an_account(home, node, tmp_path):
    assert home.admin_socket.stat().st_mode & 0o777 == 0o600
    await backup(home, tmp_path / "copy")
    with pytest.raises(HuitongError, match="absolute"):
        await backup(home, "copy")
    for request in (b"[]\n", b"{}\n", b'{"act":"dance"}\n', b"[" * 9000 + b"\n", b"\xff\n", b"x" * 70_000 + b"\n"):
        assert b'"code":8001' in await asyncio.to_thread(_raw, home.admin_socket, request)
    lines = [json.loads(line) for line in home.audit_file.read_text().splitlines()]
    assert [(line["act"], line["outcome"]) for line in lines[:2]] == [("backup", "done"), ("backup", "HT8001")]
    await node.stop()
    assert not home.admin_socket.exists()
    assert code_of(ask, home, "backup") == Code.NODE_UNREACHABLE


def _raw(path, request: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(str(path))
        door.sendall(request)
        return door.makefile("rb").readline()


async def test_a_backup_on_a_medium_that_cannot_be_written_is_checked_and_a_full_disk_has_its_code(
    home, node, meters, tmp_path, monkeypatch
):
    await backup(home, tmp_path / "copy")
    monkeypatch.setattr("huitong.node.backup.os.access", lambda *_: False)
    monkeypatch.setattr("huitong.node.backup.Path.hardlink_to", _fails(OSError(errno.EXDEV, "another file system")))
    before = {path.name for path in tmp_path.iterdir()}
    assert check(tmp_path / "copy").height > 0
    assert {path.name for path in tmp_path.iterdir()} == before
    monkeypatch.setattr("huitong.node.backup.shutil.copyfile", _fails(OSError(errno.ENOSPC, "No space left on device")))
    assert code_of(check, tmp_path / "copy") == Code.STORE_FULL
    assert code_of(restore, tmp_path / "copy", Home(tmp_path / "other")) == Code.STORE_FULL


def _fails(error: OSError):
    def fail(*_, **__):
        raise error

    return fail


async def test_a_node_takes_back_what_a_killed_one_said(home):
    """Its process id may be another program's by now: `huitong node stop` must not end that."""
    home.ready_file.write_text('{"url": "http://127.0.0.1:1", "chain_id": "x-1", "pid": 1}')
    broken = Node(home, NodeSettings(port=0, contract_workers=1, cometbft=home.path))
    with pytest.raises(HuitongError):
        await broken.start()
    assert home.ready() is None
    home.ready_file.write_text('{"url": "http://127.0.0.1:1", "chain_id": "x-1", "pid": 1}')
    node = Node(home, SETTINGS)
    await node.start()
    assert home.ready().pid == os.getpid()
    await node.stop()
    assert home.ready() is None
