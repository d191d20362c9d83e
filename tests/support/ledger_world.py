"""`kernel_world.World` whose blocks run through the application on a store in memory, with real headers and commits."""

from __future__ import annotations

from typing import Any

from kernel_world import CHAIN_ID, SECOND, World, key

from huitong.crypto import precommit_sign_bytes
from huitong.engine import Application, BlockBuilder, Finalized
from huitong.store import memory_store
from huitong.types import NO_COMMIT, Block, BlockId, Commit, encode
from huitong.types.registry import STORE_MAIN


def document_of(genesis: Any) -> bytes:
    return encode([getattr(genesis, name) for name in genesis.__struct_fields__ if name != "continues"])


class Ledger:
    """An application driven by hand: executes, commits and signs one block after the other."""

    def __init__(self, kernel: Any, genesis: Any) -> None:
        self.application = Application(kernel, memory_store(), genesis, document_of(genesis))
        self._validator = key("validator")
        self._builder = BlockBuilder(genesis, self._validator.public_key)
        self._commit: Commit = NO_COMMIT
        self.blocks: list[tuple[Block, BlockId, Commit]] = []

    def run(self, time_ns: int, envelopes: tuple[bytes, ...]) -> tuple[Finalized, BlockId]:
        """Make the next block durable."""
        block, block_id = self._builder.build(self.application, self._commit, time_ns, envelopes)
        finalized = self.application.finalize(self.application.decide(time_ns, self._builder.proposer, envelopes))
        self.application.commit(finalized, block, block_id)
        message = precommit_sign_bytes(CHAIN_ID, block.header.height, 0, block_id, time_ns)
        self._commit = self._builder.commit(self.application, block.header, block_id, self._validator.sign(message))
        self.blocks.append((block, block_id, self._commit))
        return finalized, block_id


class LedgerWorld(World):
    """Keeps every block with what came out of it in `recorded`."""

    def __init__(self, engines: tuple[Any, ...] = (), **changes: Any) -> None:
        super().__init__(engines, **changes)
        self.ledger = Ledger(self.kernel, self.document)
        self.view = self.ledger.application.store.live(STORE_MAIN)
        self.recorded: list[tuple[Finalized, BlockId]] = []

    def block(self, *envelopes: bytes, step_ns: int = SECOND) -> Any:
        self.time_ns += step_ns
        self.height += 1
        done = self.ledger.run(self.time_ns, envelopes)
        self.recorded.append(done)
        return done[0].result
