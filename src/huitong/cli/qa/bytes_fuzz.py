"""`qa fuzz-bytes`: damaged transactions and envelopes against the kernel, from a seed.

Valid transactions of members with all kinds of keys are bent as trees (other types, missing and swapped fields, maps
with a key twice, foreign extensions, nested bombs), written in forms that are not canonical, cut, flipped and spliced
as bytes, and often signed afterwards, as a hostile member or gateway would. After each block an oracle that shares no
decoder with the chain says what must hold: exactly one result per envelope, no exception, stable codes, nothing
executed that was not signed in canonical form, and bounded processor time.
"""

import time
from collections import Counter
from random import Random
from typing import Any, Final

from huitong.types import Code, is_failure, is_rejection

from .bytes_chain import Chain
from .bytes_mutation import bend, bomb, damage, packed, strange
from .bytes_oracle import broken_rule

CPU_LIMIT_S: Final = 2.0
"""Processor time of one block of damaged bytes, at most 4 MiB; slow machines included."""
MAX_VIOLATIONS: Final = 10


class Campaign:
    """Draws blocks from a seed, applies them, keeps what was found."""

    def __init__(self, seed: int) -> None:
        self._draw = Random(seed)  # noqa: S311 - a campaign must be repeatable from its seed
        self._chain = Chain()
        self._other = b"\x93\x01\xc0\x90"
        self.blocks = 0
        self.transactions = 0
        self.answers: Counter[str] = Counter()
        self.violations: list[dict[str, Any]] = []
        self.slowest_s = 0.0

    def step(self) -> None:
        """One block of one to three envelopes."""
        envelopes = tuple(self._envelope(seq) for seq in range(1, self._draw.choice((2, 2, 3, 4))))
        start = time.process_time()
        try:
            result = self._chain.apply(envelopes)
        except Exception as error:  # noqa: BLE001 - any exception at all is what this program looks for
            self._found(f"{type(error).__name__}: {error}"[:300], envelopes)
            return
        seconds = time.process_time() - start
        self.slowest_s = max(self.slowest_s, seconds)
        self.blocks += 1
        fault = broken_rule(self._chain, envelopes, result)
        if fault or seconds > CPU_LIMIT_S:
            self._found(fault or f"{seconds:.2f} s of processor time", envelopes)
        for item in result.envelopes:
            self.answers["inadmissible" if item.code else "admitted"] += 1
            for one in item.transactions:
                self.transactions += 1
                self.answers[_word(one.receipt.code)] += 1

    def _found(self, what: str, envelopes: tuple[bytes, ...]) -> None:
        self.violations.append({"block": self.blocks, "what": what, "envelopes": [raw.hex() for raw in envelopes]})

    def _transaction(self) -> bytes:
        draw, chain = self._draw, self._chain
        if draw.random() < 0.02:
            return bomb(draw)
        fields = chain.body(draw, draw.choice(chain.signers))
        if draw.random() < 0.2:
            draw.choice(fields[6])[2] = [strange(draw) for _ in range(draw.choice((1, 1, 2, 65)))]
        if draw.random() < 0.4:
            fields = bend(fields, draw)
        body = packed(fields, draw, 0.15)
        if draw.random() < 0.15:
            body = damage(body, draw, self._other)
        proofs: list[Any] = list(chain.proofs(body, fields))
        if draw.random() < 0.15:
            proofs = bend(proofs, draw)
        tree: list[Any] = [1, body, proofs]
        if draw.random() < 0.1:
            tree = bend(tree, draw)
        raw = packed(tree, draw, 0.1)
        if draw.random() < 0.2:
            raw = damage(raw, draw, self._other)
        self._other = raw[:2000] or self._other
        return raw

    def _envelope(self, seq: int) -> bytes:
        draw = self._draw
        if draw.random() < 0.02:
            return bomb(draw)
        raws = [self._transaction() for _ in range(draw.choice((1, 2, 4, 8)))]
        if draw.random() < 0.2:
            raws.append(raws[0])
        elements: list[Any] = [[draw.choice((0,) * 40 + (1, 2, 2**64 - 1)), raw] for raw in raws]
        if sum(map(len, raws)) > 500_000:
            elements = elements[:1]
        fields = self._chain.envelope(elements, seq)
        if draw.random() < 0.15:
            fields = bend(fields, draw)
        raw = packed(fields, draw, 0.05)
        return damage(raw, draw, self._other) if draw.random() < 0.1 else raw

    def report(self) -> dict[str, Any]:
        """What was done and found."""
        return {
            "blocks": self.blocks,
            "transactions": self.transactions,
            "answers": dict(sorted(self.answers.items())),
            "slowest_block_cpu_ms": round(self.slowest_s * 1000, 1),
            "violations": self.violations,
        }


def _word(code: int) -> str:
    if is_rejection(code):
        return f"rejected HT{code} {Code(code).name}"
    return f"failed HT{code} {Code(code).name}" if is_failure(code) else "committed"


def run(seconds: int, seed: int) -> dict[str, Any]:
    """Feed damaged bytes for some seconds of wall time; `violations` is empty when all held.

    An equal seed draws equal blocks; how many of them the seconds allow differs.
    """
    campaign = Campaign(seed)
    end = time.monotonic() + seconds
    while time.monotonic() < end and len(campaign.violations) < MAX_VIOLATIONS:
        campaign.step()
    return {"seed": seed, "seconds": seconds, **campaign.report()}
