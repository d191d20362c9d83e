"""The Python engine: contracts run in jailed workers; the node serves what they ask.

**Deaths.** A worker that dies, hangs or lies is killed and never decides anything. When nothing was handed to the host
yet, the call is run again on a fresh worker; two deaths of fresh workers raise `WorkerDiedError`. When writes, events
or a nested call had been handed over, the first death raises it at once, from every frame up to the outermost: the
host's owner rewinds its checkpoint, and may call again. Errors of the host other than `Failed` pass through unchanged;
the worker in the middle of a call is killed.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Final

from huitong.kernel.contract import WorkerDiedError
from huitong.types import Answer, Code, Deployed, Expected, Failed, Host, Invocation, Rejected
from huitong.types.limits import MAX_CODE_BYTES

from .depth import make_room
from .engine_ahead import Line, Load, Pauses
from .engine_batch import View
from .engine_frame import HostFrame, patience
from .engine_hints import Hints
from .gas import deploy_units
from .pool import Pool, Worker
from .wire import WorkerFault
from .wire_failures import failed_of
from .wire_messages import Deploy, DeployedReply, Kind, Refusal
from .wire_messages import Load as LoadMessage

FRESH_DEATHS: Final = 2


class _Thread(threading.local):
    """What the engine knows of the calling thread: the worker of its open frames, what it has had run ahead."""

    worker: Worker | None = None

    def __init__(self, pool: Pool, hints: Hints, pauses: Pauses, load: Load) -> None:
        self.line = Line(pool, hints, pauses, load)


class PythonEngine:
    """Implements `kernel.ContractEngine`. Calls may come from any thread; up to `workers` run at the same time."""

    name = "python"
    version = 1

    def __init__(
        self,
        *,
        workers: int = 2,
        program: tuple[str, ...] = ("huitong.vm.python.program",),
    ) -> None:
        """Start the first worker.

        program: module that gives contracts their meaning, and folders to find it in beside the installed packages.
        Raises HuitongError HT6006 when no worker can be started.
        """
        make_room()
        self._pool = Pool(program, workers)
        self._hints = Hints()
        self._thread = _Thread(self._pool, self._hints, Pauses(), self._load_all)
        first = self._pool.borrow()
        self.sandbox = first.sandbox
        """What holds the workers: "seccomp+rlimits", or "rlimits only: " and the reason."""
        self._pool.give_back(first)
        first.fresh = True

    def deploy(self, code: bytes, gas_limit: int, previous: bytes = b"") -> Deployed:
        """Validate code, and that it fits the storage of `previous`.

        Raises Failed HT3000-HT3999, HT4001; WorkerDiedError.
        """
        if len(code) > MAX_CODE_BYTES:
            raise Failed(Code.CONTRACT_TOO_LARGE, what="tree", limit=f"{MAX_CODE_BYTES} bytes")
        gas_used = deploy_units(len(code), len(previous))
        if gas_used > gas_limit:
            raise Failed(Code.OUT_OF_GAS, gas_limit=gas_limit)
        worker, request = self._thread.worker, Deploy(code, previous)
        found = self._deploy_fresh(request) if worker is None else self._deploy_nested(worker, request)
        return Deployed(found.fields, found.schema, found.initialiser, gas_used, found.reentrant)

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        """Run one method. Raises WorkerDiedError as the head of this module says."""
        worker = self._thread.worker
        if worker is None:
            answer = self._thread.line.take(invocation, host)
            return self._call_fresh(invocation, code, host) if answer is None else answer
        try:
            return self._run(worker, HostFrame(worker.channel, invocation, host), invocation, code)
        except WorkerFault as fault:
            worker.kill()
            raise WorkerDiedError(str(fault)) from fault

    def expect(self, calls: Sequence[Expected], view: View) -> None:
        """Run calls of a block ahead of their turn, in one message. It saves time and never decides: `engine_ahead`."""
        if self._thread.worker is None:
            self._thread.line.expect(calls, view)

    def forget(self) -> None:
        """Drop what was run ahead and not used."""
        if self._thread.worker is None:
            self._thread.line.end()

    @property
    def processes(self) -> tuple[int, ...]:
        """Process ids of the workers, for who measures them."""
        return self._pool.processes()

    def close(self) -> None:
        """End all workers; calls that still run raise WorkerDiedError or HT6004."""
        self._pool.close()

    def _call_fresh(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        """Run an outermost call, again after a death that left no trace."""
        deaths = 0
        while True:
            worker = self._borrow()
            frame = HostFrame(worker.channel, invocation, host)
            self._thread.worker = worker
            alive = False
            try:
                answer = self._run(worker, frame, invocation, code)
                alive = True
            except WorkerFault as fault:
                deaths += worker.fresh
                if frame.effects or deaths == FRESH_DEATHS:
                    raise WorkerDiedError(str(fault)) from fault
            else:
                return answer
            finally:
                self._thread.worker = None
                (self._pool.give_back if alive else self._pool.discard)(worker)

    def _run(self, worker: Worker, frame: HostFrame, invocation: Invocation, code: bytes) -> Answer:
        self._load(worker, invocation.code_hash, code)
        known = self._hints.keys(invocation)
        answer = frame.run(known)
        self._hints.learn(invocation, known, frame.missed, frame.used)
        return answer

    def _borrow(self) -> Worker:
        """Take a worker; the one that runs ahead for this thread is given back first when there is no other."""
        if self._pool.would_wait():
            self._thread.line.settle()
        return self._pool.borrow()

    def _load_all(self, worker: Worker, codes: Mapping[bytes, bytes]) -> None:
        for code_hash, code in codes.items():
            self._load(worker, code_hash, code)

    def _load(self, worker: Worker, code_hash: bytes, code: bytes) -> None:
        """Make sure that the worker holds the program."""
        drop = worker.make_room(code_hash, len(code))
        if drop is None:
            return
        seconds = patience(deploy_units(len(code)))
        worker.channel.send(LoadMessage(code_hash, code, drop), seconds)
        kind, body = worker.channel.receive(seconds)
        if kind != Kind.LOADED:
            # Deploy accepted this code with the same function: a broken worker, or a broken store.
            raise WorkerFault(f"code {code_hash.hex()} does not load: {body}"[:500])

    def _deploy_fresh(self, request: Deploy) -> DeployedReply:
        deaths = 0
        while True:
            worker = self._borrow()
            alive = False
            try:
                found = self._ask_deploy(worker, request)
                alive = True
            except Failed:
                alive = True
                raise
            except WorkerFault as fault:
                deaths += worker.fresh
                if deaths == FRESH_DEATHS:
                    raise WorkerDiedError(str(fault)) from fault
            else:
                return found
            finally:
                (self._pool.give_back if alive else self._pool.discard)(worker)

    def _deploy_nested(self, worker: Worker, request: Deploy) -> DeployedReply:
        """Deploy while a frame of this thread waits: on the same worker, as a nested call would be."""
        try:
            return self._ask_deploy(worker, request)
        except WorkerFault as fault:
            worker.kill()
            raise WorkerDiedError(str(fault)) from fault

    def _ask_deploy(self, worker: Worker, request: Deploy) -> DeployedReply:
        seconds = patience(deploy_units(len(request.code), len(request.previous)))
        worker.channel.send(request, seconds)
        kind, body = worker.channel.receive(seconds)
        if kind == Kind.REFUSED:
            raise _refused(body)
        if kind != Kind.DEPLOYED:
            raise WorkerFault(f"message kind {kind} after a deploy: {body}"[:500])
        assert isinstance(body, DeployedReply)
        return body


def _refused(body: Refusal) -> Failed:
    try:
        return failed_of(body)
    except (ValueError, TypeError, Rejected):
        raise WorkerFault("a refusal with an unknown number or malformed data") from None
