"""A node in memory: a small honest state machine behind the protocols of `huitong.api`, and a gateway over it."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import httpx
import msgspec
import pytest

from huitong.api import (
    BlockAnswer,
    ChainStatus,
    ContractAnswer,
    EnvelopeSummary,
    EventRecord,
    HeaderAnswer,
    MemberAnswer,
    NodeApi,
    StateAnswer,
    TransactionAnswer,
    TransactionSummary,
    ValidatorAnswer,
    ViewAnswer,
    ViewRequest,
    error_answer,
)
from huitong.api.values import from_hex, rfc3339, to_hex, to_json
from huitong.crypto import INTERNATIONAL, contract_address, key_address, module_address, private_key, verify
from huitong.gateway import Gateway, GatewaySettings
from huitong.types import (
    Code,
    HuitongError,
    Rejected,
    TransactionBody,
    decode,
    decode_body,
    decode_transaction,
    encode,
    sign_bytes,
)
from huitong.types.registry import KeyKind, ModuleId

START_NS = 1_800_000_000 * 10**9
WINDOW_NS = 600 * 10**9
CONTRACT = b"\x11" * 20
TEXT = {"kind": "str"}
NUMBER = {"kind": "int", "bits": 0, "signed": True}
SCHEMA = {
    "name": "Ledger",
    "methods": [
        {"name": "put", "kind": "call", "args": [{"name": "key", "type": TEXT}, {"name": "value", "type": NUMBER}]},
        {"name": "fail", "kind": "call", "args": [{"name": "reason", "type": TEXT}]},
        {"name": "hang", "kind": "call", "args": []},
        {
            "name": "get",
            "kind": "view",
            "args": [
                {"name": "key", "type": TEXT},
                {"name": "fallback", "type": {"kind": "optional", "item": NUMBER}, "default": None},
            ],
        },
    ],
}


@dataclass
class FakeNode:
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
            contract="ledger",
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

    # Chain

    async def status(self) -> ChainStatus:
        return ChainStatus(
            chain_id=self.chain_id,
            kind="development",
            suite="international",
            engine="fake",
            ready=self.ready,
            reason="" if self.ready else "the disk is full",
            height=self.height,
            first_height=1,
            provable_height=self.height,
            time_ns=str(self.clock_ns),
            time=rfc3339(self.clock_ns),
            clock_ns=str(self.clock_ns),
            app_hash=to_hex(bytes(32)),
            validators=(ValidatorAnswer(address="0x", public_key="0x", power="1"),),
            sandbox="seccomp",
            versions={"huitong": "0.1.0"},
            max_transaction_gas="50000000",
            replay_window_ns=str(WINDOW_NS),
            waiting=0,
        )

    async def block(self, height: int | None) -> BlockAnswer:
        wanted = self.height if height is None else height
        if wanted not in self.by_height:
            raise HuitongError(Code.NOT_FOUND, what="block", name=wanted)
        answer = self.by_height[wanted]
        zero = to_hex(bytes(32))
        return BlockAnswer(
            header=HeaderAnswer(
                version_block=11, version_app=1, chain_id=self.chain_id, height=wanted, time_ns=answer.time_ns,
                time=answer.time, hash=zero, last_block_hash=zero, last_commit_hash=zero, data_hash=zero,
                validators_hash=zero, next_validators_hash=zero, consensus_hash=zero, app_hash=zero,
                last_results_hash=zero, evidence_hash=zero, proposer_address=to_hex(bytes(20)),
            ),
            envelopes=(
                EnvelopeSummary(
                    index=0, gateway=to_hex(bytes(20)), seq="1", code=0, reason="", gas_limit="1", gas_used="1",
                    transactions=1, bytes=1,
                ),
            ),
            transactions=(
                TransactionSummary(
                    tx_id=answer.tx_id, envelope=0, index=0, answer=answer.answer, code=answer.code,
                    gas_used=answer.gas_used, sender=answer.payer,
                ),
            ),
            provable=True,
        )  # fmt: skip

    async def signed_header(self, height: int | None) -> bytes:
        block = await self.block(height)
        return json.dumps({"header": {"height": block.header.height}}).encode()

    async def trust(self) -> bytes:
        return json.dumps({"chain_id": self.chain_id}).encode()

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

    # State

    async def state(self, store: str, key: bytes, *, prove: bool) -> StateAnswer:
        if store not in ("main", "ibc"):
            raise HuitongError(Code.NOT_FOUND, what="store", name=store)
        value = self.values.get(key.decode(errors="replace"))
        return StateAnswer(
            store=store,
            key=to_hex(key),
            value=None if value is None else to_hex(encode(value)),
            height=self.height,
            proof=msgspec.Raw(b'{"kind":"state"}' if prove else b"null"),
        )

    async def contract(self, name: str) -> ContractAnswer:
        if name in self.deployed:
            return self.deployed[name]
        if name not in ("ledger", to_hex(CONTRACT)):
            raise HuitongError(Code.NOT_FOUND, what="contract", name=name)
        return ContractAnswer(
            address=to_hex(CONTRACT), name="ledger", engine="fake", code_hash="0x", source_hash="0x", source="",
            deployer="0x", active=True, schema=msgspec.Raw(json.dumps(SCHEMA).encode()),
        )  # fmt: skip

    async def view(self, request: ViewRequest) -> ViewAnswer:
        await self.contract(request.target)
        args = decode(from_hex(request.raw_args, "raw_args"), list) if request.raw_args else request.args
        if request.method != "get":
            raise HuitongError(Code.METHOD_UNKNOWN, method=request.method)
        if args[0] not in self.values and args[1:] in ([], [None]):
            fields = {"key": args[0]}
            raise HuitongError(Code.REFUSED_BY_CONTRACT, contract=to_hex(CONTRACT), error="KeyUnknown", fields=fields)
        value = self.values.get(args[0], args[-1])
        return ViewAnswer(value=to_json(value), raw=to_hex(encode(value)), gas_used="5", height=self.height)

    async def member(self, name: str) -> MemberAnswer:
        for address, (known, public_key) in self.members.items():
            if name in (to_hex(address), known):
                person, _, organisation = known.partition("@")
                return MemberAnswer(
                    address=to_hex(address), id=known, name=person, organisation=organisation, roles=("user",),
                    key_kind="ed25519", public_key=to_hex(public_key), encryption_kind="", encryption_key="0x",
                    certificate="0x", did="", active=True,
                )  # fmt: skip
        raise HuitongError(Code.NOT_FOUND, what="member", name=name)

    async def organisations(self) -> tuple[str, ...]:
        return ("hospital-a",)


@pytest.fixture
def keys():
    """Keys of alice and bob."""
    return {name: private_key(KeyKind.ED25519, bytes([number]) * 32) for number, name in enumerate(("alice", "bob"), 1)}


@pytest.fixture
def node(keys):
    """A chain with the members alice and bob."""
    members = {
        key_address(INTERNATIONAL, key.kind, key.public_key): (f"{name}@hospital-a", key.public_key)
        for name, key in keys.items()
    }
    return FakeNode(members=members)


@pytest.fixture
def settings():
    """Small limits, so that tests can reach them."""
    return GatewaySettings(
        hosts=("node.example",),
        origins=("https://console.example",),
        max_body=4096,
        max_batch_body=65536,
        max_batch=20,
        heartbeat=0.05,
        max_streams=2,
    )


@pytest.fixture
def gateway(node, settings):
    """The gateway over the chain."""
    return Gateway(NodeApi(node, node, node), settings)


@pytest.fixture
async def http(gateway):
    """A client of the gateway, without a socket."""
    transport = httpx.ASGITransport(gateway, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:9640") as client:
        yield client


@pytest.fixture
def signed(node, keys):
    """Return a function that signs a call of the ledger by alice."""
    numbers = iter(range(1, 1000))

    def sign(method="put", args=("colour", 7), *, valid_for_ns=10**11, chain_id=None, by="alice", salt=None):
        key = keys[by]
        sender = key_address(INTERNATIONAL, key.kind, key.public_key)
        body = encode(
            [
                1, chain_id or node.chain_id, sender, salt or next(numbers).to_bytes(8, "big"),
                node.clock_ns + valid_for_ns, 100_000, [[CONTRACT, method, list(args)]], sender, b"",
            ]
        )  # fmt: skip
        return encode([1, body, [key.sign(sign_bytes(body))]])

    return sign
