"""`admit`: which envelopes a block may carry. A pure function of envelopes, the state before, and block time."""

from collections.abc import Mapping, Sequence

import msgspec

from huitong.crypto import Suite, merkle
from huitong.state import StateView, keys
from huitong.types import (
    Code,
    Gateway,
    GatewayWindow,
    Inadmissible,
    decode_kept,
    decode_scanned,
    element_leaves,
    hex_text,
)
from huitong.types.limits import GATEWAY_WINDOW, MAX_BLOCK_ENVELOPES

from .opening import OpenedEnvelope
from .parameters import parameters_of
from .ports import Verifier

_EMPTY_WINDOW = GatewayWindow(0, bytes(GATEWAY_WINDOW // 8))
_MASK = (1 << GATEWAY_WINDOW) - 1


class Admission(msgspec.Struct, frozen=True):
    """Verdict per envelope (None = admitted) and the windows of the gateways after the admitted ones."""

    verdicts: tuple[Inadmissible | None, ...]
    windows: Mapping[bytes, GatewayWindow]


def use_sequence(window: GatewayWindow, seq: int) -> GatewayWindow | None:
    """Mark a sequence number as used; None when it is too old or used already.

    Good is a number above highest - 1,024 that is unused. Bit i of `used` (from the low end) stands for highest - i.
    """
    used = int.from_bytes(window.used, "big")
    if seq > window.highest:
        shift = min(seq - window.highest, GATEWAY_WINDOW)
        used = ((used << shift) & _MASK) | 1
        return GatewayWindow(seq, used.to_bytes(GATEWAY_WINDOW // 8, "big"))
    place = window.highest - seq
    if place >= GATEWAY_WINDOW or used >> place & 1:
        return None
    return GatewayWindow(window.highest, (used | 1 << place).to_bytes(GATEWAY_WINDOW // 8, "big"))


def gateway_window(view: StateView, gateway: bytes) -> GatewayWindow:
    """Used sequence numbers of a gateway as the state holds them."""
    raw = view.get(keys.gateway_window(gateway))
    return decode_scanned(raw, GatewayWindow) if raw else _EMPTY_WINDOW


class _Sums:
    """Running sums over the admitted envelopes of one block."""

    def __init__(self) -> None:
        self.size = 0
        self.count = 0
        self.transactions = 0
        self.gas = 0
        self.by_gateway: dict[bytes, tuple[int, int]] = {}


class Admitter:
    """Rules of admission at one state and block time."""

    def __init__(self, chain_id: str, suite: Suite, verifier: Verifier, view: StateView, time_ns: int) -> None:
        self._chain_id = chain_id
        self._suite = suite
        self._verifier = verifier
        self._view = view
        self._time_ns = time_ns
        self._parameters = parameters_of(view)

    def admit(self, envelopes: Sequence[OpenedEnvelope | Inadmissible]) -> Admission:
        """Judge the envelopes of one block in their order; the limits of the block count the admitted ones."""
        sums = _Sums()
        windows: dict[bytes, GatewayWindow] = {}
        verdicts: list[Inadmissible | None] = []
        for opened in envelopes:
            verdict = opened if isinstance(opened, Inadmissible) else self._judge(opened, sums, windows)
            verdicts.append(verdict)
        return Admission(tuple(verdicts), windows)

    def _judge(self, opened: OpenedEnvelope, sums: _Sums, windows: dict[bytes, GatewayWindow]) -> Inadmissible | None:
        envelope = opened.envelope
        try:
            gateway = self._gateway(envelope.gateway)
            self._check_envelope(opened, gateway)
            self._check_room(opened, gateway, sums)
        except Inadmissible as verdict:
            return verdict
        window = windows.get(envelope.gateway) or gateway_window(self._view, envelope.gateway)
        after = use_sequence(window, envelope.seq)
        if after is None:
            return Inadmissible(Code.GATEWAY_SEQUENCE_USED, seq=envelope.seq, highest=window.highest)
        windows[envelope.gateway] = after
        self._count(opened, sums)
        return None

    def _gateway(self, address: bytes) -> Gateway:
        raw = self._view.get(keys.gateway(address))
        if raw is None:
            raise Inadmissible(Code.GATEWAY_UNKNOWN, gateway=hex_text(address))
        gateway = decode_kept(raw, Gateway)
        if not gateway.active:
            raise Inadmissible(Code.GATEWAY_INACTIVE, gateway=hex_text(address))
        return gateway

    def _check_envelope(self, opened: OpenedEnvelope, gateway: Gateway) -> None:
        envelope = opened.envelope
        if envelope.chain_id != self._chain_id:
            raise Inadmissible(Code.ENVELOPE_CHAIN_WRONG, expected=self._chain_id, found=envelope.chain_id[:64])
        if envelope.expiry < self._time_ns:
            raise Inadmissible(Code.ENVELOPE_EXPIRED, expiry=envelope.expiry, time=self._time_ns)
        if merkle.root(element_leaves(envelope.txs), self._suite.hash) != envelope.txs_root:
            raise Inadmissible(Code.ENVELOPE_ROOT_WRONG)
        message = envelope.signed_part()
        if not self._verifier.verify(gateway.key_kind, gateway.public_key, message, envelope.signature):
            raise Inadmissible(Code.ENVELOPE_SIGNATURE_INVALID, gateway=hex_text(envelope.gateway))

    def _check_room(self, opened: OpenedEnvelope, gateway: Gateway, sums: _Sums) -> None:
        envelope, limits = opened.envelope, self._parameters
        gas, size = sums.by_gateway.get(envelope.gateway, (0, 0))
        over_quota = (
            gas + envelope.gas_limit > gateway.max_gas_per_block or size + opened.size > gateway.max_bytes_per_block
        )
        if over_quota:
            raise Inadmissible(Code.GATEWAY_QUOTA_EXCEEDED, gateway=hex_text(envelope.gateway))
        full = (
            sums.count + 1 > MAX_BLOCK_ENVELOPES
            or sums.size + opened.size > limits.max_bytes
            or sums.transactions + len(envelope.txs) > limits.max_transactions
            or sums.gas + envelope.gas_limit > limits.max_gas
        )
        if full:
            raise Inadmissible(Code.BLOCK_FULL)

    def _count(self, opened: OpenedEnvelope, sums: _Sums) -> None:
        envelope = opened.envelope
        gas, size = sums.by_gateway.get(envelope.gateway, (0, 0))
        sums.by_gateway[envelope.gateway] = (gas + envelope.gas_limit, size + opened.size)
        sums.size += opened.size
        sums.count += 1
        sums.transactions += len(envelope.txs)
        sums.gas += envelope.gas_limit
