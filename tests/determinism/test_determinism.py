"""Equal bytes from other processes, hash seeds and versions of Python: hashes, receipts, gas, events, writes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from huitong.vm.python.source import compile_source

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("ledger_program.py")
CONTRACTS = {
    "metering": ROOT / "examples/metering/metering.py",
    "medical": ROOT / "apps/medical/src/huitong_medical/contracts/medical.py",
}
OTHER_PYTHON = "HUITONG_OTHER_PYTHON"
"""Variable of the environment: a Python of another version in which this checkout is installed (pip install -e .)."""
MINORS = range(11, 16)
NEEDS = (
    "import coincurve, cryptography, huitong, msgspec, nacl, rocksdict, sys; "
    "sys.exit(not huitong.__file__.startswith(sys.argv[1]))"
)


def run(trees, python=sys.executable, seed="0"):
    environment = os.environ | {"PYTHONHASHSEED": seed}
    done = subprocess.run(
        [python, PROGRAM, trees], env=environment, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    path = tmp_path_factory.mktemp("determinism") / "trees.json"
    path.write_text(
        json.dumps({name: compile_source(file.read_text(), file.name).hex() for name, file in CONTRACTS.items()})
    )
    return path


@pytest.fixture(scope="module")
def reference(trees):
    return run(trees)


def other_python():
    """An interpreter of another version that can run the program, or why there is none."""
    named = os.environ.get(OTHER_PYTHON)
    minors = [minor for minor in MINORS if minor != sys.version_info[1]]
    candidates = [named] if named else [shutil.which(f"python3.{minor}") for minor in minors]
    found = [candidate for candidate in candidates if candidate]
    for candidate in found:
        check = subprocess.run([candidate, "-I", "-c", NEEDS, str(ROOT)], capture_output=True, check=False)
        if check.returncode == 0:
            return candidate
    pytest.skip(f"this checkout is installed in none of {len(found)} other Pythons: name one in {OTHER_PYTHON}")


@pytest.mark.parametrize("seed", ["1", "2", "random"])
def test_hash_seeds_change_nothing(trees, reference, seed):
    assert run(trees, seed=seed) == reference


def test_another_version_of_python_changes_nothing(trees, reference):
    assert run(trees, python=other_python()) == reference


def test_the_ledgers_hold_what_they_are_compared_for(reference):
    blocks = [json.loads(line) for line in reference]
    heights = [block["height"] for block in blocks]
    assert heights.count(1) == 2, "a chain of the trivial engine and one of Python contracts"
    contracts = blocks[heights.index(1, 1) :]
    codes = [code for block in contracts for code in block["codes"]]
    assert codes.count(0) >= 20
    assert {3010, 4001, 4003, 4004, 5000, 5001} <= set(codes)
    assert any(len(event) > 2 for block in contracts for event in block["events"])


def test_trees_of_contracts_do_not_depend_on_the_hash_seed(trees):
    code = "import sys; from huitong.vm.python.source import compile_source as c; "
    code += "print(c(open(sys.argv[1], encoding='utf-8').read(), sys.argv[2]).hex())"
    expected = json.loads(trees.read_text())
    for seed in ("1", "2"):
        for name, file in CONTRACTS.items():
            command = [sys.executable, "-c", code, file, file.name]
            done = subprocess.run(
                command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
            )
            assert done.stdout.strip() == expected[name]
