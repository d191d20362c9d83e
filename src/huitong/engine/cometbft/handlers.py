"""ABCI requests to answers. What cannot be answered halts the node; questions and CheckTx never do."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Final, TypeVar

import msgspec
import structlog

from huitong import __version__
from huitong.crypto import sha256
from huitong.engine.application import Finalized
from huitong.kernel import NetworkChanges, rules_version
from huitong.types import Code, HuitongError, Inadmissible, Validator
from huitong.types.registry import STORE_MAIN

from .machine import BlockMachine, Proposed
from .protos import abci
from .queries import Queries
from .shares import PoolShares
from .syncing import SnapshotDoor

T = TypeVar("T")

CODESPACE: Final = "huitong"
ACCEPT: Final = 1
REJECT: Final = 2


class AbciHandlers:
    """Answers CometBFT. Belongs to the event loop; blocks are executed in the thread of `executor`."""

    def __init__(
        self,
        machine: BlockMachine,
        executor: Executor,
        queries: Queries,
        document: bytes,
        snapshots: SnapshotDoor,
        *,
        next_time_ns: Callable[[], int],
        on_envelope: Callable[[bytes], None],
        on_committed: Callable[[Finalized], None],
        on_deadly: Callable[[bytes], None],
        on_fault: Callable[[Exception], HuitongError],
        retain_height: Callable[[], int],
    ) -> None:
        """document: the genesis as given. on_envelope: a new one is in the pool. on_committed: a block is durable.

        on_deadly: workers died on a transaction of this id. on_fault: halts the engine over an error of our own.
        retain_height: lowest block that CometBFT must keep; 0: all.
        """
        self._machine = machine
        self._executor = executor
        self._queries = queries
        self._shares = PoolShares()
        self._document = document
        self._next_time_ns = next_time_ns
        self._on_envelope = on_envelope
        self._on_committed = on_committed
        self._on_deadly = on_deadly
        self._on_fault = on_fault
        self._retain_height = retain_height
        self._log = structlog.get_logger("abci")
        self._answers: dict[str, Callable[[Any], Awaitable[abci.Response]]] = {
            "echo": self._echo,
            "flush": self._flush,
            "info": self._info,
            "init_chain": self._init_chain,
            "query": self._query,
            "check_tx": self._check_tx,
            "prepare_proposal": self._prepare_proposal,
            "process_proposal": self._process_proposal,
            "finalize_block": self._finalize_block,
            "commit": self._commit,
            "list_snapshots": snapshots.list,
            "offer_snapshot": snapshots.offer,
            "load_snapshot_chunk": snapshots.load,
            "apply_snapshot_chunk": snapshots.apply,
            "extend_vote": self._extend_vote,
            "verify_vote_extension": self._verify_vote_extension,
        }

    async def __call__(self, request: abci.Request) -> abci.Response:
        """Answer one request. An exception in the answer stops CometBFT: only when nothing may go on."""
        kind = request.WhichOneof("value")
        answer = self._answers.get(kind or "")
        if answer is None:
            return _exception("an ABCI request of a kind that is not known")
        try:
            return await answer(getattr(request, str(kind)))
        except Exception as error:  # noqa: BLE001 (a state machine that cannot answer must not go on)
            halted = self._on_fault(error)
            self._log.error("halted", request=kind, reason=str(error), exc_info=error)
            return _exception(str(halted))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def _echo(self, request: abci.RequestEcho) -> abci.Response:
        return abci.Response(echo=abci.ResponseEcho(message=request.message))

    async def _flush(self, _: abci.RequestFlush) -> abci.Response:
        return abci.Response(flush=abci.ResponseFlush())

    async def _info(self, _: abci.RequestInfo) -> abci.Response:
        """The last committed pair of height and app hash; 0 until the first block, so that InitChain is asked again."""
        snapshot = self._queries.snapshot()
        begun = snapshot.height >= self._machine.application.genesis.initial_height
        return abci.Response(
            info=abci.ResponseInfo(
                data=CODESPACE,
                version=__version__,
                app_version=rules_version(snapshot.view(STORE_MAIN)),
                last_block_height=snapshot.height if begun else 0,
                last_block_app_hash=snapshot.app_hash if begun else b"",
            )
        )

    async def _init_chain(self, request: abci.RequestInitChain) -> abci.Response:
        """Compare CometBFT's genesis with ours; asked again after a crash, answer the same."""
        genesis = self._machine.application.genesis
        snapshot = self._queries.snapshot()
        differing = [
            what
            for what, differs in {
                "chain id": request.chain_id != genesis.chain_id,
                "initial height": request.initial_height != genesis.initial_height,
                "hash of the genesis document": request.app_state_bytes.strip(b'"\n ')
                != sha256(self._document).hex().encode(),
                "validators": _validators(request.validators) != set(genesis.validator_set),
                "state": snapshot.height != genesis.initial_height - 1,
            }.items()
            if differs
        ]
        if differing:
            reason = f"the genesis of CometBFT is not that of the node: {', '.join(differing)}"
            raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
        return abci.Response(init_chain=abci.ResponseInitChain(app_hash=snapshot.app_hash))

    async def _query(self, request: abci.RequestQuery) -> abci.Response:
        return abci.Response(query=await self._queries.answer(request))

    async def _check_tx(self, request: abci.RequestCheckTx) -> abci.Response:
        """`admit` for one envelope on the newest state; no inner transaction is looked at, no block waited for."""
        try:
            gas = self._check(request.tx, fresh=request.type == abci.NEW)
        except HuitongError as verdict:
            code, text = int(verdict.code), str(verdict)
        except Exception as error:  # noqa: BLE001 (a pool entry less is no reason to halt)
            self._log.error("check_tx", reason=str(error), exc_info=error)
            code, text = int(Code.INTERNAL), "internal fault"
        else:
            return abci.Response(check_tx=abci.ResponseCheckTx(gas_wanted=gas))
        return abci.Response(check_tx=abci.ResponseCheckTx(code=code, log=text, codespace=CODESPACE))

    def _check(self, raw: bytes, *, fresh: bool) -> int:
        """Return the gas of an envelope that may be in the pool. Raises Inadmissible, Rejected HT1403."""
        kernel, time_ns = self._machine.application.kernel, self._next_time_ns()
        opened = kernel.open_envelope(raw)
        if isinstance(opened, Inadmissible):
            raise opened
        verdict = kernel.admit([opened], self._queries.snapshot().view(STORE_MAIN), time_ns).verdicts[0]
        if verdict is None and self._machine.refuses(raw):
            verdict = Inadmissible(Code.NOT_EXECUTABLE, tx_id="")
        if verdict is not None:
            if not fresh:
                self._shares.leave(opened.envelope)
            raise verdict
        if fresh:
            self._shares.take(opened.envelope, raw, time_ns)
            self._on_envelope(raw)
        return opened.envelope.gas_limit

    async def _prepare_proposal(self, request: abci.RequestPrepareProposal) -> abci.Response:
        proposed = _proposed(request)
        txs = await self._in_thread(lambda: self._machine.prepare(proposed, request.max_tx_bytes))
        ours = msgspec.structs.replace(proposed, envelopes=txs)
        self._executor.submit(self._machine.ahead, ours)  # in the same thread, before any ProcessProposal
        return abci.Response(prepare_proposal=abci.ResponsePrepareProposal(txs=txs))

    async def _process_proposal(self, request: abci.RequestProcessProposal) -> abci.Response:
        proposed = _proposed(request, request.hash)
        good = await self._in_thread(lambda: self._machine.process(proposed))
        self._tell_deadly()
        status = ACCEPT if good else REJECT
        return abci.Response(process_proposal=abci.ResponseProcessProposal(status=status))

    def _tell_deadly(self) -> None:
        for tx_id in self._machine.take_deadly():
            self._log.error("workers died", tx_id=tx_id.hex())
            self._on_deadly(tx_id)

    async def _finalize_block(self, request: abci.RequestFinalizeBlock) -> abci.Response:
        """Exactly one result per envelope. Nothing is written: that is what Commit is for."""
        proposed = _proposed(request, request.hash)
        finalized = await self._in_thread(lambda: self._machine.finalize(proposed))
        results = [
            abci.ExecTxResult(
                code=item.code, data=item.data, gas_wanted=item.gas_wanted, gas_used=item.gas_used, log=item.reason
            )
            for item in finalized.result.envelopes
        ]
        answer = abci.ResponseFinalizeBlock(
            tx_results=results,
            app_hash=finalized.app_hash,
            validator_updates=[
                abci.ValidatorUpdate(pub_key=abci.PublicKey(ed25519=item.public_key), power=item.power)
                for item in finalized.changes.validators
            ],
            consensus_param_updates=_parameter_updates(finalized.changes),
        )
        return abci.Response(finalize_block=answer)

    async def _commit(self, _: abci.RequestCommit) -> abci.Response:
        finalized = await self._in_thread(self._machine.commit)
        for raw in finalized.decided.envelopes:
            opened = self._machine.application.kernel.open_envelope(raw)
            if not isinstance(opened, Inadmissible):
                self._shares.leave(opened.envelope)
        self._on_committed(finalized)
        return abci.Response(commit=abci.ResponseCommit(retain_height=self._retain_height()))

    async def _extend_vote(self, _: abci.RequestExtendVote) -> abci.Response:
        """Never asked: our genesis does not enable vote extensions. An empty one is what the others accept."""
        return abci.Response(extend_vote=abci.ResponseExtendVote())

    async def _verify_vote_extension(self, _: abci.RequestVerifyVoteExtension) -> abci.Response:
        return abci.Response(verify_vote_extension=abci.ResponseVerifyVoteExtension(status=REJECT))


def _exception(text: str) -> abci.Response:
    return abci.Response(exception=abci.ResponseException(error=text))


def _proposed(request: Any, header_hash: bytes = b"") -> Proposed:
    time_ns = request.time.seconds * 10**9 + request.time.nanos
    return Proposed(
        request.height,
        time_ns,
        request.proposer_address,
        tuple(request.txs),
        header_hash,
        request.next_validators_hash,
    )


def _parameter_updates(changes: NetworkChanges) -> abci.ConsensusParams | None:
    """What the next header must mirror: block limits and the version of the rules; None when nothing changes."""
    if changes.parameters is None and changes.rules_version is None:
        return None
    updates = abci.ConsensusParams()
    if changes.parameters is not None:
        updates.block.max_bytes, updates.block.max_gas = changes.parameters.max_bytes, changes.parameters.max_gas
    if changes.rules_version is not None:
        updates.version.app = changes.rules_version
    return updates


def _validators(updates: Sequence[abci.ValidatorUpdate]) -> set[Validator]:
    return {Validator(update.pub_key.ed25519, update.power) for update in updates}
