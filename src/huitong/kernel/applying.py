"""`apply_block`: a total function of the state before, remembered ids and a decided block."""

from collections.abc import Iterable

import msgspec

from huitong.crypto import Suite, merkle
from huitong.state import Overlay, StateView, keys
from huitong.types import BlockContext, Inadmissible, Member, Rejected, ScheduledRules, decode_scanned, encode
from huitong.types.codes import Code
from huitong.types.registry import STORE_MAIN

from . import gas
from .admission import Admitter
from .block import BlockResult, DecidedBlock, EnvelopeResult, TransactionResult
from .checking import Checker
from .codebudget import CodeBudget
from .execution import Executor
from .foresight import STRIDE, Foresight
from .machine import Machine
from .opening import OpenedEnvelope, OpenedTransaction, Unreadable
from .parameters import parameters_of
from .ports import Directory, History, Verifier
from .records import TxIds
from .rules import rules_of
from .source import Opener

MAX_FORGOTTEN = 64
"""Most lists of remembered ids that one block ends."""


class _Remembered:
    """Ids of earlier blocks and of this one."""

    def __init__(self, history: History) -> None:
        self._history = history
        self.new: set[bytes] = set()

    def seen(self, tx_id: bytes) -> bool:
        return tx_id in self.new or self._history.seen(tx_id)


class BlockApplier:
    """Applies one block on an overlay; made anew for each block."""

    def __init__(
        self,
        machine: Machine,
        directory: Directory,
        verifier: Verifier,
        opener: Opener,
        view: StateView,
        history: History,
        block: DecidedBlock,
    ) -> None:
        self._machine = machine
        self._suite: Suite = machine.suite
        self._opener = opener
        self._block = block
        self._overlay = Overlay(view)
        self._rules = rules_of(view, machine.rules)
        self._remembered = _Remembered(history)
        self._checker = Checker(block.chain_id, machine.suite, directory, verifier)
        self._admitter = Admitter(block.chain_id, machine.suite, verifier, self._overlay, block.time_ns)
        context = BlockContext(block.chain_id, block.height, block.time_ns, block.proposer, block.last_header_hash)
        context = msgspec.structs.replace(context, suite=machine.suite.id)
        codes = CodeBudget()
        self._executor = Executor(machine, self._overlay, context, codes)
        self._foresight = Foresight(machine, self._overlay, self._check, context, codes)

    def apply(self) -> BlockResult:
        """Return exactly one result per envelope. An empty block changes nothing. Raises ExecutionHaltedError."""
        block = self._block
        if not block.envelopes:
            return BlockResult(block.height, (), {STORE_MAIN: {}}, (), ())
        opened = [self._opener.envelope(raw) for raw in block.envelopes]
        admission = self._admitter.admit(opened)
        try:
            pairs = zip(opened, admission.verdicts, strict=True)
            results = tuple([self._envelope(item, verdict) for item, verdict in pairs])
        finally:
            self._foresight.end()
        for gateway, window in admission.windows.items():
            self._overlay.set(keys.gateway_window(gateway), encode(window))
        self._write_headers()
        self._switch_rules()
        new_ids = tuple(sorted(self._remembered.new))
        forgotten = self._forget()
        self._remember(new_ids)
        return BlockResult(block.height, results, {STORE_MAIN: self._overlay.writes}, new_ids, forgotten)

    def _envelope(self, opened: OpenedEnvelope | Inadmissible, verdict: Inadmissible | None) -> EnvelopeResult:
        if verdict is not None or isinstance(opened, Inadmissible):
            return EnvelopeResult(1, b"", 0, 0, (), str(verdict))
        envelope = opened.envelope
        items = [self._opener.element(element) for element in envelope.txs]
        runnable = _runnable(items, envelope.gas_limit)
        results: list[TransactionResult] = []
        for index, item in enumerate(items):
            if index == 0:
                self._foresight.look(_some(runnable[:STRIDE]))
            if index % STRIDE == 0:  # one stride further, so that it runs while this one is gone through
                self._foresight.look(_some(runnable[index + STRIDE : index + 2 * STRIDE]))
            found = runnable[index]
            if found is not None:
                results.append(self._transaction(found, index, envelope.gateway))
            else:
                results.append(self._reject(item, _refusal(item, envelope.gas_limit), index, envelope.gateway))
        root = merkle.root([encode(result.receipt) for result in results], self._suite.hash)
        used = sum(result.receipt.gas_used for result in results)
        return EnvelopeResult(0, root, envelope.gas_limit, used, tuple(results), "")

    def _check(self, item: OpenedTransaction) -> Member:
        """Return the sender's record. Raises Rejected."""
        return self._checker.check(item, self._overlay, self._remembered, self._block.time_ns)

    def _transaction(self, item: OpenedTransaction, index: int, gateway: bytes) -> TransactionResult:
        try:
            sender = self._check(item)
        except Rejected as rejection:
            return self._reject(item, rejection, index, gateway)
        skipped = self._rules.skipped.get((self._block.height, item.tx_id))
        if skipped is not None:
            result = self._executor.fail(item, skipped, index)
        else:
            result = self._executor.execute(item, sender, index)
        self._remembered.new.add(item.tx_id)
        return result

    def _reject(
        self, item: OpenedTransaction | Unreadable, rejection: Rejected, index: int, gateway: bytes
    ) -> TransactionResult:
        signatures = len(item.proofs) if isinstance(item, OpenedTransaction) else 0
        return self._executor.reject(item.tx_id, rejection, gas.intrinsic(item.size, signatures), index, gateway)

    def _write_headers(self) -> None:
        for height, header_hash in self._block.header_hashes:
            self._overlay.set(keys.header_slot(height), height.to_bytes(8, "big") + header_hash)

    def _switch_rules(self) -> None:
        """Write the version of the rules that is planned for this height or an earlier one: in force from the next."""
        raw = self._overlay.get(keys.SCHEDULED_RULES)
        planned = decode_scanned(raw, ScheduledRules) if raw else None
        if planned is not None and planned.height <= self._block.height:
            self._overlay.set(keys.RULES, planned.version.to_bytes(8, "big"))
            self._overlay.set(keys.SCHEDULED_RULES, None)

    def _remember(self, new_ids: Iterable[bytes]) -> None:
        ids = list(new_ids)
        expires = self._block.time_ns + parameters_of(self._overlay).replay_window_ns
        record = TxIds(expires, len(ids), self._suite.hash(b"".join(ids)))
        self._overlay.set(keys.tx_ids(self._block.height), encode(record))

    def _forget(self) -> tuple[int, ...]:
        """Delete the oldest lists whose time is over; stops at the first that still counts."""
        heights: list[int] = []
        for key, value in self._overlay.scan(keys.TX_IDS, keys.after(keys.TX_IDS)):
            if decode_scanned(value, TxIds).expires >= self._block.time_ns or len(heights) == MAX_FORGOTTEN:
                break
            heights.append(int.from_bytes(key[len(keys.TX_IDS) :], "big"))
        for height in heights:
            self._overlay.set(keys.tx_ids(height), None)
        return tuple(heights)


def _runnable(items: list[OpenedTransaction | Unreadable], gas_limit: int) -> list[OpenedTransaction | None]:
    """None for what cannot be opened, or goes beyond what its envelope declares."""
    declared = 0
    found: list[OpenedTransaction | None] = []
    for item in items:
        if isinstance(item, OpenedTransaction) and declared + item.body.gas_limit <= gas_limit:
            declared += item.body.gas_limit
            found.append(item)
        else:
            found.append(None)
    return found


def _some(items: list[OpenedTransaction | None]) -> list[OpenedTransaction]:
    return [item for item in items if item is not None]


def _refusal(item: OpenedTransaction | Unreadable, gas_limit: int) -> Rejected:
    if isinstance(item, Unreadable):
        return item.rejection
    return Rejected(Code.ENVELOPE_GAS_EXCEEDED, limit=gas_limit)
