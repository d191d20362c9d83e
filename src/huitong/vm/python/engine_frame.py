"""The node's side of one running frame: serves the worker's requests from the host, believes none of them."""

from collections.abc import Iterable
from typing import Any, Final

from huitong.types import Answer, Code, Failed, Host, Invocation, Rejected, decode, encode, is_failure

from .wire import Channel, WorkerFault
from .wire_failures import failed_answer, refusal_of
from .wire_messages import (
    Call,
    Done,
    Ended,
    Flush,
    Kind,
    Nested,
    NestedAnswer,
    Outcome,
    Read,
    ReadReply,
    Rows,
    Scan,
)

BASE_SECONDS: Final = 10.0
SECONDS_PER_GAS: Final = 1e-6
"""Patience per message. The slowest known contract burns 8 million gas per second, so this waits 8 times longer."""

MAX_SECONDS: Final = 600.0

BASE_REQUESTS: Final = 1000
GAS_PER_REQUEST: Final = 20
"""No request costs a contract less gas; a worker that asks more often than its gas allows is broken."""


def patience(gas_limit: int) -> float:
    """Seconds to wait for one message of a frame."""
    return min(BASE_SECONDS + gas_limit * SECONDS_PER_GAS, MAX_SECONDS)


class HostFrame:
    """One frame. effects: something was handed to the host, so the call cannot simply be run again.

    missed: keys that the worker had to ask for. used: bit i set when the i-th known key was read.
    """

    __slots__ = ("_channel", "_host", "_invocation", "_nested_gas", "_requests", "effects", "missed", "used")

    def __init__(self, channel: Channel, invocation: Invocation, host: Host) -> None:
        self._channel = channel
        self._invocation = invocation
        self._host = host
        self._nested_gas = 0
        self._requests = BASE_REQUESTS + invocation.gas_limit // GAS_PER_REQUEST
        self.effects = False
        self.missed: list[bytes] = []
        self.used = 0

    def run(self, known: Iterable[bytes]) -> Answer:
        """Run to the end. Raises WorkerFault, and what the host raises except Failed."""
        seconds = patience(self._invocation.gas_limit)
        read = self._host.read
        self._channel.send(_call(self._invocation, tuple([(key, read(key)) for key in known])), seconds)
        while True:
            kind, body = self._channel.receive(seconds)
            if kind == Kind.ENDED:
                return self._ended(body)
            self._requests -= 1
            if self._requests < 0:
                raise WorkerFault("more requests than its gas can pay for")
            try:
                reply = self._serve(kind, body)
            except Failed as refused:
                self._channel.send_as(Kind.ERROR, encode(refusal_of(refused)), seconds)
            else:
                self._channel.send(reply, seconds)

    def _serve(self, kind: int, body: Any) -> ReadReply | Rows | Done | NestedAnswer:
        if kind == Kind.READ:
            return self._read(body)
        if kind == Kind.FLUSH:
            return self._flush(body)
        if kind == Kind.NESTED:
            return self._nested(body)
        if kind == Kind.SCAN:
            return self._scan(body)
        if kind == Kind.FAULT:
            raise WorkerFault(body.reason)
        raise WorkerFault(f"message kind {kind} in a call")

    def _read(self, body: Read) -> ReadReply:
        self.missed.append(body.key)
        return ReadReply(self._host.read(body.key))

    def _scan(self, body: Scan) -> Rows:
        self._take(body)
        return Rows(tuple(self._host.scan(body.start, body.end, body.limit, reverse=body.reverse)))

    def _flush(self, body: Flush) -> Done:
        self._take(body)
        return Done()

    def _nested(self, body: Nested) -> NestedAnswer:
        if body.gas_limit > self._invocation.gas_limit - self._nested_gas:
            raise WorkerFault("a nested call with more gas than its frame has")
        if self._invocation.read_only and not body.read_only:
            raise WorkerFault("a nested call that may write, out of a view")
        self._take(body)
        try:
            args = tuple(decode(body.args, list))
        except Rejected as refusal:
            raise Failed(Code.ARGUMENTS_INVALID, reason=refusal.code.name) from None
        self.effects = True
        answer = self._host.call(body.target, body.method, args, body.gas_limit, read_only=body.read_only)
        self._nested_gas += answer.gas_used
        return NestedAnswer(answer.code, answer.data, answer.gas_used)

    def _take(self, body: Scan | Flush | Nested) -> None:
        """Pass on what the frame hands over. Raises Failed of the host."""
        self.effects = self.effects or bool(body.writes or body.events)
        _hand_over(self._host, body)

    def _ended(self, body: Ended) -> Answer:
        check_end(body, self._nested_gas, self._invocation.gas_limit)
        self.used = body.used
        self.effects = self.effects or bool(body.writes or body.events)
        return settle(self._host, body)


def check_end(body: Ended | Outcome, least: int, most: int) -> None:
    """Raise WorkerFault when a frame cannot have ended so. least, most: bounds of the gas used."""
    if not least <= body.gas_used <= most:
        raise WorkerFault(f"gas used is {body.gas_used} of {most}")
    if body.code != 0 and not is_failure(body.code):
        raise WorkerFault(f"a frame ended with code {body.code}")


def settle(host: Host, body: Ended | Outcome) -> Answer:
    """Pass on what a frame hands over at its end, and answer as it says, or that the host refused it."""
    try:
        _hand_over(host, body)
    except Failed as refused:
        return failed_answer(refused, body.gas_used)
    return Answer(body.code, body.data, body.gas_used, body.trace)


def _hand_over(host: Host, body: Scan | Flush | Nested | Ended | Outcome) -> None:
    if body.writes:
        host.write(dict(body.writes))
    for name, data in body.events:
        host.emit(name, data)


def _call(invocation: Invocation, known: tuple[tuple[bytes, bytes | None], ...]) -> Call:
    caller, block = invocation.caller, invocation.block
    return Call(
        invocation.contract,
        invocation.code_hash,
        invocation.fields,
        invocation.method,
        encode(invocation.args),
        (caller.address, caller.organisation, caller.roles),
        (block.chain_id, block.height, block.time_ns, block.proposer, block.last_header_hash, block.suite),
        invocation.gas_limit,
        invocation.read_only,
        known,
    )
