"""Sources of deployed contracts, from the transactions that brought them, and tracebacks into them."""

from collections import OrderedDict
from typing import Final

from huitong.api.values import to_hex
from huitong.kernel import CONTRACTS_ADDRESS, ContractRecord, Place, places_of
from huitong.state import StateView, keys
from huitong.types import Envelope, HuitongError, SignedTransaction, decode_body, decode_scanned
from huitong.types.registry import STORE_MAIN

from .wiring import Parts

_KEPT: Final = 64
Lines = tuple[tuple[int, ...], tuple[str, ...]]
"""Line of each node of a tree; lines of the text."""


class Sources:
    """Reads sources out of the chain. Calls may come from any thread."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lines: OrderedDict[bytes, Lines] = OrderedDict()

    def of(self, record: ContractRecord) -> str:
        """Source of a contract from the arguments of its deploy or last upgrade; empty when it is not text.

        Empty too when that transaction is older than what this node keeps.
        """
        store = self._parts.store
        place = store.place(record.tx_id)
        if place is None or place.height < store.first_height:
            return ""
        envelope = decode_scanned(store.envelopes(place.height)[place.envelope], Envelope)
        body = decode_body(decode_scanned(envelope.txs[place.index].raw, SignedTransaction).body)
        for call in body.calls:
            if call.target == CONTRACTS_ADDRESS and call.method in ("deploy", "upgrade"):
                source = call.args[3]
                if self._parts.suite.hash(source) == record.source_hash:
                    return str(source.decode(errors="replace"))
        return ""

    def traceback(self, log: str) -> str:
        """Traceback of a failed transaction from its log; empty on production chains and when the log tells none."""
        if self._parts.genesis.kind != "development":
            return ""
        view = self._parts.engine.snapshot().view(STORE_MAIN)
        shown = [line for place in places_of(log) for line in self._frame(view, place)]
        return "\n".join(["Traceback of the contracts (innermost last):", *shown]) if shown else ""

    def _frame(self, view: StateView, place: Place) -> list[str]:
        raw = view.get(keys.contract(place.contract))
        if raw is None or not place.nodes:
            return []
        record = decode_scanned(raw, ContractRecord)
        name = record.name or to_hex(place.contract)
        lines, text = self._lines_of(record, place.code_hash)
        if not lines:
            return [f"  contract {name}, source unknown"]
        shown = []
        for node in place.nodes:
            number = lines[node] if 0 <= node < len(lines) else 0
            shown.append(f"  contract {name}, line {number}")
            if 0 < number <= len(text):
                shown.append(f"    {text[number - 1].strip()}")
        return shown

    def _lines_of(self, record: ContractRecord, code_hash: bytes) -> Lines:
        """Lines of the code that ran; empty when the source is another revision's or does not rebuild to it."""
        found = self._lines.get(code_hash)
        if found is None:
            found = ((), ())
            if record.code_hash == code_hash and record.engine == "python":
                found = self._rebuilt(self.of(record), code_hash)
            self._lines[code_hash] = found
            if len(self._lines) > _KEPT:
                self._lines.popitem(last=False)
        return found

    def _rebuilt(self, source: str, code_hash: bytes) -> Lines:
        from huitong.vm.python.source import compile_source, source_lines

        try:
            if self._parts.suite.hash(compile_source(source)) != code_hash:
                return ((), ())
        except HuitongError:
            return ((), ())
        return source_lines(source), tuple(source.splitlines())
