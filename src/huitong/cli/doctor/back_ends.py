"""What computes signatures, hashes and the state tree here, and how fast: under half a second of measuring in all.

Rates are of one thread, in time of the processor: what else runs on the machine does not count.
"""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from huitong.crypto import INTERNATIONAL, private_key, recover_many, sha256, sm2, verify_many
from huitong.crypto.sm3 import sm3
from huitong.state import SparseMerkleTree, bits_for
from huitong.types import HuitongError
from huitong.types.native import Check, native
from huitong.types.registry import KeyKind

from .finding import Finding

SECONDS_EACH: Final = 0.05
MESSAGE_BYTES: Final = 250
HASHED_BYTES: Final = 64
_SIGNATURES: Final = 4
_HASHES: Final = 500
_LEAVES: Final = 2_000
_UPDATES: Final = 500
_NATIVE: Final = "./run in a checkout builds it, with cargo 1.95 or newer"
_OPENSSL: Final = "install huitong-native, or a Python linked to an OpenSSL 3 with SM2"


def back_ends(*, guomi: bool) -> Iterator[Finding]:
    """Look at all. guomi: the chain of this folder cannot do without SM2."""
    crate = native()
    if crate is None:
        yield Finding.warning("native crate", "not installed: Python and other libraries do its work, slower", _NATIVE)
    else:
        yield Finding.good("native crate", f"huitong-native {crate.__version__}")
    yield _hash("SHA-256", sha256, "hashlib")
    yield _hash("SM3", sm3, "native" if crate else "OpenSSL")
    yield _signature("Ed25519", KeyKind.ED25519, "native" if crate else "libsodium")
    yield _signature("P-256", KeyKind.P256, "OpenSSL")
    yield _signature("secp256k1", KeyKind.SECP256K1, "libsecp256k1 in the native crate" if crate else "libsecp256k1")
    yield _recovery("native" if crate else "libsecp256k1")
    yield _sm2(guomi=guomi)
    rate = _tree_rate()
    core = "native" if crate else "Python"
    yield Finding.good("state tree", f"{rate:,.0f} updates per second of {_LEAVES:,} leaves, by {core}", rate)


def _sm2(*, guomi: bool) -> Finding:
    try:
        return _signature("SM2", KeyKind.SM2, sm2.back_end())
    except HuitongError as error:
        reason = str(error.data.get("reason", error))
        if guomi:
            return Finding.fault("SM2", f"this chain has the suite guomi, but {reason}", _OPENSSL)
        return Finding.warning("SM2", f"{reason}: no chain of the suite guomi starts here", _OPENSSL)


def _hash(name: str, digest: Callable[[bytes], bytes], by: str) -> Finding:
    messages = [number.to_bytes(HASHED_BYTES, "big") for number in range(_HASHES)]
    rate = per_second(lambda: [digest(message) for message in messages], _HASHES)
    return Finding.good(name, f"{rate:,.0f} hashes of {HASHED_BYTES} bytes per second, by {by}", rate)


def _signature(name: str, kind: KeyKind, by: str) -> Finding:
    """Measure verification; a back end that refuses a right signature is a fault. Raises HT6107 for SM2."""
    checks: list[Check] = []
    for number in range(_SIGNATURES):
        key, message = private_key(kind, sha256(b"doctor %d" % number)), number.to_bytes(MESSAGE_BYTES, "big")
        checks.append((int(kind), key.public_key, message, key.sign(message)))
    if verify_many(checks) != b"\1" * _SIGNATURES:
        return Finding.fault(name, f"{by} refuses signatures that hold", "reinstall: remove .venv, then ./run")
    rate = per_second(lambda: verify_many(checks), _SIGNATURES)
    return Finding.good(name, f"{rate:,.0f} signatures verified per second, by {by}", rate)


def _recovery(by: str) -> Finding:
    """Measure how fast senders of Ethereum transactions are recovered from their signatures."""
    key = private_key(KeyKind.SECP256K1, sha256(b"doctor"))
    message = b"doctor"
    signed = [(sha256(message), key.sign(message) + bytes((v,))) for v in (0, 1)]
    # one of the two keys is that of the signer, with the x of the compressed form
    if key.public_key[1:] not in [found and found[1:33] for found in recover_many(signed)]:
        return Finding.fault(
            "secp256k1 recovery", f"{by} does not find the signer", "reinstall: remove .venv, then ./run"
        )
    rate = per_second(lambda: recover_many(signed), len(signed))
    return Finding.good("secp256k1 recovery", f"{rate:,.0f} keys recovered per second, by {by}", rate)


def _tree_rate() -> float:
    names = [sha256(b"leaf %d" % number) for number in range(_LEAVES)]
    records: dict[int, bytes] = {}
    tree = SparseMerkleTree(INTERNATIONAL.hash, bits_for(_LEAVES), records)
    records.update(tree.update(dict.fromkeys(names, b"first")).buckets)
    values = (number.to_bytes(8, "big") for number in count())

    def change() -> None:
        records.update(tree.update(dict.fromkeys(names[:_UPDATES], next(values))).buckets)

    return per_second(change, _UPDATES)


def per_second(work: Callable[[], object], items: int) -> float:
    """Repeat some work of so many items for a twentieth of a second and return items per second."""
    rounds, started = 0, time.thread_time()
    while (elapsed := time.thread_time() - started) < SECONDS_EACH:
        work()
        rounds += 1
    return rounds * items / elapsed
