"""`huitong new contract` and `huitong test`, as a person types them."""

import re
import sys

import pytest
from kit_project import METERING, Project

PROGRAM = (sys.executable, "-m", "huitong.cli")


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def test_a_new_contracts_tests_pass_at_once_and_reach_every_line(project):
    made = project.run("new", "contract", "shared-notes", command=PROGRAM)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.splitlines()[-1] == "Next: cd shared-notes · huitong test"
    project.folder = project.folder / "shared-notes"
    done = project.run("test", "--gas", "--coverage", command=PROGRAM)
    assert done.returncode == 0, done.stdout + done.stderr
    assert project.counts(done) == {"passed": 10}
    row = next(line for line in done.stdout.splitlines() if line.startswith("contracts/shared_notes.py"))
    assert row.split() == ["contracts/shared_notes.py", "10", "0", "100", "%"]
    checked = project.run("contract", "check", "contracts/shared_notes.py", command=PROGRAM)
    assert checked.stdout == "contracts/shared_notes.py is a contract that a chain takes\n"
    texts = [(project.folder / name).read_text() for name in ("README.md", "pyproject.toml", ".gitignore")]
    assert not any("{{" in text for text in texts)


def test_a_folder_can_be_named_and_is_never_written_over(project):
    made = project.run("new", "contract", "votes", "--folder", "here", "--json", command=PROGRAM)
    assert '"folder": "here"' in made.stdout
    assert (project.folder / "here" / "contracts" / "votes.py").exists()
    again = project.run("new", "contract", "votes", "--folder", "here", command=PROGRAM)
    assert again.returncode == 2
    assert "here exists already and is not an empty folder" in again.stderr


@pytest.mark.parametrize("name", ["json", "pytest", "entry", "map", "class", "Votes", "1st", "a--b", "a_b", "x" * 65])
def test_names_that_python_or_the_template_has_are_refused(project, name):
    made = project.run("new", "contract", name, command=PROGRAM)
    assert made.returncode == 2
    assert "HT9001" in made.stderr
    assert not (project.folder / name).exists()


def test_the_program_passes_on_what_pytest_takes_and_ends_as_pytest_does(project):
    project.write(
        "tests/test_one.py",
        "def test_good(deploy):\n    deploy('contracts/metering.py')\n\n\ndef test_bad():\n    assert False\n",
    )
    good = project.run("test", "tests/test_one.py::test_good", "--only", "compiled", "-v", command=PROGRAM)
    assert (good.returncode, project.counts(good)) == (0, {"passed": 1})
    assert project.run("test", command=PROGRAM).returncode == 1
    failed = project.run("test", "--failed", command=PROGRAM)
    assert (failed.returncode, project.counts(failed)) == (1, {"failed": 1})
    assert project.run("test", "-k", "nothing", command=PROGRAM).returncode == 2
    assert project.run("test", "--no-such-option", command=PROGRAM).returncode == 2


def test_gas_is_written_and_checked_by_the_program(project):
    project.write("tests/test_one.py", "def test_it(deploy):\n    deploy('contracts/metering.py').register('m-1')\n")
    assert project.run("test", "--write-gas", "gas.json", command=PROGRAM).returncode == 0
    assert project.run("test", "--check-gas", "gas.json", command=PROGRAM).returncode == 0
    path = project.folder / "contracts" / METERING.name
    path.write_text(path.read_text().replace("self.meters[meter] = Meter(owner=ctx.sender.org)", "pass"))
    changed = project.run("test", "--check-gas", "gas.json", command=PROGRAM)
    assert changed.returncode == 1
    assert "Metering.register: min" in changed.stdout


def test_the_examples_of_the_page_pass(project):
    page = (METERING.parents[2] / "docs" / "testing-contracts.md").read_text()
    programs = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(programs) == 4
    for number, program in enumerate(programs):
        project.write(f"tests/test_{number}.py", program)
    done = project.run("test", command=PROGRAM)
    assert project.counts(done) == {"passed": 13}, done.stdout
