"""Questions to the newest state: keys with proofs, contracts, views, members."""

import asyncio
from collections import OrderedDict
from typing import Any, Final

import msgspec

from huitong.api import ContractAnswer, MemberAnswer, StateAnswer, ViewAnswer, ViewRequest
from huitong.api.abi import Schema, arguments_from_json, decode_schema, result_to_json, schema_to_json
from huitong.api.receipts import failure_data
from huitong.api.values import from_hex, to_hex, to_json
from huitong.crypto import module_address
from huitong.engine import Snapshot
from huitong.kernel import CONTRACTS_ADDRESS, ContractRecord, ContractState
from huitong.modules.identity import Directory
from huitong.state import StateView, keys
from huitong.types import (
    Answer,
    BlockContext,
    Caller,
    Code,
    Failed,
    HuitongError,
    Member,
    decode,
    decode_scanned,
)
from huitong.types.limits import ADDRESS_BYTES, MAX_KEY_BYTES
from huitong.types.registry import STORE_MAIN, STORES, EncryptionKind, KeyKind, ModuleId

from .sources import Sources
from .wiring import Parts

VIEW_GAS: Final = 10_000_000
"""Gas of a view that names none, and the most that it may name."""
NOBODY: Final = Caller(bytes(ADDRESS_BYTES), "", ())
"""Who asks when nobody says: no contract, and of no organisation."""
_SCHEMAS_KEPT: Final = 256


class StateService:
    """`api.State` over the newest durable state. Views run in threads, at most as many as contract workers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._engine = parts.engine
        self._store = parts.store
        self._directory = Directory()
        self._sources = Sources(parts)
        self._schemas: OrderedDict[bytes, bytes] = OrderedDict()

    async def state(self, store: str, key: bytes, *, prove: bool) -> StateAnswer:
        """Return the value under a key. Raises HT8005, HT8001."""
        if store not in STORES:
            raise HuitongError(Code.NOT_FOUND, what="store", name=store[:64])
        if not 0 < len(key) <= MAX_KEY_BYTES:
            raise HuitongError(Code.REQUEST_MALFORMED, what="key", reason=f"not 1 to {MAX_KEY_BYTES} bytes")
        if not prove:
            snapshot = self._engine.snapshot()
            value = snapshot.view(store).get(key)
            return StateAnswer(store=store, key=to_hex(key), value=_hex(value), height=snapshot.height)
        proved = await self._engine.prove_state(store, key)
        bundle = proved.bundle(self._parts.suite, self._engine.validators_at(proved.signed.header.height))
        return StateAnswer(
            store=store,
            key=to_hex(key),
            value=_hex(proved.value),
            height=proved.signed.header.height - 1,
            proof=msgspec.Raw(bundle),
        )

    async def contract(self, name: str) -> ContractAnswer:
        """Return a contract by name or address. Raises HT8005."""
        return await asyncio.to_thread(self._contract, name)

    async def view(self, request: ViewRequest) -> ViewAnswer:
        """Run a view. Raises HT8005, HT8001, HT4003, HT4004, whatever the contract fails with."""
        return await asyncio.to_thread(self._view, request)

    async def member(self, name: str) -> MemberAnswer:
        """Return a member by address or name@organisation. Raises HT8005."""
        view = self._engine.snapshot().view(STORE_MAIN)
        address, member = self._find_member(view, name)
        return _member_answer(address, member)

    async def organisations(self) -> tuple[str, ...]:
        """Return the names of the organisations, sorted."""
        snapshot = self._engine.snapshot()
        answer = self._query(snapshot, NOBODY, module_address(ModuleId.IDENTITY), "organisations", (), VIEW_GAS)
        return tuple(sorted(decode_scanned(answer.data, list[str])))

    def _contract(self, name: str) -> ContractAnswer:
        view = self._engine.snapshot().view(STORE_MAIN)
        address, record = self._find_contract(view, name)
        return ContractAnswer(
            address=to_hex(address),
            name=record.name,
            engine=record.engine,
            code_hash=to_hex(record.code_hash),
            source_hash=to_hex(record.source_hash),
            source=self._sources.of(record),
            deployer=to_hex(record.deployer),
            active=record.state == ContractState.ACTIVE,
            state=ContractState(record.state).name.lower(),
            revision=record.revision,
            organisation=record.organisation,
            former=tuple(map(to_hex, record.former)),
            schema=msgspec.Raw(msgspec.json.encode(schema_to_json(self._schema(view, record)))),
        )

    def _view(self, request: ViewRequest) -> ViewAnswer:
        snapshot = self._engine.snapshot()
        view = snapshot.view(STORE_MAIN)
        target, schema = self._target(view, request.target)
        if request.raw_args is not None:
            args = tuple(decode(from_hex(request.raw_args, "raw_args"), list[Any]))
        elif schema is not None:
            args = arguments_from_json(schema, request.method, request.args)
        else:
            raise HuitongError(Code.REQUEST_MALFORMED, what="args", reason="a module has no schema: send raw_args")
        gas_limit = min(int(request.gas_limit or VIEW_GAS), VIEW_GAS)
        answer = self._query(snapshot, self._caller(view, request.sender), target, request.method, args, gas_limit)
        value = decode_scanned(answer.data, object) if answer.data else None
        shown = result_to_json(schema, request.method, value) if schema else to_json(value)
        return ViewAnswer(value=shown, raw=to_hex(answer.data), gas_used=str(answer.gas_used), height=snapshot.height)

    def _query(
        self, snapshot: Snapshot, caller: Caller, target: bytes, method: str, args: tuple[Any, ...], gas_limit: int
    ) -> Answer:
        """Run a read-only call. Raises HuitongError with the code and data that it failed with."""
        header = self._store.header(snapshot.height)
        context = BlockContext(
            chain_id=self._parts.genesis.chain_id,
            height=snapshot.height + 1,
            time_ns=max(self._engine.next_time_ns(), header[0].time_ns if header else 0),
            proposer=header[0].proposer_address if header else bytes(ADDRESS_BYTES),
            last_header_hash=header[1].hash if header else bytes(32),
        )
        view = snapshot.view(STORE_MAIN)
        answer = self._parts.kernel.query(view, context, caller, target, method, args, gas_limit)
        if answer.code:
            raise Failed(Code(answer.code), **failure_data(answer.data))
        return answer

    def _target(self, view: StateView, name: str) -> tuple[bytes, Schema | None]:
        """Address and schema of a contract, or of a module (no schema). Raises HT8005."""
        if name.startswith("0x"):
            address = from_hex(name, "target")
            if address == CONTRACTS_ADDRESS or address in self._parts.kernel.machine.modules:
                return address, None
        address, record = self._find_contract(view, name)
        return address, self._schema(view, record)

    def _find_contract(self, view: StateView, name: str) -> tuple[bytes, ContractRecord]:
        address = from_hex(name, "contract") if name.startswith("0x") else view.get(keys.name(name)) if name else None
        raw = view.get(keys.contract(address)) if address else None
        if address is None or raw is None:
            raise HuitongError(Code.NOT_FOUND, what="contract", name=name[:80])
        return address, decode_scanned(raw, ContractRecord)

    def _schema(self, view: StateView, record: ContractRecord) -> Schema:
        """Schema of a contract, made by its engine from the code and kept by the hash of the code."""
        found = self._schemas.get(record.code_hash)
        if found is None:
            code = view.get(keys.code(record.code_hash))
            assert code is not None, "the code of a contract stays in state"
            found = self._parts.kernel.machine.engine(record.engine).deploy(code, 2**62).schema
            self._schemas[record.code_hash] = found
            if len(self._schemas) > _SCHEMAS_KEPT:
                self._schemas.popitem(last=False)
        return decode_schema(found)

    def _caller(self, view: StateView, name: str) -> Caller:
        if not name:
            return NOBODY
        address, member = self._find_member(view, name)
        return Caller(address, member.organisation, member.roles)

    def _find_member(self, view: StateView, name: str) -> tuple[bytes, Member]:
        if name.startswith("0x"):
            address: bytes | None = from_hex(name, "member")
        else:
            short, _, organisation = name.partition("@")
            address = self._directory.address(view, organisation, short)
        member = self._directory.member(view, address) if address else None
        if address is None or member is None:
            raise HuitongError(Code.NOT_FOUND, what="member", name=name[:80])
        return address, member


def _hex(value: bytes | None) -> str | None:
    return None if value is None else to_hex(value)


def _member_answer(address: bytes, member: Member) -> MemberAnswer:
    return MemberAnswer(
        address=to_hex(address),
        id=f"{member.name}@{member.organisation}",
        name=member.name,
        organisation=member.organisation,
        roles=member.roles,
        key_kind=KeyKind(member.key_kind).name.lower(),
        public_key=to_hex(member.public_key),
        encryption_kind=EncryptionKind(member.encryption_kind).name.lower() if member.encryption_kind else "",
        encryption_key=to_hex(member.encryption_key),
        certificate=to_hex(member.certificate),
        did=member.did,
        active=member.active,
    )
