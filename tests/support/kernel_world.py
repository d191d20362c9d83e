"""A small chain in memory: dictionary stores, deterministic keys, blocks by hand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Any

from huitong.crypto import INTERNATIONAL, PrivateKey, key_address, merkle, private_key, verify
from huitong.kernel import VERSIONS, BlockResult, ContractEngine, DecidedBlock, Kernel, Module, Rules
from huitong.modules.identity import Directory, Identity, possession_bytes
from huitong.types import (
    DEFAULT_PARAMETERS,
    Call,
    Element,
    EngineVersion,
    Envelope,
    EnvelopeHead,
    Gateway,
    Genesis,
    GenesisValidator,
    Member,
    Organisation,
    TransactionBody,
    element_leaves,
    encode,
    encode_transaction,
    envelope_sign_bytes,
    sign_bytes,
)
from huitong.types.registry import KeyKind, TransactionKind

CHAIN_ID = "huitong-test-1"
GENESIS_TIME = 1_800_000_000 * 10**9
SECOND = 10**9


class DictionaryView:
    """A state view over a dictionary."""

    def __init__(self) -> None:
        self.data: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.data.get(key)

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        keys = sorted(self.data)
        chosen = keys[bisect_left(keys, start) : bisect_left(keys, end)]
        for key in reversed(chosen) if reverse else chosen:
            yield key, self.data[key]

    def apply(self, writes: Any) -> None:
        for key, value in writes.items():
            if value is None:
                self.data.pop(key, None)
            else:
                self.data[key] = value


class Verifier:
    """No cache: every signature is computed."""

    def verify(self, kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
        return verify(kind, public_key, message, signature)


def key(name: str, kind: int = KeyKind.ED25519) -> PrivateKey:
    return private_key(kind, INTERNATIONAL.hash(b"test key " + name.encode()))


def address(name: str, kind: int = KeyKind.ED25519) -> bytes:
    return key_address(INTERNATIONAL, kind, key(name, kind).public_key)


def member(name: str, roles: tuple[str, ...] = (), kind: int = KeyKind.ED25519) -> Member:
    """A member record for `name@organisation`."""
    short, organisation = name.split("@")
    return Member(1, short, organisation, roles, kind, key(name, kind).public_key, 0, b"", b"", "", active=True)


def first_admin(name: str, roles: tuple[str, ...] = ("admin",)) -> list[Any]:
    """Arguments of `add_member` for `name@organisation`, with its own proof of possession."""
    secret = key(name)
    signed = secret.sign(possession_bytes(INTERNATIONAL, CHAIN_ID, name.encode(), secret.public_key))
    return [name.split("@", maxsplit=1)[0], list(roles), int(secret.kind), secret.public_key, b"", signed]


MEMBERS = (
    member("alice@hospital-a", ("admin",)),
    member("carol@hospital-a", ("clinician",)),
    member("wang@hospital-b", ("admin",)),
    member("eve@hospital-b", (), KeyKind.P256),
    member("dan@hospital-b", (), KeyKind.SECP256K1),
)


def genesis(**changes: Any) -> Genesis:
    """A valid genesis document; a test changes one field."""
    fields: dict[str, Any] = {
        "version": 1,
        "chain_id": CHAIN_ID,
        "kind": "development",
        "suite": 1,
        "genesis_time_ns": GENESIS_TIME,
        "initial_height": 1,
        "rules_version": 1,
        "evm_chain_id": 31337,
        "public_reads": True,
        "engines": (),
        "parameters": DEFAULT_PARAMETERS,
        "organisations": (Organisation(1, "hospital-a", "Hospital A"), Organisation(1, "hospital-b", "Hospital B")),
        "members": MEMBERS,
        "gateways": (
            Gateway(1, "hospital-a", KeyKind.ED25519, key("gateway").public_key, 10**10, 4 << 20, active=True),
        ),
        "validators": (GenesisValidator(key("validator").public_key, 10, "hospital-a"),),
        "nodes": (),
        "network_admins": ("hospital-a",),
    }
    return Genesis(**(fields | changes))


class World:
    """A chain whose blocks a test makes by hand."""

    def __init__(
        self,
        engines: tuple[ContractEngine, ...] = (),
        modules: tuple[Module, ...] = (),
        rules: Mapping[int, Rules] = VERSIONS,
        **changes: Any,
    ) -> None:
        self.document = genesis(
            **({"engines": tuple(EngineVersion(engine.name, engine.version) for engine in engines)} | changes)
        )
        self.kernel = Kernel(
            chain_id=CHAIN_ID,
            suite=INTERNATIONAL,
            directory=Directory(),
            modules=(Identity(INTERNATIONAL), *modules),
            engines=engines,
            verifier=Verifier(),
            rules=rules,
        )
        self.view = DictionaryView()
        self.view.apply(self.kernel.genesis_writes(self.document)["main"])
        self.height = 0
        self.time_ns = GENESIS_TIME
        self.sequence = 0
        self.salt = 0
        self.remembered: set[bytes] = set()
        self.ids_by_height: dict[int, tuple[bytes, ...]] = {}

    def seen(self, tx_id: bytes) -> bool:
        return tx_id in self.remembered

    def body(self, signer: str, /, *calls: tuple[bytes, str, tuple[Any, ...]], kind: int = 1, **changes: Any) -> bytes:
        """An encoded body; defaults are valid for the next block."""
        self.salt += 1
        fields: dict[str, Any] = {
            "version": 1,
            "chain_id": CHAIN_ID,
            "sender": address(signer, kind),
            "salt": self.salt.to_bytes(8, "big"),
            "valid_until": self.time_ns + 60 * SECOND,
            "gas_limit": 1_000_000,
            "calls": tuple(Call(*call) for call in calls),
            "payer": address(signer, kind),
            "memo": b"",
        }
        return encode(TransactionBody(**(fields | changes)))

    def transaction(
        self, signer: str, /, *calls: tuple[bytes, str, tuple[Any, ...]], kind: int = 1, **changes: Any
    ) -> bytes:
        """A signed transaction of `signer`."""
        body = self.body(signer, *calls, kind=kind, **changes)
        return encode_transaction(body, (key(signer, kind).sign(sign_bytes(body)),))

    def envelope(
        self, *raw: bytes, elements: tuple[Element, ...] | None = None, signer: str = "gateway", **changes: Any
    ) -> bytes:
        """A signed envelope of a gateway, the test's unless another is named."""
        self.sequence += 1
        txs = elements if elements is not None else tuple(Element(TransactionKind.NATIVE, item) for item in raw)
        fields: dict[str, Any] = {
            "version": 1,
            "chain_id": CHAIN_ID,
            "gateway": address(signer),
            "seq": self.sequence,
            "expiry": self.time_ns + 60 * SECOND,
            "gas_limit": 100_000_000,
            "txs_root": merkle.root(element_leaves(txs), INTERNATIONAL.hash),
        }
        head = EnvelopeHead(**(fields | {name: value for name, value in changes.items() if name in fields}))
        signature = changes.get("signature", key(signer).sign(envelope_sign_bytes(head)))
        return encode(Envelope(**{name: getattr(head, name) for name in fields}, txs=txs, signature=signature))

    def decide(self, *envelopes: bytes, step_ns: int = SECOND) -> DecidedBlock:
        """The next block of these envelopes."""
        return DecidedBlock(
            chain_id=CHAIN_ID,
            height=self.height + 1,
            time_ns=self.time_ns + step_ns,
            proposer=bytes(20),
            last_header_hash=INTERNATIONAL.hash(self.height.to_bytes(8, "big")),
            header_hashes=((self.height, INTERNATIONAL.hash(self.height.to_bytes(8, "big"))),) if self.height else (),
            envelopes=envelopes,
        )

    def block(self, *envelopes: bytes, step_ns: int = SECOND) -> BlockResult:
        """Apply the next block and keep its writes."""
        block = self.decide(*envelopes, step_ns=step_ns)
        result = self.kernel.apply_block(self.view, self, block)
        self.view.apply(result.writes["main"])
        self.height, self.time_ns = block.height, block.time_ns
        self.remembered.update(result.new_ids)
        self.ids_by_height[block.height] = result.new_ids
        for height in result.forgotten:
            self.remembered.difference_update(self.ids_by_height.pop(height, ()))
        return result

    def run(self, *raw: bytes) -> list[Any]:
        """Apply one block of one envelope; return the transactions' results."""
        return list(self.block(self.envelope(*raw)).envelopes[0].transactions)
