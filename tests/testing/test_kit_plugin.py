"""The plug-in, as a project's author meets it: pytest in a process of its own."""

import json
import subprocess
import sys
from importlib.metadata import entry_points

import pytest
from kit_project import Project

PASSING = """
from metering import Metering, MeterRead, NotYourMeter

def test_reading(deploy, chain, as_member, reverts):
    meter = deploy(Metering)
    meter.register("m-1")
    assert meter.read("m-1", 5) == 5
    with as_member("wang@hospital-b"), reverts(NotYourMeter, meter="m-1"):
        meter.read("m-1", 5)
    assert chain.events == (MeterRead(meter="m-1", kwh=5),)
"""


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_the_plug_in_is_an_entry_point():
    (found,) = entry_points(group="pytest11", name="huitong")
    assert found.value == "huitong.testing.plugin"


def test_every_test_of_a_contract_runs_plain_and_compiled(project):
    project.write("tests/test_one.py", PASSING + "\n\ndef test_other():\n    pass\n")
    done = project.run("-v")
    assert done.returncode == 0, done.stdout
    for name in ("test_reading[plain] PASSED", "test_reading[compiled] PASSED", "test_other PASSED"):
        assert name in done.stdout
    assert project.counts(done) == {"passed": 3}


@pytest.mark.parametrize("mode", ["plain", "compiled"])
def test_one_run_can_lead_alone(project, mode):
    project.write("tests/test_one.py", PASSING)
    done = project.run("-v", f"--contracts={mode}")
    assert f"test_reading[{mode}] PASSED" in done.stdout
    assert project.counts(done) == {"passed": 1}


def test_a_failure_shows_the_call_its_cost_and_the_line_of_the_contract(project):
    project.write(
        "tests/test_one.py",
        "from metering import Metering\n\n\ndef test_it(deploy, as_member):\n    meter = deploy(Metering)\n"
        '    meter.register("m-1")\n    as_member("wang@hospital-b")(meter).read("m-1", 5)\n',
    )
    done = project.run("--tb=short", "--contracts=compiled")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert "contracts/metering.py:47: in read" in lines
    assert "E   metering.NotYourMeter: meter='m-1'" in lines
    shown = next(place for place, line in enumerate(lines) if "last call of a contract" in line)
    call, where, error, hints = lines[shown + 1 : shown + 5]
    assert call.startswith("Metering.read(meter='m-1', kwh=5) as wang@hospital-b ")
    assert call.endswith(" · 1 reads · 0 writes")
    assert where.split() == ["└─", "Metering.read", "contracts/metering.py:47"]
    assert error == "   ✗ HT5000 NotYourMeter(meter='m-1')"
    assert hints == (
        "state unchanged · rerun: huitong test 'tests/test_one.py::test_it[compiled]' · explain: huitong explain HT5000"
    )
    assert "src/huitong" not in done.stdout  # the kit's own frames are no news


def test_a_failing_inner_contract_is_shown_as_a_tree(project):
    project.write(
        "contracts/outer.py",
        "from huitong.contract import Contract, Protocol, call, ctx\n\n\nclass Meter(Protocol):\n    @call\n"
        "    def read(self, meter: str, kwh: int) -> int: ...\n\n\nclass Outer(Contract):\n    @call\n"
        "    def ask(self, place: bytes) -> int:\n        return ctx.contract(place, Meter).read('m-9', 1)\n",
    )
    project.write(
        "tests/test_one.py",
        "def test_it(deploy):\n    inner = deploy('contracts/metering.py')\n"
        "    deploy('contracts/outer.py').ask(inner.address)\n",
    )
    done = project.run("--tb=short", "--contracts=plain")
    text = done.stdout[done.stdout.index("last call of a contract") :]
    words = [line.split()[:2] for line in text.splitlines()[2:6]]
    assert words == [["└─", "Outer.ask"], ["└─", "Metering.read"], ["└─", "Metering.read"], ["✗", "HT5001"]]
    assert "contracts/outer.py:12" in text
    assert "contracts/metering.py:46" in text


def test_a_difference_between_plain_and_compiled_fails_the_test_and_is_named(project):
    path = project.folder / "contracts" / "metering.py"
    path.write_text(
        path.read_text()
        .replace("class Meter(Record)", "STEP = 1\n\n\nclass Meter(Record)")
        .replace("record.kwh += kwh", "record.kwh += kwh * STEP")
    )
    project.write(
        "tests/test_one.py",
        "import metering\n\n\ndef test_it(deploy, monkeypatch):\n    meter = deploy(metering.Metering)\n"
        '    meter.register("m-1")\n    monkeypatch.setattr(metering, "STEP", 2)\n    meter.read("m-1", 5)\n',
    )
    done = project.run()
    assert project.counts(done) == {"failed": 2}
    assert "plain and compiled differ in Metering.read(meter='m-1', kwh=5) as alice@hospital-a" in done.stdout
    assert "result, plain:    10" in done.stdout
    assert "result, compiled: 5" in done.stdout


def test_fixtures_of_the_project_take_the_place_of_ours_and_break_none(project):
    project.write(
        "tests/conftest.py",
        "import pytest\n\n\n@pytest.fixture\ndef chain():\n    return 'mine'\n\n\n"
        "@pytest.fixture\ndef reverts():\n    return 'mine too'\n",
    )
    project.write(
        "tests/test_one.py",
        "from metering import Metering\n\n\ndef test_mine(chain, reverts):\n"
        "    assert (chain, reverts) == ('mine', 'mine too')\n\n\n"
        "def test_both(chain, deploy, huitong_chain, huitong_reverts):\n    meter = deploy(Metering)\n"
        "    meter.register('m-1')\n    with huitong_reverts('HT5000'):\n        meter.register('m-1')\n"
        "    assert chain == 'mine'\n    assert huitong_chain.last.code == 5000\n",
    )
    done = project.run("-v")
    assert done.returncode == 0, done.stdout
    assert "test_mine PASSED" in done.stdout  # without our fixtures a test is not doubled
    assert project.counts(done) == {"passed": 3}


def test_a_projects_members_and_its_own_chain_on_top_of_ours(project):
    project.write(
        "tests/conftest.py",
        "import pytest\n\n\n@pytest.fixture\ndef huitong_members():\n"
        "    return {'bo@acme': ('admin',), 'cy@bolt': ()}\n\n\n"
        "@pytest.fixture\ndef chain(chain):\n    chain.travel(days=1)\n    return chain\n",
    )
    project.write(
        "tests/test_one.py",
        "def test_it(chain, deploy):\n    assert list(chain.members) == ['bo@acme', 'cy@bolt']\n"
        "    meter = deploy('contracts/metering.py')\n    assert chain.height == 2\n    meter.register('m-1')\n"
        "    assert meter.as_member('bo@acme').read('m-1', 1) == 1\n",
    )
    done = project.run()
    assert project.counts(done) == {"passed": 2}, done.stdout


def test_workers_of_xdist_have_chains_of_their_own_and_their_figures_are_added(project):
    for number in range(3):
        project.write(f"tests/test_{number}.py", PASSING)
    done = project.run("-p", "xdist", "-n", "2", "--contract-gas", "--contract-coverage")
    assert project.counts(done) == {"passed": 6}, done.stdout
    row = next(line for line in done.stdout.splitlines() if line.startswith("Metering.read "))
    assert row.split()[-1] == "3"
    covered = next(line for line in done.stdout.splitlines() if line.startswith("contracts/metering.py"))
    assert covered.split() == ["contracts/metering.py", "9", "1", "88", "%", "56"]


def test_gas_is_reported_written_and_compared(project):
    project.write("tests/test_one.py", PASSING)
    done = project.run("--contract-gas", "--contract-gas-write=gas.json")
    assert done.returncode == 0
    heading, *rows = done.stdout[done.stdout.index(" gas by method ") :].splitlines()[1:4]
    assert heading.split() == ["method", "min", "average", "median", "max", "calls"]
    assert [row.split()[0] for row in rows] == ["Metering.read", "Metering.register"]
    kept = json.loads((project.folder / "gas.json").read_text())
    assert kept["Metering.read"]["calls"] == 1
    assert project.run("--contract-gas-check=gas.json").returncode == 0
    kept["Metering.read"]["max"] += 1
    kept["Metering.gone"] = kept.pop("Metering.register")
    project.write("gas.json", json.dumps(kept))
    changed = project.run("--contract-gas-check=gas.json")
    most = kept["Metering.read"]["max"]
    assert changed.returncode == 1
    assert f"Metering.read: max {most:,} -> {most - 1:,}" in changed.stdout
    assert "Metering.gone: was not called" in changed.stdout
    assert "Metering.register: not in the file" in changed.stdout
    absent = project.run("--contract-gas-check=absent.json")
    assert (absent.returncode, "write it with --write-gas absent.json" in absent.stdout) == (1, True)


def test_coverage_names_the_lines_that_no_test_ran(project):
    project.write(
        "tests/test_one.py",
        "def test_it(deploy):\n    meter = deploy('contracts/metering.py')\n    meter.register('m-1')\n",
    )
    done = project.run("--contract-coverage")
    row = next(line for line in done.stdout.splitlines() if line.startswith("contracts/metering.py"))
    assert row.split() == ["contracts/metering.py", "9", "7", "22", "%", "46,", "47,", "48,", "49,", "50,", "51,", "56"]


def test_compiled_contracts_can_go_through_the_jail(project):
    project.write(
        "tests/test_one.py",
        PASSING.replace(
            "    assert chain.events", "    assert 'PythonEngine' in engine_of(chain)\n    assert chain.events"
        )
        + "\ndef engine_of(chain):\n"
        "    return type(chain._ledger.compiled.kernel.machine.engine('python')._engine).__name__\n",
    )
    done = project.run("--contract-jail")
    assert project.counts(done) == {"passed": 2}, done.stdout


def test_a_project_that_uses_none_of_it_imports_nothing_heavy(project):
    project.write(
        "tests/test_one.py",
        "import sys\n\n\ndef test_it():\n    ours = {name for name in sys.modules if name.startswith('huitong')}\n"
        "    assert ours == {'huitong', 'huitong.testing', 'huitong.testing.plugin'}\n"
        "    assert not {'msgspec', 'hypothesis', 'cryptography'} & set(sys.modules)\n",
    )
    done = project.run()
    assert project.counts(done) == {"passed": 1}, done.stdout


def test_the_names_of_the_kit_are_those_of_its_stub():
    program = (
        "import ast, huitong.testing as kit, pathlib\n"
        "stub = pathlib.Path(kit.__file__).with_suffix('.pyi').read_text()\n"
        "names = {part.name for node in ast.walk(ast.parse(stub)) if isinstance(node, ast.ImportFrom)"
        " for part in node.names}\n"
        "assert names == set(kit.__all__), names ^ set(kit.__all__)\n"
        "assert all(getattr(kit, name) for name in names)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
