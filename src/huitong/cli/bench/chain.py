"""A chain for measuring, made in a temporary folder: members with known keys, one gateway, one validator."""

import gc
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from huitong.crypto import INTERNATIONAL, PrivateKey, key_address, private_key
from huitong.engine.application import Application
from huitong.engine.headers import BlockBuilder
from huitong.engine.packing import Packer
from huitong.engine.verdicts import Verdicts
from huitong.kernel import ContractEngine, Kernel, Module
from huitong.modules.cryptography import Cryptography
from huitong.modules.identity import Directory, Identity
from huitong.store import ChainStore, open_store
from huitong.types import (
    DEFAULT_PARAMETERS,
    NO_COMMIT,
    Call,
    Commit,
    EngineVersion,
    Gateway,
    Genesis,
    GenesisValidator,
    Member,
    Organisation,
    TransactionBody,
    encode,
    encode_transaction,
    sign_bytes,
)
from huitong.types.registry import KeyKind

CHAIN_ID: Final = "huitong-bench-1"
SECOND: Final = 10**9


def secret_key(label: str) -> PrivateKey:
    """A key that every run has again."""
    return private_key(KeyKind.ED25519, INTERNATIONAL.hash(b"huitong bench key/" + label.encode()))


class Signer(msgspec.Struct, frozen=True):
    """A member of the chain with its key."""

    key: PrivateKey
    address: bytes


def signers(count: int) -> list[Signer]:
    """Members m0 ... of the chain."""
    made = [secret_key(f"member {number}") for number in range(count)]
    return [Signer(key, key_address(INTERNATIONAL, KeyKind.ED25519, key.public_key)) for key in made]


def bench_genesis(people: Sequence[Signer], engines: Sequence[ContractEngine], time_ns: int) -> Genesis:
    """Genesis of a chain whose blocks take 10,000 transactions."""
    members = tuple(
        Member(1, f"m{number}", "bench", ("admin",), KeyKind.ED25519, one.key.public_key, 0, b"", b"", "", active=True)
        for number, one in enumerate(people)
    )
    gateway = Gateway(1, "bench", KeyKind.ED25519, secret_key("gateway").public_key, 10**12, 64 << 20, active=True)
    parameters = msgspec.structs.replace(DEFAULT_PARAMETERS, max_bytes=8 << 20, max_gas=10**12)
    return Genesis(
        version=1,
        chain_id=CHAIN_ID,
        kind="development",
        suite=INTERNATIONAL.id,
        genesis_time_ns=time_ns,
        initial_height=1,
        rules_version=1,
        evm_chain_id=31337,
        public_reads=True,
        engines=tuple(EngineVersion(engine.name, engine.version) for engine in engines),
        parameters=parameters,
        organisations=(Organisation(1, "bench", "Bench"),),
        members=members,
        gateways=(gateway,),
        validators=(GenesisValidator(secret_key("validator").public_key, 10, "bench"),),
        nodes=(),
        network_admins=("bench",),
    )


def signed(signer: Signer, number: int, calls: tuple[Call, ...], valid_until: int, gas_limit: int = 100_000) -> bytes:
    """A signed transaction; `number` makes it unique."""
    body = encode(
        TransactionBody(
            1, CHAIN_ID, signer.address, number.to_bytes(8, "big"), valid_until, gas_limit, calls, signer.address, b""
        )
    )
    return encode_transaction(body, (signer.key.sign(sign_bytes(body)),))


class BenchChain:
    """Kernel, store and block builder, driven by hand without an engine's loop."""

    def __init__(
        self, folder: Path, people: Sequence[Signer], modules: Sequence[Module], engines: Sequence[ContractEngine]
    ) -> None:
        self.time_ns = time.time_ns()
        self.verdicts = Verdicts()
        self.kernel = Kernel(
            chain_id=CHAIN_ID,
            suite=INTERNATIONAL,
            directory=Directory(),
            modules=(Identity(INTERNATIONAL), Cryptography(INTERNATIONAL), *modules),
            engines=engines,
            verifier=self.verdicts,
        )
        genesis = bench_genesis(people, engines, self.time_ns)
        self.store: ChainStore = open_store(folder)
        self.application = Application(self.kernel, self.store, genesis, msgspec.json.encode(genesis))
        validator = secret_key("validator")
        self._validator = validator
        self._builder = BlockBuilder(genesis, validator.public_key)
        self._commit: Commit = NO_COMMIT
        gc.collect()
        gc.freeze()  # as a node does after its start
        self.packer = Packer(CHAIN_ID, INTERNATIONAL, secret_key("gateway"))

    def run_block(self, envelopes: tuple[bytes, ...]) -> Any:
        """Execute, make durable and sign one block of these envelopes; return its result."""
        from huitong.crypto import precommit_sign_bytes

        self.time_ns += 10**6
        block, block_id = self._builder.build(self.application, self._commit, self.time_ns, envelopes)
        decided = self.application.decide(self.time_ns, self._builder.proposer, envelopes)
        finalized = self.application.finalize(decided)
        self.application.commit(finalized, block, block_id)
        message = precommit_sign_bytes(CHAIN_ID, block.header.height, 0, block_id, self.time_ns)
        self._commit = self._builder.commit(self.application, block.header, block_id, self._validator.sign(message))
        return finalized.result

    def close(self) -> None:
        """Close the store and end engines."""
        self.store.close()
        for engine in self.kernel.machine.engines.values():
            engine.close()
