"""Fixtures of the engine's tests: a host in memory, invocations, engines whose code is plain Python text."""

import hashlib
from pathlib import Path

import pytest

from huitong.types import Answer, BlockContext, Caller, Code, Failed, Invocation
from huitong.vm.python.engine import PythonEngine

PROGRAMS = str(Path(__file__).parent / "programs")
FIELDS = (("first", 1), ("second", 2))
BLOCK = BlockContext("test-1", 7, 1_800_000_000 * 10**9, b"p" * 20, b"h" * 32)


class MemoryHost:
    """State of one contract in a dictionary; calls of others go to `callee`. Counts what it is asked."""

    def __init__(self):
        self.state = {}
        self.events = []
        self.asked = []
        self.callee = None

    def read(self, key):
        self.asked.append(("read", key))
        return self.state.get(key)

    def scan(self, start, end, limit, *, reverse):
        self.asked.append(("scan", start, end, limit, reverse))
        return sorted(((k, v) for k, v in self.state.items() if start <= k < end), reverse=reverse)[:limit]

    def write(self, writes):
        self.asked.append(("write", writes))
        for key, value in writes.items():
            if value is None:
                self.state.pop(key, None)
            else:
                self.state[key] = value

    def emit(self, name, data):
        self.events.append((name, data))

    def call(self, target, method, args, gas_limit, *, read_only):
        self.asked.append(("call", target, method, args, gas_limit, read_only))
        if self.callee is None:
            raise Failed(Code.TARGET_UNKNOWN, target=target.hex())
        answer = self.callee(target, method, args, gas_limit, read_only)
        assert isinstance(answer, Answer)
        return answer


@pytest.fixture
def host():
    return MemoryHost()


@pytest.fixture(scope="session")
def new_host():
    return MemoryHost


@pytest.fixture(scope="session")
def invocation():
    """Make an invocation of code; gas, caller and block have fixed values unless given."""

    def make(code, *args, gas_limit=1_000_000, read_only=False, method="run", contract=b"c" * 20, fields=FIELDS):
        return Invocation(
            contract=contract,
            code_hash=hashlib.sha256(code).digest(),
            fields=fields,
            method=method,
            args=args,
            caller=Caller(b"a" * 20, "hospital", ("doctor", "admin")),
            block=BLOCK,
            gas_limit=gas_limit,
            read_only=read_only,
        )

    return make


@pytest.fixture
def new_engine():
    """Start engines with the stand-in meaning of code (`programs/standin_program.py`); all are closed at the end."""
    started = []

    def start(**options):
        engine = PythonEngine(**{"program": ("standin_program", PROGRAMS)} | options)
        started.append(engine)
        return engine

    yield start
    for engine in started:
        engine.close()


@pytest.fixture
def engine(new_engine):
    return new_engine()
