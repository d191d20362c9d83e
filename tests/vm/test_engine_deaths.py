"""Workers that die, hang, lie or are shared: what the Python engine raises, tries again and cleans up."""

import gc
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from huitong.kernel.contract import WorkerDiedError
from huitong.types import Answer, Code, HuitongError, decode, encode
from huitong.vm.python import engine_frame

COUNTER = b"""
def run(call, host):
    key = b"\\0\\1" + call.args[0].encode() + b"\\0"
    value = int(host.read(key) or b"0") + call.args[1]
    host.write({key: str(value).encode()})
    host.emit("Counted", encode({"value": value}))
    return Answer(0, encode(value), 321)
"""
CALLER = b"""
def run(call, host):
    host.write({b"k": b"outer"})
    answer = host.call(call.args[0], "visit", (), 5000, read_only=False)
    return [answer.code, answer.data]
"""
SUICIDE = b"""
def run(call, host):
    if call.args[0] == "after a write":
        host.write({b"k": b"v" * 100_000, b"l": b"v" * 100_000, b"m": b"v" * 100_000})
    if call.args[0] == "after a read":
        host.read(b"k")
    C.getpid() if call.args[0] != "never" else None
    return "alive"
"""


def _value(answer):
    assert answer.code == 0, (answer.code, answer.data)
    return decode(answer.data, object)


def test_clean_death_is_tried_again_on_a_fresh_worker(engine, host, invocation):
    """An outsider kills the worker in the middle of a read: the caller notices nothing."""
    real, killed = host.read, []

    def read(key):
        if not killed:
            killed.append(_pid(engine, lent=True))
            os.kill(killed[0], signal.SIGKILL)
        return real(key)

    host.read = read
    host.state[b"\0\1a\0"] = b"1"
    assert _value(engine.call(invocation(COUNTER, "a", 1), COUNTER, host)) == 2
    assert killed != [_pid(engine)]


@pytest.mark.parametrize("when", ["at once", "after a read"])
def test_two_fresh_deaths_raise(engine, host, invocation, when):
    with pytest.raises(WorkerDiedError, match="the worker ended"):
        engine.call(invocation(SUICIDE, when), SUICIDE, host)
    assert len([entry for entry in host.asked if entry[0] == "read"]) == (2 if when == "after a read" else 0)
    assert _value(engine.call(invocation(SUICIDE, "never"), SUICIDE, host)) == "alive"


def test_death_after_a_write_raises_at_once(engine, host, invocation):
    """The host holds half of the frame: only the owner of its checkpoint may start over."""
    with pytest.raises(WorkerDiedError):
        engine.call(invocation(SUICIDE, "after a write"), SUICIDE, host)
    assert len([entry for entry in host.asked if entry[0] == "write"]) == 1
    assert _value(engine.call(invocation(SUICIDE, "never"), SUICIDE, host)) == "alive"


def test_death_in_an_inner_frame_reaches_the_outermost(engine, host, invocation):
    seen = []

    def callee(*_):
        try:
            return engine.call(invocation(SUICIDE, "at once"), SUICIDE, host)
        except WorkerDiedError as died:
            seen.append(died)
            raise

    host.callee = callee
    with pytest.raises(WorkerDiedError):
        engine.call(invocation(CALLER, b"t" * 20), CALLER, host)
    assert len(seen) == 1
    assert _value(engine.call(invocation(SUICIDE, "never"), SUICIDE, host)) == "alive"


def test_contract_cannot_catch_a_fault_below_it(engine, host, invocation):
    """An error of the worker's own in a nested frame is none of the outer contract's errors."""
    broken = b"def run(call, host):\n    raise ValueError('a bug')\n"
    catcher = b"""
def run(call, host):
    try:
        host.call(b"t" * 20, "visit", (), 5000, read_only=False)
    except Exception:
        return "caught"
"""
    host.callee = lambda *_: engine.call(invocation(broken), broken, host)
    with pytest.raises(WorkerDiedError, match="ValueError: a bug"):
        engine.call(invocation(catcher), catcher, host)


def test_swallowed_death_of_an_inner_frame_is_a_death_of_the_outer(engine, host, invocation):
    """A host that hides the death cannot make the outer frame go on."""

    def callee(*_):
        with pytest.raises(WorkerDiedError):
            engine.call(invocation(SUICIDE, "at once"), SUICIDE, host)
        return Answer(5000, encode(None), 1)

    host.callee = callee
    with pytest.raises(WorkerDiedError):
        engine.call(invocation(CALLER, b"t" * 20), CALLER, host)


def test_deploy_that_kills_raises_after_two_fresh_deaths(engine):
    with pytest.raises(WorkerDiedError):
        engine.deploy(b"C.getpid()\n", 10**9)
    assert engine.deploy(COUNTER, 10**9).fields == ("first", "second")


def test_hang_is_a_death(engine, host, invocation, monkeypatch):
    monkeypatch.setattr(engine_frame, "BASE_SECONDS", 0.1)
    monkeypatch.setattr(engine_frame, "SECONDS_PER_GAS", 0.0)
    code = b"def run(call, host):\n    while True: pass\n"
    with pytest.raises(WorkerDiedError, match="no message for 0 s"):
        engine.call(invocation(code), code, host)
    assert _value(engine.call(invocation(SUICIDE, "never"), SUICIDE, host)) == "alive"


def test_bug_in_a_contract_language_is_a_death_that_names_its_place(engine, host, invocation):
    code = b"def run(call, host):\n    return {}['x' + call.method]\n"
    with pytest.raises(WorkerDiedError, match=r"KeyError: 'xrun' at .*contract\.py:2"):
        engine.call(invocation(code), code, host)


def test_error_of_the_host_passes_through_and_costs_the_worker(engine, host, invocation):
    before = _pid(engine)

    def read(key):
        raise OSError("the disk is gone")

    real, host.read = host.read, read
    with pytest.raises(OSError, match="the disk is gone"):
        engine.call(invocation(COUNTER, "a", 1), COUNTER, host)
    host.read = real
    assert _value(engine.call(invocation(COUNTER, "a", 1), COUNTER, host)) == 1
    assert _pid(engine) != before


def test_threads_have_workers_of_their_own(new_engine, new_host, invocation):
    """Both frames are open at the same time, or the barrier would break."""
    engine = new_engine(workers=2)
    barrier = threading.Barrier(2, timeout=60)
    answers = []

    def work():
        host = new_host()
        real = host.read

        def read(key):
            barrier.wait()
            return real(key)

        host.read = read
        answers.append(_value(engine.call(invocation(COUNTER, "a", 1), COUNTER, host)))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [1, 1]


def test_more_threads_than_workers_wait(new_engine, new_host, invocation):
    engine = new_engine(workers=1)
    answers = []

    def work():
        host = new_host()
        answers.extend(_value(engine.call(invocation(COUNTER, "a", 1), COUNTER, host)) for _ in range(50))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == sorted(list(range(1, 51)) * 4)


def test_close_leaves_no_process_and_no_descriptor(new_engine, host, invocation):
    gc.collect()
    before = set(Path("/proc/self/fd").iterdir())
    engine = new_engine()
    with pytest.raises(WorkerDiedError):
        engine.call(invocation(SUICIDE, "at once"), SUICIDE, host)
    engine.call(invocation(SUICIDE, "never"), SUICIDE, host)
    pid = _pid(engine)
    engine.close()
    engine.close()
    assert set(Path("/proc/self/fd").iterdir()) == before
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(HuitongError) as refused:
        engine.call(invocation(COUNTER, "a", 1), COUNTER, host)
    assert refused.value.code == Code.STOPPING


def test_worker_that_cannot_start_is_named(new_engine):
    with pytest.raises(HuitongError) as refused:
        new_engine(program=("no_such_module",))
    assert refused.value.code == Code.SANDBOX_UNAVAILABLE
    assert "No module named 'no_such_module'" in str(refused.value.data["reason"])


def test_death_of_the_node_ends_its_workers():
    """A node killed by -9 leaves no worker behind: the channel ends."""
    program = f"""
import signal, sys
from huitong.vm.python.engine import PythonEngine
engine = PythonEngine(program=("standin_program", {str(Path(__file__).parent / "programs")!r}))
print(engine._pool._idle[0].pid, flush=True)
signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as node:
        worker = os.pidfd_open(int(node.stdout.readline()))
        assert select.select([worker], [], [], 0)[0] == []
        node.kill()
    assert select.select([worker], [], [], 30)[0] == [worker]
    os.close(worker)


def _pid(engine, *, lent=False):
    """Process id of the one worker."""
    (worker,) = engine._pool._lent if lent else engine._pool._idle
    return worker.pid
