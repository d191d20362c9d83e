"""Executes stored blocks again on another store and compares every hash: checks of a chain, and rebuilding it."""

from collections.abc import Iterator, Sequence

from huitong.crypto import EMPTY_HASH, block_id, data_hash, header_hash
from huitong.kernel import ExecutionHaltedError, Kernel, OpenedTransaction
from huitong.state import StateView
from huitong.types import NO_COMMIT, Block, BlockId, Code, Element, HuitongError, Inadmissible, Rejected
from huitong.types.registry import STORE_MAIN, TransactionKind

from .application import Application, Finalized, workers_died
from .pipeline import Pipeline
from .ports import BlockReader
from .verdicts import Check
from .verifier_pool import VerifierPool


def replay(blocks: BlockReader, target: Application, until: int, verifiers: VerifierPool | None = None) -> bytes:
    """Execute the blocks from the target's height on up to `until`; return the app hash after it.

    A block is executed while the one before is written. The signed commits are taken over as they are. verifiers:
    verify the signatures of the next block together, while one is executed. Raises HT6204 when a block is missing or a
    header names another app hash, results hash or block id than the one that comes out; HT6007 when contract workers
    die on a transaction.
    """
    pipeline: Pipeline[None] = Pipeline()
    verify = _verify_ahead(blocks, target, until, verifiers)
    try:
        next(verify, None)
        while target.height < until:
            next(verify, None)
            finalized, block, expected = _execute(blocks, target)
            pipeline.settle()
            target.stage(finalized, block, expected)
            pipeline.write(target.persist)
            if target.crowded:
                pipeline.settle()
                target.grow()
        pipeline.settle()
    finally:
        pipeline.close()
    return target.app_hash


def _execute(blocks: BlockReader, target: Application) -> tuple[Finalized, Block, BlockId]:
    height = target.height + 1
    found = blocks.header(height)
    if found is None:
        raise HuitongError(Code.STORE_DAMAGED, reason=f"block {height} is missing")
    header, expected = found
    if header.app_hash != target.app_hash or header.last_results_hash != target.results_hash:
        raise HuitongError(Code.STORE_DAMAGED, reason=f"block {height} names another state before it")
    envelopes = blocks.envelopes(height)
    before = blocks.signed_header(height - 1)
    block = Block(header, envelopes, before.commit if before else NO_COMMIT)
    if not _is(block, expected):
        raise HuitongError(Code.STORE_DAMAGED, reason=f"block {height} is not what its block id says")
    try:
        finalized = target.finalize(target.decide(header.time_ns, header.proposer_address, envelopes))
    except ExecutionHaltedError as error:
        raise workers_died(height, error.tx_id) from error
    return finalized, block, expected


def _is(block: Block, expected: BlockId) -> bool:
    """Whether a block has an id. Evidence against a validator is not kept: with some in it, the header alone counts."""
    if block.header.evidence_hash == EMPTY_HASH:
        return block_id(block) == expected
    return header_hash(block.header) == expected.hash and data_hash(block.envelopes) == block.header.data_hash


def _verify_ahead(
    blocks: BlockReader, target: Application, until: int, verifiers: VerifierPool | None
) -> Iterator[None]:
    """Step by step: begin with the first block; then have one block verified and begin with the next."""
    if verifiers is None:
        return
    view = target.store.live(STORE_MAIN)
    for height in range(target.height + 1, until + 1):
        finish = verifiers.begin(signature_checks(target.kernel, blocks.envelopes(height), view))
        yield
        finish()


def signature_checks(kernel: Kernel, envelopes: Sequence[bytes], view: StateView) -> list[Check]:
    """List the signatures of clients in a block, by the keys that stand in a state before it.

    A key that changes within the block makes some of them useless, which costs time only.
    """
    checks: list[Check] = []
    for raw in envelopes:
        opened = kernel.open_envelope(raw)
        if isinstance(opened, Inadmissible):
            continue
        for element in opened.envelope.txs:
            transaction = _opened(kernel, element)
            if transaction is not None:
                checks += _checks(kernel, transaction, view)
    return checks


def _opened(kernel: Kernel, element: Element) -> OpenedTransaction | None:
    if element.kind != TransactionKind.NATIVE:
        return None
    try:
        return kernel.open_transaction(element.raw)
    except Rejected:
        return None


def _checks(kernel: Kernel, transaction: OpenedTransaction, view: StateView) -> list[Check]:
    checks = []
    for address, proof in zip(transaction.body.signers, transaction.proofs, strict=False):
        member = kernel.directory.member(view, address)
        if member is not None:
            checks.append((member.key_kind, member.public_key, transaction.message, proof))
    return checks
