"""Transactions into envelopes, signed by the node's own gateway key."""

from collections.abc import Sequence
from typing import Final

import msgspec

from huitong.crypto import Suite, key_address, merkle
from huitong.kernel import gateway_window, parameters_of
from huitong.state import StateView, keys
from huitong.types import (
    Code,
    Element,
    Envelope,
    EnvelopeHead,
    Gateway,
    HuitongError,
    decode_scanned,
    element_leaves,
    encode,
    envelope_sign_bytes,
)
from huitong.types.limits import MAX_BLOCK_ENVELOPES, MAX_ENVELOPE_BYTES, MAX_ENVELOPE_TRANSACTIONS
from huitong.types.registry import PROTOCOL_VERSION, TransactionKind

from .pool import ELEMENT_OVERHEAD, Room
from .ports import EnvelopeSigner
from .submission import Submission

HEAD_BYTES: Final = 512
"""Bytes of an envelope beside its transactions, at most."""
EXPIRY_NS: Final = 60 * 10**9
"""How long after its block time an envelope of ours may still be ordered."""


class Packed(msgspec.Struct, frozen=True):
    """An envelope and the transactions in it, in order."""

    raw: bytes
    submissions: tuple[Submission, ...]


def room_for(view: StateView, gateway: bytes) -> Room:
    """Return what the next block may carry of this gateway. Raises HT6001 for a gateway that may not sign."""
    parameters = parameters_of(view)
    raw = view.get(keys.gateway(gateway))
    record = decode_scanned(raw, Gateway) if raw else None
    if record is None or not record.active:
        raise HuitongError(
            Code.NODE_CONFIGURATION, reason="the node's gateway key is not an active gateway of the chain"
        )
    size = min(parameters.max_bytes, record.max_bytes_per_block)
    # two envelopes in a row hold more than one full one, since the next transaction did not fit into the first
    envelopes = min(MAX_BLOCK_ENVELOPES, 1 + size * 2 // MAX_ENVELOPE_BYTES)
    gas = min(parameters.max_gas, record.max_gas_per_block)
    return Room(parameters.max_transactions, max(0, size - envelopes * HEAD_BYTES), gas)


class Packer:
    """Makes the envelopes of one gateway."""

    def __init__(self, chain_id: str, suite: Suite, signer: EnvelopeSigner) -> None:
        self._chain_id = chain_id
        self._suite = suite
        self._signer = signer
        self.gateway = key_address(suite, signer.kind, signer.public_key)

    def pack(self, submissions: Sequence[Submission], view: StateView, time_ns: int) -> list[Packed]:
        """Pack transactions in their order; sequence numbers go on from the state's highest."""
        seq = gateway_window(view, self.gateway).highest
        packed = []
        for part in _split(submissions):
            seq += 1
            packed.append(self.seal(part, seq, time_ns + EXPIRY_NS))
        return packed

    def seal(self, part: Sequence[Submission], seq: int, expiry: int) -> Packed:
        """Make one envelope. expiry: ns of block time."""
        txs = tuple(Element(TransactionKind.NATIVE, submission.raw) for submission in part)
        head = EnvelopeHead(
            version=PROTOCOL_VERSION,
            chain_id=self._chain_id,
            gateway=self.gateway,
            seq=seq,
            expiry=expiry,
            gas_limit=sum(submission.opened.body.gas_limit for submission in part),
            txs_root=merkle.root(element_leaves(txs), self._suite.hash),
        )
        signature = self._signer.sign(envelope_sign_bytes(head))
        envelope = Envelope(
            head.version, head.chain_id, head.gateway, head.seq, head.expiry, head.gas_limit, head.txs_root,
            txs, signature,
        )  # fmt: skip
        return Packed(encode(envelope), tuple(part))


def _split(submissions: Sequence[Submission]) -> list[list[Submission]]:
    """Cut where the next transaction would take an envelope over its size or count."""
    parts: list[list[Submission]] = []
    size = MAX_ENVELOPE_BYTES
    for submission in submissions:
        more = len(submission.raw) + ELEMENT_OVERHEAD
        if size + more > MAX_ENVELOPE_BYTES or len(parts[-1]) == MAX_ENVELOPE_TRANSACTIONS:
            parts.append([])
            size = HEAD_BYTES
        parts[-1].append(submission)
        size += more
    return parts
