"""Escapes and exhaustion: each case is refused, or stopped by gas, in under one second of processor time."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from huitong.contract import Frame, frame
from huitong.vm.python.local import LocalContract

HERE = Path(__file__).parent
PROGRAM = HERE / "programs" / "run_cases.py"
SPIKES = HERE.parents[2] / "shared" / "spikes" / "contracts"
SOURCES = HERE.parents[1] / "src"
OTHER_PYTHON = "HUITONG_OTHER_PYTHON"
"""Variable of the environment: a Python of another version that has msgspec."""
GAS_LIMIT = 50_000_000
LITTLE_GAS = 3_000_000
"""Enough for all cases to do what they do; those that end by themselves need less."""
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
MORE = load(HERE / "programs" / "red_team_more.py")
CLASSES = {
    "dos": (RED_TEAM.DOS, RED_TEAM.source_of),
    "escape": (RED_TEAM.ESCAPES, RED_TEAM.source_of),
    "resource": (MORE.RESOURCE, MORE.source_of),
    "escape_more": (MORE.ESCAPES, MORE.source_of),
    "determinism": (MORE.DETERMINISM, MORE.source_of),
}


def own_cases():
    for group, (cases, source_of) in CLASSES.items():
        for name, body in cases.items():
            yield [f"{group}:{name}", source_of(body)]


def battery_cases():
    """The prototype's battery; each body is indented by four."""
    for name, kind, body in load(SPIKES / "battery.py").CASES:
        lines = "\n".join(line[4:] for line in body.splitlines())
        yield [f"{kind}:{name}", RED_TEAM.source_of(lines)]


def run_cases(cases, seed, gas_limit=GAS_LIMIT, python=sys.executable):
    done = subprocess.run(
        [python, str(PROGRAM), str(gas_limit)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(SOURCES)},
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


def test_every_case_is_refused_or_stopped_in_time():
    judge(run_cases(list(own_cases()), "1"))


@pytest.fixture(scope="module")
def reference():
    return [row[2:] for row in run_cases(list(own_cases()), "1", LITTLE_GAS)]


def test_another_hash_seed_gives_the_same(reference):
    assert [row[2:] for row in run_cases(list(own_cases()), "2", LITTLE_GAS)] == reference


def test_another_python_gives_the_same(reference):
    minors = [minor for minor in range(11, 16) if minor != sys.version_info[1]]
    found = [os.environ.get(OTHER_PYTHON), *(shutil.which(f"python3.{minor}") for minor in minors)]
    for python in filter(None, found):
        has = subprocess.run([python, "-I", "-c", "import msgspec"], capture_output=True, check=False)
        if has.returncode == 0:
            assert [row[2:] for row in run_cases(list(own_cases()), "3", LITTLE_GAS, python)] == reference
            return
    pytest.skip(f"no other Python has msgspec: name one in {OTHER_PYTHON}")


def test_the_battery_is_large():
    counts = {group: len(cases) for group, (cases, _) in CLASSES.items()} | {"divergence": len(MORE.DIVERGENCE)}
    assert sum(counts.values()) >= 150
    assert min(counts.values()) >= 20


@pytest.mark.parametrize("name", MORE.DIVERGENCE)
def test_plain_and_compiled_do_not_diverge(name):
    source = MORE.divergence_source_of(MORE.DIVERGENCE[name])
    namespace = {"__name__": "case"}
    exec(compile(source, "case", "exec", dont_inherit=True), namespace)
    with frame(Frame()):
        expected = namespace["Case"]().main()
    assert expected
    assert LocalContract(source).value("main") == expected


def test_battery_of_the_prototype_is_held():
    if not SPIKES.is_dir():
        pytest.skip("the prototype's battery is not beside this checkout")
    cases = list(battery_cases())
    assert len(cases) > 50
    judge(run_cases(cases, "1"))
