"""Libraries and programs of others beside the hot path, in the same run. One that is not here is left out, by name."""

import ctypes
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huitong.crypto import private_key, sha256
from huitong.crypto.sm2_curve import message_digest
from huitong.types.registry import KeyKind

from .report import Figure

CHECKOUT = Path(__file__).parents[4]
GO_PROGRAM = CHECKOUT / "native" / "peers"
C_SPIKE = CHECKOUT.parent / "shared" / "spikes" / "hot-path" / "sm2fast.c"
C_FLAGS = ("-O3", "-fno-tree-vectorize", "-fno-tree-slp-vectorize", "-funroll-loops", "-mbmi2", "-madx")
ROUNDS = 500
PATIENCE_SECONDS = 300


def peers(*, with_programs: bool) -> list[Figure]:
    """Microseconds per signature or hash; -1 for a peer that is not here or does not start."""
    found = [_cryptography()]
    if with_programs:
        for name, measure in (("openssl", _openssl), ("c_spike", _c_spike), ("go", _go)):
            try:
                found += list(measure())
            except (OSError, subprocess.SubprocessError):
                found.append(Figure(f"{name}_absent", -1, "us"))
    return found


def _cryptography() -> Figure:
    key, message = Ed25519PrivateKey.generate(), secrets.token_bytes(250)
    public, signature = key.public_key(), key.sign(message)
    started = time.thread_time()
    for _ in range(ROUNDS):
        public.verify(signature, message)
    return Figure("cryptography_ed25519", round((time.thread_time() - started) / ROUNDS * 1e6, 3), "us")


def _run(*command: str | Path, folder: Path | None = None) -> str:
    done = subprocess.run(  # noqa: S603 - fixed programs
        command, cwd=folder, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )
    return done.stdout


def _openssl() -> Iterator[Figure]:
    """The last number of the last line is verifications per second."""
    for name in ("ed25519", "sm2"):
        numbers = re.findall(r"\d+\.\d+", _run("openssl", "speed", "-seconds", "1", name).splitlines()[-1])
        yield Figure(f"openssl_speed_{name}", round(1e6 / float(numbers[-1]), 3), "us")


def _go() -> Iterator[Figure]:
    """crypto/ed25519 and emmansun/gmsm."""
    if not GO_PROGRAM.exists():
        raise OSError("not in a checkout")
    for line in _run("go", "run", ".", folder=GO_PROGRAM).splitlines():
        name, value = line.split()
        yield Figure(f"go_{name}", float(value), "us")


def _c_spike() -> Iterator[Figure]:
    """The prototype in C that the crate grew out of, a loop over one key."""
    compiler = shutil.which("clang") or shutil.which("gcc")
    if compiler is None or not C_SPIKE.exists():
        raise OSError("no compiler or no prototype")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "sm2fast.so"
        flags = ("-O3", "-fno-vectorize", "-fno-slp-vectorize", "-mbmi2") if compiler.endswith("clang") else C_FLAGS
        _run(compiler, *flags, "-shared", "-fPIC", C_SPIKE, "-o", library)
        spike = ctypes.CDLL(str(library))
        spike.sm2_init()
        spike.sm2_table_size.restype = ctypes.c_size_t
        key = private_key(KeyKind.SM2, sha256(b"peer"))
        digest = message_digest(key.public_key, b"message")
        signature, point = key.sign(b"message"), key.public_key[1:]
        table = ctypes.create_string_buffer(spike.sm2_table_size())
        spike.sm2_table(table, point)
        for name, call in (("any_key", spike.sm2_verify), ("known_key", spike.sm2_verify_tab)):
            first = point if name == "any_key" else table
            assert call(first, digest, signature) == 1
            started = time.thread_time()
            for _ in range(ROUNDS):
                call(first, digest, signature)
            yield Figure(f"c_spike_sm2_{name}", round((time.thread_time() - started) / ROUNDS * 1e6, 3), "us")
