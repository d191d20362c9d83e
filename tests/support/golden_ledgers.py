"""The recorded ledgers: what is in them, the kernels that follow them, and a replay without any engine or store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import msgspec
from kernel_world import CHAIN_ID, DictionaryView, Verifier
from network_scenario import TWO, network_modules
from trivial_engine import TrivialEngine

from huitong.crypto import INTERNATIONAL, sha256
from huitong.kernel import VERSIONS, BlockResult, DecidedBlock, Kernel
from huitong.modules.identity import Directory, Identity
from huitong.state import SparseMerkleTree, app_hash
from huitong.types import Genesis, decode

FOLDER: Final = Path(__file__).parents[1] / "golden"
LEDGERS: Final = ("ledger", "network")


class Recorded:
    """One file. blocks: an object of each block."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.first, *self.blocks = [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]

    @property
    def genesis(self) -> Genesis:
        fields = decode(bytes.fromhex(self.first["genesis"]), list)
        kinds = {name: Genesis.__annotations__[name] for name in Genesis.__struct_fields__ if name != "continues"}
        return Genesis(**{name: msgspec.convert(value, kinds[name]) for name, value in zip(kinds, fields, strict=True)})

    def kernel(self, verifier: Any = None) -> Kernel:
        """The state machine that follows this ledger."""
        of_network = self.name == "network"
        return Kernel(
            chain_id=CHAIN_ID,
            suite=INTERNATIONAL,
            directory=Directory(),
            modules=(Identity(INTERNATIONAL), *(network_modules() if of_network else ())),
            engines=() if of_network else (TrivialEngine(),),
            verifier=verifier or Verifier(),
            rules=TWO if of_network else VERSIONS,
        )


class Naked:
    """Kernel, dictionaries and trees, without any engine or store."""

    def __init__(self, kernel: Kernel, genesis: Genesis, bits: int) -> None:
        self.kernel = kernel
        self.view = DictionaryView()
        self.ids: dict[int, tuple[bytes, ...]] = {}
        self.records: dict[str, dict[int, Any]] = {"main": {}, "ibc": {}}
        self.trees = {name: SparseMerkleTree(sha256, bits, records) for name, records in self.records.items()}
        writes = self.kernel.genesis_writes(genesis)
        self.view.apply(writes["main"])
        self._update(writes)

    def seen(self, tx_id: bytes) -> bool:
        return any(tx_id in ids for ids in self.ids.values())

    def _update(self, writes: Any) -> None:
        for name, changes in writes.items():
            for number, record in self.trees[name].update(changes).buckets.items():
                self.records[name][number] = record or None

    def app_hash(self) -> bytes:
        return app_hash({name: tree.root for name, tree in self.trees.items()})

    def run(self, line: dict[str, Any]) -> BlockResult:
        """Apply a recorded block."""
        block = DecidedBlock(
            chain_id=CHAIN_ID,
            height=line["height"],
            time_ns=int(line["time_ns"]),
            proposer=bytes.fromhex(line["proposer"]),
            last_header_hash=bytes.fromhex(line["last_header_hash"]),
            header_hashes=tuple((height, bytes.fromhex(found)) for height, found in line["header_hashes"]),
            envelopes=tuple(bytes.fromhex(raw) for raw in line["envelopes"]),
        )
        result = self.kernel.apply_block(self.view, self, block)
        self.view.apply(result.writes["main"])
        self.ids[line["height"]] = result.new_ids
        for height in result.forgotten:
            del self.ids[height]
        self._update(result.writes)
        return result
