"""Batches inside the worker: several calls of one block, run before their turn on what the node knows already."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from huitong.types import Answer, BlockContext, Caller, Failed, Host, Invocation

from .wire_failures import failed_answer
from .wire_messages import Ahead, AheadCall, Body, Outcome, Outcomes
from .worker_frame import AheadFrame, NotAheadError

MAX_OUTCOME_BYTES: Final = 256 * 1024
"""A batch ends early when its outcomes are longer than this: one more fits into the longest message still."""
MAX_ASKED_BYTES: Final = 8 * 1024 * 1024
"""A batch ends early when its calls have asked for more than this: their values stay in memory until its end."""

State = dict[bytes, bytes | None]
Run = Callable[[Any, Invocation, Host], Answer]


class Batch:
    """One batch.

    states: what is known of each contract's state, from earlier batches and for later ones. ask: sends a request up,
    returns (kind, body) of the reply. bounded: cuts what is too long.
    """

    def __init__(
        self,
        body: Ahead,
        states: dict[bytes, State],
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
        self._callers = [Caller(*caller) for caller in body.callers]
        self._states = [states.setdefault(address, {}) for address, _, _ in body.contracts]

    def outcomes(self) -> Outcomes:
        """Run the calls in order, as many as fit into one reply."""
        found: list[Outcome | None] = []
        size = asked = 0
        for call in self._body.calls:
            frame = AheadFrame(self._ask, call.place, self._states[call.place])
            outcome = self._call(call, frame)
            found.append(outcome)
            asked += frame.asked_bytes
            size += 0 if outcome is None else frame.size + len(outcome.data)
            if size > MAX_OUTCOME_BYTES or asked > MAX_ASKED_BYTES:
                break
        return Outcomes(tuple(found))

    def _call(self, call: AheadCall, frame: AheadFrame) -> Outcome | None:
        address, code_hash, fields = self._body.contracts[call.place]
        state = self._states[call.place]
        if call.known:
            state.update([row for row in call.known if row[0] not in state])
        invocation = Invocation(
            address,
            code_hash,
            fields,
            call.method,
            call.args,
            self._callers[call.caller],
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
