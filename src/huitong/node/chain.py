"""Status, blocks, headers, events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from huitong import __version__
from huitong.api import (
    BlockAnswer,
    ChainStatus,
    EnvelopeSummary,
    EventRecord,
    HeaderAnswer,
    TransactionSummary,
    ValidatorAnswer,
)
from huitong.api.receipts import answer_word
from huitong.api.structs import STOPPING_REASON
from huitong.api.values import rfc3339, to_hex
from huitong.crypto import header_hash, validator_address
from huitong.crypto.bundle import signed_header_document, trust_document
from huitong.kernel import EnvelopeResult, OpenedTransaction, parameters_of, rules_version
from huitong.types import Code, Envelope, Header, HuitongError, Validator, decode_scanned
from huitong.types.registry import STORE_MAIN

from .answers import block_events, numbered
from .wiring import Parts

_MAX_REPLAYED_BLOCKS: Final = 10_000
"""How far back a subscriber may ask for events; further back they are in the blocks."""


class ChainService:
    """`api.Chain` over an engine."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._engine = parts.engine
        self._store = parts.store
        self._stopping = False

    def stopping(self) -> None:
        """Say in the status that no more transactions are taken."""
        self._stopping = True

    async def status(self) -> ChainStatus:
        """Return where the node stands."""
        parts, engine = self._parts, self._engine
        snapshot = engine.snapshot()
        view = snapshot.view(STORE_MAIN)
        parameters = parameters_of(view)
        newest = self._store.header(engine.height)
        time_ns = newest[0].time_ns if newest else parts.genesis.genesis_time_ns
        reason = STOPPING_REASON if self._stopping else str(engine.halted or "")
        return ChainStatus(
            chain_id=parts.genesis.chain_id,
            kind="development" if parts.genesis.kind == "development" else "production",
            suite=parts.suite.name,
            engine=engine.name,
            ready=not reason,
            reason=reason,
            height=engine.height,
            first_height=max(self._store.first_height, parts.genesis.initial_height),
            provable_height=max(engine.height - 1, parts.genesis.initial_height - 1),
            time_ns=str(time_ns),
            time=rfc3339(time_ns),
            clock_ns=str(engine.next_time_ns()),
            app_hash=to_hex(snapshot.app_hash),
            validators=tuple(map(_validator, engine.validators_at(engine.height + 1))),
            sandbox=parts.sandbox,
            versions={
                "huitong": __version__,
                "rules": str(rules_version(view)),
                **{f"engine.{item.name}": str(item.version) for item in parts.genesis.engines},
            },
            max_transaction_gas=str(parameters.max_transaction_gas),
            replay_window_ns=str(parameters.replay_window_ns),
            waiting=engine.waiting,
            stalled=engine.stalled,
        )

    async def block(self, height: int | None) -> BlockAnswer:
        """Return a block; None: the newest. Raises HT8005, HT8021."""
        return await asyncio.to_thread(self._block, self._engine.height if height is None else height)

    async def signed_header(self, height: int | None) -> bytes:
        """Return a header with commit and validators; None: the newest. Raises HT8005, HT8021."""
        wanted = self._engine.height if height is None else height
        self._store.check_kept(wanted)
        signed = self._store.signed_header(wanted) if 0 < wanted <= self._engine.height else None
        if signed is None:
            raise _no_block(wanted)
        return signed_header_document(signed, self._engine.validators_at(wanted))

    async def trust(self) -> bytes:
        """Return the trust document of the chain."""
        validators = self._engine.validators_at(self._engine.height + 1)
        return trust_document(self._parts.genesis.chain_id, self._parts.suite, validators)

    async def events(self, after: str | None) -> AsyncIterator[EventRecord]:
        """Yield events as they are committed, those after the id `after` first."""
        place = parse_event_id(after) if after is not None else None
        subscription = self._engine.subscribe()
        try:
            told = self._engine.height
            if place is not None:
                async for record in self._missed(place, told):
                    yield record
            async for block in subscription:
                if block.height > told:
                    for record in block_events(block.results, block.height, block.signed.header.time_ns):
                        yield record
        finally:
            subscription.close()

    async def _missed(self, place: tuple[int, int, int], newest: int) -> AsyncIterator[EventRecord]:
        """Yield the events after a place up to a height. Raises HT8012, HT8021."""
        if newest - place[0] > _MAX_REPLAYED_BLOCKS:
            raise HuitongError(Code.EVENTS_FORGOTTEN, id=".".join(map(str, place)), limit=_MAX_REPLAYED_BLOCKS)
        first = max(place[0], self._parts.genesis.initial_height)
        self._store.check_kept(first)
        for height in range(first, newest + 1):
            for record in await asyncio.to_thread(self._events_of, height):
                if parse_event_id(record.id) > place:
                    yield record

    def _events_of(self, height: int) -> list[EventRecord]:
        header = self._store.header(height)
        assert header is not None, "blocks up to the newest are kept"
        return list(block_events(tuple(self._store.results(height)), height, header[0].time_ns))

    def _block(self, height: int) -> BlockAnswer:
        self._store.check_kept(height)
        found = self._store.header(height) if 0 < height <= self._engine.height else None
        if found is None:
            raise _no_block(height)
        header = found[0]
        raws = self._store.envelopes(height)
        results = tuple(self._store.results(height))
        summaries = tuple(
            _envelope(number, raw, result) for number, (raw, result) in enumerate(zip(raws, results, strict=True))
        )
        return BlockAnswer(
            header=_header(header),
            envelopes=summaries,
            transactions=tuple(self._transactions(raws, results)),
            provable=height < self._engine.height,
        )

    def _transactions(self, raws: tuple[bytes, ...], results: tuple[EnvelopeResult, ...]) -> list[TransactionSummary]:
        envelopes = {}
        summaries = []
        for _, envelope, result in numbered(results):
            if envelope not in envelopes:
                envelopes[envelope] = decode_scanned(raws[envelope], Envelope)
            element = envelopes[envelope].txs[result.receipt.index]
            opened = self._parts.kernel.inspect(element)
            body = opened.body if isinstance(opened, OpenedTransaction) else None
            summaries.append(
                TransactionSummary(
                    tx_id=to_hex(result.receipt.tx_id),
                    envelope=envelope,
                    index=result.receipt.index,
                    answer=answer_word(result.receipt.code),
                    code=result.receipt.code,
                    gas_used=str(result.receipt.gas_used),
                    sender=to_hex(body.sender if body else b""),
                    calls=tuple(f"{to_hex(call.target)}.{call.method}" for call in body.calls) if body else (),
                )
            )
        return summaries


def parse_event_id(text: str) -> tuple[int, int, int]:
    """Read "height.transaction.event". Raises HT8001."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        raise HuitongError(Code.REQUEST_MALFORMED, what="event id", reason="not height.transaction.event")
    return int(parts[0]), int(parts[1]), int(parts[2])


def _no_block(height: int) -> HuitongError:
    return HuitongError(Code.NOT_FOUND, what="block", name=str(height))


def _validator(validator: Validator) -> ValidatorAnswer:
    return ValidatorAnswer(
        address=to_hex(validator_address(validator.public_key)),
        public_key=to_hex(validator.public_key),
        power=str(validator.power),
    )


def _envelope(number: int, raw: bytes, result: EnvelopeResult) -> EnvelopeSummary:
    envelope = decode_scanned(raw, Envelope) if result.code == 0 else None
    return EnvelopeSummary(
        index=number,
        gateway=to_hex(envelope.gateway if envelope else b""),
        seq=str(envelope.seq if envelope else 0),
        code=result.code,
        reason=result.reason,
        gas_limit=str(result.gas_wanted),
        gas_used=str(result.gas_used),
        transactions=len(result.transactions),
        bytes=len(raw),
    )


def _header(header: Header) -> HeaderAnswer:
    return HeaderAnswer(
        version_block=header.version_block,
        version_app=header.version_app,
        chain_id=header.chain_id,
        height=header.height,
        time_ns=str(header.time_ns),
        time=rfc3339(header.time_ns),
        hash=to_hex(header_hash(header)),
        last_block_hash=to_hex(header.last_block_id.hash),
        last_commit_hash=to_hex(header.last_commit_hash),
        data_hash=to_hex(header.data_hash),
        validators_hash=to_hex(header.validators_hash),
        next_validators_hash=to_hex(header.next_validators_hash),
        consensus_hash=to_hex(header.consensus_hash),
        app_hash=to_hex(header.app_hash),
        last_results_hash=to_hex(header.last_results_hash),
        evidence_hash=to_hex(header.evidence_hash),
        proposer_address=to_hex(header.proposer_address),
    )
