"""Try every attack of `jail_attacks` in a fresh worker; print one JSON object: name -> [exit status, what was seen].

Run as a program, so that it can be started as another user. Needs nothing but the installed package.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from jail_attacks import ATTACKS

from huitong.types import BlockContext, Caller, Invocation
from huitong.vm.python.engine_frame import HostFrame
from huitong.vm.python.pool import Worker
from huitong.vm.python.wire import WorkerFault
from huitong.vm.python.wire_messages import Kind, Load

BLOCK = BlockContext("test-1", 7, 1_800_000_000 * 10**9, b"p" * 20, b"h" * 32)


class NoHost:
    def read(self, key):
        return None


def start():
    return Worker(("standin_program", str(Path(__file__).parent)))


def attempt(text):
    code = f"def run(call, host):\n    return repr({text})[:200]\n".encode()
    code_hash = hashlib.sha256(code).digest()
    worker = start()
    caller = Caller(b"a" * 20, None, ())
    invocation = Invocation(b"c" * 20, code_hash, (), "run", (), caller, BLOCK, 1_000_000, False)
    try:
        worker.channel.send(Load(code_hash, code, ()))
        kind, _ = worker.channel.receive(30.0)
        assert kind == Kind.LOADED
        seen = "survived: " + HostFrame(worker.channel, invocation, NoHost()).run(()).data.decode(errors="replace")
    except WorkerFault as fault:
        seen = str(fault)
    return [worker.kill(), seen]


def facts():
    """What the kernel says about a worker that waits."""
    worker = start()
    folder = Path(f"/proc/{worker.pid}")
    status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line)
    limits = {line[:26].strip(): line[26:].split()[:2] for line in (folder / "limits").read_text().splitlines()}
    try:
        descriptors = sorted(path.name for path in (folder / "fd").iterdir())
    except PermissionError:
        descriptors = None
    worker.kill()
    wanted = ("Uid", "Gid", "Groups", "NoNewPrivs", "Seccomp", "CapEff", "CapPrm", "CapAmb", "Threads")
    return {
        "sandbox": worker.sandbox,
        "descriptors": descriptors,
        "limits": limits,
        **{name: status[name].split() for name in wanted},
    }


if __name__ == "__main__":
    json.dump(
        {"uid": os.getuid(), "facts": facts(), **{name: attempt(text) for name, text in ATTACKS.items()}}, sys.stdout
    )
