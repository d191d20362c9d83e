"""The rules of the house that no linter checks: sizes, words about packages, nothing of a machine in the files."""

import re
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_LINES = {"src": 300, "tools": 300, "apps": 400, "tests": 400}
"""A contract is one file by its language, and a battery of cases reads best in one."""
LISTED = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
TRACKED = [ROOT / name for name in LISTED.split("\0") if name and (ROOT / name).is_file()]
HOSTS = ("pypi.org", "pythonhosted.org", "registry.npmjs.org", "proxy.golang.org", "static.crates.io", "deb.debian.org")
WORK_FOLDER, HOME_FOLDER = "work", "root"
MACHINE_PATH = re.compile(rf"(?<![\w.$}}/*-])/(?:{WORK_FOLDER}|{HOME_FOLDER}|home/\w+|tmp/\w+_jobs)/")
RESOLVED = re.compile(r'"resolved"\s*:\s*"http')
THIS = Path(__file__).resolve()


def text_of(path: Path) -> str:
    raw = path.read_bytes()
    return "" if b"\0" in raw[:8000] else raw.decode("utf-8", errors="replace")


def packages() -> list[Path]:
    return sorted(path.parent for path in ROOT.glob("src/huitong/*/__init__.py"))


@pytest.mark.parametrize(("folder", "most"), MAX_LINES.items())
def test_no_file_is_too_long(folder: str, most: int):
    files = [path for path in TRACKED if path.suffix == ".py" and path.is_relative_to(ROOT / folder)]
    lines = {str(path.relative_to(ROOT)): text_of(path).count("\n") for path in files}
    assert files
    assert {name: count for name, count in lines.items() if count > most} == {}


@pytest.mark.parametrize("folder", [*packages(), *sorted(ROOT.glob("apps/*"))], ids=lambda path: path.name)
def test_a_package_says_what_it_is(folder: Path):
    readme = folder / "README.md"
    assert readme.exists()
    assert readme.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("folder", packages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_names_what_it_offers(folder: Path):
    source = (folder / "__init__.py").read_text(encoding="utf-8")
    assert source.startswith('"""')
    assert "import" not in source or "__all__" in source


def test_no_file_knows_a_machine():
    found = {
        str(path.relative_to(ROOT)): match.group()
        for path in TRACKED
        if path != THIS and (match := MACHINE_PATH.search(text_of(path)) or RESOLVED.search(text_of(path)))
    }
    assert found == {}


@pytest.mark.parametrize("host", HOSTS)
def test_no_file_names_a_package_host(host: str):
    assert [str(path.relative_to(ROOT)) for path in TRACKED if path != THIS and host in text_of(path)] == []


def test_machine_paths_are_recognised():
    """The pattern of the test above can fail."""
    assert MACHINE_PATH.search(f"cd /{WORK_FOLDER}/main")
    assert MACHINE_PATH.search(f'"/{HOME_FOLDER}/.cache"')
    assert not MACHINE_PATH.search("docs/home/page/ and https://example.test/work/")


@pytest.mark.parametrize("name", ["run", "test", ".ci/run", "tools/lock.sh"])
def test_scripts_can_be_started(name: str):
    assert (ROOT / name).stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize("lock", ["run", "test"])
def test_every_locked_package_has_a_hash(lock: str):
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.split("\n", 1)[1].strip())
    assert len(entries) > 20
    assert all(re.match(r"[a-z0-9.-]+==\S+", entry) and "--hash=sha256:" in entry for entry in entries)


def test_both_locks_pin_the_same_versions():
    pins = [
        dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "requirements" / f"{lock}.txt").read_text(), re.MULTILINE))
        for lock in ("run", "test")
    ]
    assert pins[0].items() <= pins[1].items()


def test_the_root_folder_is_small():
    names = {path.relative_to(ROOT).parts[0] for path in TRACKED}
    assert len({name for name in names if not name.startswith(".")}) <= 21


def requirements(lock: str) -> set[str]:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9.-]+)==", text, re.MULTILINE))


def names(specifiers: list[str]) -> set[str]:
    found = {re.match(r"[A-Za-z0-9._-]+", specifier) for specifier in specifiers}
    return {re.sub(r"[._]+", "-", match.group().lower()) for match in found if match} - {"huitong"}


@pytest.mark.parametrize("project", [ROOT, *sorted(ROOT.glob("apps/*"))], ids=lambda path: path.name)
def test_the_locks_hold_every_dependency(project: Path):
    """After a change of dependencies: tools/lock.sh."""
    document = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [item for group in document.get("dependency-groups", {}).values() for item in group]
    assert names(document["project"]["dependencies"]) <= requirements("run")
    assert names(groups) <= requirements("test")
