"""Checks an archive without a node: commits by the validators' history, data, results and receipts by the headers."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from huitong.crypto import (
    SUITES,
    ExecResult,
    Suite,
    data_hash,
    header_hash,
    merkle,
    order_validators,
    results_hash,
    sha256,
    verify_signed_header,
)
from huitong.crypto.bundle_wire import to_header, to_validators
from huitong.types import Code, ProofInvalid, SignedHeader, encode
from huitong.types.bundle import Trust
from huitong.types.limits import HASH_BYTES

from .archive import ArchivedBlock, ArchiveHead, entry_digest, invalid, read_archive, read_manifest


class ArchiveVerdict(msgspec.Struct, frozen=True):
    """What an archive holds that was checked. trusted_at: height at which the trusted validators or header stand."""

    chain_id: str
    first: int
    last: int
    transactions: int
    trusted_at: int


class ArchiveCheck:
    """One pass over blocks that follow each other."""

    def __init__(self, trust: Trust) -> None:
        """Raises HT7004 for a suite that is not provided."""
        if trust.suite not in SUITES:
            raise ProofInvalid(Code.TRUST_MISMATCH, reason=f"the suite {trust.suite[:32]!r} is not provided")
        self._suite: Suite = SUITES[trust.suite]
        self._chain_id = trust.chain_id
        self._validators = order_validators(to_validators(trust.validators))
        self._header = header_hash(to_header(trust.header)) if trust.header else bytes(HASH_BYTES)
        self._before: ArchivedBlock | None = None
        self._link: ArchivedBlock | None = None
        self._first = 0
        self._transactions = 0
        self._trusted_at = 0

    def file(self, path: Path) -> None:
        """Check one file; it must go on where the one before ended. Raises HT7050, HT7003, HT7004, HT7006."""
        parts = read_archive(path)
        head = next(parts, None)
        if not isinstance(head, ArchiveHead):
            raise invalid(f"{path.name} is empty")
        if head.chain_id != self._chain_id or head.suite != self._suite.id:
            raise ProofInvalid(Code.TRUST_MISMATCH, reason=f"{path.name} is of another chain or suite")
        blocks = (part for part in parts if isinstance(part, ArchivedBlock))
        self._blocks(blocks, head)

    def _blocks(self, blocks: Iterable[ArchivedBlock], head: ArchiveHead) -> None:
        expected = head.first
        before = self._before
        if before is not None and before.header.height == head.first:
            self._before = None  # the header that closed the file before comes again, with its block
            self._link = before
        else:
            self._link = None
            if before is not None:
                raise invalid(f"block {head.first} does not follow block {before.header.height - 1}")
        for block in blocks:
            if block.header.height != expected or expected > head.last + 1:
                raise invalid(f"block {expected} is missing")
            self._block(block, closing=expected > head.last)
            expected += 1
        if expected != head.last + 2:
            raise invalid(f"block {expected} is missing")
        self._first = self._first or head.first

    def _block(self, block: ArchivedBlock, *, closing: bool) -> None:
        header = block.header
        if header.chain_id != self._chain_id:
            raise invalid(f"block {header.height} is of another chain")
        verify_signed_header(SignedHeader(header, block.commit), block.validators)
        self._check_links(block)
        if block.validators == self._validators or header_hash(header) == self._header:
            self._trusted_at = self._trusted_at or header.height
        if closing:
            if block.envelopes or block.results:
                raise invalid("the closing header carries a block")
        else:
            self._check_content(block)
        self._before = block

    def _check_links(self, block: ArchivedBlock) -> None:
        header, before = block.header, self._before
        if self._link is not None:
            if header_hash(self._link.header) != header_hash(header):
                raise invalid(f"header {header.height} is not the one that closed the file before")
            self._link = None
        if before is None:
            return
        if header.last_block_id != before.commit.block_id:
            raise invalid(f"header {header.height} does not name the block before")
        if header.validators_hash != before.header.next_validators_hash:
            raise invalid(f"the validators of block {header.height} were not announced")
        results = [ExecResult(item.code, item.data, item.gas_wanted, item.gas_used) for item in before.results]
        if header.last_results_hash != results_hash(results):
            raise invalid(f"the results of block {before.header.height} are not those in the header after it")

    def _check_content(self, block: ArchivedBlock) -> None:
        height, digest = block.header.height, self._suite.hash
        if data_hash(block.envelopes) != block.header.data_hash or len(block.results) != len(block.envelopes):
            raise invalid(f"the envelopes of block {height} are not those of its header")
        for result in block.results:
            receipts = [encode(item.receipt) for item in result.transactions]
            if result.code == 0 and merkle.root(receipts, digest) != result.data:
                raise invalid(f"the receipts of block {height} are not those of its results")
            if result.reason or (result.code and receipts):
                raise invalid(f"block {height} carries what no hash binds")
            for item in result.transactions:
                events = [encode(event) for event in item.events]
                if item.log or merkle.root(events, digest) != item.receipt.events_root:
                    raise invalid(f"the events of block {height} are not those of its receipts")
            self._transactions += len(receipts)

    def verdict(self) -> ArchiveVerdict:
        """Say what holds. Raises HT7004 when nothing in the archive is trusted."""
        if self._before is None:
            raise invalid("it holds no blocks")
        if not self._trusted_at:
            reason = "none of its headers is signed by the validators that you trust, or is the header that you trust"
            raise ProofInvalid(Code.TRUST_MISMATCH, reason=reason)
        last = self._before.header.height - 1
        return ArchiveVerdict(self._chain_id, self._first, last, self._transactions, self._trusted_at)


def verify_archive(path: Path, trust: Trust) -> ArchiveVerdict:
    """Check a file, or a folder with its manifest. Raises HT7050, HT7003, HT7004, HT7006, HT6201."""
    check = ArchiveCheck(trust)
    for file in archive_files(path):
        check.file(file)
    return check.verdict()


def archive_files(path: Path) -> list[Path]:
    """Return the files of an archive, ascending; of a folder those that its manifest names and chains."""
    if path.is_file():
        return [path]
    manifest = read_manifest(path)
    if manifest is None:
        raise invalid(f"{path.name} has no manifest")
    previous = ""
    files = []
    for entry in manifest.files:
        file = path / entry.name
        if entry.previous != previous or Path(entry.name).name != entry.name:
            raise invalid(f"the entry of {entry.name} does not follow the one before")
        if not file.is_file() or sha256(file.read_bytes()).hex() != entry.sha256:
            raise invalid(f"{entry.name} is not the file of the manifest")
        previous = entry_digest(entry)
        files.append(file)
    return files
