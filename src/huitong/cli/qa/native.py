"""`huitong qa native`: the native crate against twins and oracles, on random and mutated cases.

SM2 against OpenSSL's arithmetic, Ed25519 against libsodium, secp256k1 against coincurve (signatures, and keys recovered
from them), SM3 against OpenSSL, Keccak-256 against PyCryptodome, the core of the state tree against the one in Python.
"""

import time
from collections.abc import Callable
from random import Random
from typing import Any, Final

from huitong.crypto import sha256, verify
from huitong.crypto.address import packaged_keccak256
from huitong.crypto.libcrypto import Libcrypto, libcrypto
from huitong.crypto.recovery import recover
from huitong.crypto.sm2_curve import USER_ID, is_point, message_digest
from huitong.crypto.sm2_openssl import OpensslKey, verify_digest
from huitong.crypto.sm3 import bundled_sm3
from huitong.state.tree import fetch_from
from huitong.state.tree_core import NativeCore, PythonCore
from huitong.types import Code, HuitongError
from huitong.types.native import Check, Native, native
from huitong.types.registry import KeyKind

from .native_signatures import bases, recovery_cases, signature_case, torsion

BATCH: Final = 256
KEPT: Final = 5
"""Differences that are shown."""

Area = Callable[[Native, Random, int], list[str]]


def run(cases: int = 1_000_000, seed: int = 1) -> dict[str, Any]:
    """Compare `cases` cases, spread over all areas; the report lists the differences found."""
    crate = native()
    if crate is None:
        raise HuitongError(Code.USAGE, reason="huitong-native is not installed; tools/native.sh says why")
    started = time.monotonic()
    report: dict[str, Any] = {}
    differences: list[str] = []
    for name, (share, area) in AREAS.items():
        count = max(1, cases * share // 100)
        found = area(crate, Random(f"{seed} {name}"), count)  # noqa: S311 - a repeatable campaign
        report[name] = count
        differences += [f"{name}: {item}" for item in found]
    report["cases"] = sum(report.values())
    report["seconds"] = round(time.monotonic() - started, 1)
    report["differences"] = len(differences)
    report["first"] = differences[:KEPT]
    report["good"] = not differences
    return report


def _sm2_oracle(library: Libcrypto, check: Check) -> bool:
    _, key, message, signature = check
    if not is_point(key) or len(signature) != 64:
        return False
    return verify_digest(library, key, message_digest(key, message), signature)


def _openssl() -> Libcrypto:
    found = libcrypto()
    if found is None:
        raise HuitongError(Code.SM2_UNAVAILABLE, reason="no OpenSSL with SM2 was found to compare with")
    return found


def sm2(crate: Native, random: Random, count: int) -> list[str]:
    """Verification, with tables of known keys and without."""
    library = _openssl()
    made = bases(random, KeyKind.SM2)
    _, _, bound = crate.sm2_tables()
    found: list[str] = []
    try:
        for start in range(0, count, BATCH):
            crate.set_sm2_table_bytes(random.choice((0, bound)))
            checks = [signature_case(random, made, []) for _ in range(min(BATCH, count - start))]
            answers = crate.verify_many(checks, USER_ID)
            found += _compare(checks, answers, [_sm2_oracle(library, check) for check in checks])
    finally:
        crate.set_sm2_table_bytes(bound)
    return found


def sm2_signing(crate: Native, random: Random, count: int) -> list[str]:
    """Signatures and public keys: the same bytes as OpenSSL's arithmetic gives."""
    library = _openssl()
    found = []
    for _ in range(count):
        secret, digest = random.randbytes(32), random.randbytes(32)
        ours, theirs = crate.Sm2Key(secret), OpensslKey(library, secret)
        if ours.public_key != theirs.public_key or ours.sign_digest(digest) != theirs.sign_digest(digest):
            found.append(f"secret {secret.hex()} digest {digest.hex()}")
    return found


def ed25519(crate: Native, random: Random, count: int) -> list[str]:
    """Batches of many sizes, mostly with bad members."""
    return _batches(crate, random, count, KeyKind.ED25519)


def secp256k1(crate: Native, random: Random, count: int) -> list[str]:
    """Batches as of Ed25519."""
    return _batches(crate, random, count, KeyKind.SECP256K1)


def secp256k1_recovery(crate: Native, random: Random, count: int) -> list[str]:
    """Keys recovered from good, mutated and extreme signatures."""
    found = []
    for start in range(0, count, BATCH):
        cases = recovery_cases(random, min(BATCH, count - start))
        pairs = zip(cases, crate.secp256k1_recover_many(cases), strict=True)
        found += [
            f"digest {case[0].hex()} signature {case[1].hex()}: {key!r}" for case, key in pairs if key != recover(*case)
        ]
    return found


def _batches(crate: Native, random: Random, count: int, kind: KeyKind) -> list[str]:
    made, points = bases(random, kind), torsion()
    found: list[str] = []
    done = 0
    while done < count:
        size = min(random.choice((1, 3, 5, 16, 100, BATCH)), count - done)
        mostly_good = random.randrange(2)
        checks = [
            random.choice(made) if mostly_good and random.randrange(16) else signature_case(random, made, points)
            for _ in range(size)
        ]
        found += _compare(checks, crate.verify_many(checks, USER_ID), [verify(*check) for check in checks])
        done += size
    return found


def _compare(checks: list[Check], answers: bytes, expected: list[bool]) -> list[str]:
    return [
        f"kind {check[0]} key {check[1].hex()} message {check[2].hex()} signature {check[3].hex()}: {answer}"
        for check, answer, good in zip(checks, answers, expected, strict=True)
        if answer != good
    ]


def _messages(random: Random, count: int) -> list[bytes]:
    return [random.randbytes(random.choice((random.randrange(130), random.randrange(2_000)))) for _ in range(count)]


def _hashes(many: Callable[[list[bytes]], list[bytes]], oracle: Callable[[bytes], bytes], random: Random, count: int,
            ) -> list[str]:  # fmt: skip
    found = []
    for start in range(0, count, BATCH):
        messages = _messages(random, min(BATCH, count - start))
        pairs = zip(messages, many(messages), strict=True)
        found += [message.hex() for message, digest in pairs if digest != oracle(message)]
    return found


def sm3(crate: Native, random: Random, count: int) -> list[str]:
    """Messages of all lengths around the edges of blocks."""
    return _hashes(crate.sm3_many, bundled_sm3, random, count)


def keccak256(crate: Native, random: Random, count: int) -> list[str]:
    """Messages of all lengths around the edges of blocks."""
    return _hashes(crate.keccak256_many, packaged_keccak256, random, count)


def tree(crate: Native, random: Random, count: int) -> list[str]:
    """Writes and deletions on trees of many sizes; updates and loaded trees must agree byte for byte."""
    found: list[str] = []
    done = 0
    while done < count:
        name, digest = random.choice((("sha256", sha256), ("sm3", bundled_sm3)))
        bits, names = random.randrange(13), random.choice((8, 200, 5_000))
        pair = (PythonCore(digest, bits), NativeCore(crate, name, bits))
        records: dict[int, bytes] = {}
        for _ in range(random.randrange(1, 8)):
            size = random.choice((1, 20, 400))
            writes = {
                b"key %d" % random.randrange(names): random.choice((None, random.randbytes(random.randrange(1, 90))))
                for _ in range(size)
            }
            python, crates = (core.update(writes, fetch_from(records)) for core in pair)
            if python != crates or pair[0].count != pair[1].count:
                found.append(f"{name} {bits} bits, writes {writes}")
            records.update(python.buckets)
            records = {bucket: record for bucket, record in records.items() if record}
            done += size
        loaded = NativeCore(crate, name, bits)
        loaded.load(records.items())
        if loaded.node(1) != pair[0].node(1) or loaded.count != pair[0].count:
            found.append(f"{name} {bits} bits, loaded {records}")
    return found


AREAS: Final[dict[str, tuple[int, Area]]] = {
    "sm2": (14, sm2),
    "sm2_signing": (1, sm2_signing),
    "ed25519": (15, ed25519),
    "secp256k1": (10, secp256k1),
    "secp256k1_recovery": (5, secp256k1_recovery),
    "sm3": (20, sm3),
    "keccak256": (10, keccak256),
    "tree": (25, tree),
}
"""Share of the cases in percent, and what compares them."""
