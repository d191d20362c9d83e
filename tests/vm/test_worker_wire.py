"""What the node does with a worker that lies: every malformed, oversized, late or senseless message is a fault."""

import socket
import struct
import threading

import msgspec
import pytest

from huitong.types import Answer, Code, Failed, HuitongError, encode
from huitong.vm.python import engine_frame, wire
from huitong.vm.python.engine_frame import HostFrame
from huitong.vm.python.wire import Channel, WorkerFault
from huitong.vm.python.wire_failures import failed_answer, failed_of, refusal_of
from huitong.vm.python.wire_messages import BODIES, MAX_UP_BYTES, Call, Ended, Fault, Kind, Read, Refusal

CODE = b"never run"


def _message(kind, body):
    raw = body if isinstance(body, bytes) else encode(body)
    return struct.pack("<IB", len(raw), kind) + raw


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    yield ours, theirs
    ours.close()
    theirs.close()


@pytest.fixture
def run_against(ends, host, invocation):
    """Run a frame against a worker that answers every message with the next of `replies`, then goes away."""
    threads = []

    def run(*replies, **options):
        ours, theirs = ends
        received = []

        def lie():
            for reply in replies:
                received.append(theirs.recv(1 << 20))
                theirs.sendall(reply)
            received.append(theirs.recv(1 << 20))
            theirs.close()

        channel = Channel(ours, MAX_UP_BYTES)
        channel.watch_clock()
        thread = threading.Thread(target=_quietly, args=(lie,))
        threads.append(thread)
        thread.start()
        frame = HostFrame(channel, invocation(CODE, **options), host)
        try:
            return frame.run(()), received
        finally:
            ours.close()

    yield run
    for thread in threads:
        thread.join(30)


GOOD = [[], [], 0, encode(7), 500, 0, []]


def test_good_end_is_an_answer(run_against):
    assert run_against(_message(Kind.ENDED, GOOD))[0] == Answer(0, encode(7), 500)


@pytest.mark.parametrize(
    ("name", "reply"),
    [
        ("no body", _message(Kind.ENDED, b"")),
        ("not an array", _message(Kind.ENDED, b"\xc0")),
        ("too few fields", _message(Kind.ENDED, GOOD[:-1])),
        ("too many fields", _message(Kind.ENDED, [*GOOD, 0])),
        ("bytes behind the body", _message(Kind.ENDED, encode(GOOD) + b"\xc0")),
        ("a cut body", _message(Kind.ENDED, encode(GOOD)[:-1])),
        ("bytes behind the message", _message(Kind.ENDED, GOOD) + b"\0"),
        ("two messages", _message(Kind.ENDED, GOOD) * 2),
        ("unknown kind", _message(99, GOOD)),
        ("kind 0", _message(0, GOOD)),
        ("a message of the node", _message(Kind.VALUE, [None])),
        ("a nested call downwards", _message(Kind.LOAD, [b"", b"", []])),
        ("greeting again", _message(Kind.HELLO, ["full"])),
        ("a deploy's reply", _message(Kind.LOADED, [])),
        ("too large", struct.pack("<IB", MAX_UP_BYTES + 1, Kind.ENDED)),
        ("four gigabytes", struct.pack("<IB", 0xFFFFFFFF, Kind.ENDED)),
        ("gas above the limit", _message(Kind.ENDED, [[], [], 0, b"", 1_000_001, 0, []])),
        ("gas below zero", _message(Kind.ENDED, [[], [], 0, b"", -1, 0, []])),
        ("gas as text", _message(Kind.ENDED, [[], [], 0, b"", "1", 0, []])),
        ("gas as a float", _message(Kind.ENDED, msgspec.msgpack.encode([[], [], 0, b"", 1.0, 0, []]))),
        ("gas as a truth value", _message(Kind.ENDED, [[], [], 0, b"", True, 0, []])),
        ("gas beyond 64 bits", _message(Kind.ENDED, [[], [], 0, b"", 2**64, 0, []])),
        ("a code of another range", _message(Kind.ENDED, [[], [], 1203, b"", 1, 0, []])),
        ("a code of no range", _message(Kind.ENDED, [[], [], 10_000, b"", 1, 0, []])),
        ("a negative code", _message(Kind.ENDED, [[], [], -1, b"", 1, 0, []])),
        ("a trace of seventeen places", _message(Kind.ENDED, [[], [], 5000, b"", 1, 0, [1] * 17])),
        ("a trace of a negative place", _message(Kind.ENDED, [[], [], 5000, b"", 1, 0, [-1]])),
        ("data as text", _message(Kind.ENDED, [[], [], 0, "text", 1, 0, []])),
        ("an empty key", _message(Kind.ENDED, [[[b"", b"v"]], [], 0, b"", 1, 0, []])),
        ("a long key", _message(Kind.ENDED, [[[b"k" * 1025, b"v"]], [], 0, b"", 1, 0, []])),
        ("an empty value", _message(Kind.ENDED, [[[b"k", b""]], [], 0, b"", 1, 0, []])),
        ("a long value", _message(Kind.ENDED, [[[b"k", b"v" * 131073]], [], 0, b"", 1, 0, []])),
        ("a key as text", _message(Kind.ENDED, [[["k", b"v"]], [], 0, b"", 1, 0, []])),
        ("a write of three", _message(Kind.ENDED, [[[b"k", b"v", b"w"]], [], 0, b"", 1, 0, []])),
        ("a long event", _message(Kind.ENDED, [[], [["E", b"v" * 16385]], 0, b"", 1, 0, []])),
        ("five topics", _message(Kind.ENDED, [[], [[[b"t"] * 5, b""]], 0, b"", 1, 0, []])),
        (
            "a name that is no text",
            _message(Kind.ENDED, encode([[], [["E", b""]], 0, b"", 1, 0, []]).replace(b"E", b"\xff")),
        ),
        ("a read of nothing", _message(Kind.READ, [b""])),
        ("a long read", _message(Kind.READ, [b"k" * 1025])),
        ("a scan of too many rows", _message(Kind.SCAN, [[], [], b"a", b"b", 257, False])),
        ("a short target", _message(Kind.NESTED, [[], [], b"t", "m", encode([]), 1, False])),
        (
            "more nested gas than there is",
            _message(Kind.NESTED, [[], [], b"t" * 20, "m", encode([]), 1_000_001, False]),
        ),
        ("nested arrays", _message(Kind.ENDED, b"\x91" * 100_000)),
        ("a huge array", _message(Kind.ENDED, b"\xdd\xff\xff\xff\xff")),
        ("a fault", _message(Kind.FAULT, ["MemoryError"])),
    ],
)
def test_lies_are_faults(run_against, host, name, reply):
    with pytest.raises(WorkerFault):
        run_against(reply)
    assert host.state == {}
    assert host.events == []
    assert [entry for entry in host.asked if entry[0] != "read"] == []


def test_end_of_the_worker_is_a_fault(run_against):
    with pytest.raises(WorkerFault, match="the worker ended"):
        run_against()


def test_nested_call_out_of_a_view_cannot_write(run_against, host):
    with pytest.raises(WorkerFault):
        run_against(_message(Kind.NESTED, [[], [], b"t" * 20, "m", encode([]), 1, False]), read_only=True)
    assert host.asked == []


def test_nested_gas_is_summed(run_against, host):
    """Two calls of 600,000 do not fit into 1,000,000, and the end may not claim less than they used."""
    host.callee = lambda *_: Answer(0, b"\xc0", 600_000)
    nested = _message(Kind.NESTED, [[], [], b"t" * 20, "m", encode([]), 600_000, False])
    with pytest.raises(WorkerFault, match="more gas than its frame has"):
        run_against(nested, nested)


def test_end_claims_less_gas_than_its_nested_calls(run_against, host):
    host.callee = lambda *_: Answer(0, b"\xc0", 600_000)
    nested = _message(Kind.NESTED, [[], [], b"t" * 20, "m", encode([]), 600_000, False])
    with pytest.raises(WorkerFault, match="gas used is 500 of 1000000"):
        run_against(nested, _message(Kind.ENDED, GOOD))


@pytest.mark.parametrize("args", [b"\x91" * 40 + b"\xc0", b"\x81", b"\x91\xcb" + b"\0" * 8, b"\x91\xcc\x01", b"\xc0"])
def test_nested_arguments_are_checked(run_against, host, args):
    """Deep, cut, float, not shortest, no array: the frame is refused, the host is not asked."""
    _, received = run_against(
        _message(Kind.NESTED, [[], [], b"t" * 20, "m", args, 1, False]), _message(Kind.ENDED, GOOD)
    )
    head, kind = struct.unpack_from("<IB", received[1])
    assert (kind, head) == (Kind.ERROR, len(received[1]) - 5)
    assert failed_of(msgspec.msgpack.decode(received[1][5:], type=Refusal)).code == Code.ARGUMENTS_INVALID
    assert host.asked == []


def test_endless_requests_are_a_fault(run_against, monkeypatch):
    monkeypatch.setattr(engine_frame, "BASE_REQUESTS", 3)
    with pytest.raises(WorkerFault, match="more requests than its gas can pay for"):
        run_against(*[_message(Kind.READ, [b"k"])] * 8, gas_limit=20)


def test_message_in_drops_is_a_fault(ends, host, invocation, monkeypatch):
    """A byte now and then does not keep the node waiting for ever."""
    ours, theirs = ends
    ticks = iter(range(0, 10_000, 5))
    monkeypatch.setattr(wire.time, "monotonic", lambda: float(next(ticks)))
    channel = Channel(ours, MAX_UP_BYTES)
    channel.watch_clock()
    theirs.sendall(struct.pack("<IB", 1000, Kind.ENDED))
    done = threading.Event()

    def drip():
        while not done.is_set():
            theirs.send(b"x")

    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 100_000))
    monkeypatch.setattr(wire, "_RECEIVE_BYTES", 1)
    thread = threading.Thread(target=_quietly, args=(drip,))
    thread.start()
    with pytest.raises(WorkerFault, match="took more than 10 s"):
        channel.receive(10.0)
    done.set()
    thread.join(30)


def _quietly(act):
    try:
        act()
    except OSError:
        return


def test_worker_that_takes_no_bytes_is_a_fault(ends):
    ours, _ = ends
    channel = Channel(ours, MAX_UP_BYTES)
    channel.watch_clock()
    with pytest.raises(WorkerFault, match="took no bytes"):
        channel.send(Fault("x" * 8_000_000), 0.0)


def test_silence_is_a_fault(ends):
    ours, _ = ends
    channel = Channel(ours, MAX_UP_BYTES)
    channel.watch_clock()
    with pytest.raises(WorkerFault, match="no message for 0 s"):
        channel.receive(0.1)


def test_long_message_arrives_whole(ends):
    ours, theirs = ends
    ended = Ended(((b"k", b"v" * 131072),) * 7, (), 0, b"", 1, 0, ())
    thread = threading.Thread(target=Channel(theirs, 0).send, args=(ended,))
    thread.start()
    assert Channel(ours, MAX_UP_BYTES).receive(10.0) == (Kind.ENDED, ended)
    thread.join(30)


def test_message_in_single_bytes_arrives_whole(ends):
    ours, theirs = ends

    def drop():
        for byte in _message(Kind.READ, [b"key"]):
            theirs.send(bytes([byte]))

    thread = threading.Thread(target=drop)
    thread.start()
    assert Channel(ours, MAX_UP_BYTES).receive(10.0) == (Kind.READ, Read(b"key"))
    thread.join(30)


def test_each_body_has_its_kind():
    assert len(BODIES) == len(Kind)
    assert set(BODIES) == set(Kind)


def test_call_carries_no_text_of_contracts_unencoded():
    """Arguments travel as bytes: integers beyond 64 bits would change the shape of the body around them."""
    assert Call.__annotations__["args"] is bytes


def test_refusal_keeps_code_and_data():
    failed = failed_of(refusal_of(Failed(Code.STORAGE_LIMIT, what="key", limit=1024, raw=b"\0", none=None, yes=True)))
    assert failed.code == Code.STORAGE_LIMIT
    assert failed.data == {"what": "key", "limit": 1024, "raw": b"\0", "none": None, "yes": True}


def test_refusal_with_strange_data_travels_as_text():
    data = {"what": "y" * 100_000, "limit": 2**70, "list": [1, 2]}
    failed = failed_of(refusal_of(HuitongError(Code.STORAGE_LIMIT, **data)))
    assert failed.data == {"what": "y" * 200, "limit": str(2**70), "list": "[1, 2]"}


def test_failed_answer_names_the_platforms_code():
    answer = failed_answer(Failed(Code.OUT_OF_GAS, gas_limit=5), 5)
    assert answer == Answer(4001, encode([b"", "OUT_OF_GAS", {"gas_limit": 5}]), 5)
