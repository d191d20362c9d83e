"""The Python engine over real workers: calls, state, failures, nesting."""

import pytest

from huitong.types import Answer, Code, Failed, Failure, decode, encode
from huitong.types.limits import MAX_CODE_BYTES, MAX_RETURN_BYTES
from huitong.vm.python.gas import deploy_units
from huitong.vm.python.jail import SANDBOX_FULL

COUNTER = b"""
def run(call, host):
    key = b"\\0\\1" + call.args[0].encode() + b"\\0"
    value = int(host.read(key) or b"0") + call.args[1]
    host.write({key: str(value).encode()})
    host.emit("Counted", encode({"value": value}))
    return Answer(0, encode(value), 321)
"""
ECHO = b"""
def run(call, host):
    c, b = call.caller, call.block
    return [call.contract, call.code_hash, call.fields, call.method, call.args, c.address, c.organisation, c.roles,
            b.chain_id, b.height, b.time_ns, b.proposer, b.last_header_hash, call.gas_limit, call.read_only]
"""


def _value(answer):
    assert answer.code == 0, (answer.code, answer.data)
    return decode(answer.data, object)


def test_call_reads_writes_and_emits(engine, host, invocation):
    host.state[b"\0\1a\0"] = b"40"
    answer = engine.call(invocation(COUNTER, "a", 2), COUNTER, host)
    assert answer == Answer(0, encode(42), 321)
    assert host.state == {b"\0\1a\0": b"42"}
    assert host.events == [("Counted", encode({"value": 42}))]


def test_one_read_and_the_end_are_two_messages(engine, host, invocation):
    engine.call(invocation(COUNTER, "a", 2), COUNTER, host)
    assert [entry[0] for entry in host.asked] == ["read", "write"]


def test_invocation_arrives_whole(engine, host, invocation):
    call = invocation(ECHO, 2**200, -(2**100), "é", b"\0", [1, {"k": None}], True, gas_limit=77, read_only=True)
    assert _value(engine.call(call, ECHO, host)) == [
        call.contract,
        call.code_hash,
        [["first", 1], ["second", 2]],
        "run",
        [2**200, -(2**100), "é", b"\0", [1, {"k": None}], True],
        b"a" * 20,
        "hospital",
        ["doctor", "admin"],
        "test-1",
        7,
        1_800_000_000 * 10**9,
        b"p" * 20,
        b"h" * 32,
        77,
        True,
    ]


def test_deploy_describes_the_contract(engine):
    deployed = engine.deploy(COUNTER, 10**9)
    assert deployed.fields == ("first", "second")
    assert deployed.schema == encode({"name": "standin"})
    assert deployed.initialiser == ""
    assert deployed.reentrant == ("again",)
    assert deployed.gas_used == deploy_units(len(COUNTER))


@pytest.mark.parametrize(
    ("code", "gas", "expected"),
    [
        (b"refuse", 10**9, Code.TREE_MALFORMED),
        (COUNTER, deploy_units(len(COUNTER)) - 1, Code.OUT_OF_GAS),
        (b"#" * (MAX_CODE_BYTES + 1), 10**9, Code.CONTRACT_TOO_LARGE),
    ],
)
def test_deploy_refuses_with_a_code(engine, host, invocation, code, gas, expected):
    with pytest.raises(Failed) as refused:
        engine.deploy(code, gas)
    assert refused.value.code == expected
    if code == b"refuse":
        assert refused.value.data == {"reason": "the tree says refuse"}
    assert _value(engine.call(invocation(COUNTER, "a", 1), COUNTER, host)) == 1


def test_failed_frame_hands_nothing_over(engine, host, invocation):
    code = b"""
def run(call, host):
    host.write({b"k": b"v"})
    host.emit("Gone", b"")
    return Answer(5000, encode([b"", "NotYours", {}]), 10)
"""
    assert engine.call(invocation(code), code, host) == Answer(5000, encode([b"", "NotYours", {}]), 10)
    assert host.state == {}
    assert host.events == []


def test_host_refusal_fails_the_frame_whatever_it_catches(engine, host, invocation):
    code = b"""
def run(call, host):
    try:
        host.write({b"k": b"v"})
    except BaseException:
        pass
    return "all is well"
"""

    def refuse(writes):
        raise Failed(Code.READ_ONLY, contract=b"c" * 20)

    host.write = refuse
    for read_only in (True, False):
        answer = engine.call(invocation(code, read_only=read_only), code, host)
        failure = Failure(b"", "READ_ONLY", {"contract": b"c" * 20})
        assert (answer.code, answer.data, answer.gas_used) == (Code.READ_ONLY, encode(failure), 1000)
    assert _value(engine.call(invocation(ECHO), ECHO, host))[3] == "run"


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ("host.write({b'k' * 1025: b'v'})", Code.STORAGE_LIMIT),
        ("host.write({b'k': b'v' * (128 * 1024 + 1)})", Code.STORAGE_LIMIT),
        ("host.write({b'k': b''})", Code.STORAGE_LIMIT),
        ("host.read(b'k' * 1025)", Code.STORAGE_LIMIT),
        ("host.read(b'')", Code.STORAGE_LIMIT),
        ("host.scan(b'a', b'b', 257, reverse=False)", Code.STORAGE_LIMIT),
        ("host.emit('Long', b'v' * (16 * 1024 + 1))", Code.EVENTS_LIMIT),
        ("host.call(b'short', 'm', (), 1, read_only=False)", Code.TARGET_UNKNOWN),
        ("host.call(b't' * 20, 'm' * 65, (), 1, read_only=False)", Code.METHOD_UNKNOWN),
        ("host.call(b't' * 20, 'm', (b'v' * 300_000,), 1, read_only=False)", Code.ARGUMENTS_INVALID),
        ("host.call(b't' * 20, 'm', (1 << 5000,), 1, read_only=False)", Code.ARGUMENTS_INVALID),
        ("host.call(b't' * 20, 'm', ('\\ud800',), 1, read_only=False)", Code.ARGUMENTS_INVALID),
        ("host.call(b't' * 20, 'm', (0,) * 65, 1, read_only=False)", Code.ARGUMENTS_INVALID),
        ("host.call(b't' * 20, 'm', (1.5,), 1, read_only=False)", Code.ARGUMENTS_INVALID),
        ("host.call(b't' * 20, 'm', (eval('[' * 40 + ']' * 40),), 1, read_only=False)", Code.ARGUMENTS_INVALID),
        ("host.scan(b'k' * 1025, b'l', 1, reverse=False)", Code.STORAGE_LIMIT),
    ],
)
def test_no_contract_can_break_the_wire(engine, host, invocation, act, expected):
    """Too long, too deep, not encodable: a failure of the transaction, and the same worker goes on."""
    code = f"def run(call, host):\n    {act}\n    return 'done'\n".encode()
    before = _pid(engine)
    assert engine.call(invocation(code), code, host).code == expected
    assert _pid(engine) == before
    assert host.state == {}


def test_long_result_is_a_failure(engine, host, invocation):
    code = f"def run(call, host): return b'v' * {MAX_RETURN_BYTES}\n".encode()
    assert engine.call(invocation(code), code, host).code == Code.RESULT_TOO_LARGE


def test_many_writes_are_handed_over_in_pieces(engine, host, invocation):
    code = b"""
def run(call, host):
    for index in range(20):
        host.write({b"k%02d" % index: b"v" * 100_000})
        host.emit("Wrote", encode({"index": index}))
"""
    assert engine.call(invocation(code), code, host).code == 0
    assert len(host.state) == 20
    assert [data for _, data in host.events] == [encode({"index": index}) for index in range(20)]
    assert len([entry for entry in host.asked if entry[0] == "write"]) == 7


def test_frame_sees_its_own_writes(engine, host, invocation):
    code = b"""
def run(call, host):
    host.write({b"b": b"new", b"a": None})
    rows = host.scan(b"a", b"z", 9, reverse=True)
    return [host.read(b"a"), host.read(b"b"), [list(row) for row in rows]]
"""
    host.state = {b"a": b"1", b"b": b"2", b"c": b"3"}
    assert _value(engine.call(invocation(code), code, host)) == [None, b"new", [[b"c", b"3"], [b"b", b"new"]]]


CALLER = b"""
def run(call, host):
    host.write({b"k": b"outer"})
    host.emit("Before", b"")
    answer = host.call(call.args[0], "visit", ("x", 2**70), 5000, read_only=False)
    seen = host.read(b"k")
    host.emit("After", b"")
    return [answer.code, answer.data, answer.gas_used, seen]
"""


def test_nested_call_sees_and_changes_the_outer_frames_state(engine, host, invocation):
    def callee(target, method, args, gas_limit, read_only):
        assert (target, method, args, gas_limit, read_only) == (b"t" * 20, "visit", ("x", 2**70), 5000, False)
        assert host.state == {b"k": b"outer"}
        assert host.events == [("Before", b"")]
        host.state[b"k"] = b"inner"
        return Answer(0, encode("hello"), 44)

    host.callee = callee
    answer = engine.call(invocation(CALLER, b"t" * 20), CALLER, host)
    assert _value(answer) == [0, encode("hello"), 44, b"inner"]
    assert [name for name, _ in host.events] == ["Before", "After"]


def test_failed_nested_call_is_an_answer(engine, host, invocation):
    host.callee = lambda *_: Answer(5001, encode([b"", "KEY_MISSING", {}]), 9)
    assert _value(engine.call(invocation(CALLER, b"t" * 20), CALLER, host))[:3] == [
        5001,
        encode([b"", "KEY_MISSING", {}]),
        9,
    ]


DESCEND = b"""
def run(call, host):
    depth = call.args[0]
    host.write({b"depth": str(depth).encode()})
    if depth == 0:
        return [host.read(b"depth")]
    answer = host.call(b"t" * 20, "run", (depth - 1,), call.gas_limit // 2, read_only=False)
    return Answer(answer.code, answer.data, answer.gas_used + 1)
"""


def test_frames_alternate_with_another_engine(engine, host, invocation):
    """Python, the other engine, Python, ... 60 deep: one worker serves all frames of one thread as a stack."""

    class Relay:
        """The trivial second engine: passes every call on to the Python contract."""

        def call(self, method, args, gas_limit):
            inner = invocation(DESCEND, *args, gas_limit=gas_limit, method=method)
            return engine.call(inner, DESCEND, host)

    host.callee = lambda _, method, args, gas_limit, __: Relay().call(method, args, gas_limit)
    before = _pid(engine)
    answer = engine.call(invocation(DESCEND, 60, gas_limit=2**62), DESCEND, host)
    assert _value(answer) == [b"0"]
    assert answer.gas_used == 60 + 4
    assert _pid(engine) == before


def test_deploy_inside_a_nested_call(engine, host, invocation):
    host.callee = lambda *_: Answer(0, encode(list(engine.deploy(COUNTER, 10**9).fields)), 1)
    assert _value(engine.call(invocation(CALLER, b"t" * 20), CALLER, host))[1] == encode(["first", "second"])


def test_many_programs_are_kept_and_dropped(engine, host, invocation):
    """More code than a worker keeps: the oldest is dropped and loaded again."""
    codes = [f"def run(call, host): return {number}\n".encode() + b"#" * 180_000 for number in range(50)]
    for _ in range(2):
        for number, code in enumerate(codes):
            assert _value(engine.call(invocation(code), code, host)) == number


def test_sandbox_is_told(engine):
    assert engine.sandbox == SANDBOX_FULL or engine.sandbox.startswith("rlimits only: ")
    assert (engine.name, engine.version) == ("python", 1)


def test_fresh_interpreters_with_other_hash_seeds_give_equal_bytes(new_engine, new_host, invocation):
    """Each worker draws its own hash seed; answers, writes and events are equal bytes all the same."""
    seed = b"def run(call, host): return hash('seed')\n"
    code = b"""
def run(call, host):
    names = {name: len(name) for name in call.args}
    host.write({name.encode(): encode(names) for name in names})
    host.emit("Named", encode(names))
    return Answer(0, encode([names, host.read(b"zz")]), 17)
"""
    seeds, outcomes = set(), []
    for _ in range(3):
        engine, host = new_engine(), new_host()
        seeds.add(_value(engine.call(invocation(seed), seed, host)))
        answer = engine.call(invocation(code, "b", "a", "zz", "ccc"), code, host)
        outcomes.append((answer, list(host.state.items()), host.events))
    assert len(seeds) == 3
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_empty_environment(engine, host, invocation):
    code = b"import os\ndef run(call, host): return sorted(set(os.environ) - {'LC_CTYPE'})\n"
    assert _value(engine.call(invocation(code), code, host)) == []


def _pid(engine, *, lent=False):
    """Process id of the one worker."""
    (worker,) = engine._pool._lent if lent else engine._pool._idle
    return worker.pid
