"""Queries over ABCI: keys with proofs, as IBC relayers ask for them, and whether a peer may connect.

| path | data | answer |
| --- | --- | --- |
| `store/<name>/key` | key | value, with `prove` its proof |
| `/p2p/filter/id/<node id>` | | code 0 for a node of the registry, HT6401 for any other |
| `/p2p/filter/addr/<host:port>` | | code 0: an address proves nothing, the id is asked for after the handshake |
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from huitong.crypto.ics23_wire import commitment_proof_bytes
from huitong.engine.maker import Proved
from huitong.engine.ports import Snapshot, StateReader
from huitong.state import StateView
from huitong.types import Code, HuitongError
from huitong.types.limits import MAX_KEY_BYTES
from huitong.types.registry import STORE_MAIN, STORES

from .protos import abci

CODESPACE: Final = "huitong"
PEER_ID: Final = "/p2p/filter/id/"
PEER_ADDRESS: Final = "/p2p/filter/addr/"
PROOF_TYPES: Final = ("ics23:smt", "ics23:simple")
"""Names of the two steps: key under the store's root, store under the app hash."""


class Queries:
    """Reads frozen states; only a proof waits for its turn between blocks."""

    def __init__(
        self,
        state: StateReader,
        prove: Callable[[str, bytes], Awaitable[Proved]],
        knows_peer: Callable[[StateView, str], bool],
    ) -> None:
        """knows_peer: whether a node id, in hex, may connect by the newest state."""
        self._knows_peer = knows_peer
        self._state = state
        self._prove = prove
        self._log = structlog.get_logger("abci")

    def snapshot(self) -> Snapshot:
        """Newest durable state."""
        return self._state.snapshot()

    async def answer(self, request: abci.RequestQuery) -> abci.ResponseQuery:
        """Answer a query; a refusal is a code in the answer."""
        try:
            return await self._answer(request)
        except HuitongError as error:
            return abci.ResponseQuery(code=int(error.code), log=str(error), codespace=CODESPACE)
        except Exception as error:  # noqa: BLE001 (a question never stops the node)
            self._log.error("query", path=request.path[:80], reason=str(error), exc_info=error)
            return abci.ResponseQuery(code=int(Code.INTERNAL), log="internal fault", codespace=CODESPACE)

    async def _answer(self, request: abci.RequestQuery) -> abci.ResponseQuery:
        if request.path.startswith(PEER_ADDRESS):
            return abci.ResponseQuery()
        if request.path.startswith(PEER_ID):
            self._let_in(request.path.removeprefix(PEER_ID))
            return abci.ResponseQuery()
        store = _store_of(request.path)
        if not 0 < len(request.data) <= MAX_KEY_BYTES:
            raise HuitongError(Code.REQUEST_MALFORMED, what="key", reason=f"not 1 to {MAX_KEY_BYTES} bytes")
        if not request.prove:
            snapshot = self.snapshot()
            _check_height(request.height, snapshot.height)
            value = await asyncio.to_thread(snapshot.view(store).get, request.data)
            return abci.ResponseQuery(key=request.data, value=value or b"", height=snapshot.height)
        proved = await self._prove(store, request.data)
        _check_height(request.height, proved.height)
        steps = (
            (PROOF_TYPES[0], request.data, commitment_proof_bytes(proved.in_store)),
            (PROOF_TYPES[1], store.encode(), commitment_proof_bytes(proved.of_store)),
        )
        ops = [abci.ProofOp(type=kind, key=key, data=data) for kind, key, data in steps]
        return abci.ResponseQuery(
            key=request.data, value=proved.value or b"", height=proved.height, proof_ops=abci.ProofOps(ops=ops)
        )

    def _let_in(self, node: str) -> None:
        if not self._knows_peer(self.snapshot().view(STORE_MAIN), node):
            raise HuitongError(Code.PEER_UNKNOWN, node=node[:64])


def _store_of(path: str) -> str:
    parts = path.strip("/").split("/")
    if len(parts) != 3 or parts[0] != "store" or parts[2] != "key" or parts[1] not in STORES:
        raise HuitongError(Code.NOT_FOUND, what="query path", name=path[:80])
    return parts[1]


def _check_height(wanted: int, newest: int) -> None:
    """Only the newest state is kept so far. 0 asks for it."""
    if wanted not in (0, newest):
        raise HuitongError(Code.NOT_FOUND, what="state", name=f"height {wanted}")
