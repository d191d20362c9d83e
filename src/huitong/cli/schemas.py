"""Contract files and the schemas of contracts: from a file, or from a contract on chain."""

from pathlib import Path
from typing import Any

import msgspec

from huitong.api.abi import decode_schema, schema_to_json
from huitong.api.client import AsyncClient
from huitong.types import Code, HuitongError
from huitong.types.limits import MAX_SOURCE_BYTES
from huitong.vm.python.program import load_program
from huitong.vm.python.source import compile_source

from .options import read_file
from .session import with_client


def read_source(file: Path) -> str:
    """Text of a contract file. Raises HT9002."""
    try:
        return read_file(file, MAX_SOURCE_BYTES).decode()
    except UnicodeDecodeError:
        raise HuitongError(Code.FILE_UNREADABLE, path=str(file), reason="it is not UTF-8 text") from None


def schema_of(contract: str, node: str | None) -> dict[str, Any]:
    """Schema of a contract file (a path with .py at its end), or of a contract on chain by name or address.

    Raises HT9002, HT3001-HT3999 for files, HT8005, HT8010 for contracts on chain.
    """
    if contract.endswith(".py"):
        return schema_to_json(decode_schema(load_program(compile_source(read_source(Path(contract)), contract)).schema))

    async def describe(client: AsyncClient) -> bytes:
        return bytes((await client.describe(contract)).schema)

    document: dict[str, Any] = msgspec.json.decode(with_client(node, describe))
    if not isinstance(document.get("methods"), list):
        raise HuitongError(Code.ANSWER_INVALID, reason=f"{contract} has no schema that clients are made of")
    return document
