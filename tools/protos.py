"""Writes the Python of our .proto files. Needs grpcio-tools, which is no dependency: uv pip install grpcio-tools."""

import importlib.resources
import sys
from pathlib import Path

from grpc_tools import protoc

FOLDER = Path(__file__).parents[1] / "src" / "huitong" / "engine" / "cometbft" / "protos"


def main() -> int:
    """Run protoc over each file; what it writes is checked in."""
    files = sorted(str(path) for path in FOLDER.glob("*.proto"))
    includes = str(importlib.resources.files("grpc_tools") / "_proto")
    arguments = [f"--proto_path={FOLDER}", f"--proto_path={includes}"]
    return int(protoc.main(["protoc", *arguments, f"--python_out={FOLDER}", f"--pyi_out={FOLDER}", *files]))


if __name__ == "__main__":
    sys.exit(main())
