"""Records the golden ledger of the suite guomi: `python tests/guomi/make_guomi.py`.

A change of the recorded file is a change of the protocol: it needs a new rules version once chains exist.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from guomi_world import Chain, story

LEDGER = Path(__file__).with_name("guomi.jsonl")


def lines(chain):
    """The genesis's hash, then one object per block."""
    yield {"app_hash": chain.application.app_hash.hex()}
    story(chain)
    for finalized, block_id in chain.recorded:
        decided = finalized.decided
        yield {
            "time_ns": str(decided.time_ns),
            "envelopes": [raw.hex() for raw in decided.envelopes],
            "block_id": [block_id.hash.hex(), block_id.part_total, block_id.part_hash.hex()],
            "codes": [[one.receipt.code for one in item.transactions] for item in finalized.result.envelopes],
            "tx_ids": [[one.receipt.tx_id.hex() for one in item.transactions] for item in finalized.result.envelopes],
            "app_hash": finalized.app_hash.hex(),
            "results_hash": finalized.results_hash.hex(),
        }


if __name__ == "__main__":
    LEDGER.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines(Chain())))
