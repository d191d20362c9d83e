"""`bench hotpath`: microseconds per stage, both suites; the native crate, pure Python and other libraries in one run.

All on one thread, in time of the processor: what else runs on the machine does not count. Peers that are programs of
their own measure themselves, by the clock.
"""

import secrets
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from huitong.crypto import GUOMI, INTERNATIONAL, HashFunction, Suite, private_key, sha256, verify, verify_many
from huitong.crypto.libcrypto import libcrypto
from huitong.crypto.sm2_curve import message_digest
from huitong.crypto.sm2_openssl import verify_digest
from huitong.crypto.sm3 import bundled_sm3
from huitong.engine import Verdicts
from huitong.kernel import Kernel
from huitong.modules.identity import Directory, Identity
from huitong.state import SparseMerkleTree, TreeUpdate, bits_for
from huitong.state.tree_core import NativeCore, PythonCore, TreeCore
from huitong.store.changes import tree_changes
from huitong.store.keyvalue import Change, Family
from huitong.store.rocks import RocksKeyValue
from huitong.types import Call, TransactionBody, encode, encode_transaction
from huitong.types.native import Check, Native, native
from huitong.types.registry import STORE_MAIN, KeyKind

from .hotpath_peers import peers
from .report import Figure, Report, at_least, at_most, report

SIGNERS = 100
SIGNATURES = 2_000
UPDATES = 5_000
MESSAGE_BYTES = 250
TRIES = 3
GOAL_UPDATES = 100_000.0
GOAL_ANY_KEY_US = 50.0
GOAL_KNOWN_KEY_US = 16.67
"""60,000 per second."""


def microseconds(work: Callable[[], object], count: int) -> float:
    """Best of a few tries, per item."""
    best = float("inf")
    for _ in range(TRIES):
        started = time.thread_time()
        work()
        best = min(best, time.thread_time() - started)
    return best / count * 1e6


class Pairs:
    """Figures of pure Python and of the native crate under one name, with the ratio."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []

    def add(self, name: str, pure: float, fast: float | None, goal: float | None = None) -> None:
        """Note a pair in microseconds; goal is for the native one."""
        self.figures.append(Figure(f"{name}_pure", round(pure, 3), "us"))
        if fast is not None:
            found = Figure(f"{name}_native", round(fast, 3), "us")
            self.figures.append(found if goal is None else at_most(f"{name}_native", fast, "us", goal))
            self.figures.append(Figure(f"{name}_ratio", round(pure / fast, 1), "x"))


def run(*, keys: int = 1_000_000, small: int = 100_000, programs: int = 1) -> Report:
    """keys: leaves of the tree with a store; small: of those that compare; programs: 0 leaves out Go, C and openssl."""
    crate, pairs = native(), Pairs()
    for suite in (INTERNATIONAL, GUOMI):
        pairs.figures.append(Figure(f"open_{suite.name}", round(_opening(suite), 3), "us"))
    _hashes(crate, pairs)
    _signatures(crate, pairs)
    figures, profile = pairs.figures, []
    for name, digest in (("sha256", sha256), ("sm3", bundled_sm3)):
        slow = _tree(PythonCore(digest, bits_for(small)), digest, small)
        if crate is None:
            pairs.add(f"tree_{name}", slow, None)
            continue
        fast = _tree(NativeCore(crate, name, bits_for(small)), digest, small)
        pairs.add(f"tree_{name}", slow, fast)
        whole = _tree_with_store(crate, name, keys)
        figures.append(at_least(f"tree_store_{name}", 1e6 / whole, "updates/s", GOAL_UPDATES))
        profile.append(
            f"tree_store_{name}: {whole:.1f} us per update, of them about {fast:.1f} hash and merge in the crate; the"
            f" rest reads records from RocksDB and writes them"
        )
    figures += peers(with_programs=bool(programs))
    parameters = {"keys": keys, "small": small, "signers": SIGNERS, "signatures": SIGNATURES, "updates": UPDATES,
                  "message": MESSAGE_BYTES, "native": crate.__version__ if crate else "none"}  # fmt: skip
    return report("hotpath", parameters, figures, profile)


def _opening(suite: Suite) -> float:
    """Scan, decode and hash a transaction as it comes."""
    kernel = Kernel(
        chain_id="bench-1", suite=suite, directory=Directory(), modules=(Identity(suite),), engines=(),
        verifier=Verdicts(),
    )  # fmt: skip
    sender = bytes(20)
    raws = []
    for number in range(SIGNATURES):
        call = Call(sender, "transfer", (secrets.token_bytes(20), secrets.token_bytes(20), number))
        salt = number.to_bytes(8, "big")
        body = encode(TransactionBody(1, "bench-1", sender, salt, 2**62, 10**6, (call,), sender, b""))
        raws.append(encode_transaction(body, (secrets.token_bytes(64),)))
    return microseconds(lambda: [kernel.open_transaction(raw) for raw in raws], len(raws))


def _hashes(crate: Native | None, pairs: Pairs) -> None:
    messages = [secrets.token_bytes(64) for _ in range(20_000)]
    pairs.figures.append(
        Figure("sha256_64", round(microseconds(lambda: [sha256(message) for message in messages], 20_000), 3), "us")
    )
    pure = microseconds(lambda: [bundled_sm3(message) for message in messages], 20_000)
    fast = None if crate is None else microseconds(lambda: crate.sm3_many(messages), 20_000)
    pairs.add("sm3_64", pure, fast, 0.5)


def _checks(kind: KeyKind, signers: int) -> list[Check]:
    keys = [private_key(kind, sha256(secrets.token_bytes(32))) for _ in range(signers)]
    made = []
    for number in range(SIGNATURES):
        key, message = keys[number % signers], secrets.token_bytes(MESSAGE_BYTES)
        made.append((int(kind), key.public_key, message, key.sign(message)))
    return made


def _signatures(crate: Native | None, pairs: Pairs) -> None:
    """Any key: all keys are new to the crate; known keys: of a few signers that it has seen before."""
    for kind, pure in ((KeyKind.ED25519, verify), (KeyKind.SM2, _by_libcrypto)):
        name = kind.name.lower()
        known = _checks(kind, SIGNERS)
        slow = microseconds(lambda checks=known, one=pure: [one(*check) for check in checks], SIGNATURES)  # type: ignore[misc]  # mypy infers no types of a lambda's defaults
        if crate is None:
            pairs.add(f"{name}_verify", slow, None)
            continue
        strange = _checks(kind, SIGNATURES)
        started = time.thread_time()
        assert verify_many(strange).count(1) == SIGNATURES
        any_key = (time.thread_time() - started) / SIGNATURES * 1e6
        for _ in range(5):
            assert verify_many(known).count(1) == SIGNATURES
        fast = microseconds(lambda checks=known: verify_many(checks), SIGNATURES)  # type: ignore[misc]  # as above
        goals = (GOAL_ANY_KEY_US, GOAL_KNOWN_KEY_US) if kind == KeyKind.SM2 else (None, None)
        pairs.add(f"{name}_any_key", slow, any_key, goals[0])
        pairs.add(f"{name}_known_key", slow, fast, goals[1])


def _by_libcrypto(kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
    del kind
    library = libcrypto()
    assert library is not None, "the bench needs an OpenSSL with SM2"
    return verify_digest(library, public_key, message_digest(public_key, message), signature)


def _names(count: int) -> list[bytes]:
    return [sha256(b"key %d" % number) for number in range(count)]


def _batches(names: list[bytes]) -> Iterator[dict[bytes, bytes | None]]:
    for _ in range(TRIES):
        yield {names[secrets.randbelow(len(names))]: secrets.token_bytes(32) for _ in range(UPDATES)}


def _tree(core: TreeCore, digest: HashFunction, count: int) -> float:
    """Updates of present leaves, records in a dictionary: what hashing and merging costs."""
    names, records = _names(count), dict[int, bytes]()
    tree = SparseMerkleTree(digest, bits_for(count), records, lambda *_: core)
    for start in range(0, count, 50_000):
        records.update(tree.update(dict.fromkeys(names[start : start + 50_000], b"first")).buckets)
    best = float("inf")
    for writes in _batches(names):
        started = time.thread_time()
        update = tree.update(writes)
        best = min(best, (time.thread_time() - started) / len(writes))
        records.update(update.buckets)
    return best * 1e6


class _Buckets:
    """Records in RocksDB, without a cache of ours before it."""

    def __init__(self, store: RocksKeyValue) -> None:
        self._store = store

    def get(self, bucket: int) -> bytes | None:
        """Return a record."""
        return self._store.get(Family.STATE, b"b" + bucket.to_bytes(4, "big"))

    def get_many(self, buckets: Sequence[int]) -> Sequence[bytes | None]:
        """Return a record for each bucket."""
        return self._store.get_many(Family.STATE, [b"b" + bucket.to_bytes(4, "big") for bucket in buckets])


def _rows(update: TreeUpdate) -> Iterable[Change]:
    for family, key, value in tree_changes(STORE_MAIN, update):
        yield family, b"b" + key[-4:] if len(key) < 20 else key, value


def _tree_with_store(crate: Native, name: str, count: int) -> float:
    """Updates of present leaves with RocksDB: read the buckets, hash, write the batch (not synced)."""
    names = _names(count)
    digest = sha256 if name == "sha256" else bundled_sm3
    with tempfile.TemporaryDirectory(prefix="huitong-bench-") as folder:
        store = RocksKeyValue(Path(folder) / "store")
        core = NativeCore(crate, name, bits_for(count))
        tree = SparseMerkleTree(digest, bits_for(count), _Buckets(store), lambda *_: core)
        for start in range(0, count, 100_000):
            update = tree.update(dict.fromkeys(names[start : start + 100_000], b"first"))
            store.write(list(_rows(update)), durable=False)
        best = float("inf")
        for writes in _batches(names):
            started = time.thread_time()
            store.write(list(_rows(tree.update(writes))), durable=False)
            best = min(best, (time.thread_time() - started) / len(writes))
        store.close()
    return best * 1e6
