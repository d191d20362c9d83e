"""Where on the interpreter's stack a contract runs changes nothing of its time."""

import time

from huitong.vm.python.depth import in_one_piece

CALLS = 20_000


def nothing():
    pass


def seconds_at(depth):
    """Processor time of many calls from so deep a function."""
    if depth:
        return seconds_at(depth - 1)
    started = time.process_time()
    for _ in range(CALLS):
        nothing()
    return time.process_time() - started


def least(depth):
    return min(in_one_piece(lambda: seconds_at(depth)) for _ in range(3))


def test_calls_take_the_same_time_at_each_depth():
    found = [least(depth) for depth in range(400)]
    assert max(found) < 6 * min(found)
