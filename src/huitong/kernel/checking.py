"""`check_tx`: whether a transaction would be executed now. Never writes."""

from huitong.crypto import Suite
from huitong.state import StateView
from huitong.types import Code, Member, Rejected, hex_text

from .opening import OpenedTransaction
from .parameters import parameters_of
from .ports import Directory, History, Verifier


class Checker:
    """Rules of the reject range (HT1104-HT1303), in a fixed order: the first broken one is the receipt's code."""

    def __init__(self, chain_id: str, suite: Suite, directory: Directory, verifier: Verifier) -> None:
        self._chain_id = chain_id
        self._suite = suite
        self._directory = directory
        self._verifier = verifier

    def check(self, opened: OpenedTransaction, view: StateView, history: History, time_ns: int) -> Member:
        """Return the sender's record. Raises Rejected.

        time_ns: time of the block that would include it. Replay is looked up last, after all signatures.
        """
        self._check_alone(opened)
        self._check_time(opened, view, time_ns)
        sender = self._check_signers(opened, view)
        if history.seen(opened.tx_id):
            raise Rejected(Code.REPLAYED, tx_id=hex_text(opened.tx_id))
        return sender

    def _check_alone(self, opened: OpenedTransaction) -> None:
        body = opened.body
        if body.chain_id != self._chain_id:
            raise Rejected(Code.CHAIN_WRONG, expected=self._chain_id, found=body.chain_id)
        expected, found = len(body.signers), len(opened.proofs)
        if found < expected:
            raise Rejected(Code.SIGNATURES_MISSING, expected=expected, found=found)
        if found > expected:
            raise Rejected(Code.SIGNATURES_EXTRA, expected=expected, found=found)

    def _check_time(self, opened: OpenedTransaction, view: StateView, time_ns: int) -> None:
        body, parameters = opened.body, parameters_of(view)
        if body.gas_limit > parameters.max_transaction_gas:
            raise Rejected(Code.GAS_LIMIT_INVALID, gas_limit=body.gas_limit, limit=parameters.max_transaction_gas)
        if body.valid_until < time_ns:
            raise Rejected(Code.EXPIRED, valid_until=body.valid_until, time=time_ns)
        if body.valid_until > time_ns + parameters.replay_window_ns:
            seconds = parameters.replay_window_ns // 10**9
            raise Rejected(Code.VALID_UNTIL_TOO_FAR, valid_until=body.valid_until, window_seconds=seconds)

    def _check_signers(self, opened: OpenedTransaction, view: StateView) -> Member:
        members = [self._signer(view, address) for address in opened.body.signers]
        for member, address, proof in zip(members, opened.body.signers, opened.proofs, strict=True):
            if not self._verifier.verify(member.key_kind, member.public_key, opened.message, proof):
                raise Rejected(Code.SIGNATURE_INVALID, signer=hex_text(address))
        return members[0]

    def _signer(self, view: StateView, address: bytes) -> Member:
        member = self._directory.member(view, address)
        if member is None:
            raise Rejected(Code.SIGNER_UNKNOWN, signer=hex_text(address))
        if not member.active:
            raise Rejected(Code.SIGNER_INACTIVE, signer=hex_text(address))
        return member
