"""The service's `Ledger`, and the demonstration's `Stage`, over the client of a node's REST interface."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any, Final

import msgspec

from huitong.api.client import AsyncClient, TransactionFailed, Wallet
from huitong.api.client.reads import returned
from huitong.api.demo import DemoMember, DemoSession
from huitong.api.structs import TransactionAnswer
from huitong.api.values import from_hex
from huitong.crypto import Suite, module_address, private_key, suite_by_name
from huitong.types import Code, HuitongError, keycode
from huitong.types.registry import ModuleId, Space, Tag

from .contracts import CONTRACT_FILE, contract_source
from .ledger import ChainMember, Committed, Ledger
from .stage import member_encryption_key

__all__ = ["ClientLedger", "ClientStage", "open_stage"]

_DEPLOY_GAS: Final = 20_000_000
_ADMIT_GAS: Final = 20_000_000
_CALL_GAS: Final = 2_000_000
_NAME: Final = "medical"
_PROOF_ATTEMPTS: Final = 200
_PROOF_PAUSE_S: Final = 0.05


class _Field(msgspec.Struct, frozen=True):
    name: str


class _Schema(msgspec.Struct, frozen=True):
    """Storage fields in declared order; the chain numbers them from 1."""

    fields: tuple[_Field, ...]


class ClientLedger:
    """See `ledger.Ledger`. contract: address. wallet: of the member who signs; may be shared with other ledgers."""

    def __init__(self, client: AsyncClient, chain_id: str, contract: bytes, wallet: Wallet) -> None:
        self._client = client
        self._chain_id = chain_id
        self._contract = contract
        self._wallet = wallet

    @property
    def chain_id(self) -> str:
        """See Ledger."""
        return self._chain_id

    async def submit(self, method: str, *args: Any) -> Committed:
        """See Ledger. A refusal also carries `height`, the block that it stands in."""
        return await _committed(self._client, self._wallet, [(self._contract, method, args)], _CALL_GAS)

    async def view(self, method: str, *args: Any) -> Any:
        """See Ledger."""
        return await self._client.view(self._contract, method, *args, sender=self._wallet.address)

    async def member(self, address: bytes) -> ChainMember:
        """See Ledger."""
        found = await self._client.member(address)
        return ChainMember(
            address=from_hex(found.address, "address"),
            name=found.name,
            organisation=found.organisation,
            roles=found.roles,
            encryption_key=from_hex(found.encryption_key, "encryption key"),
            active=found.active,
        )

    async def time_ns(self) -> int:
        """See Ledger. A block of one machine has its clock's time; one of several has the time of the votes before."""
        status = await self._client.status()
        return int(status.clock_ns if status.engine == "local" else status.time_ns)


class ClientStage:
    """See `stage.Stage`."""

    def __init__(self, client: AsyncClient, chain_id: str, suite: Suite) -> None:
        self._client = client
        self._chain_id = chain_id
        self._suite = suite
        self._contract = b""

    async def deploy(self, owner: DemoMember) -> Committed:
        """See Stage. Compiles the contract file here; the chain gets the tree, and the text as evidence."""
        from huitong.vm.python.source import compile_source

        text = contract_source()
        source = text.encode()
        tree, name = compile_source(text, CONTRACT_FILE), await self._free_name()
        args: tuple[Any, ...] = ("python", tree, self._suite.hash(source), source, name, [])
        call = (module_address(ModuleId.CONTRACTS), "deploy", args)
        done = await _committed(self._client, _wallet(owner), [call], _DEPLOY_GAS)
        self._contract = bytes(done.result)
        return done

    async def _free_name(self) -> str:
        try:
            await self._client.describe(_NAME)
        except HuitongError as error:
            if error.code == Code.NOT_FOUND:
                return _NAME
            raise
        return ""

    async def admit(self, registrar: DemoMember, patients: Sequence[DemoMember]) -> Committed:
        """See Stage."""
        identity = module_address(ModuleId.IDENTITY)
        calls = [(identity, "add_member", self._admission(patient)) for patient in patients]
        return await _committed(self._client, _wallet(registrar), calls, _ADMIT_GAS)

    def _admission(self, patient: DemoMember) -> tuple[Any, ...]:
        key = private_key(patient.key_kind, patient.secret)
        subject = self._suite.hash(f"{patient.name}@{patient.organisation}".encode())
        possession = key.sign(Tag.ROTATION + self._chain_id.encode() + b"\0" + subject + key.public_key)
        encryption_key = member_encryption_key(patient, self._suite)
        roles = list(patient.roles)
        return (patient.name, roles, patient.key_kind, key.public_key, encryption_key, possession)

    def ledger(self, member: DemoMember) -> Ledger:
        """See Stage."""
        assert self._contract, "the contract is deployed first"
        return ClientLedger(self._client, self._chain_id, self._contract, _wallet(member))

    async def prove_registration(self, tx_id: bytes) -> tuple[bytes, bytes]:
        """See Stage. Raises HT7005 when no proof came within ten seconds."""
        for attempt in range(_PROOF_ATTEMPTS):
            try:
                return await self._client.prove(tx_id), await self._client.trust()
            except HuitongError as error:
                if error.code != Code.NOT_PROVABLE_YET or attempt == _PROOF_ATTEMPTS - 1:
                    raise
            await asyncio.sleep(_PROOF_PAUSE_S)
        raise AssertionError("unreachable: the last attempt raises")

    async def prove_no_consent(self, record: str, organisation: str, member: bytes) -> bytes:
        """See Stage. Key: 0x12, contract, number of the field, text of the consent's key."""
        schema = msgspec.json.decode((await self._client.describe(self._contract)).schema, type=_Schema)
        number = [field.name for field in schema.fields].index("consents") + 1
        text = keycode.encode_text(f"{record}:{organisation}/{member.hex()}")
        key = bytes((Space.STORAGE,)) + self._contract + number.to_bytes(2, "big") + text
        answer = await self._client.state("main", key, prove=True)
        assert answer.value is None, "there is such a consent"
        assert answer.proof is not None, "the node gave no proof"
        return bytes(answer.proof)


async def _committed(
    client: AsyncClient, wallet: Wallet, calls: Sequence[tuple[bytes, str, Sequence[Any]]], gas_limit: int
) -> Committed:
    """Sign, submit, wait until committed. result: return value of the first call."""
    started = perf_counter()
    signed = await client.sign(calls, wallet=wallet, gas_limit=gas_limit)
    try:
        answer = await client.submit(signed)
    except TransactionFailed as error:
        error.data["height"] = error.answer.height
        raise
    elapsed_ms = (perf_counter() - started) * 1000
    return Committed(returned(answer)[0], _height(answer), signed.tx_id, elapsed_ms)


def _height(answer: TransactionAnswer) -> int:
    if answer.height is None:
        raise HuitongError(Code.ANSWER_INVALID, reason="a committed transaction without its height")
    return answer.height


def _wallet(member: DemoMember) -> Wallet:
    return Wallet(member.address, private_key(member.key_kind, member.secret))


@asynccontextmanager
async def open_stage(session: DemoSession, cast: Sequence[str]) -> AsyncIterator[ClientStage]:
    """Connect to the session's node. Raises HT9001 when the chain is without a member of the cast."""
    async with AsyncClient(session.url) as client:
        for name in cast:
            if not await _is_member(client, name):
                reason = f"the demonstration needs {name} on the chain: start `huitong dev` without --orgs"
                raise HuitongError(Code.USAGE, reason=reason)
        yield ClientStage(client, session.chain_id, suite_by_name(session.suite))


async def _is_member(client: AsyncClient, name: str) -> bool:
    try:
        return (await client.member(name)).active
    except HuitongError as error:
        if error.code == Code.NOT_FOUND:
            return False
        raise
