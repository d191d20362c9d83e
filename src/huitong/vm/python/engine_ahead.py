"""Batches on the node's side: calls that a block will make soon are run in one message, and kept until their turn.

What is kept decides nothing by itself. When the turn of a call comes, its outcome is used only if the call is the very
one that was run, and if every key that it read has the value now that it had then: a call is a pure function of these,
so the outcome is what running it now would give, byte for byte. Otherwise it is run as ever. A worker that dies, hangs
or lies during a batch is killed and the batch forgotten; each call then meets its own worker at its own turn.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from huitong.types import Answer, Expected, Failed, Host, Invocation, encode

from .engine_frame import BASE_REQUESTS, GAS_PER_REQUEST, check_end, patience, settle
from .engine_hints import Hints
from .pool import Worker
from .wire import WorkerFault
from .wire_failures import refusal_of
from .wire_messages import MAX_AHEAD, MAX_KNOWN, Ahead, AheadCall, Kind, Outcome, Outcomes, ReadReply

MAX_PROGRAM_BYTES: Final = 2 * 1024 * 1024
MAX_KNOWN_BYTES: Final = 1024 * 1024
"""Most bytes of code, and of values brought along, of one batch."""
MAX_METHODS: Final = 1024
PAUSE: Final = 32
"""Calls of a method that are not run ahead after one of them was in vain."""

View = Callable[[bytes, bytes], bytes | None]
"""Value of a key of a contract, as the block sees it now."""


class Kept(msgspec.Struct, frozen=True):
    """A call that was run. reads: the keys that decided it, with the values that they had."""

    invocation: Invocation
    outcome: Outcome
    reads: tuple[tuple[bytes, bytes | None], ...]


class Pauses:
    """Methods whose calls were run in vain (they call others, scan, or hang on what is written in between)."""

    def __init__(self) -> None:
        self._left: OrderedDict[tuple[bytes, str], int] = OrderedDict()

    def paused(self, invocation: Invocation) -> bool:
        """Count one call of a method; true when it should not be run ahead."""
        name = (invocation.code_hash, invocation.method)
        left = self._left.get(name, 0)
        if left:
            self._left[name] = left - 1
        return left > 0

    def note(self, invocation: Invocation) -> None:
        """A call was run in vain."""
        self._left[invocation.code_hash, invocation.method] = PAUSE
        if len(self._left) > MAX_METHODS:
            self._left.popitem(last=False)


class Batch:
    """One batch of calls. codes: the code of its contracts by hash, which the worker must hold before `exchange`."""

    def __init__(self, calls: Sequence[Expected], view: View, hints: Hints) -> None:
        self._view = view
        self._hints = hints
        self._calls: list[Invocation] = []
        self._guesses: list[tuple[bytes, ...]] = []
        self._contracts: dict[bytes, int] = {}
        self._seen: list[dict[bytes, bytes | None]] = []
        self._known_bytes = 0
        self.codes: dict[bytes, bytes] = {}
        self.message = self._message(calls)

    def _message(self, calls: Sequence[Expected]) -> Ahead:
        first = calls[0].invocation.block
        contracts: list[tuple[bytes, bytes, tuple[tuple[str, int], ...]]] = []
        wired: list[AheadCall] = []
        code_bytes = 0
        for expected in calls[:MAX_AHEAD]:
            invocation = expected.invocation
            if invocation.code_hash not in self.codes:
                code_bytes += len(expected.code)
                if code_bytes > MAX_PROGRAM_BYTES:
                    break
                self.codes[invocation.code_hash] = expected.code
            place = self._contracts.get(invocation.contract)
            if place is None:
                place = self._contracts[invocation.contract] = len(contracts)
                contracts.append((invocation.contract, invocation.code_hash, invocation.fields))
                self._seen.append({})
            elif contracts[place][1:] != (invocation.code_hash, invocation.fields):
                break
            self._calls.append(invocation)
            wired.append(self._wired(invocation, place))
        block = (first.chain_id, first.height, first.time_ns, first.proposer, first.last_header_hash, first.suite)
        return Ahead(block, tuple(contracts), tuple(wired))

    def _wired(self, invocation: Invocation, place: int) -> AheadCall:
        guesses = self._hints.keys(invocation)[:MAX_KNOWN]
        self._guesses.append(guesses)
        known = []
        seen, contract = self._seen[place], invocation.contract
        for key in guesses:
            if key in seen or self._known_bytes > MAX_KNOWN_BYTES:
                continue
            value = seen[key] = self._view(contract, key)
            self._known_bytes += len(key) + len(value or b"")
            known.append((key, value))
        caller = invocation.caller
        return AheadCall(
            place,
            invocation.method,
            encode(invocation.args),
            (caller.address, caller.organisation, caller.roles),
            invocation.gas_limit,
            tuple(known),
        )

    def exchange(self, worker: Worker) -> Outcomes:
        """Send the batch, serve what it asks for. Raises WorkerFault."""
        gas = sum([invocation.gas_limit for invocation in self._calls])
        seconds, requests = patience(gas), BASE_REQUESTS + gas // GAS_PER_REQUEST
        channel = worker.channel
        channel.send(self.message, seconds)
        while True:
            kind, body = channel.receive(seconds)
            if kind == Kind.OUTCOMES:
                assert isinstance(body, Outcomes)
                return body
            requests -= 1
            if requests < 0 or kind != Kind.READ_AHEAD or body.place >= len(self._seen):
                raise WorkerFault(f"message kind {kind} in a batch: {body}"[:500])
            try:
                value = self._asked(body.place, body.key)
            except Failed as refused:
                channel.send_as(Kind.ERROR, encode(refusal_of(refused)), seconds)
            else:
                channel.send(ReadReply(value), seconds)

    def _asked(self, place: int, key: bytes) -> bytes | None:
        value = self._view(self.message.contracts[place][0], key)
        self._seen[place][key] = value
        return value

    def kept(self, outcomes: Outcomes, pauses: Pauses) -> list[Kept]:
        """Go over the outcomes as the worker did, so that it is known what each call has seen. Raises WorkerFault."""
        found: list[Kept] = []
        if len(outcomes.outcomes) > len(self._calls):
            raise WorkerFault("more outcomes than calls")
        for index, outcome in enumerate(outcomes.outcomes):
            invocation = self._calls[index]
            if outcome is None:
                pauses.note(invocation)
                continue
            check_end(outcome, 0, invocation.gas_limit)
            seen = self._seen[self.message.calls[index].place]
            try:
                reads = tuple([(key, seen[key]) for key in outcome.reads])
            except KeyError:
                raise WorkerFault("a call read what nobody gave it") from None
            seen.update(outcome.writes)
            self._learn(index, outcome.reads)
            found.append(Kept(invocation, outcome, reads))
        return found

    def _learn(self, index: int, reads: tuple[bytes, ...]) -> None:
        guesses = self._guesses[index]
        if reads == guesses:
            return
        used = sum([1 << place for place, key in enumerate(guesses) if key in reads])
        self._hints.learn(self._calls[index], guesses, [key for key in reads if key not in guesses], used)


class Shelf:
    """Outcomes of the newest batch, in the order of their calls. Belongs to one thread. used: how many held."""

    def __init__(self) -> None:
        self.used = 0
        self._kept: list[Kept] = []
        self._next = 0

    def fill(self, kept: list[Kept]) -> None:
        """Put new outcomes in the place of the old."""
        self._kept, self._next = kept, 0

    def take(self, invocation: Invocation, host: Host, pauses: Pauses) -> Answer | None:
        """Use the outcome of a call if there is one and it holds. What was kept for calls before it is dropped."""
        kept = self._kept
        for place in range(self._next, len(kept)):
            found = kept[place].invocation
            # the very arguments: equal ones may differ in their encoding, True and 1
            if found.args is invocation.args and found == invocation:
                self._next = place + 1
                return self._used(kept[place], host, pauses)
        return None

    def _used(self, kept: Kept, host: Host, pauses: Pauses) -> Answer | None:
        read = host.read
        for key, value in kept.reads:
            if read(key) != value:
                pauses.note(kept.invocation)
                return None
        self.used += 1
        return settle(host, kept.outcome)
