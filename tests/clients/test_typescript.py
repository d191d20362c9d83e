"""The npm package @huitong/client: the specification's vectors byte for byte, and a story on a running chain."""

import fcntl
import hashlib
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from program import DevChain, run

from huitong.crypto import INTERNATIONAL
from huitong.node import identities
from huitong.types import HuitongError, decode, encode
from huitong.types.registry import KeyKind

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PACKAGE = ROOT / "clients" / "typescript"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huitong" / "peers"
CONTRACTS = {"metering": ROOT / "examples/metering/metering.py", "kinds": HERE / "contracts" / "kinds.py"}

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm: apt-get install npm"),
]


def done(command, folder, text=None):
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=280, input=text)
    assert finished.returncode == 0, f"{command} failed:\n{finished.stdout[-3000:]}{finished.stderr[-3000:]}"
    return finished.stdout


def modules():
    """Folder of the packages that the lock names, installed once per lock, outside the checkout."""
    lock = (PACKAGE / "package-lock.json").read_bytes()
    folder = CACHE / f"typescript-{hashlib.sha256(lock).hexdigest()[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(PACKAGE / name, folder)
            done(["npm", "ci", "--no-progress"], folder)
            (folder / "installed").touch()
    return folder / "node_modules"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A folder in which programs can import @huitong/client."""
    folder = tmp_path_factory.mktemp("typescript")
    package = folder / "package"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (package / "node_modules").symlink_to(modules())
    done(["node", "node_modules/typescript/bin/tsc", "--project", "tsconfig.json"], package)
    (folder / "node_modules" / "@huitong").mkdir(parents=True)
    (folder / "node_modules" / "@huitong" / "client").symlink_to(package)
    (folder / "node_modules" / "@types").symlink_to(modules() / "@types")
    (folder / "package.json").write_text('{"type": "module"}')
    for path in (HERE / "typescript").iterdir():
        shutil.copy(path, folder)
    return folder


def test_the_vectors_of_the_specification(built):
    answer = json.loads(done(["node", "vectors.mjs", str(ROOT / "docs/spec/vectors")], built))
    assert answer["failures"] == []
    assert answer["compared"] > 40


def some_value(source, depth=0):
    kind = source.randrange(8 if depth < 4 else 6)
    if kind == 0:
        return source.choice((None, True, False))
    if kind < 3:
        near = 1 << source.choice((5, 7, 8, 15, 16, 31, 32, 63, 64, 65, 200, 4095))
        return source.choice((-1, 1)) * (near + source.randrange(-2, 2))
    if kind == 3:
        return source.randbytes(source.choice((0, 1, 255, 256, 70000 if source.random() < 0.02 else 3)))
    if kind < 6:
        return "".join(
            source.choice(("a", "é", "汇", "\U0001f600", "\x00")) for _ in range(source.choice((0, 3, 31, 90)))
        )
    many = source.choice((0, 2, 3, 15, 16))
    if kind == 6:
        return [some_value(source, depth + 1) for _ in range(many)]
    return {str(some_value(random.Random(number), 9))[:40]: some_value(source, depth + 1) for number in range(many)}


def code_or_bytes(raw):
    try:
        return encode(decode(raw, object, max_bytes=2**24)).hex()
    except HuitongError as error:
        return f"HT{int(error.code)}"


def test_random_values_and_damaged_bytes_mean_the_same_in_python(built):
    source = random.Random(5)
    good = [encode(some_value(source)) for _ in range(400)]
    damaged = []
    for raw in good:
        for _ in range(5):
            changed = bytearray(raw[: source.randrange(len(raw) + 1)] if source.random() < 0.2 else raw)
            if changed:
                changed[source.randrange(min(len(changed), 40))] = source.randrange(256)
            damaged.append(bytes(changed))
    answers = json.loads(done(["node", "again.mjs"], built, json.dumps([raw.hex() for raw in good + damaged])))
    assert answers[: len(good)] == [raw.hex() for raw in good]
    wanted = [code_or_bytes(raw) for raw in damaged]
    assert [pair for pair in zip(damaged, answers[len(good) :], wanted, strict=True) if pair[1] != pair[2]] == []


def test_nodes_that_answer_badly_late_or_not_at_all(built):
    assert "\n# fail 0\n" in done(["node", "--test", "--test-reporter=tap", "offline.mjs"], built)


def test_a_story_on_a_running_chain(built, tmp_path):
    for file in CONTRACTS.values():
        written = run(tmp_path, "client", str(file), "--lang", "typescript", "--out", str(built))
        assert written.status == 0, written.err
    options = json.loads((PACKAGE / "tsconfig.json").read_text())["compilerOptions"]
    options |= {"rootDir": ".", "outDir": "out", "types": ["node"], "declaration": False}
    (built / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["*.ts"]}))
    done(["node", "package/node_modules/typescript/bin/tsc", "--project", "tsconfig.json"], built)
    chain = DevChain(tmp_path).start()
    try:
        for name, file in CONTRACTS.items():
            assert chain.huitong("contract", "deploy", str(file), "--name", name).status == 0
        people = {
            person.id: {"kind": KeyKind(person.key_kind).name, "secret": person.secret.hex()}
            for person in identities(INTERNATIONAL)
        }
        assert done(["node", "out/live.js", chain.url, json.dumps(people)], built) == "done\n"
    finally:
        chain.stop()
    verified = run(built, "verify", "proof.json", "--trust", "trust.json", "--json")
    assert (verified.status, verified.document["kind"]) == (0, "receipt"), verified.err
