"""A node in memory: a small honest state machine behind the protocols of `huitong.api`."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import msgspec
from fake_reads import CONTRACT, SCHEMA, START_NS, WINDOW_NS, FakeReads

from huitong.api import (
    ContractAnswer,
    EventRecord,
    TransactionAnswer,
    error_answer,
)
from huitong.api.values import rfc3339, to_hex, to_json
from huitong.crypto import INTERNATIONAL, contract_address, module_address, verify
from huitong.types import (
    Code,
    HuitongError,
    Rejected,
    TransactionBody,
    decode_body,
    decode_transaction,
    encode,
    sign_bytes,
)
from huitong.types.registry import KeyKind, ModuleId


@dataclass
class FakeNode(FakeReads):
    """Puts each transaction into a block of its own. Methods: put(key, value), fail(reason), hang(), view get(key)."""

    chain_id: str = "fake-1"
    height: int = 0
    ready: bool = True
    broken: bool = False
    delay: float = 0.0
    members: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    values: dict[str, object] = field(default_factory=dict)
    answers: dict[str, TransactionAnswer] = field(default_factory=dict)
    by_height: dict[int, TransactionAnswer] = field(default_factory=dict)
    records: list[EventRecord] = field(default_factory=list)
    deployed: dict[str, ContractAnswer] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    submissions: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def clock_ns(self) -> int:
        return START_NS + (self.height + 1) * 1_000_000

    # Transactions

    async def submit(self, raw: bytes, wait: str, timeout_s: float) -> TransactionAnswer:
        self.submissions += 1
        self.begun.set()
        if self.broken:
            raise RuntimeError("secret detail of the machine")
        if self.delay:
            await asyncio.sleep(self.delay)
        try:
            tx_id, body = self._checked(raw)
        except Rejected as error:
            given = to_hex(hashlib.sha256(raw).digest())
            return TransactionAnswer(
                tx_id=given, answer="rejected", code=int(error.code), error=error_answer(error.code, error.data)
            )
        if wait == "accepted" or body.calls[0].method == "hang":
            answer = TransactionAnswer(tx_id=to_hex(tx_id), answer="accepted")
            self.answers[answer.tx_id] = answer
            return answer
        return await self._commit(tx_id, body)

    def _checked(self, raw: bytes) -> tuple[bytes, TransactionBody]:
        signed = decode_transaction(raw)
        body = decode_body(signed.body)
        message = sign_bytes(signed.body)
        tx_id = INTERNATIONAL.hash(message)
        if body.chain_id != self.chain_id:
            raise Rejected(Code.CHAIN_WRONG, chain_id=body.chain_id, expected=self.chain_id)
        if body.valid_until < self.clock_ns:
            raise Rejected(Code.EXPIRED, valid_until=body.valid_until, time_ns=self.clock_ns)
        if body.valid_until > self.clock_ns + WINDOW_NS:
            raise Rejected(Code.VALID_UNTIL_TOO_FAR, valid_until=body.valid_until)
        self._check_signatures(signed.proofs, body, message)
        if to_hex(tx_id) in self.answers:
            raise Rejected(Code.REPLAYED, tx_id=to_hex(tx_id))
        return tx_id, body

    def _check_signatures(self, proofs: tuple[bytes, ...], body: TransactionBody, message: bytes) -> None:
        if len(proofs) != len(body.signers):
            raise Rejected(Code.SIGNATURES_MISSING, expected=len(body.signers), found=len(proofs))
        for signer, proof in zip(body.signers, proofs, strict=True):
            if signer not in self.members:
                raise Rejected(Code.SIGNER_UNKNOWN, address=to_hex(signer))
            if not verify(KeyKind.ED25519, self.members[signer][1], message, proof):
                raise Rejected(Code.SIGNATURE_INVALID, address=to_hex(signer))

    async def _commit(self, tx_id: bytes, body: TransactionBody) -> TransactionAnswer:
        self.height += 1
        results: list[object] = []
        events: list[EventRecord] = []
        error = None
        for number, call in enumerate(body.calls):
            if call.target == module_address(ModuleId.CONTRACTS):
                results.append(self._deploy(tx_id, body, number))
            elif call.method == "put":
                key, value = call.args
                self.values[key] = value
                results.append(value)
                events.append(self._event(tx_id, len(events), {"key": key, "value": value}))
            else:
                data = {"contract": to_hex(call.target), "error": "Refusal", "fields": {"reason": call.args[0]}}
                error = error_answer(Code.REFUSED_BY_CONTRACT, data)
        time_ns = self.clock_ns
        answer = TransactionAnswer(
            tx_id=to_hex(tx_id),
            answer="failed" if error else "committed",
            height=self.height,
            time_ns=str(time_ns),
            time=rfc3339(time_ns),
            envelope=0,
            index=0,
            code=int(Code.REFUSED_BY_CONTRACT) if error else 0,
            error=error,
            gas_used="21000",
            payer=to_hex(body.payer),
            result=None if error else [to_json(value) for value in results],
            return_bytes=to_hex(encode(results)),
            events=() if error else tuple(events),
            proof=f"/api/v1/transactions/{to_hex(tx_id)}/proof",
        )
        self.answers[answer.tx_id] = self.by_height[self.height] = answer
        async with self.changed:
            self.records.extend(answer.events)
            self.changed.notify_all()
        return answer

    def _deploy(self, tx_id: bytes, body: TransactionBody, number: int) -> bytes:
        engine, code, source_hash, source, name, _ = body.calls[number].args
        address = contract_address(INTERNATIONAL, self.chain_id, tx_id, number)
        answer = ContractAnswer(
            address=to_hex(address),
            name=name,
            engine=engine,
            code_hash=to_hex(hashlib.sha256(code).digest()),
            source_hash=to_hex(source_hash),
            source=source.decode(),
            deployer=to_hex(body.sender),
            active=True,
            schema=msgspec.Raw(json.dumps(SCHEMA).encode()),
        )
        self.deployed[name] = self.deployed[answer.address] = answer
        return address

    def _event(self, tx_id: bytes, number: int, data: dict[str, object]) -> EventRecord:
        return EventRecord(
            id=f"{self.height}.0.{number}",
            height=self.height,
            time_ns=str(self.clock_ns),
            time=rfc3339(self.clock_ns),
            tx_id=to_hex(tx_id),
            emitter=to_hex(CONTRACT),
            name="Put",
            data=to_json(data),
            raw=to_hex(encode(data)),
        )

    async def submit_many(self, raws: Sequence[bytes], wait: str, timeout_s: float) -> list[TransactionAnswer]:
        return [await self.submit(raw, wait, timeout_s) for raw in raws]

    async def transaction(self, tx_id: bytes) -> TransactionAnswer:
        if to_hex(tx_id) not in self.answers:
            raise HuitongError(Code.NOT_FOUND, what="transaction", name=to_hex(tx_id))
        return self.answers[to_hex(tx_id)]

    async def proof(self, tx_id: bytes, event: int | None) -> bytes:
        answer = await self.transaction(tx_id)
        if answer.proof is None:
            raise HuitongError(Code.NOT_PROVABLE_YET, reason="the transaction is not committed")
        if event is not None and event >= len(answer.events):
            raise HuitongError(Code.NOT_FOUND, what="event", name=event)
        return json.dumps({"kind": "receipt" if event is None else "event", "tx_id": answer.tx_id}).encode()

    async def events(self, after: str | None) -> AsyncIterator[EventRecord]:
        if after == "0.0.0":
            raise HuitongError(Code.EVENTS_FORGOTTEN, id=after)
        position = len(self.records)
        if after is not None:
            order = tuple(map(int, after.split(".")))
            position = sum(tuple(map(int, record.id.split("."))) <= order for record in self.records)
        while True:
            async with self.changed:
                while len(self.records) <= position:
                    await self.changed.wait()
            yield self.records[position]
            position += 1
