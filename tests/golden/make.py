"""Records the golden ledgers: `python tests/golden/make.py`. Read README.md before you do."""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from ledger_world import LedgerWorld, document_of
from network_scenario import TWO, NetworkScenario, network_modules
from scenario import Scenario
from trivial_engine import TrivialEngine

FOLDER = Path(__file__).parent


def lines(world, scenario):
    """The genesis, then one object per block."""
    genesis_hash = world.ledger.application.app_hash
    scenario(world).run()
    yield {"genesis": document_of(world.document).hex(), "app_hash": genesis_hash.hex()}
    for finalized, block_id in world.recorded:
        decided = finalized.decided
        yield {
            "height": decided.height,
            "time_ns": str(decided.time_ns),
            "proposer": decided.proposer.hex(),
            "last_header_hash": decided.last_header_hash.hex(),
            "header_hashes": [[height, header.hex()] for height, header in decided.header_hashes],
            "envelopes": [raw.hex() for raw in decided.envelopes],
            "block_id": [block_id.hash.hex(), block_id.part_total, block_id.part_hash.hex()],
            "results": [[one.code, one.data.hex(), one.gas_wanted, one.gas_used] for one in finalized.results],
            "codes": [[one.receipt.code for one in item.transactions] for item in finalized.result.envelopes],
            "app_hash": finalized.app_hash.hex(),
            "results_hash": finalized.results_hash.hex(),
        }


def record(name, world, scenario):
    """Write one ledger."""
    path = FOLDER / name
    path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines(world, scenario)))
    print(f"{name}: {path.stat().st_size} bytes, {len(path.read_text().splitlines()) - 1} blocks")


if __name__ == "__main__":
    record("ledger.jsonl", LedgerWorld(engines=(TrivialEngine(),)), Scenario)
    record("network.jsonl", LedgerWorld(modules=network_modules(), rules=TWO), NetworkScenario)
