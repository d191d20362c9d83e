"""Proofs of our state read by the implementations that foreign chains and relayers use.

Go `cosmos/ics23` (ibc-go links it) judges presence and absence; npm `@confio/ics23` judges presence (its last version
compares unhashed keys, so absence in a tree ordered by hashes is not its business).
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from huitong.crypto import sha256
from huitong.crypto.ics23 import ExistenceProof, NonExistenceProof, verify_existence, verify_nonexistence
from huitong.crypto.ics23_ops import SMT_SPEC, TENDERMINT_SPEC
from huitong.crypto.ics23_wire import commitment_proof_bytes, decode_commitment_proof
from huitong.state import SparseMerkleTree, app_hash, prove, prove_store
from huitong.types import ProofInvalid

pytestmark = pytest.mark.peers

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huitong" / "peers"
SPECS = {"smt": SMT_SPEC, "tendermint": TENDERMINT_SPEC}


class Question(msgspec.Struct, frozen=True):
    """What is asked, in hex, and the verdict that is right. value None asks for absence."""

    name: str
    spec: str
    root: str
    key: str
    value: str | None
    proof: str
    good: bool


def ask(name, spec, root, key, value, proof, good):
    raw = proof if isinstance(proof, bytes) else commitment_proof_bytes(proof)
    return Question(name, spec, root.hex(), key.hex(), None if value is None else value.hex(), raw.hex(), good)


class Tree:
    def __init__(self, count, bits):
        self.items = {b"key/%d" % number: b"value %d" % number for number in range(count)}
        records = {}
        self.tree = SparseMerkleTree(sha256, bits, records)
        records.update(self.tree.update(self.items).buckets)
        self.keys = {sha256(key): key for key in self.items}
        self.root = self.tree.root

    def prove(self, key):
        return prove(self.tree, key, self.items.get, self.keys.get)


def honest(count, bits):
    """Every kind of proof of one tree, and the same proofs for what they do not prove."""
    tree = Tree(count, bits)
    for number in range(0, count, max(1, count // 20)):
        key, value = b"key/%d" % number, b"value %d" % number
        proof = tree.prove(key)
        yield ask(f"{key!r} of {count}", "smt", tree.root, key, value, proof, good=True)
        yield ask(f"{key!r}, other value", "smt", tree.root, key, value + b".", proof, good=False)
        yield ask(f"{key!r}, other key", "smt", tree.root, key + b".", value, proof, good=False)
        yield ask(f"{key!r}, other root", "smt", sha256(tree.root), key, value, proof, good=False)
        yield ask(f"{key!r}, other spec", "tendermint", tree.root, key, value, proof, good=False)
    for number in range(20):
        key = b"absent/%d" % number
        proof = tree.prove(key)
        yield ask(f"{key!r} not of {count}", "smt", tree.root, key, None, proof, good=True)
        yield ask(f"{key!r}, other root", "smt", sha256(tree.root), key, None, proof, good=False)
        yield ask(f"{key!r}, present key", "smt", tree.root, b"key/0", None, proof, good=False)


def dishonest():
    """Proofs of absence that leave a present key out between, beside or behind their neighbours."""
    tree = Tree(60, 4)
    order = sorted(tree.items, key=sha256)
    for place in range(1, len(order) - 1):
        key = order[place]
        left, right = tree.prove(order[place - 1]), tree.prove(order[place + 1])
        for name, forged in {
            "both sides": NonExistenceProof(key, left, right),
            "left only": NonExistenceProof(key, left, None),
            "right only": NonExistenceProof(key, None, right),
            "sides swapped": NonExistenceProof(key, right, left),
            "no side": NonExistenceProof(key, None, None),
        }.items():
            yield ask(f"forged absence, {name}", "smt", tree.root, key, None, forged, good=False)


def flipped():
    """One changed bit in each byte of a proof."""
    tree = Tree(60, 4)
    present, absent = b"key/7", b"absent/7"
    raw = commitment_proof_bytes(tree.prove(present))
    for place in range(len(raw)):
        changed = raw[:place] + bytes((raw[place] ^ 1 << place % 8,)) + raw[place + 1 :]
        name = f"presence, byte {place}"
        yield ask(name, "smt", tree.root, present, tree.items[present], changed, good=False)
    raw = commitment_proof_bytes(tree.prove(absent))
    # the field `key` of a proof of absence, which ics23 does not look at
    start = raw.index(b"\x0a" + bytes((len(absent),)) + absent)
    unread = range(start, start + 2 + len(absent))
    for place in range(len(raw)):
        if place not in unread:
            changed = raw[:place] + bytes((raw[place] ^ 1 << place % 8,)) + raw[place + 1 :]
            yield ask(f"absence, byte {place}", "smt", tree.root, absent, None, changed, good=False)


def stores():
    """The tree above the stores."""
    for count in range(1, 7):
        roots = {"abcdef"[number] * (number + 1): sha256(bytes((number,))) for number in range(count)}
        top = app_hash(roots)
        for name, root in roots.items():
            proof, key = prove_store(roots, name), name.encode()
            yield ask(f"store {name} of {count}", "tendermint", top, key, root, proof, good=True)
            yield ask(f"store {name}, other root", "tendermint", top, key, sha256(root), proof, good=False)
            yield ask(f"store {name}, other top", "tendermint", sha256(top), key, root, proof, good=False)


@pytest.fixture(scope="module")
def questions():
    trees = [
        question for count, bits in ((1, 4), (2, 0), (3, 9), (40, 2), (3000, 8)) for question in honest(count, bits)
    ]
    return [*trees, *dishonest(), *flipped(), *stores()]


def own_verdict(question):
    """What our verifier says of the same bytes."""
    key, root = bytes.fromhex(question.key), bytes.fromhex(question.root)
    try:
        proof = decode_commitment_proof(bytes.fromhex(question.proof))
        if question.value is None and isinstance(proof, NonExistenceProof):
            verify_nonexistence(SPECS[question.spec], root, proof, key)
        elif question.value is not None and isinstance(proof, ExistenceProof):
            verify_existence(SPECS[question.spec], root, proof, key, bytes.fromhex(question.value))
        else:
            return False
    except ProofInvalid:
        return False
    return True


def is_canonical(proof):
    """Whether the framing is whole: protobuf.js looks at no wire types, so some changed frames read as before."""
    try:
        decode_commitment_proof(bytes.fromhex(proof))
    except ProofInvalid:
        return False
    return True


def run(command, folder, **options):
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=280, **options)
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))} failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def installed(name, install):
    """Install a peer once per version of its files, outside the checkout; `install` fills the folder it is given."""
    source = HERE / name
    files = sorted(path for path in source.iterdir() if path.is_file())
    version = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:16]
    folder = CACHE / f"{name}-{version}"
    if not folder.is_dir():
        unfinished = CACHE / f"{name}-{version}.{os.getpid()}"
        shutil.copytree(source, unfinished, dirs_exist_ok=True)
        install(unfinished)
        try:
            unfinished.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(unfinished)
    return folder


def verdicts(command, folder, questions):
    lines = b"\n".join(map(msgspec.json.encode, questions)) + b"\n"
    return json.loads(run(command, folder, input=lines))


def differences(questions, answers):
    assert len(answers) == len(questions)
    return [
        (question.name, answer) for question, answer in zip(questions, answers, strict=True) if answer != question.good
    ]


def test_our_own_verifier_agrees(questions):
    assert differences(questions, [own_verdict(question) for question in questions]) == []


def test_go_ics23_accepts_what_is_true_and_nothing_else(questions):
    if shutil.which("go") is None:
        pytest.skip("Go is missing: install Go 1.22 or newer to let cosmos/ics23 judge our proofs")
    folder = installed("ics23_go", lambda to: run(["go", "build", "-o", "check", "."], to))
    assert differences(questions, verdicts([folder / "check"], folder, questions)) == []


def test_npm_ics23_accepts_what_is_present_and_nothing_else(questions):
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("npm is missing: install Node.js 18 or newer to let @confio/ics23 judge our proofs")
    folder = installed("ics23_js", lambda to: run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], to))
    asked = [question for question in questions if question.value is not None and is_canonical(question.proof)]
    assert len(asked) > 500
    assert differences(asked, verdicts(["node", "check.cjs"], folder, asked)) == []
