"""The kernel of a chain: one object that holds what never changes, and pure functions of state on it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from huitong.crypto import Suite
from huitong.state import Overlay, StateView, WriteSet
from huitong.types import Answer, BlockContext, Caller, Element, Genesis, Inadmissible, Member

from .admission import Admission, Admitter
from .applying import BlockApplier
from .block import BlockResult, DecidedBlock
from .checking import Checker
from .continuing import continuing_writes
from .contract import ContractEngine
from .frames import Frames
from .genesis import genesis_writes
from .machine import Machine
from .opening import OpenedEnvelope, OpenedTransaction, Unreadable, open_element
from .ports import Directory, History, Module, Verifier
from .rules import VERSIONS, Rules, rules_of
from .source import Opener


class Kernel:
    """State machine of one chain.

    directory: finds members. modules, engines: what calls may reach. verifier: checks signatures. rules: the
    versions that this program follows.
    """

    def __init__(
        self,
        *,
        chain_id: str,
        suite: Suite,
        directory: Directory,
        modules: Iterable[Module],
        engines: Iterable[ContractEngine],
        verifier: Verifier,
        rules: Mapping[int, Rules] = VERSIONS,
    ) -> None:
        self.chain_id = chain_id
        self.suite = suite
        self.directory = directory
        self.verifier = verifier
        self.machine = Machine(chain_id, suite, modules, engines, rules)
        self._opener = Opener(suite)

    def genesis_writes(self, genesis: Genesis) -> Mapping[str, Mapping[bytes, bytes]]:
        """First writes of each store. Raises HT6101, HT6102, HT6105."""
        return genesis_writes(genesis, self.machine)

    def continuing_writes(
        self, genesis: Genesis, before: StateView, header_hashes: Iterable[tuple[int, bytes]]
    ) -> Mapping[str, WriteSet]:
        """First writes of a chain that goes on with the state of another. Raises HT6101, HT6102, HT6105."""
        return continuing_writes(genesis, self.machine, before, header_hashes)

    def open_transaction(self, raw: bytes) -> OpenedTransaction:
        """Decode and hash once. Raises Rejected HT1001-HT1106."""
        return self._opener.transaction(raw)

    def inspect(self, element: Element) -> OpenedTransaction | Unreadable:
        """Open one element of an envelope for showing it; total, for any thread."""
        return open_element(self.suite, element)

    def open_envelope(self, raw: bytes) -> OpenedEnvelope | Inadmissible:
        """Decode an envelope; total."""
        return self._opener.envelope(raw)

    def check_transaction(self, opened: OpenedTransaction, view: StateView, history: History, time_ns: int) -> Member:
        """Return the sender's record when a block of that time would execute it. Raises Rejected."""
        return Checker(self.chain_id, self.suite, self.directory, self.verifier).check(opened, view, history, time_ns)

    def admit(self, envelopes: Sequence[OpenedEnvelope | Inadmissible], view: StateView, time_ns: int) -> Admission:
        """Judge envelopes for a block of that time on the state before it."""
        return Admitter(self.chain_id, self.suite, self.verifier, view, time_ns).admit(envelopes)

    def apply_block(self, view: StateView, history: History, block: DecidedBlock) -> BlockResult:
        """Compute what a decided block does. Total over any bytes of envelopes. Raises ExecutionHaltedError."""
        applier = BlockApplier(self.machine, self.directory, self.verifier, self._opener, view, history, block)
        return applier.apply()

    def rules(self, view: StateView) -> Rules:
        """Return the rules of the next block. Raises HT6108."""
        return rules_of(view, self.machine.rules)

    def query(
        self,
        view: StateView,
        context: BlockContext,
        caller: Caller,
        target: bytes,
        method: str,
        args: tuple[Any, ...],
        gas_limit: int,
    ) -> Answer:
        """Run a view or a module's question on a state; nothing is written."""
        context = msgspec.structs.replace(context, suite=self.machine.suite.id)
        frames = Frames(self.machine, Overlay(view), context, b"")
        return frames.call(caller, target, method, args, gas_limit, read_only=True)
