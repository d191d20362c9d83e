"""One batch on the node's side: calls of a block that are run before their turn, in one message to one worker."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from huitong.types import Expected, Failed, Invocation, encode

from .engine_frame import BASE_REQUESTS, GAS_PER_REQUEST, check_end, patience
from .engine_hints import Hints
from .wire import Channel, WorkerFault
from .wire_failures import refusal_of
from .wire_messages import MAX_AHEAD, MAX_KNOWN, Ahead, AheadCall, Kind, Outcome, Outcomes, ReadReply

MAX_PROGRAM_BYTES: Final = 2 * 1024 * 1024
MAX_KNOWN_BYTES: Final = 1024 * 1024
"""Most bytes of code, and of values brought along, of one batch."""

View = Callable[[bytes, bytes], bytes | None]
"""Value of a key of a contract, as the block sees it now."""

Seen = dict[bytes, dict[bytes, bytes | None]]
"""By contract: what the worker knows of its state. It grows with each batch of a block, on both sides alike."""


class Kept(msgspec.Struct, frozen=True):
    """A call that was run. outcome: None when it cannot be run ahead. reads: what decided it, with the values then."""

    invocation: Invocation
    outcome: Outcome | None
    reads: tuple[tuple[bytes, bytes | None], ...]


class Batch:
    """Calls that travel together.

    codes: the code of its contracts by hash, which the worker must hold before `send`. calls: as many of the given ones
    as fit. grown: bytes by which `seen` has grown.
    """

    def __init__(self, calls: Sequence[Expected], view: View, hints: Hints, seen: Seen, *, fresh: bool) -> None:
        self._view = view
        self._hints = hints
        self._seen = seen
        self._fresh = fresh
        self._guesses: list[tuple[bytes, ...]] = []
        self._places: dict[bytes, int] = {}
        self._contracts: list[tuple[bytes, bytes, tuple[tuple[str, int], ...]]] = []
        self._callers: dict[tuple[bytes, str | None, tuple[str, ...]], int] = {}
        self.grown = 0
        self.codes: dict[bytes, bytes] = {}
        self.calls: list[Invocation] = []
        self._wired: list[AheadCall] = []
        code_bytes = 0
        for expected in calls[:MAX_AHEAD]:
            invocation = expected.invocation
            if invocation.code_hash not in self.codes:
                code_bytes += len(expected.code)
                self.codes[invocation.code_hash] = expected.code
            if code_bytes > MAX_PROGRAM_BYTES or not self._add(invocation):
                break
        gas = sum([invocation.gas_limit for invocation in self.calls])
        self._seconds, self._requests = patience(gas), BASE_REQUESTS + gas // GAS_PER_REQUEST

    def _add(self, invocation: Invocation) -> bool:
        """Put a call into the message; false when its contract has changed within the batch."""
        contract = (invocation.contract, invocation.code_hash, invocation.fields)
        place = self._places.setdefault(invocation.contract, len(self._contracts))
        if place == len(self._contracts):
            self._contracts.append(contract)
            self._seen.setdefault(invocation.contract, {})
        elif self._contracts[place] != contract:
            return False
        caller = (invocation.caller.address, invocation.caller.organisation, invocation.caller.roles)
        self.calls.append(invocation)
        self._wired.append(
            AheadCall(
                place,
                invocation.method,
                invocation.args,
                self._callers.setdefault(caller, len(self._callers)),
                invocation.gas_limit,
                self._known(invocation),
            )
        )
        return True

    def _known(self, invocation: Invocation) -> tuple[tuple[bytes, bytes | None], ...]:
        """Values of the keys that the call will probably read, but for those that the worker knows."""
        guesses = self._hints.keys(invocation)[:MAX_KNOWN]
        self._guesses.append(guesses)
        contract = invocation.contract
        seen = self._seen[contract]
        room = self.grown <= MAX_KNOWN_BYTES
        return tuple([(key, self._look(contract, key)) for key in guesses if room and key not in seen])

    def _look(self, contract: bytes, key: bytes) -> bytes | None:
        value = self._seen[contract][key] = self._view(contract, key)
        self.grown += len(key) + len(value or b"")
        return value

    def send(self, channel: Channel) -> None:
        """Send the message. Raises WorkerFault."""
        block = self.calls[0].block
        fields = (block.chain_id, block.height, block.time_ns, block.proposer, block.last_header_hash, block.suite)
        message = Ahead(self._fresh, fields, tuple(self._contracts), tuple(self._callers), tuple(self._wired))
        channel.send(message, self._seconds)

    def collect(self, channel: Channel) -> list[Kept]:
        """Serve what the worker asks for, until its outcomes come. Raises WorkerFault."""
        while True:
            kind, body = channel.receive(self._seconds)
            if kind == Kind.OUTCOMES:
                assert isinstance(body, Outcomes)
                return self._kept(body.outcomes)
            self._requests -= 1
            if self._requests < 0 or kind != Kind.READ_AHEAD or body.place >= len(self._contracts):
                raise WorkerFault(f"message kind {kind} in a batch: {body}"[:500])
            try:
                value = self._look(self._contracts[body.place][0], body.key)
            except Failed as refused:
                channel.send_as(Kind.ERROR, encode(refusal_of(refused)), self._seconds)
            else:
                channel.send(ReadReply(value), self._seconds)

    def _kept(self, outcomes: tuple[Outcome | None, ...]) -> list[Kept]:
        """Go over the outcomes as the worker did, so that it is known what each call has seen."""
        if len(outcomes) > len(self.calls):
            raise WorkerFault("more outcomes than calls")
        found: list[Kept] = []
        for index, outcome in enumerate(outcomes):
            invocation = self.calls[index]
            if outcome is None:
                found.append(Kept(invocation, None, ()))
                continue
            check_end(outcome, 0, invocation.gas_limit)
            seen = self._seen[invocation.contract]
            try:
                reads = tuple([(key, seen[key]) for key in outcome.reads])
            except KeyError:
                raise WorkerFault("a call read what nobody gave it") from None
            for key, value in outcome.writes:
                seen[key] = value
                self.grown += len(key) + len(value or b"")
            self._learn(index, outcome.reads)
            found.append(Kept(invocation, outcome, reads))
        return found

    def _learn(self, index: int, reads: tuple[bytes, ...]) -> None:
        guesses = self._guesses[index]
        if reads != guesses:
            used = sum([1 << place for place, key in enumerate(guesses) if key in reads])
            self._hints.learn(self.calls[index], guesses, [key for key in reads if key not in guesses], used)
