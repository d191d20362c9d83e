"""Batches inside the worker: several calls of one block, run before their turn on what the node knows already."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from huitong.types import Answer, BlockContext, Caller, Failed, Host, Invocation, decode_scanned

from .wire_failures import failed_answer
from .wire_messages import Ahead, AheadCall, Body, Outcome, Outcomes
from .worker_frame import AheadFrame, NotAheadError

MAX_OUTCOME_BYTES: Final = 256 * 1024
"""A batch ends early when its outcomes are longer than this: one more fits into the longest message still."""
MAX_ASKED_BYTES: Final = 8 * 1024 * 1024
"""A batch ends early when its calls have asked for more than this: their values stay in memory until its end."""

_PER_ROW_BYTES: Final = 16

Run = Callable[[Any, Invocation, Host], Answer]


class Batch:
    """One batch. ask: sends a request up, returns (kind, body) of the reply. bounded: cuts what is too long."""

    def __init__(
        self,
        body: Ahead,
        programs: Mapping[bytes, Any],
        run: Run,
        ask: Callable[[Body], tuple[int, Any]],
        bounded: Callable[[Answer], Answer],
    ) -> None:
        self._body = body
        self._programs = programs
        self._run = run
        self._ask = ask
        self._bounded = bounded
        self._block = BlockContext(*body.block)
        self._states: list[dict[bytes, bytes | None]] = [{} for _ in body.contracts]

    def outcomes(self) -> Outcomes:
        """Run the calls in order, as many as fit into one reply."""
        found: list[Outcome | None] = []
        size = asked = 0
        for call in self._body.calls:
            frame = AheadFrame(self._ask, call.place, self._states[call.place])
            outcome = self._call(call, frame)
            found.append(outcome)
            asked += frame.asked_bytes
            size += 0 if outcome is None else _size(outcome)
            if size > MAX_OUTCOME_BYTES or asked > MAX_ASKED_BYTES:
                break
        return Outcomes(tuple(found))

    def _call(self, call: AheadCall, frame: AheadFrame) -> Outcome | None:
        address, code_hash, fields = self._body.contracts[call.place]
        state = self._states[call.place]
        for key, value in call.known:
            state.setdefault(key, value)
        invocation = Invocation(
            address,
            code_hash,
            fields,
            call.method,
            tuple(decode_scanned(call.args, list)),
            Caller(*call.caller),
            self._block,
            call.gas_limit,
            read_only=False,
        )
        try:
            answer = self._run(self._programs[code_hash], invocation, frame)
        except NotAheadError:
            return None
        except Failed as stopped:
            answer = failed_answer(stopped, call.gas_limit)
        return frame.outcome(self._bounded(answer))


def _size(outcome: Outcome) -> int:
    """About what an outcome takes on the wire."""
    size = len(outcome.data) + sum(map(len, outcome.reads)) + _PER_ROW_BYTES * len(outcome.reads)
    for key, value in outcome.writes:
        size += len(key) + len(value or b"") + _PER_ROW_BYTES
    for name, data in outcome.events:
        size += len(name) + len(data) + _PER_ROW_BYTES
    return size
