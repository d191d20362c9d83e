"""The chain that the fuzzer of bytes feeds: three kinds of keys, one gateway, state that stands still."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

import msgspec
from sortedcontainers import SortedDict

from huitong.crypto import INTERNATIONAL, PrivateKey, key_address, merkle, module_address, private_key, verify
from huitong.kernel import CONTRACTS_ADDRESS, BlockResult, DecidedBlock, Kernel
from huitong.modules.identity import Directory, Identity
from huitong.types import (
    DEFAULT_PARAMETERS,
    Gateway,
    Genesis,
    GenesisValidator,
    Member,
    Organisation,
)
from huitong.types.registry import KeyKind, ModuleId, Tag

from .bytes_pack import pack

CHAIN_ID: Final = "huitong-fuzz-1"
TIME_NS: Final = 1_800_000_000 * 10**9
KINDS: Final = (KeyKind.ED25519, KeyKind.P256, KeyKind.SECP256K1)
IDENTITY: Final = module_address(ModuleId.IDENTITY)
_ENVELOPE_GAS: Final = 100_000_000


def _key(name: str, kind: int = KeyKind.ED25519) -> PrivateKey:
    return private_key(kind, INTERNATIONAL.hash(b"huitong fuzz key/" + name.encode()))


class Signer(msgspec.Struct, frozen=True):
    """A member with its key."""

    key: PrivateKey
    address: bytes


class Still:
    """State in memory that no block changes; nothing was executed before."""

    def __init__(self, data: dict[bytes, bytes]) -> None:
        self._data: SortedDict[bytes, bytes] = SortedDict(data)

    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key, None when it is absent."""
        found: bytes | None = self._data.get(key)
        return found

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with start <= key < end in the order of the key bytes."""
        for key in self._data.irange(start, end, (True, False), reverse=reverse):
            yield key, self._data[key]

    def seen(self, _tx_id: bytes) -> bool:
        """Nothing is remembered."""
        return False


class Plain:
    """Computes every signature."""

    def verify(self, kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """True when the signature holds."""
        return verify(kind, public_key, message, signature)


class Chain:
    """Kernel and state after genesis; every block is block 1."""

    def __init__(self) -> None:
        self.gateway = _key("gateway")
        self.gateway_address = key_address(INTERNATIONAL, self.gateway.kind, self.gateway.public_key)
        keys = [_key(f"member {kind}", kind) for kind in KINDS]
        self.signers = tuple(Signer(key, key_address(INTERNATIONAL, key.kind, key.public_key)) for key in keys)
        self.kernel = Kernel(
            chain_id=CHAIN_ID,
            suite=INTERNATIONAL,
            directory=Directory(),
            modules=(Identity(INTERNATIONAL),),
            engines=(),
            verifier=Plain(),
        )
        self.state = Still(dict(self.kernel.genesis_writes(self._genesis())["main"]))

    def _genesis(self) -> Genesis:
        members = tuple(
            Member(
                *(1, f"m{number}", "fuzz", ("admin",), int(signer.key.kind), signer.key.public_key),
                *(0, b"", b"", ""),
                active=True,
            )
            for number, signer in enumerate(self.signers)
        )
        return Genesis(
            version=1,
            chain_id=CHAIN_ID,
            kind="development",
            suite=INTERNATIONAL.id,
            genesis_time_ns=TIME_NS,
            initial_height=1,
            rules_version=1,
            evm_chain_id=31337,
            public_reads=True,
            engines=(),
            parameters=DEFAULT_PARAMETERS,
            organisations=(Organisation(1, "fuzz", "Fuzz"),),
            members=members,
            gateways=(Gateway(1, "fuzz", self.gateway.kind, self.gateway.public_key, 10**12, 1 << 30, active=True),),
            validators=(GenesisValidator(self.gateway.public_key, 1, "fuzz"),),
            nodes=(),
            network_admins=("fuzz",),
        )

    def apply(self, envelopes: tuple[bytes, ...]) -> BlockResult:
        """Apply block 1 of these envelopes."""
        block = DecidedBlock(CHAIN_ID, 1, TIME_NS + 10**9, bytes(20), bytes(32), (), envelopes)
        return self.kernel.apply_block(self.state, self.state, block)

    def body(self, draw: Random, sender: Signer) -> list[Any]:
        """Fields of a body that is valid for block 1."""
        payer = draw.choice(self.signers) if draw.random() < 0.2 else sender
        calls = [self._call(draw) for _ in range(draw.choice((1, 1, 1, 2, 5)))]
        fields = [CHAIN_ID, sender.address, draw.randbytes(8), TIME_NS + 60 * 10**9, 1_000_000, calls, payer.address]
        return [1, *fields, draw.randbytes(draw.choice((0, 0, 16)))]

    def _call(self, draw: Random) -> list[Any]:
        someone = draw.choice(self.signers).address
        deep: list[Any] = [2**100, {"a": draw.randbytes(9)}]
        for _ in range(draw.randrange(26)):
            deep = [deep]
        deploy = ["python", b"\x90", INTERNATIONAL.hash(b""), b"", "name", []]
        return draw.choice(
            (
                [IDENTITY, "organisations", []],
                [IDENTITY, "member", [someone]],
                [IDENTITY, "member_by_name", ["fuzz", "m1"]],
                [IDENTITY, "key_owner", [someone]],
                [IDENTITY, "set_encryption_key", [bytes(32)]],
                [IDENTITY, "set_roles", [someone, ["admin", "clinician"]]],
                [IDENTITY, "deactivate_member", [someone]],
                [IDENTITY, "add_organisation", ["other", "Another", ["new", ["admin"], 1, bytes(32), b"", bytes(64)]]],
                [IDENTITY, "add_member", ["new", [], 1, self.gateway.public_key, b"", bytes(64)]],
                [IDENTITY, "rotate_key", [2, b"\2" + bytes(32), bytes(64)]],
                [CONTRACTS_ADDRESS, "resolve", ["name"]],
                [CONTRACTS_ADDRESS, "deploy", deploy],
                [bytes(20), "anything", [deep, None, -1, 2**64 - 1]],
            )
        )

    def proofs(self, body: bytes, fields: list[Any]) -> list[bytes]:
        """Signatures of the sender and payer that the fields name, as far as they are known."""
        sender, payer = (fields[place] if len(fields) > place else None for place in (2, 7))
        named = (sender,) if sender == payer else (sender, payer)
        known = [signer for address in named for signer in self.signers if signer.address == address]
        return [signer.key.sign(Tag.TRANSACTION + body) for signer in known]

    def envelope(self, elements: list[Any], seq: int) -> list[Any]:
        """Fields of a valid envelope of these elements."""
        root = merkle.root([pack(element) for element in elements], INTERNATIONAL.hash)
        head = [1, CHAIN_ID, self.gateway_address, seq, TIME_NS + 60 * 10**9, _ENVELOPE_GAS, root]
        return [*head, elements, self.gateway.sign(Tag.ENVELOPE + pack(head))]
