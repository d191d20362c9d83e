"""The end of this node's transactions in a block that was decided, whoever's envelope carried them."""

from collections.abc import Iterator

from huitong.engine.maker import CommittedBlock
from huitong.engine.pool import Pool
from huitong.engine.submission import Outcome
from huitong.types import is_rejection


def outcomes(block: CommittedBlock, ours: frozenset[int]) -> Iterator[Outcome]:
    """Yield what a block says about transactions. ours: places of our own envelopes.

    A rejection counts in our own envelopes alone: another gateway may have carried a copy too late, or a spoilt one.
    """
    first = 0
    for number, result in enumerate(block.results):
        for done in result.transactions:
            if number in ours or not is_rejection(done.receipt.code):
                yield Outcome(
                    tx_id=done.receipt.tx_id,
                    height=block.height,
                    envelope=number,
                    index=done.receipt.index,
                    number=first + done.receipt.index,
                    time_ns=block.signed.header.time_ns,
                    receipt=done.receipt,
                    events=done.events,
                    log=done.log,
                    error=None,
                )
        first += len(result.transactions)


def finish(pool: Pool, block: CommittedBlock, ours: frozenset[int]) -> None:
    """End the transactions of the pool that are in a block."""
    for outcome in outcomes(block, ours):
        submission = pool.get(outcome.tx_id)
        if submission is not None:
            pool.release([submission])
            submission.finish(outcome)
