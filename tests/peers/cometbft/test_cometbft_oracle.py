"""CometBFT's own Go code judges random bytes of ours: blocks, commits, light steps, results, signatures."""

import hashlib
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from huitong.crypto import (
    EMPTY_HASH,
    ExecResult,
    block_bytes,
    block_id,
    check_header,
    commit_hash,
    data_hash,
    header_hash,
    order_validators,
    precommit_sign_bytes,
    private_key,
    results_hash,
    sha256,
    signed_header_bytes,
    validator_address,
    validator_set_bytes,
    validators_hash,
    verify_signed_header,
    verify_zip215,
)
from huitong.types import (
    NO_BLOCK,
    NO_COMMIT,
    Block,
    BlockId,
    Commit,
    CommitSignature,
    Header,
    ProofInvalid,
    SignedHeader,
    Validator,
)

pytestmark = pytest.mark.peers

HERE = Path(__file__).parent / "oracle"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huitong" / "bin"
CHAIN = "oracle-1"
KEYS = {key.public_key: key for key in (private_key(1, bytes([seed]) * 32) for seed in range(1, 8))}
P = 2**255 - 19


@pytest.fixture(scope="module")
def ask():
    """Ask the program a list of questions; it is built once per version of its sources."""
    if shutil.which("go") is None:
        pytest.skip("Go is missing: install Go 1.22 or later to compare with CometBFT's own code")
    version = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in ("main.go", "go.mod", "go.sum")))
    program = CACHE / f"cometbft-oracle-{version.hexdigest()[:12]}" / "oracle"
    if not program.exists():
        command = ["go", "build", "-o", program, "."]
        built = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stderr

    def run(questions):
        lines = "".join(json.dumps(question) + "\n" for question in questions)
        done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def some_validators(chance):
    chosen = chance.sample(list(KEYS), chance.randint(1, len(KEYS)))
    return order_validators([Validator(key, chance.choice((1, 5, 10, 2**40))) for key in chosen])


def commit_for(chance, block, height, validators, flags=(2, 2, 2, 2, 2, 3, 1)):
    round_ = chance.choice((0, 0, 1, 300))
    entries = []
    for validator in validators:
        flag, time_ns = chance.choice(flags), chance.randrange(2**62)
        message = precommit_sign_bytes(CHAIN, height, round_, block if flag == 2 else NO_BLOCK, time_ns)
        signature = KEYS[validator.public_key].sign(message)
        address = validator_address(validator.public_key)
        entry = CommitSignature(flag, address, time_ns, signature)
        entries.append(CommitSignature(1, b"", 0, b"") if flag == 1 else entry)
    return Commit(height, round_, block, tuple(entries))


def header_for(chance, height, validators, following, last_commit, envelopes, time_ns=None):
    return Header(
        *(11, chance.choice((0, 1, 7)), CHAIN, height, chance.randrange(2**62) if time_ns is None else time_ns),
        *(last_commit.block_id, commit_hash(last_commit), data_hash(envelopes)),
        *(validators_hash(validators), validators_hash(following), chance.randbytes(32)),
        *(chance.randbytes(chance.choice((0, 8, 32))), chance.randbytes(32), EMPTY_HASH),
        validator_address(validators[0].public_key),
    )


def signed_header(chance, height, validators, following, flags=(2, 2, 2, 2, 2, 3, 1), time_ns=None):
    header = header_for(chance, height, validators, following, NO_COMMIT, (), time_ns)
    block = BlockId(header_hash(header), chance.randint(1, 9), sha256(b"parts"))
    return SignedHeader(header, commit_for(chance, block, height, validators, flags))


def test_blocks(ask):
    """Hash, part set and the very bytes, for blocks of any number and size of envelopes."""
    chance = random.Random(1)
    blocks = []
    for _ in range(150):
        envelopes = tuple(
            chance.randbytes(chance.choice((0, 1, 100, 65_536, 100_000))) for _ in range(chance.randint(0, 3))
        )
        validators, height = some_validators(chance), chance.choice((1, 2, 2**40))
        last = BlockId(chance.randbytes(32), chance.randint(1, 2**32 - 1), chance.randbytes(32))
        last_commit = NO_COMMIT if height == 1 else commit_for(chance, last, height - 1, validators)
        header = header_for(chance, height, validators, validators, last_commit, envelopes)
        check_header(header)
        blocks.append(Block(header, envelopes, last_commit))
    answers = ask({"op": "block", "bytes": block_bytes(block).hex()} for block in blocks)
    for block, answer in zip(blocks, answers, strict=True):
        own = block_id(block)
        data, last_commit = data_hash(block.envelopes), commit_hash(block.last_commit)
        assert (
            answer.lower()
            == f"{own.hash.hex()} {own.part_total} {own.part_hash.hex()} {data.hex()} {last_commit.hex()} true"
        )


def accepted(signed, validators):
    try:
        verify_signed_header(signed, validators)
    except ProofInvalid:
        return False
    return True


def damaged(chance, signed):
    """One field of one entry of a commit, changed."""
    entries = list(signed.commit.signatures)
    place = chance.randrange(len(entries))
    entry = entries[place]
    fields = chance.choice(
        (
            {"flag": chance.randint(1, 3)},
            {"timestamp_ns": entry.timestamp_ns ^ 1} if entry.flag != 1 else {"signature": b"x"},
            {"validator_address": chance.randbytes(20)},
            {"signature": bytes([*entry.signature[:-1], 0])},
        )
    )
    entries[place] = msgspec.structs.replace(entry, **fields)
    return SignedHeader(signed.header, msgspec.structs.replace(signed.commit, signatures=tuple(entries)))


def names_its_validators(signed, validators):
    """False for an entry with the address of somebody else: CometBFT looks at the place alone, we refuse it."""
    pairs = zip(signed.commit.signatures, validators, strict=True)
    return all(entry.flag == 1 or entry.validator_address == validator_address(v.public_key) for entry, v in pairs)


def test_commits(ask):
    """Good, short and damaged commits get the same verdict from CometBFT's VerifyCommit and from ours."""
    chance = random.Random(2)
    cases = []
    for number in range(400):
        validators = some_validators(chance)
        signed = signed_header(chance, chance.choice((1, 9, 2**50)), validators, validators)
        cases.append((damaged(chance, signed) if number % 2 else signed, validators))
    answers = ask(
        {
            "op": "commit",
            "chain_id": CHAIN,
            "bytes": signed_header_bytes(signed).hex(),
            "set": validator_set_bytes(validators, validators[-1]).hex(),
        }
        for signed, validators in cases
    )
    verdicts = []
    for (signed, validators), answer in zip(cases, answers, strict=True):
        good = accepted(signed, validators)
        if names_its_validators(signed, validators):
            assert good is not answer.startswith("refused"), answer
        else:
            assert not good
        commit, first = signed.commit, signed.commit.signatures[0]
        if good and first.flag != 1:
            voted = commit.block_id if first.flag == 2 else NO_BLOCK
            message = precommit_sign_bytes(CHAIN, commit.height, commit.round, voted, first.timestamp_ns)
            assert answer.lower() == f"{validators_hash(validators).hex()} {message.hex()}"
        verdicts.append(good)
    assert min(verdicts.count(True), verdicts.count(False)) > 50


def test_steps_of_a_light_client(ask):
    """Two headers that we signed are a good step for CometBFT's light client, adjacent or not."""
    chance = random.Random(3)
    questions = []
    for distance in (1, 2, 100) * 5:
        validators = some_validators(chance)
        first = signed_header(chance, 5, validators, validators, (2,), 10**18)
        later = signed_header(chance, 5 + distance, validators, validators, (2,), 10**18 + distance)
        questions.append(
            {
                "op": "next",
                "before": signed_header_bytes(first).hex(),
                "bytes": signed_header_bytes(later).hex(),
                "set": validator_set_bytes(validators, validators[0]).hex(),
            }
        )
    assert ask(questions) == ["good"] * len(questions)


def test_results(ask):
    chance = random.Random(4)
    rows = [
        [
            ExecResult(
                chance.choice((0, 1, 2**32 - 1)),
                chance.randbytes(chance.choice((0, 32, 200))),
                chance.choice((0, 1, 2**63 - 1)),
                chance.choice((0, 300)),
            )
            for _ in range(chance.randint(0, 6))
        ]
        for _ in range(100)
    ]
    questions = [
        {"op": "results", "results": [msgspec.structs.asdict(one) | {"data": one.data.hex()} for one in row]}
        for row in rows
    ]
    assert ask(questions) == [results_hash(row).hex() for row in rows]


def test_signatures_at_the_edges(ask):
    """Small orders, encodings that are not canonical, points off the curve, S around the group order."""
    order = 2**252 + 27742317777372353535851937790883648493
    sqrt_m1 = pow(2, (P - 1) // 4, P)
    ordinates = [0, 1, 2, 3, P - 1, P - 2, P, P + 1, P + 2, P + 18, sqrt_m1, (2**255 - 20)]
    torsion = 2707385501144840649318225287225658788936804267575313519463743609750303021
    ordinates += [torsion, P - torsion]
    encodings = [(value | sign << 255).to_bytes(32, "little") for value in ordinates for sign in (0, 1)]
    scalars = [number.to_bytes(32, "little") for number in (0, 1, order - 1, order, order + 1)]
    cases = [(key, commitment + scalar) for key in encodings for commitment in encodings for scalar in scalars[:1]]
    cases += [(key, encodings[2] + scalar) for key in encodings for scalar in scalars]
    questions = [
        {"op": "signature", "key": key.hex(), "message": "00ff", "signature": signature.hex()}
        for key, signature in cases
    ]
    own = [verify_zip215(key, b"\x00\xff", signature) for key, signature in cases]
    assert ask(questions) == [str(verdict).lower() for verdict in own]
    assert own.count(True) >= 100
