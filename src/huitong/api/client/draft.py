"""Transactions before they are sent: bodies, signatures, ids. No network, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from huitong.crypto import INTERNATIONAL, PrivateKey, Suite, key_address, private_key
from huitong.types import Call, Code, HuitongError, TransactionBody, decode_body, encode, encode_transaction, sign_bytes
from huitong.types.registry import PROTOCOL_VERSION

DEFAULT_GAS_LIMIT: Final = 2_000_000
"""Gas of a transaction unless the caller says more: a block has room for a thousand of them."""


@dataclass(frozen=True)
class Wallet:
    """A member's address and the key that signs for it. The address stays when the key is rotated."""

    address: bytes
    key: PrivateKey

    @classmethod
    def of(cls, kind: int, secret: bytes, address: bytes | None = None, suite: Suite = INTERNATIONAL) -> "Wallet":
        """Make a wallet from a 32-byte secret; without an address it is the key's own. Raises HT4105."""
        key = private_key(kind, secret)
        return cls(key_address(suite, kind, key.public_key) if address is None else address, key)


@dataclass(frozen=True)
class Signed:
    """A transaction ready to be sent. tx_id: 32 bytes."""

    tx_id: bytes
    raw: bytes


@dataclass(frozen=True)
class Draft:
    """A transaction body that its signers sign. body: its bytes; signers: addresses in the order of the proofs.

    A payer who signs elsewhere gets `body`, checks it by `Draft.read` and returns a signature of `message`.
    """

    body: bytes
    signers: tuple[bytes, ...]

    @classmethod
    def new(
        cls,
        chain_id: str,
        calls: Sequence[tuple[bytes, str, Sequence[Any]]],
        *,
        sender: bytes,
        payer: bytes,
        salt: bytes,
        valid_until: int,
        gas_limit: int,
        memo: bytes,
    ) -> "Draft":
        """Build a body and check its form. valid_until: ns of block time. Raises HT1102-HT1106, HT1003, HT5003."""
        wanted = tuple(Call(target, method, tuple(args)) for target, method, args in calls)
        body = TransactionBody(PROTOCOL_VERSION, chain_id, sender, salt, valid_until, gas_limit, wanted, payer, memo)
        raw = encode(body)
        decode_body(raw)
        return cls(raw, body.signers)

    @classmethod
    def read(cls, body: bytes) -> tuple["Draft", TransactionBody]:
        """Read a body that somebody else made. Raises Rejected HT1001-HT1106."""
        decoded = decode_body(body)
        return cls(body, decoded.signers), decoded

    @property
    def message(self) -> bytes:
        """Bytes that every signer signs."""
        return sign_bytes(self.body)

    def tx_id(self, suite: Suite = INTERNATIONAL) -> bytes:
        """Return the id, known before anybody has signed."""
        return suite.hash(self.message)

    def signed(self, signatures: Sequence[bytes], suite: Suite = INTERNATIONAL) -> Signed:
        """Complete with the signatures in the order of `signers`. Raises HT1204."""
        if len(signatures) != len(self.signers):
            raise HuitongError(Code.SIGNATURES_MISSING, expected=len(self.signers), found=len(signatures))
        return Signed(self.tx_id(suite), encode_transaction(self.body, tuple(signatures)))

    def signed_by(self, wallets: Sequence[Wallet], suite: Suite = INTERNATIONAL) -> Signed:
        """Sign with wallets at hand, in any order. Raises HT1204 for a signer without its wallet."""
        keys = {wallet.address: wallet.key for wallet in wallets}
        message = self.message
        return self.signed([keys[signer].sign(message) for signer in self.signers if signer in keys], suite)
