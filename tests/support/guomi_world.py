"""A small chain of the suite guomi with members of four kinds of keys, run by hand through the real application."""

from __future__ import annotations

from typing import Any

import kernel_world
from kernel_world import CHAIN_ID, GENESIS_TIME, SECOND, Verifier
from ledger_world import Ledger

from huitong.crypto import GUOMI, encryption_public_key, key_address, merkle, module_address, private_key
from huitong.engine import Finalized
from huitong.kernel import Kernel
from huitong.modules.identity import Directory, Identity, possession_bytes
from huitong.types import (
    BlockId,
    Call,
    Element,
    Envelope,
    EnvelopeHead,
    Genesis,
    Member,
    TransactionBody,
    element_leaves,
    encode,
    encode_transaction,
    envelope_sign_bytes,
    sign_bytes,
)
from huitong.types.registry import EncryptionKind, KeyKind, ModuleId, TransactionKind

IDENTITY = module_address(ModuleId.IDENTITY)
KINDS = {
    "alice@hospital-a": KeyKind.SM2,
    "carol@hospital-a": KeyKind.SM2,
    "wang@hospital-b": KeyKind.ED25519,
    "eve@hospital-b": KeyKind.P256,
    "dan@hospital-b": KeyKind.SECP256K1,
}
ADMINS = ("alice@hospital-a", "wang@hospital-b")


def secret(name: str) -> bytes:
    return GUOMI.hash(b"test key " + name.encode())


def key(name: str, kind: int | None = None) -> Any:
    return private_key(KINDS.get(name, KeyKind.SM2) if kind is None else kind, secret(name))


def address(name: str) -> bytes:
    found = key(name)
    return key_address(GUOMI, found.kind, found.public_key)


def encryption_key(name: str) -> bytes:
    return encryption_public_key(EncryptionKind.SM2, secret("encryption " + name))


def member(name: str, certificate: bytes = b"") -> Member:
    short, organisation = name.split("@")
    roles = ("admin",) if name in ADMINS else ()
    found = key(name)
    return Member(1, short, organisation, roles, found.kind, found.public_key, 0, b"", certificate, "", active=True)


def genesis(**changes: Any) -> Genesis:
    return kernel_world.genesis(**({"suite": 2, "members": tuple(map(member, KINDS))} | changes))


def kernel() -> Kernel:
    return Kernel(
        chain_id=CHAIN_ID,
        suite=GUOMI,
        directory=Directory(),
        modules=(Identity(GUOMI),),
        engines=(),
        verifier=Verifier(),
    )


def admission(name: str, kind: int = KeyKind.SM2, encryption: bytes = b"", roles: tuple[str, ...] = ()) -> list[Any]:
    """Arguments of add_member, with the new key's proof of possession."""
    found = key(name, kind)
    possession = found.sign(possession_bytes(GUOMI, CHAIN_ID, name.encode(), found.public_key))
    return [name.partition("@")[0], list(roles), kind, found.public_key, encryption, possession]


class Chain:
    """Blocks by hand. recorded: every block with what came out of it."""

    def __init__(self, gateway: Any = None, **changes: Any) -> None:
        self.gateway = gateway or kernel_world.key("gateway")
        self.document = genesis(**changes)
        self.ledger = Ledger(kernel(), self.document)
        self.application = self.ledger.application
        self.time_ns = GENESIS_TIME
        self.sequence = 0
        self.salt = 0
        self.recorded: list[tuple[Finalized, BlockId]] = []

    def transaction(self, sender: str, method: str, *args: Any, signer: Any = None) -> bytes:
        """A signed call of the identity module."""
        self.salt += 1
        call = Call(IDENTITY, method, args)
        valid_until = self.time_ns + 60 * SECOND
        salt = self.salt.to_bytes(8, "big")
        body = encode(
            TransactionBody(1, CHAIN_ID, address(sender), salt, valid_until, 1_000_000, (call,), address(sender), b"")
        )
        return encode_transaction(body, ((signer or key(sender)).sign(sign_bytes(body)),))

    def envelope(self, *raws: bytes) -> bytes:
        self.sequence += 1
        txs = tuple(Element(TransactionKind.NATIVE, raw) for raw in raws)
        head = EnvelopeHead(
            version=1,
            chain_id=CHAIN_ID,
            gateway=key_address(GUOMI, self.gateway.kind, self.gateway.public_key),
            seq=self.sequence,
            expiry=self.time_ns + 60 * SECOND,
            gas_limit=100_000_000,
            txs_root=merkle.root(element_leaves(txs), GUOMI.hash),
        )
        fields = {name: getattr(head, name) for name in head.__struct_fields__}
        return encode(Envelope(**fields, txs=txs, signature=self.gateway.sign(envelope_sign_bytes(head))))

    def block(self, *envelopes: bytes) -> Finalized:
        self.time_ns += SECOND
        done = self.ledger.run(self.time_ns, envelopes)
        self.recorded.append(done)
        return done[0]

    def run(self, *raws: bytes) -> list[Any]:
        """One block of one envelope; the receipts."""
        envelope = self.block(self.envelope(*raws)).result.envelopes[0]
        assert envelope.code == 0, envelope
        return [item.receipt for item in envelope.transactions]


def story(chain: Chain) -> None:
    """Blocks for the golden ledger: every kind of key, both kinds of encryption keys, failures and rejections."""
    chain.run(
        chain.transaction(
            "alice@hospital-a", "add_member", *admission("bob@hospital-a", encryption=encryption_key("bob"))
        ),
        chain.transaction("wang@hospital-b", "set_encryption_key", bytes(range(1, 33))),
        chain.transaction("eve@hospital-b", "set_encryption_key", encryption_key("eve")),
        chain.transaction("dan@hospital-b", "set_encryption_key", encryption_key("dan")),
    )
    chain.run(
        chain.transaction("bob@hospital-a", "set_encryption_key", b""),
        chain.transaction("carol@hospital-a", "set_encryption_key", b"\4" + b"\1" * 64),
        chain.transaction("carol@hospital-a", "set_encryption_key", b"", signer=key("mallory@nowhere")),
        chain.transaction("wang@hospital-b", "add_member", *admission("fay@hospital-b", KeyKind.P256)),
    )
    fresh = key("carol's next key")
    possession = fresh.sign(possession_bytes(GUOMI, CHAIN_ID, address("carol@hospital-a"), fresh.public_key))
    chain.run(chain.transaction("carol@hospital-a", "rotate_key", KeyKind.SM2, fresh.public_key, possession))
    chain.run(
        chain.transaction("carol@hospital-a", "set_encryption_key", encryption_key("carol"), signer=fresh),
        chain.transaction("carol@hospital-a", "set_encryption_key", b""),
        chain.transaction("alice@hospital-a", "deactivate_member", address("bob@hospital-a")),
    )
    chain.block()
