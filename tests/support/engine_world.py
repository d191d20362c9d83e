"""An embedded engine on the small chain of `kernel_world`: a clock by hand, keys and a store of the test's choice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import kernel_world
from kernel_world import GENESIS_TIME, SECOND, address, key

from huitong.crypto import INTERNATIONAL, module_address
from huitong.engine import BlockMaker, LocalEngine, LocalSettings, LocalSigner, RecordFile, Verdicts
from huitong.kernel import VERSIONS, Kernel
from huitong.modules.identity import Directory, Identity
from huitong.store import ChainStore, memory_store
from huitong.types import Call, EngineVersion, TransactionBody, encode, encode_transaction, sign_bytes
from huitong.types.registry import ModuleId

IDENTITY = module_address(ModuleId.IDENTITY)
SENDERS = ("alice@hospital-a", "carol@hospital-a", "wang@hospital-b")


class FakeClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.time_ns = GENESIS_TIME + SECOND

    def now_ns(self) -> int:
        return self.time_ns


class Bench:
    """Everything that an engine is made of. A second bench on the same folder is a restart."""

    def __init__(
        self,
        folder: Path,
        store: ChainStore | None = None,
        engines: tuple[Any, ...] = (),
        settings: LocalSettings | None = None,
        modules: tuple[Any, ...] = (),
        rules: Any = VERSIONS,
        **changes: Any,
    ) -> None:
        versions = tuple(EngineVersion(engine.name, engine.version) for engine in engines)
        self.genesis = kernel_world.genesis(engines=versions, **changes)
        self.document = encode([getattr(self.genesis, name) for name in self.genesis.__struct_fields__])
        self.clock = FakeClock()
        self.verdicts = Verdicts()
        self.kernel = Kernel(
            chain_id=self.genesis.chain_id,
            suite=INTERNATIONAL,
            directory=Directory(),
            modules=(Identity(INTERNATIONAL), *modules),
            engines=engines,
            verifier=self.verdicts,
            rules=rules,
        )
        self.store = store or memory_store()
        self.record = RecordFile(folder / "signer.json")
        self.signer = LocalSigner(key("validator"), self.genesis.chain_id, self.record)
        self.maker = BlockMaker(
            self.kernel,
            self.store,
            self.genesis,
            self.document,
            signer=self.signer,
            gateway=key("gateway"),
            clock=self.clock,
        )
        self.settings = settings or LocalSettings(verifier_workers=0)
        self._salt = 0

    def engine(self) -> LocalEngine:
        return LocalEngine(self.maker, self.verdicts, self.settings)

    def transaction(self, sender: str = SENDERS[0], salt: int | None = None, secret: str = "", **changes: Any) -> bytes:
        """A signed transaction that sets the sender's encryption key. secret: name of the key that signs instead."""
        self._salt += 1
        number = self._salt if salt is None else salt
        fields: dict[str, Any] = {
            "version": 1,
            "chain_id": self.genesis.chain_id,
            "sender": address(sender),
            "salt": number.to_bytes(8, "big"),
            "valid_until": self.clock.time_ns + 60 * SECOND,
            "gas_limit": 100_000,
            "calls": (Call(IDENTITY, "set_encryption_key", (INTERNATIONAL.hash(number.to_bytes(8, "big")),)),),
            "payer": address(sender),
            "memo": b"",
        }
        body = encode(TransactionBody(**(fields | changes)))
        return encode_transaction(body, (key(secret or sender).sign(sign_bytes(body)),))
