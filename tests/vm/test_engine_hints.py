"""Guessing which keys a call reads: right after one look, never needed, never visible."""

from huitong.types import Answer
from huitong.vm.python.engine_hints import MAX_IDLE, MAX_METHODS, MAX_SHAPES, Hints

CODE = b"code"
METER = b"""
def run(call, host):
    key = b"\\0\\1" + call.args[0].encode() + b"\\0"
    total = int(host.read(b"\\0\\2") or b"0") + int(host.read(key) or b"0")
    host.write({key: b"5", b"\\0\\2": str(total).encode()})
    return Answer(0, encode(total), 99)
"""


def test_key_of_an_argument_is_guessed_for_another(invocation):
    hints = Hints()
    hints.learn(invocation(CODE, "meter-1", 5), (), [b"\0\1meter-1\0"], 0)
    assert hints.keys(invocation(CODE, "meter-2", 5)) == (b"\0\1meter-2\0",)


def test_key_of_two_arguments_and_the_caller(invocation):
    hints = Hints()
    first = b"\0\1" + b"a" * 20 + b"patient-1\0" + b"record-77\0"
    hints.learn(invocation(CODE, "patient-1", "record-77"), (), [first], 0)
    guessed = hints.keys(invocation(CODE, "patient-2", "record-88"))
    assert guessed == (b"\0\1" + b"a" * 20 + b"patient-2\0" + b"record-88\0",)


def test_fixed_key_is_guessed(invocation):
    hints = Hints()
    hints.learn(invocation(CODE), (), [b"\0\3"], 0)
    assert hints.keys(invocation(CODE)) == (b"\0\3",)
    assert hints.keys(invocation(CODE, method="other")) == ()
    assert hints.keys(invocation(b"other code")) == ()


def test_fewer_arguments_than_the_shape_knows(invocation):
    hints = Hints()
    hints.learn(invocation(CODE, "meter-1"), (), [b"\0\1meter-1\0"], 0)
    assert hints.keys(invocation(CODE)) == ()


def test_empty_and_long_guesses_are_left_out(invocation):
    hints = Hints()
    hints.learn(invocation(CODE, "meter-1"), (), [b"meter-1"], 0)
    assert hints.keys(invocation(CODE, "")) == ()
    assert hints.keys(invocation(CODE, "k" * 1025)) == ()


def test_unread_guesses_are_forgotten(invocation):
    hints = Hints()
    call = invocation(CODE)
    hints.learn(call, (), [b"\0\3", b"\0\4"], 0)
    for _ in range(MAX_IDLE + 1):
        assert hints.keys(call) == (b"\0\3", b"\0\4")
        hints.learn(call, (b"\0\3", b"\0\4"), [], 0b01)
    assert hints.keys(call) == (b"\0\3",)


def test_memory_is_bounded(invocation):
    hints = Hints()
    hints.learn(invocation(CODE), (), [bytes([0, number + 1]) for number in range(50)], 0)
    assert len(hints.keys(invocation(CODE))) == MAX_SHAPES
    for number in range(MAX_METHODS + 10):
        hints.learn(invocation(CODE, method=f"m{number}"), (), [b"\0\3"], 0)
    assert len(hints._methods) == MAX_METHODS


def test_answers_are_the_same_with_and_without_guesses(new_engine, new_host, invocation):
    """The same calls, on an engine that has seen thousands and on one without memory: equal bytes and gas."""
    learned, forgetful = new_engine(), new_engine()
    forgetful._hints.learn = lambda *_: None
    hosts = new_host(), new_host()
    for number in range(30):
        call = invocation(METER, f"meter-{number % 3}", 5)
        answers = [engine.call(call, METER, host) for engine, host in zip((learned, forgetful), hosts, strict=True)]
        assert answers[0] == answers[1]
        assert isinstance(answers[0], Answer)
    assert hosts[0].state == hosts[1].state
    assert learned._hints.keys(call) == (b"\0\2", b"\0\1meter-2\0")
