"""Both key-value engines behave alike, and RocksDB says in codes what is wrong with its files."""

import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huitong.store import Family, HomeLock, KeyValue, MemoryKeyValue, RocksKeyValue
from huitong.types import Code, HuitongError

STATE, CHAIN = Family.STATE, Family.CHAIN


@pytest.fixture(params=["memory", "rocks"])
def source(request, tmp_path):
    made: KeyValue = MemoryKeyValue() if request.param == "memory" else RocksKeyValue(tmp_path / "store")
    yield made
    made.close()


def test_a_batch_spans_both_families(source):
    source.write([(STATE, b"a", b"1"), (CHAIN, b"a", b"2"), (STATE, b"b", b"3")], durable=True)
    source.write([(STATE, b"b", None)], durable=True)
    assert source.get(STATE, b"a") == b"1"
    assert source.get(CHAIN, b"a") == b"2"
    assert source.get(STATE, b"b") is None
    assert source.get(CHAIN, b"b") is None


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_is_half_open_and_ordered(source, reverse):
    keys = [b"a", b"aa", b"b", b"ba", b"c", b"c\x00"]
    source.write([(STATE, key, b"v" + key) for key in keys], durable=False)
    expected = [(key, b"v" + key) for key in keys if b"aa" <= key < b"c"]
    found = list(source.scan(STATE, b"aa", b"c", reverse=reverse))
    assert found == (expected[::-1] if reverse else expected)
    assert next(source.scan(STATE, b"aa", b"bz", reverse=True))[0] == b"ba"
    assert list(source.scan(STATE, b"x", b"z", reverse=reverse)) == []


def test_scan_longer_than_one_chunk(source):
    keys = [index.to_bytes(2, "big") for index in range(1000)]
    source.write([(CHAIN, key, b"v") for key in keys], durable=False)
    assert [key for key, _ in source.scan(CHAIN, b"\x00", b"\xff")] == keys
    assert [key for key, _ in source.scan(CHAIN, b"\x00", b"\xff", reverse=True)] == keys[::-1]


def test_snapshot_does_not_move(source):
    source.write([(STATE, b"a", b"1"), (STATE, b"b", b"2")], durable=False)
    frozen = source.snapshot()
    source.write([(STATE, b"a", b"9"), (STATE, b"b", None), (STATE, b"c", b"3")], durable=False)
    assert (frozen.get(b"a"), frozen.get(b"b"), frozen.get(b"c")) == (b"1", b"2", None)
    assert list(frozen.scan(b"a", b"z")) == [(b"a", b"1"), (b"b", b"2")]
    assert list(frozen.scan(b"a", b"z", reverse=True)) == [(b"b", b"2"), (b"a", b"1")]
    assert source.get(STATE, b"a") == b"9"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(st.binary(min_size=1, max_size=2), st.none() | st.binary(min_size=1, max_size=3), max_size=6),
        max_size=6,
    ),
    st.binary(min_size=1, max_size=2),
    st.binary(min_size=1, max_size=2),
)
def test_engines_agree_with_a_dictionary(tmp_path, batches, start, end):
    folder = tmp_path / "agree"
    shutil.rmtree(folder, ignore_errors=True)
    model: dict[bytes, bytes] = {}
    memory, rocks = MemoryKeyValue(), RocksKeyValue(folder)
    for batch in batches:
        before = dict(model)
        frozen = [engine.snapshot() for engine in (memory, rocks)]
        for engine in (memory, rocks):
            engine.write([(STATE, key, value) for key, value in batch.items()], durable=False)
        for key, value in batch.items():
            model.pop(key, None) if value is None else model.update({key: value})
        for view in frozen:
            assert dict(view.scan(b"\x00", b"\xff\xff\xff")) == before
        del view, frozen
    expected = sorted((key, value) for key, value in model.items() if start <= key < end)
    for engine in (memory, rocks):
        assert list(engine.scan(STATE, start, end)) == expected
        assert list(engine.scan(STATE, start, end, reverse=True)) == expected[::-1]
    rocks.close()


def test_a_closed_engine_says_so(source):
    source.close()
    with pytest.raises(HuitongError) as caught:
        source.get(STATE, b"a")
    assert caught.value.code == Code.STOPPING


def test_rocks_keeps_what_it_wrote(tmp_path):
    first = RocksKeyValue(tmp_path / "store")
    first.write([(STATE, b"a", b"1"), (CHAIN, b"blob", b"x" * 10_000)], durable=True)
    first.close()
    second = RocksKeyValue(tmp_path / "store")
    assert second.get(STATE, b"a") == b"1"
    assert second.get(CHAIN, b"blob") == b"x" * 10_000
    second.close()


def test_a_folder_opens_once(tmp_path):
    first = RocksKeyValue(tmp_path / "store")
    with pytest.raises(HuitongError) as caught:
        RocksKeyValue(tmp_path / "store")
    assert caught.value.code == Code.HOME_IN_USE
    first.close()


def _fill(folder: Path, rounds: int) -> None:
    engine = RocksKeyValue(folder)
    for number in range(rounds):
        engine.write([(STATE, number.to_bytes(4, "big"), os.urandom(2000))], durable=True)
    engine.close()
    gc.collect()


def test_a_flipped_bit_in_the_middle_of_the_log_is_damage(tmp_path):
    folder = tmp_path / "store"
    program = (
        "import os, pathlib, sys\n"
        "from huitong.store import RocksKeyValue, Family\n"
        "engine = RocksKeyValue(pathlib.Path(sys.argv[1]))\n"
        "for number in range(50):\n"
        "    engine.write([(Family.STATE, number.to_bytes(4, 'big'), b'v' * 2000)], durable=True)\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(folder)], check=False).returncode == 9
    log = max(folder.glob("*.log"), key=lambda path: path.stat().st_size)
    raw = bytearray(log.read_bytes())
    raw[len(raw) // 2] ^= 1
    log.write_bytes(raw)
    with pytest.raises(HuitongError) as caught:
        RocksKeyValue(folder)
    assert caught.value.code == Code.STORE_DAMAGED


def test_a_torn_end_of_the_log_is_cut_off(tmp_path):
    folder = tmp_path / "store"
    program = (
        "import os, pathlib, sys\n"
        "from huitong.store import RocksKeyValue, Family\n"
        "engine = RocksKeyValue(pathlib.Path(sys.argv[1]))\n"
        "for number in range(5):\n"
        "    engine.write([(Family.STATE, bytes((number,)), b'v' * 2000), (Family.CHAIN, bytes((number,)), b'c')],"
        " durable=True)\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", program, str(folder)], check=False).returncode == 9
    log = max(folder.glob("*.log"), key=lambda path: path.stat().st_size)
    log.write_bytes(log.read_bytes()[:-100])
    engine = RocksKeyValue(folder)
    assert [key for key, _ in engine.scan(STATE, b"\x00", b"\xff")] == [bytes((number,)) for number in range(4)]
    assert [key for key, _ in engine.scan(CHAIN, b"\x00", b"\xff")] == [bytes((number,)) for number in range(4)]
    engine.close()


def test_a_lost_table_is_damage(tmp_path):
    folder = tmp_path / "store"
    _fill(folder, 20)
    _fill(folder, 1)
    tables = list(folder.glob("*.sst"))
    assert tables, "closing and opening again writes a table"
    for table in tables:
        table.unlink()
    with pytest.raises(HuitongError) as caught:
        RocksKeyValue(folder)
    assert caught.value.code == Code.STORE_DAMAGED


def test_a_folder_that_cannot_be_made_is_unreadable(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(HuitongError) as caught:
        RocksKeyValue(tmp_path / "file")
    assert caught.value.code == Code.STORE_UNREADABLE


def _write_until_refused(folder: Path) -> tuple[int, Code]:
    engine = RocksKeyValue(folder)
    for number in range(200):
        try:
            engine.write([(STATE, bytes((number,)), os.urandom(100_000))], durable=True)
        except HuitongError as error:
            engine.close()
            return number, error.code
    raise AssertionError("the disk was never full")


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("mount") is None, reason="a full disk is made by mounting a tmpfs, as root"
)
def test_a_full_disk_is_named_and_loses_nothing(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets root mount no tmpfs")
    try:
        written, code = _write_until_refused(disk / "store")
        assert code == Code.STORE_FULL
        gc.collect()
        subprocess.run(["mount", "-o", "remount,size=32m", str(disk)], check=True)
        engine = RocksKeyValue(disk / "store")
        kept = [key[0] for key, _ in engine.scan(STATE, b"\x00", b"\xff\xff")]
        assert kept[:written] == list(range(written))
        assert written > 5
        engine.close()
    finally:
        gc.collect()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_one_home_has_one_node(tmp_path):
    program = (
        "import pathlib, sys\n"
        "from huitong.store import HomeLock\n"
        "from huitong.types import HuitongError\n"
        "try:\n"
        "    HomeLock(pathlib.Path(sys.argv[1])).acquire()\n"
        "except HuitongError as error:\n"
        "    sys.exit(int(error.code) % 256)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "home")]
    with HomeLock(tmp_path / "home"):
        assert subprocess.run(command, check=False).returncode == Code.HOME_IN_USE % 256
    assert subprocess.run(command, check=False).returncode == 0
