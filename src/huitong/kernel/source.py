"""Opened forms by their bytes: what the pool has opened is not opened again in the block."""

from collections import OrderedDict
from typing import Final

from huitong.crypto import Suite
from huitong.types import Element, Inadmissible
from huitong.types.registry import TransactionKind

from .opening import OpenedEnvelope, OpenedTransaction, Unreadable, open_element, open_envelope

_MAX_KEPT: Final = 20_000
_MAX_KEPT_BYTES: Final = 8 * 1024 * 1024
"""Of raw bytes: they are kept before anybody has checked a signature, and an opened one may need 64 times its bytes."""

_MAX_ENVELOPES: Final = 64
"""Each is opened by CheckTx, by the proposal that carries it, in its block and once more when that is told."""


class Opener:
    """Opens transactions and envelopes, and keeps a bounded number of both by their bytes.

    It saves time and never decides: opening is a pure function of the bytes.
    """

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._kept: OrderedDict[bytes, OpenedTransaction] = OrderedDict()
        self._kept_bytes = 0
        self._envelopes: OrderedDict[bytes, OpenedEnvelope] = OrderedDict()

    def transaction(self, raw: bytes) -> OpenedTransaction:
        """Open a native transaction and keep it for its block. Raises Rejected HT1001-HT1106."""
        opened = open_element(self._suite, Element(TransactionKind.NATIVE, raw))
        if isinstance(opened, Unreadable):
            raise opened.rejection
        if raw not in self._kept:
            self._kept_bytes += len(raw)
        self._kept[raw] = opened
        while len(self._kept) > _MAX_KEPT or self._kept_bytes > _MAX_KEPT_BYTES:
            self._kept_bytes -= len(self._kept.popitem(last=False)[0])
        return opened

    def element(self, element: Element) -> OpenedTransaction | Unreadable:
        """Open an element of an envelope; total."""
        if element.kind == TransactionKind.NATIVE:
            kept = self._kept.get(element.raw)
            if kept is not None:
                return kept
        return open_element(self._suite, element)

    def envelope(self, raw: bytes) -> OpenedEnvelope | Inadmissible:
        """Open an envelope; total."""
        kept = self._envelopes.get(raw)
        if kept is not None:
            return kept
        try:
            opened = open_envelope(raw)
        except Inadmissible as verdict:
            return verdict
        self._envelopes[raw] = opened
        while len(self._envelopes) > _MAX_ENVELOPES:
            self._envelopes.popitem(last=False)
        return opened
