"""The worker: a process that compiles and runs contracts, and knows nothing but what the node sends.

Started as `python -I -c "..." FD MODULE [FOLDER ...]`. FD: its one inherited socket. MODULE: dotted name of the module
with `load_program(code)` and `run(program, invocation, host)`, in the installed packages or a FOLDER. Everything is
imported before `jail.lock_down`, and nothing is read from the socket before it. It ends when the socket ends.

What no contract may cause (no memory, a bug) ends the worker with a `Fault`: the node counts a death, never a failed
transaction, because another node might have had the memory.
"""

import gc
import importlib
import os
import signal
import socket
import sys
from typing import Any, Final, NoReturn, Protocol

from huitong.types import Answer, BlockContext, Caller, Code, Failed, Host, Invocation, decode_scanned, encode
from huitong.types.catalogue import explain
from huitong.types.limits import MAX_RETURN_BYTES

from .compatible import check_upgrade
from .depth import WORKER_RECURSION_LIMIT, in_one_piece, make_room
from .jail import lock_down
from .wire import Channel, WorkerFault
from .wire_failures import failed_answer, refusal_of
from .wire_messages import Ahead, Body, Call, Deploy, DeployedReply, Ended, Fault, Hello, Kind, Load, Loaded, Outcomes
from .worker_ahead import Batch
from .worker_frame import Frame

_REQUESTS: Final = (Kind.LOAD, Kind.DEPLOY, Kind.CALL, Kind.AHEAD)


class BrokenWorker(BaseException):
    """This process cannot go on. Not an Exception: a contract that catches everything does not catch it."""


class Program(Protocol):
    """What a loader makes of code."""

    fields: tuple[str, ...]
    schema: bytes
    initialiser: str
    reentrant: tuple[str, ...]


class ProgramModule(Protocol):
    """The module that gives contracts their meaning."""

    def load_program(self, code: bytes) -> Program:
        """Validate and compile. Raises Failed HT3000-HT3999."""
        ...

    def run(self, program: Program, invocation: Invocation, host: Host) -> Answer:
        """Run one method to its end."""
        ...


class Server:
    """Serves one node over one channel, re-entrantly: frames are a stack."""

    def __init__(self, channel: Channel, module: ProgramModule) -> None:
        self._channel = channel
        self._module = module
        self._programs: dict[bytes, Program] = {}
        self._states: dict[bytes, dict[bytes, bytes | None]] = {}

    def serve(self) -> NoReturn:
        """Answer requests until the node goes away. Raises WorkerFault at the end of the channel."""
        while True:
            self._answer(*self._channel.receive())

    def ask(self, request: Body) -> tuple[int, Any]:
        """Send a frame's request up; serve what the node asks meanwhile; return (kind, body) of the reply.

        Raises BrokenWorker for whatever goes wrong: no frame may take it for an error of its own and go on.
        """
        try:
            self._channel.send(request)
            while True:
                kind, body = self._channel.receive()
                if kind not in _REQUESTS:
                    return kind, body
                self._answer(kind, body)
        except BrokenWorker:
            raise
        except BaseException as error:
            raise BrokenWorker(_describe(error)) from error

    def _answer(self, kind: int, body: Any) -> None:
        try:
            reply = self._reply(kind, body)
        except Failed as refused:
            self._channel.send_as(Kind.REFUSED, encode(refusal_of(refused)))
        else:
            self._channel.send(reply)

    def _reply(self, kind: int, body: Any) -> Body:
        if kind == Kind.CALL:
            return self._call(body)
        if kind == Kind.LOAD:
            return self._load(body)
        if kind == Kind.DEPLOY:
            return self._deploy(body)
        if kind == Kind.AHEAD:
            return self._ahead(body)
        raise AssertionError(f"message kind {kind} is no request")

    def _load(self, body: Load) -> Loaded:
        for code_hash in body.drop:
            self._programs.pop(code_hash, None)
        self._programs[body.code_hash] = self._module.load_program(body.code)
        return Loaded()

    def _deploy(self, body: Deploy) -> DeployedReply:
        program = self._module.load_program(body.code)
        if body.previous:
            check_upgrade(self._module.load_program(body.previous).schema, program.schema)
        return DeployedReply(program.fields, program.schema, program.initialiser, program.reentrant)

    def _ahead(self, body: Ahead) -> Outcomes:
        if body.fresh:
            self._states.clear()
        return Batch(body, self._states, self._programs, self._module.run, self.ask, _bounded).outcomes()

    def _call(self, body: Call) -> Ended:
        invocation = Invocation(
            body.contract,
            body.code_hash,
            body.fields,
            body.method,
            tuple(decode_scanned(body.args, list)),
            Caller(*body.caller),
            BlockContext(*body.block),
            body.gas_limit,
            body.read_only,
        )
        frame = Frame(self.ask, body.known, read_only=body.read_only)
        try:
            answer = self._module.run(self._programs[body.code_hash], invocation, frame)
        except Failed as stopped:
            answer = failed_answer(stopped, body.gas_limit)
        return frame.end(_bounded(answer))


def _bounded(answer: Answer) -> Answer:
    """Refuse a result that is too long for a receipt, whoever made it."""
    if len(answer.data) <= MAX_RETURN_BYTES:
        return answer
    return failed_answer(Failed(Code.RESULT_TOO_LARGE, limit=MAX_RETURN_BYTES), answer.gas_used)


def _describe(error: BaseException) -> str:
    """Type, text and places of an error, without reading any source file (opening one would be death)."""
    places = []
    step = error.__traceback__
    while step is not None:
        places.append(f"{step.tb_frame.f_code.co_filename.rpartition('/')[2]}:{step.tb_lineno}")
        step = step.tb_next
    return f"{type(error).__name__}: {str(error)[:500]} at {' > '.join(places[-12:])}"


def _quiet(*_: object) -> None:
    """Print nothing: the interpreter's own report of an error opens source files."""


def _prepare(descriptor: int) -> None:
    """Load what would be loaded late, close everything but the socket, silence the interpreter."""
    explain(Code.INTERNAL)
    make_room(WORKER_RECURSION_LIMIT)
    sys.excepthook = _quiet
    sys.unraisablehook = _quiet
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.closerange(0, descriptor)
    os.closerange(descriptor + 1, 65536)
    gc.collect()
    gc.freeze()


def main() -> NoReturn:
    """Serve until the channel ends; never return."""
    descriptor = int(sys.argv[1])
    sys.path += sys.argv[3:]
    module: Any = importlib.import_module(sys.argv[2])
    endpoint = socket.socket(fileno=descriptor)
    channel = Channel(endpoint, 0)
    try:
        _prepare(descriptor)
        channel.send(Hello(lock_down()))
        in_one_piece(Server(channel, module).serve)
    except WorkerFault:
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - the last act of this process is to say why it ends
        _last_words(channel, error)


def _last_words(channel: Channel, error: BaseException) -> NoReturn:
    try:
        channel.send(Fault(_describe(error)))
    finally:
        os._exit(1)
