"""The life of a node: lock the home, open the chain, make blocks, serve; and the same backwards."""

import asyncio
import gc
import os
import ssl
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry

from huitong.api import NodeApi
from huitong.gateway import Gateway, GatewayServer, TlsFiles, bind, server_context
from huitong.store import HomeLock
from huitong.types import Code, HuitongError

from .admin import AdminDoor
from .backup import create
from .chain import ChainService
from .development import refuse_development_keys
from .home import Home, Ready, write_file
from .measures import ChainMeasures
from .settings import NodeSettings
from .state import StateService
from .transactions import TransactionService
from .wiring import Parts, assemble


class Node:
    """A node on one home. `start` and `stop` once each, in one event loop; `api` works between them."""

    def __init__(self, home: Home, settings: NodeSettings | None = None) -> None:
        self._home = home
        self._settings = settings or NodeSettings()
        self._lock = HomeLock(home.path)
        self._parts: Parts | None = None
        self._chain: ChainService | None = None
        self._server: GatewayServer | None = None
        self._door: AdminDoor | None = None
        self._measures: ChainMeasures | None = None
        self._api: NodeApi | None = None

    @property
    def api(self) -> NodeApi:
        """The doors of the running node."""
        assert self._api is not None, "the node was not started"
        return self._api

    @property
    def parts(self) -> Parts:
        """What the running node is made of."""
        assert self._parts is not None, "the node was not started"
        return self._parts

    @property
    def url(self) -> str:
        """Address of the gateway."""
        assert self._server is not None, "the node was not started"
        return self._server.url

    async def start(self) -> None:
        """Open the chain and serve. Raises HT6001-HT6303; what was opened is closed again."""
        self._lock.acquire()
        try:
            self._home.ready_file.unlink(missing_ok=True)  # of a node that was killed: its process id may be another's
            genesis, _ = self._home.genesis()
            parts = self._parts = assemble(self._home, self._settings)
            refuse_development_keys(genesis, parts.suite)
            await parts.engine.start()
            gc.collect()
            gc.freeze()  # what stands now stays: no collection in the middle of a block walks over it again
            self._chain = ChainService(parts)
            self._api = NodeApi(TransactionService(parts), self._chain, StateService(parts))
            registry = CollectorRegistry()
            self._measures = ChainMeasures(registry, parts, self._home.path)
            self._measures.start()
            bound = bind(self._settings.host, self._settings.port)
            gateway = Gateway(self._api, self._settings.gateway, registry)
            self._server = GatewayServer(gateway, bound, self._tls())
            await self._server.start()
            ready = Ready(self.url, genesis.chain_id, os.getpid())
            self._door = AdminDoor(self._home, {"backup": self._backup})
            await self._door.start()
            write_file(self._home.ready_file, msgspec.json.encode(ready) + b"\n")
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Refuse new work, finish what was accepted, close everything. Safe after a failed start, and twice."""
        if self._chain is not None:
            self._chain.stopping()
        if self._door is not None:
            await self._door.stop()
            self._door = None
        if self._server is not None:
            await self._server.stop()
            self._server = None
            self._home.ready_file.unlink(missing_ok=True)
        if self._measures is not None:
            await self._measures.stop()
            self._measures = None
        if self._parts is not None:
            await self._parts.engine.stop()
            self._parts.contracts.close()
            self._parts.store.close()
            self._parts = None
        self._lock.release()

    def _tls(self) -> ssl.SSLContext | None:
        files = self._settings.tls
        if files is None:
            return None
        within = self._home.path
        clients = None if files.clients is None else within / files.clients
        return server_context(TlsFiles(within / files.certificate, within / files.key, clients))

    async def _backup(self, request: dict[str, Any]) -> dict[str, Any]:
        to = Path(str(request.get("to", "")))
        if not to.is_absolute():
            raise HuitongError(Code.REQUEST_MALFORMED, what="to", reason="not an absolute path")
        made = await asyncio.to_thread(create, self._home, self.parts.store, to)
        answer: dict[str, Any] = msgspec.to_builtins(made)
        return answer
