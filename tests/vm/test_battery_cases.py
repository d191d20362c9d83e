"""Escapes and exhaustion: each case is refused, or stopped by gas, in under one second of processor time."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PROGRAM = HERE / "programs" / "run_cases.py"
SPIKES = HERE.parents[2] / "shared" / "spikes" / "contracts"
GAS_LIMIT = 50_000_000
OUT_OF_GAS = 4001
SECONDS = 1.0
MAY_END = {"dos:in_range_text", "escape:assign_helper"}
"""Harmless: a range is asked without looking at its numbers; names of a contract never meet those of helpers."""


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


RED_TEAM = load(HERE / "programs" / "red_team.py")


def own_cases():
    for group, cases in (("dos", RED_TEAM.DOS), ("escape", RED_TEAM.ESCAPES)):
        for name, body in cases.items():
            yield [f"{group}:{name}", RED_TEAM.source_of(body)]


def battery_cases():
    """The prototype's battery; each body is indented by four."""
    for name, kind, body in load(SPIKES / "battery.py").CASES:
        lines = "\n".join(line[4:] for line in body.splitlines())
        yield [f"{kind}:{name}", RED_TEAM.source_of(lines)]


def run_cases(cases, seed):
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(GAS_LIMIT)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == [case[0] for case in cases]
    return rows


def judge(rows):
    for name, seconds, outcome, code, gas_used, _ in rows:
        assert outcome in ("refused", "ran"), f"{name} broke"
        assert seconds < SECONDS, f"{name} took {seconds:.2f} s"
        if outcome == "refused":
            assert 3000 <= code < 4000, name
            continue
        assert code != 0 or name in MAY_END, f"{name} ended well"
        assert gas_used <= GAS_LIMIT
        assert code != OUT_OF_GAS or gas_used == GAS_LIMIT


def test_red_team_is_held_and_two_hash_seeds_agree():
    cases = list(own_cases())
    first = run_cases(cases, "1")
    judge(first)
    second = run_cases(cases, "2")
    assert [row[2:] for row in first] == [row[2:] for row in second]


def test_battery_of_the_prototype_is_held():
    if not SPIKES.is_dir():
        pytest.skip("the prototype's battery is not beside this checkout")
    cases = list(battery_cases())
    assert len(cases) > 50
    judge(run_cases(cases, "1"))
