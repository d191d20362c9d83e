"""Write the vectors of the specification: docs/spec/vectors/*.json. With --check, only compare and list differences."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vector_bundle import proof_bundle
from vector_chain import block, receipt, state_tree
from vector_client import Json, encoding, envelope, keys, transaction

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "spec" / "vectors"

FILES: Final[dict[str, Callable[[], Json]]] = {
    "encoding": encoding,
    "keys": keys,
    "transaction": transaction,
    "envelope": envelope,
    "receipt": receipt,
    "block": block,
    "state-tree": state_tree,
    "proof-bundle": proof_bundle,
}


def text(name: str) -> str:
    """Content of one file."""
    return json.dumps(FILES[name](), indent=1, ensure_ascii=False) + "\n"


def main(*, check: bool) -> int:
    """Write or compare all files; return the number that differed."""
    differing = 0
    for name in FILES:
        file, wanted = FOLDER / f"{name}.json", text(name)
        if file.exists() and file.read_text(encoding="utf-8") == wanted:
            continue
        differing += 1
        print(f"{file.name} {'differs' if check else 'written'}")
        if not check:
            file.write_text(wanted, encoding="utf-8")
    return differing if check else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
