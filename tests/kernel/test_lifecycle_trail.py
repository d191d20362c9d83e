"""Where failed frames stopped: what a frame caught is forgotten, what it failed by is kept; nothing of it is hashed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as some
from kernel_world import World
from trivial_engine import TrivialEngine

from huitong.crypto import INTERNATIONAL
from huitong.kernel import CONTRACTS_ADDRESS, Place, places_of
from huitong.kernel.trail import MAX_PLACES, Trail, log_of
from huitong.types import Answer, Host, Invocation, decode, encode

ALICE = "alice@hospital-a"


class Tracing(TrivialEngine):
    """Says where it stopped; the number is this run's, as if another version counted otherwise."""

    number = 0

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        answer = super().call(invocation, code, host)
        return Answer(answer.code, answer.data, answer.gas_used, (self.number, 7) if answer.code else ())


def run(number: int) -> list[Any]:
    engine = Tracing()
    engine.number = number
    world = World(engines=(engine,))

    def deploy(methods: dict[str, Any]) -> bytes:
        args = ("trivial", encode(methods), INTERNATIONAL.hash(b"s"), b"s", "", [])
        raw = world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", args))
        return decode(world.run(raw)[0].receipt.return_bytes, list[bytes])[0]

    inner = deploy({"bad": [["fail", "Inner"]]})
    outer = deploy({"caught": [["call", inner, "bad", [], False], ["fail", "Outer"]], "good": [["get", b"k"]]})
    results = [world.run(world.transaction(ALICE, (outer, name, ())))[0] for name in ("caught", "good")]
    return [inner, outer, results, world.view.data]


def test_what_a_frame_caught_is_no_reason_of_its_failure():
    _, outer, (failed, good), _ = run(3)
    places = places_of(failed.log)
    assert [(place.contract, place.nodes) for place in places] == [(outer, (3, 7))]
    assert good.log == ""


def test_two_nodes_that_see_other_places_agree_on_every_byte():
    first, second = run(3), run(4)
    assert first[2][0].log != second[2][0].log
    assert first[2][0].receipt == second[2][0].receipt
    assert first[3] == second[3]


def test_a_failure_that_is_passed_on_keeps_the_inner_frame():
    trail = Trail()
    outer = trail.mark()
    inner = trail.mark()
    trail.ended(inner, Place(b"i", b"1", (5,)), 5000, b"same")
    trail.ended(outer, Place(b"o", b"2", (9,)), 5000, b"same")
    assert [place.contract for place in trail.places()] == [b"o", b"i"]
    trail = Trail()
    trail.ended(trail.mark(), Place(b"i", b"1", (5,)), 5000, b"same")
    trail.ended(0, Place(b"o", b"2", ()), 0, b"")
    assert trail.places() == ()


PLACES = some.lists(some.builds(Place, some.binary(min_size=1), some.binary(min_size=1), some.tuples(some.integers(0))))


@given(PLACES)
def test_a_log_is_read_back(places):
    assert places_of(log_of(places)) == tuple(places[:MAX_PLACES])


@given(some.text())
def test_any_text_is_read_without_error(text):
    assert len(places_of(text)) <= len(text.splitlines())
