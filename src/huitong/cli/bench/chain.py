"""A chain for measuring, made in a temporary folder: members with known keys, one gateway, one validator."""

import gc
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from huitong.crypto import INTERNATIONAL, PrivateKey, Suite, key_address, precommit_sign_bytes, private_key
from huitong.engine.application import Application
from huitong.engine.headers import BlockBuilder
from huitong.engine.packing import Packer
from huitong.engine.pipeline import Pipeline
from huitong.engine.verdicts import Verdicts
from huitong.kernel import BlockResult, ContractEngine, Kernel, Module
from huitong.modules.cryptography import Cryptography
from huitong.modules.identity import Directory, Identity
from huitong.store import ChainStore, StoreSettings, open_store
from huitong.types import (
    DEFAULT_PARAMETERS,
    NO_COMMIT,
    Block,
    BlockId,
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


def secret_key(label: str, kind: KeyKind = KeyKind.ED25519) -> PrivateKey:
    """A key that every run has again."""
    return private_key(kind, INTERNATIONAL.hash(b"huitong bench key/" + label.encode()))


class Signer(msgspec.Struct, frozen=True):
    """A member of the chain with its key."""

    key: PrivateKey
    address: bytes


def signers(count: int, suite: Suite = INTERNATIONAL) -> list[Signer]:
    """Members m0 ... of the chain, with keys of the kind that the suite gives."""
    made = [secret_key(f"member {number}", suite.key_kind) for number in range(count)]
    return [Signer(key, key_address(suite, key.kind, key.public_key)) for key in made]


def bench_genesis(suite: Suite, people: Sequence[Signer], engines: Sequence[ContractEngine], time_ns: int) -> Genesis:
    """Genesis of a chain whose blocks take 10,000 transactions."""
    members = tuple(
        Member(1, f"m{number}", "bench", ("admin",), one.key.kind, one.key.public_key, 0, b"", b"", "", active=True)
        for number, one in enumerate(people)
    )
    gateway = Gateway(1, "bench", KeyKind.ED25519, secret_key("gateway").public_key, 10**12, 64 << 20, active=True)
    parameters = msgspec.structs.replace(DEFAULT_PARAMETERS, max_bytes=8 << 20, max_gas=10**12)
    return Genesis(
        version=1,
        chain_id=CHAIN_ID,
        kind="development",
        suite=suite.id,
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
        self,
        folder: Path,
        people: Sequence[Signer],
        modules: Sequence[Module],
        engines: Sequence[ContractEngine],
        suite: Suite = INTERNATIONAL,
    ) -> None:
        self.time_ns = time.time_ns()
        self.verdicts = Verdicts()
        self.kernel = Kernel(
            chain_id=CHAIN_ID,
            suite=suite,
            directory=Directory(),
            modules=(Identity(suite), Cryptography(suite), *modules),
            engines=engines,
            verifier=self.verdicts,
        )
        genesis = bench_genesis(suite, people, engines, self.time_ns)
        self.store: ChainStore = open_store(folder, StoreSettings(suite=suite.id))
        self.application = Application(self.kernel, self.store, genesis, msgspec.json.encode(genesis))
        validator = secret_key("validator")
        self._validator = validator
        self._builder = BlockBuilder(genesis, validator.public_key)
        self._commit: Commit = NO_COMMIT
        self._pipeline: Pipeline[None] = Pipeline()
        gc.collect()
        gc.freeze()  # as a node does after its start
        self.packer = Packer(CHAIN_ID, suite, secret_key("gateway"))

    def run_block(self, envelopes: tuple[bytes, ...]) -> BlockResult:
        """Execute a block of these envelopes, while the one before is made durable and signed; return its result."""
        self.time_ns += 10**6
        application = self.application
        finalized = application.finalize(application.decide(self.time_ns, self._builder.proposer, envelopes))
        self._pipeline.settle()
        block, block_id = self._builder.build(application, self._commit, self.time_ns, envelopes)
        application.stage(finalized, block, block_id)
        self._pipeline.write(partial(self._persist, block, block_id))
        if application.crowded:
            self._pipeline.settle()
            application.grow()
        return finalized.result

    def _persist(self, block: Block, block_id: BlockId) -> None:
        header = block.header
        self.application.persist()
        message = precommit_sign_bytes(CHAIN_ID, header.height, 0, block_id, header.time_ns)
        self._commit = self._builder.commit(self.application, header, block_id, self._validator.sign(message))

    def settle(self) -> None:
        """Wait until every block is durable and signed."""
        self._pipeline.settle()

    def close(self) -> None:
        """Close the store and end engines."""
        self._pipeline.close()
        self.store.close()
        for engine in self.kernel.machine.engines.values():
            engine.close()
