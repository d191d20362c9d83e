"""The lock of a node's folder, and those who only ask about it."""

import threading

import pytest

from huitong.store import HomeLock
from huitong.types import Code, HuitongError


def test_asking_makes_nothing_and_says_who_holds(tmp_path):
    assert not HomeLock(tmp_path / "none").held
    assert not (tmp_path / "none").exists()
    with HomeLock(tmp_path):
        assert HomeLock(tmp_path).held
        with pytest.raises(HuitongError) as taken:
            HomeLock(tmp_path).acquire()
    assert taken.value.code == Code.HOME_IN_USE
    assert not HomeLock(tmp_path).held


def test_a_node_starts_while_others_ask_whether_one_runs(tmp_path):
    with HomeLock(tmp_path):
        pass
    ended = threading.Event()

    def asks():
        while not ended.wait(0.002):
            assert HomeLock(tmp_path).held in (True, False)

    asking = threading.Thread(target=asks)
    asking.start()
    try:
        for _ in range(100):
            with HomeLock(tmp_path):
                pass
    finally:
        ended.set()
        asking.join()
