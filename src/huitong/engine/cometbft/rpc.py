"""What the node asks of its own CometBFT over JSON-RPC: signed headers, and to spread envelopes."""

import base64
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import msgspec

from huitong.crypto import FLAG_ABSENT
from huitong.types import BlockId, Commit, CommitSignature, Header, SignedHeader

TIMEOUT_S: Final = 10.0
_HASHES: Final = (
    "last_commit",
    "data",
    "validators",
    "next_validators",
    "consensus",
    "app",
    "last_results",
    "evidence",
)


class RpcUnreachableError(Exception):
    """CometBFT does not answer: it starts, stops, or replays blocks."""


class RpcRefusedError(Exception):
    """CometBFT answered with an error, whose text this is."""


class Accepted(msgspec.Struct, frozen=True):
    """CometBFT's verdict about an envelope: that of our CheckTx. code 0: it is in the pool."""

    code: int
    log: str


class CometRpc:
    """A client of one node's RPC. url: "http://127.0.0.1:26657". silence: why the last question had no answer."""

    def __init__(self, url: str) -> None:
        self.silence = ""
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False)

    async def close(self) -> None:
        """End the connections."""
        await self._client.aclose()

    async def broadcast(self, envelope: bytes) -> Accepted:
        """Hand over an envelope. Raises RpcUnreachableError, RpcRefusedError (known already, pool full)."""
        answer = await self._ask("broadcast_tx_sync", tx=base64.b64encode(envelope).decode())
        return Accepted(int(answer.get("code", 0)), str(answer.get("log", "")))

    async def signed_header(self, height: int) -> SignedHeader:
        """Return the header of a decided block with a commit for it. Raises RpcUnreachableError, RpcRefusedError."""
        answer = await self._ask("commit", height=str(height))
        signed = answer["signed_header"]
        return SignedHeader(read_header(signed["header"]), read_commit(signed["commit"]))

    async def status(self) -> tuple[int, bool, int]:
        """Return newest height, whether it catches up, and how many peers there are."""
        answer = await self._ask("status")
        network = await self._ask("net_info")
        sync = answer["sync_info"]
        return int(sync["latest_block_height"]), bool(sync["catching_up"]), int(network["n_peers"])

    async def _ask(self, method: str, **params: str) -> dict[str, Any]:
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        try:
            response = await self._client.post("/", json=question)
            answer = msgspec.json.decode(response.content)
        except (httpx.HTTPError, OSError) as error:
            self.silence = f"{type(error).__name__}: {error}"
            raise RpcUnreachableError(self.silence) from None
        except msgspec.DecodeError as error:
            raise RpcRefusedError(str(error)) from None
        self.silence = ""
        if not isinstance(answer, dict) or not isinstance(answer.get("result"), dict):
            raise RpcRefusedError(_error_text(answer))
        result: dict[str, Any] = answer["result"]
        return result


def _error_text(answer: Any) -> str:
    error = answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        return f"{error.get('message', '')}: {error.get('data', '')}"
    return "no result"


def read_time(text: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 text in UTC."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * 10**9 + int(fraction.ljust(9, "0") if fraction else 0)


def read_block_id(value: dict[str, Any]) -> BlockId:
    """A block id."""
    parts = value["parts"]
    return BlockId(bytes.fromhex(value["hash"]), int(parts["total"]), bytes.fromhex(parts["hash"]))


def read_header(value: dict[str, Any]) -> Header:
    """A header."""
    version = value["version"]
    hashes = [bytes.fromhex(value[f"{name}_hash"]) for name in _HASHES]
    return Header(
        version_block=int(version["block"]),
        version_app=int(version.get("app", 0)),
        chain_id=value["chain_id"],
        height=int(value["height"]),
        time_ns=read_time(value["time"]),
        last_block_id=read_block_id(value["last_block_id"]),
        last_commit_hash=hashes[0],
        data_hash=hashes[1],
        validators_hash=hashes[2],
        next_validators_hash=hashes[3],
        consensus_hash=hashes[4],
        app_hash=hashes[5],
        last_results_hash=hashes[6],
        evidence_hash=hashes[7],
        proposer_address=bytes.fromhex(value["proposer_address"]),
    )


def read_commit(value: dict[str, Any]) -> Commit:
    """A commit."""
    entries = tuple(
        CommitSignature(
            flag=entry["block_id_flag"],
            validator_address=bytes.fromhex(entry["validator_address"]),
            timestamp_ns=0 if entry["block_id_flag"] == FLAG_ABSENT else read_time(entry["timestamp"]),
            signature=base64.b64decode(entry["signature"] or ""),
        )
        for entry in value["signatures"]
    )
    return Commit(int(value["height"]), int(value["round"]), read_block_id(value["block_id"]), entries)
