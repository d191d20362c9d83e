"""Runs both scenarios and prints what they gave as JSON lines: `python ledger_program.py FILE`, compiled trees in FILE.

Nothing of the environment may show in what it prints: neither hash seed, nor process, nor version of Python.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from contracts_scenario import ContractsScenario
from ledger_world import LedgerWorld
from scenario import Scenario
from trivial_engine import TrivialEngine

from huitong.types import encode
from huitong.vm.python.engine import PythonEngine


def lines(world):
    """Everything of each block, down to the bytes of receipts and events."""
    for finalized, block_id in world.recorded:
        yield {
            "height": finalized.decided.height,
            "app_hash": finalized.app_hash.hex(),
            "block": block_id.hash.hex(),
            "results": [[one.code, one.data.hex(), one.gas_wanted, one.gas_used] for one in finalized.results],
            "receipts": [encode(one.receipt).hex() for item in finalized.result.envelopes for one in item.transactions],
            "codes": [one.receipt.code for item in finalized.result.envelopes for one in item.transactions],
            "gas": [one.receipt.gas_used for item in finalized.result.envelopes for one in item.transactions],
            "events": [
                encode(list(one.events)).hex() for item in finalized.result.envelopes for one in item.transactions
            ],
            "writes": [
                [key.hex(), value.hex() if value else None] for key, value in finalized.result.writes["main"].items()
            ],
        }


def main(path):
    """Print the lines of both chains."""
    trees = json.loads(Path(path).read_text())
    plain = LedgerWorld(engines=(TrivialEngine(),))
    Scenario(plain).run()
    engine = PythonEngine(workers=1)
    try:
        contracts = LedgerWorld(engines=(engine,))
        ContractsScenario(contracts, bytes.fromhex(trees["metering"]), bytes.fromhex(trees["medical"])).run()
    finally:
        engine.close()
    for world in (plain, contracts):
        for line in lines(world):
            print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1])
