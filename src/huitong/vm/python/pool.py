"""Worker processes of one engine: started when needed, lent to one outermost call at a time, killed when in doubt."""

import socket
import subprocess
import sys
import threading
from collections import OrderedDict
from typing import Final

from huitong.types import Code, HuitongError

from .wire import Channel, WorkerFault
from .wire_messages import MAX_UP_BYTES, Kind

START_SECONDS: Final = 60.0
MAX_PROGRAMS: Final = 256
MAX_PROGRAM_BYTES: Final = 8 * 1024 * 1024
"""Compiled programs that a worker keeps, in number and in bytes of code; the node decides which.

A byte of a tree needs about 20 bytes of memory when compiled, and 2 us to compile.
"""

_COMMAND: Final = "from huitong.vm.python.worker import main; main()"


class Worker:
    """A jailed interpreter and the node's end of its channel.

    sandbox: what it says protects the node from it. fresh: it has not served anything yet.
    """

    def __init__(self, program: tuple[str, ...]) -> None:
        """Start it and wait for its greeting. Raises HT6006 when it does not come."""
        ours, theirs = socket.socketpair()
        with theirs:
            # -I: no environment, no current folder. -W ignore: printing a warning would open files in the jail.
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                [sys.executable, "-I", "-W", "ignore", "-c", _COMMAND, str(theirs.fileno()), *program],
                pass_fds=(theirs.fileno(),),
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        self.channel = Channel(ours, MAX_UP_BYTES)
        self.channel.watch_clock()
        self._programs: OrderedDict[bytes, int] = OrderedDict()
        self._program_bytes = 0
        self.fresh = True
        self.sandbox = self._greeting()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def make_room(self, code_hash: bytes, size: int) -> tuple[bytes, ...] | None:
        """Return which programs to drop before this one is loaded, least recently used first; None when it is held."""
        if code_hash in self._programs:
            self._programs.move_to_end(code_hash)
            return None
        drop = []
        while self._programs and (
            len(self._programs) >= MAX_PROGRAMS or self._program_bytes + size > MAX_PROGRAM_BYTES
        ):
            dropped, dropped_size = self._programs.popitem(last=False)
            self._program_bytes -= dropped_size
            drop.append(dropped)
        self._programs[code_hash] = size
        self._program_bytes += size
        return tuple(drop)

    def _greeting(self) -> str:
        try:
            kind, body = self.channel.receive(START_SECONDS)
        except WorkerFault as fault:
            self._process.kill()
            raise self._no_start(f"{fault}: {self._complaint()}") from None
        if kind != Kind.HELLO:
            raise self._no_start(str(getattr(body, "reason", "it does not greet")))
        assert self._process.stderr is not None
        self._process.stderr.close()
        return str(body.sandbox)

    def _no_start(self, reason: str) -> HuitongError:
        self.kill()
        return HuitongError(Code.SANDBOX_UNAVAILABLE, reason=reason)

    def _complaint(self) -> str:
        """Last line that the interpreter printed."""
        assert self._process.stderr is not None
        lines = self._process.stderr.read(64 * 1024).decode(errors="replace").strip().splitlines()
        return lines[-1][:500] if lines else "it printed nothing"

    def kill(self) -> int:
        """End the process now, so that no zombie and no descriptor is left. Returns its status, -N for signal N."""
        self._process.kill()
        self.channel.close()
        if self._process.stderr is not None:
            self._process.stderr.close()
        return self._process.wait()


class Pool:
    """At most `size` workers; a borrower waits when all are lent."""

    def __init__(self, program: tuple[str, ...], size: int) -> None:
        self._program = program
        self._size = size
        self._idle: list[Worker] = []
        self._lent: set[Worker] = set()
        self._starting = 0
        self._closed = False
        self._changed = threading.Condition()

    def would_wait(self) -> bool:
        """True when a borrower would have to wait now."""
        with self._changed:
            return not self._idle and len(self._lent) + self._starting >= self._size

    def borrow(self) -> Worker:
        """Take the worker used last, or start one. Raises HT6006 (cannot start), HT6004 (closed)."""
        with self._changed:
            while not self._closed and not self._idle and len(self._lent) + self._starting >= self._size:
                self._changed.wait()
            if self._closed:
                raise HuitongError(Code.STOPPING)
            if self._idle:
                worker = self._idle.pop()
                self._lent.add(worker)
                return worker
            self._starting += 1
        return self._start()

    def _start(self) -> Worker:
        started = None
        try:
            started = Worker(self._program)
        finally:
            with self._changed:
                self._starting -= 1
                if started is not None:
                    self._lent.add(started)
                self._changed.notify()
        if self._closed:
            self.discard(started)
            raise HuitongError(Code.STOPPING)
        return started

    def give_back(self, worker: Worker) -> None:
        """Return a worker that is between calls."""
        worker.fresh = False
        with self._changed:
            if worker in self._lent:
                self._lent.remove(worker)
                self._idle.append(worker)
                self._changed.notify()

    def discard(self, worker: Worker) -> None:
        """Kill a lent worker."""
        worker.kill()
        with self._changed:
            self._lent.discard(worker)
            self._changed.notify()

    def processes(self) -> tuple[int, ...]:
        """Process ids of all workers."""
        with self._changed:
            return tuple(sorted(worker.pid for worker in (*self._idle, *self._lent)))

    def close(self) -> None:
        """Kill all workers, lent ones too: their calls raise. Later calls of `borrow` raise HT6004."""
        with self._changed:
            self._closed = True
            workers = [*self._idle, *self._lent]
            self._idle.clear()
            self._lent.clear()
            self._changed.notify_all()
        for worker in workers:
            worker.kill()
