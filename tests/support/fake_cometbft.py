"""A small CometBFT of one validator: the four ABCI connections, a pool, blocks on demand, and its RPC."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from datetime import UTC, datetime
from typing import Any

from engine_world import Bench
from kernel_world import CHAIN_ID, GENESIS_TIME, SECOND, key

from huitong.crypto import (
    EMPTY_HASH,
    block_id,
    commit_hash,
    consensus_hash,
    data_hash,
    order_validators,
    precommit_sign_bytes,
    results_hash,
    sha256,
    validator_address,
    validators_hash,
)
from huitong.crypto.results import ExecResult
from huitong.engine import Application, Keeper
from huitong.engine.cometbft import CometEngine, CometSettings, GatewaySettings
from huitong.engine.cometbft.framing import Frames, frame
from huitong.engine.cometbft.protos import abci
from huitong.modules.network import registered_node
from huitong.store import SnapshotFolder, SnapshotMaker, SnapshotTaker
from huitong.types import NO_BLOCK, NO_COMMIT, Block, BlockId, Commit, CommitSignature, Header, Validator

ROLES = ("query", "snapshot", "mempool", "consensus")
VALIDATOR = key("validator")
PROPOSER = validator_address(VALIDATOR.public_key)
SNAPSHOT_INTERVAL = 4
HANG_S = 240
"""No measure: what is waited for this long hangs."""


def comet_engine(bench: Bench, folder: Any, rpc: str, **gateway: Any) -> CometEngine:
    """An engine over the store of a bench. Made again on the same store it is a restart."""
    settings = CometSettings(folder / "abci.sock", rpc, gateway=GatewaySettings(**gateway))
    application = Application(bench.kernel, bench.store, bench.genesis, bench.document)
    shelf = SnapshotFolder(folder / "snapshots")
    maker = SnapshotMaker(bench.store, shelf, CHAIN_ID, bench.genesis.suite, size=1000, rest=lambda _: None)
    return CometEngine(
        application,
        bench.document,
        bench.verdicts,
        gateway=key("gateway"),
        clock=bench.clock,
        settings=settings,
        knows_peer=lambda view, node: registered_node(view, bytes.fromhex(node)) is not None,
        keeper=Keeper(bench.store, maker, SNAPSHOT_INTERVAL, None),
        shelf=shelf,
        taker=SnapshotTaker(bench.store, shelf, CHAIN_ID, bench.kernel.suite),
    )


def time_of(time_ns: int) -> abci.Timestamp:
    return abci.Timestamp(seconds=time_ns // 10**9, nanos=time_ns % 10**9)


class AbciConnection:
    """One connection: requests go out, answers come back in their order."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._frames = Frames()
        self._ready: list[abci.Response] = []

    def send(self, *requests: abci.Request) -> None:
        self.writer.write(b"".join(frame(request.SerializeToString()) for request in requests))

    async def receive(self) -> abci.Response:
        while not self._ready:
            data = await self._reader.read(1 << 20)
            if not data:
                raise ConnectionResetError
            self._ready += [abci.Response.FromString(raw) for raw in self._frames.feed(data)]
        return self._ready.pop(0)

    async def ask(self, kind: str, **fields: Any) -> Any:
        """Send one request; its answer, which must be of the same kind."""
        self.send(abci.Request(**{kind: getattr(abci, request_name(kind))(**fields)}))
        answer = await self.receive()
        if answer.WhichOneof("value") == "exception":
            raise RuntimeError(answer.exception.error)
        assert answer.WhichOneof("value") == kind
        return getattr(answer, kind)


def request_name(kind: str) -> str:
    return "Request" + "".join(part.capitalize() for part in kind.split("_"))


class FakeCometBFT:
    """Makes blocks when a test says so."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.pool: list[bytes] = []
        self.seen: set[bytes] = set()
        self.blocks: list[tuple[Block, BlockId, Commit]] = []
        self.app_hash = b""
        self.results: list[ExecResult] = []
        self.sets = {bench.genesis.initial_height: order_validators(bench.genesis.validator_set)}
        self.limits = (bench.genesis.parameters.max_bytes, bench.genesis.parameters.max_gas)
        self.version = bench.genesis.rules_version
        self.connections: dict[str, AbciConnection] = {}
        self.arrived = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def listen(self) -> str:
        """Serve the RPC; its address."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def dial(self, path: Any) -> None:
        self.hang_up()
        for role in ROLES:
            self.connections[role] = AbciConnection(*await asyncio.open_unix_connection(path))

    def hang_up(self) -> None:
        for connection in self.connections.values():
            connection.writer.close()
        self.connections.clear()

    async def close(self) -> None:
        self.hang_up()
        for task, writer in self._clients.items():
            writer.close()
            await asyncio.wait([task])
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def handshake(self) -> Any:
        """Ask Info, and InitChain when the chain begins."""
        info = await self.connections["query"].ask("info", version="0.38.25", block_version=11, p2p_version=8)
        if info.last_block_height == 0:
            self.app_hash = (await self.init_chain()).app_hash
        return info

    async def init_chain(self, **changes: Any) -> Any:
        genesis = self.bench.genesis
        validators = [
            abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=item.public_key), power=item.power)
            for item in genesis.validators
        ]
        fields = {
            "time": time_of(genesis.genesis_time_ns),
            "chain_id": CHAIN_ID,
            "validators": validators,
            "app_state_bytes": json.dumps(sha256(self.bench.document).hex()).encode(),
            "initial_height": genesis.initial_height,
        }
        return await self.connections["consensus"].ask("init_chain", **(fields | changes))

    async def check(self, raw: bytes, kind: int = 0) -> Any:
        return await self.connections["mempool"].ask("check_tx", tx=raw, type=kind)

    def time_ns(self) -> int:
        """Time of the next block: that of the votes for the last one."""
        return max(one.timestamp_ns for one in self.blocks[-1][2].signatures) if self.blocks else GENESIS_TIME + SECOND

    async def prepare(self, txs: Any = None, **changes: Any) -> Any:
        fields = {
            "max_tx_bytes": 4 << 20,
            "txs": self.pool if txs is None else txs,
            "height": len(self.blocks) + 1,
            "time": time_of(self.time_ns()),
            "proposer_address": PROPOSER,
        }
        return await self.connections["consensus"].ask("prepare_proposal", **(fields | changes))

    def build(self, txs: Any, time_ns: int | None = None) -> tuple[Block, BlockId]:
        height = len(self.blocks) + 1
        last = self.blocks[-1] if self.blocks else None
        commit = last[2] if last else NO_COMMIT
        known = [validators_hash(self.validators_at(one)) for one in (height, height + 1)]
        header = Header(
            *(11, self.version, CHAIN_ID, height, self.time_ns() if time_ns is None else time_ns),
            *(last[1] if last else NO_BLOCK, commit_hash(commit), data_hash(txs), *known),
            *(consensus_hash(*self.limits), self.app_hash),
            *(results_hash(self.results), EMPTY_HASH, PROPOSER),
        )
        block = Block(header, tuple(txs), commit)
        return block, block_id(block)

    def described(self, block: Block, decided: BlockId) -> dict[str, Any]:
        """What ProcessProposal and FinalizeBlock say about a block."""
        header = block.header
        return {
            "txs": block.envelopes,
            "hash": decided.hash,
            "height": header.height,
            "time": time_of(header.time_ns),
            "next_validators_hash": header.next_validators_hash,
            "proposer_address": header.proposer_address,
        }

    async def process(self, txs: Any, time_ns: int | None = None) -> int:
        described = self.described(*self.build(txs, time_ns))
        return int((await self.connections["consensus"].ask("process_proposal", **described)).status)

    async def finalize(self, block: Block, decided: BlockId) -> Any:
        return await self.connections["consensus"].ask("finalize_block", **self.described(block, decided))

    async def decide(self, txs: Any, time_ns: int | None = None) -> Any:
        """Decide a block, whatever is in it: FinalizeBlock and Commit."""
        block, decided = self.build(txs, time_ns)
        answer = await self.finalize(block, decided)
        await self.commit(block, decided, answer)
        return answer

    async def commit(self, block: Block, decided: BlockId, answer: Any) -> None:
        voted = max(block.header.time_ns + 10**6, self.bench.clock.time_ns)
        signed = VALIDATOR.sign(precommit_sign_bytes(CHAIN_ID, block.header.height, 0, decided, voted))
        ours, absent = CommitSignature(2, PROPOSER, voted, signed), CommitSignature(1, b"", 0, b"")
        signers = self.validators_at(block.header.height)
        entries = tuple(ours if one.public_key == VALIDATOR.public_key else absent for one in signers)
        commit = Commit(block.header.height, 0, decided, entries)
        self._update(block.header.height, answer)
        self.blocks.append((block, decided, commit))
        self.app_hash = answer.app_hash
        self.results = [ExecResult(item.code, item.data, item.gas_wanted, item.gas_used) for item in answer.tx_results]
        await self.connections["consensus"].ask("commit")
        self.pool = [raw for raw in self.pool if raw not in block.envelopes]

    def validators_at(self, height: int) -> tuple[Validator, ...]:
        """The set that signs a height."""
        return self.sets[max(first for first in self.sets if first <= height)]

    def _update(self, height: int, answer: Any) -> None:
        """Take over what FinalizeBlock changes: validators two blocks later, limits and version at the next."""
        if answer.validator_updates:
            powers = {one.public_key: one.power for one in self.validators_at(height + 1)}
            powers |= {one.pub_key.ed25519: one.power for one in answer.validator_updates}
            chosen = [Validator(public_key, power) for public_key, power in powers.items() if power]
            self.sets[height + 2] = order_validators(chosen)
        if answer.HasField("consensus_param_updates"):
            updates = answer.consensus_param_updates
            if updates.HasField("block"):
                self.limits = (updates.block.max_bytes, updates.block.max_gas)
            if updates.HasField("version"):
                self.version = updates.version.app

    async def block(self) -> Any:
        """One round as CometBFT makes it: prepare, process, finalize, commit, recheck."""
        txs = (await self.prepare()).txs
        assert await self.process(txs) == 1
        answer = await self.decide(txs)
        self.pool = [raw for raw in self.pool if (await self.check(raw, 1)).code == 0]
        return answer

    async def until_pool(self, count: int) -> None:
        """Wait until the node has handed over so many envelopes."""
        async with asyncio.timeout(HANG_S):
            while len(self.pool) < count:
                self.arrived.clear()
                await self.arrived.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients[task] = writer
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                size = next(
                    int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
                )
                question = json.loads(await reader.readexactly(size))
                answer = json.dumps({"jsonrpc": "2.0", "id": 1} | await self._answer(question)).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        params = question["params"]
        if question["method"] == "broadcast_tx_sync":
            return await self._broadcast(base64.b64decode(params["tx"]))
        height = int(params["height"])
        if height > len(self.blocks):
            return {"error": {"message": "height must be less than or equal to the current blockchain height"}}
        block, _, commit = self.blocks[height - 1]
        return {"result": {"signed_header": {"header": header_json(block.header), "commit": commit_json(commit)}}}

    async def _broadcast(self, raw: bytes) -> dict[str, Any]:
        if raw in self.seen:
            return {"error": {"message": "Internal error", "data": "tx already exists in cache"}}
        verdict = await self.check(raw)
        if verdict.code == 0:
            self.seen.add(raw)
            self.pool.append(raw)
            self.arrived.set()
        return {"result": {"code": verdict.code, "log": verdict.log}}


def time_json(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // 10**9, UTC).replace(tzinfo=None).isoformat()
    return f"{moment}.{time_ns % 10**9:09d}".rstrip("0").rstrip(".") + "Z"


def block_id_json(value: BlockId) -> dict[str, Any]:
    return {"hash": value.hash.hex().upper(), "parts": {"total": value.part_total, "hash": value.part_hash.hex()}}


def header_json(header: Header) -> dict[str, Any]:
    names = ("last_commit", "data", "validators", "next_validators", "consensus", "app", "last_results", "evidence")
    return {
        "version": {"block": str(header.version_block), "app": str(header.version_app)},
        "chain_id": header.chain_id,
        "height": str(header.height),
        "time": time_json(header.time_ns),
        "last_block_id": block_id_json(header.last_block_id),
        **{f"{name}_hash": getattr(header, f"{name}_hash").hex().upper() for name in names},
        "proposer_address": header.proposer_address.hex().upper(),
    }


def commit_json(commit: Commit) -> dict[str, Any]:
    entries = [
        {
            "block_id_flag": entry.flag,
            "validator_address": entry.validator_address.hex().upper(),
            "timestamp": time_json(entry.timestamp_ns),
            "signature": base64.b64encode(entry.signature).decode(),
        }
        for entry in commit.signatures
    ]
    return {
        "height": str(commit.height),
        "round": commit.round,
        "block_id": block_id_json(commit.block_id),
        "signatures": entries,
    }


def garbage(number: int) -> bytes:
    return b"\xff" + struct.pack(">I", number)
