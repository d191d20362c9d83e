"""Answers of the node in memory about its chain and state."""

import json

import msgspec

from huitong.api import (
    BlockAnswer,
    ChainStatus,
    ContractAnswer,
    EnvelopeSummary,
    HeaderAnswer,
    MemberAnswer,
    StateAnswer,
    TransactionSummary,
    ValidatorAnswer,
    ViewAnswer,
    ViewRequest,
)
from huitong.api.values import from_hex, rfc3339, to_hex, to_json
from huitong.types import Code, HuitongError, decode, encode

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


class FakeReads:
    """Reads what `FakeNode` keeps."""

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
        return ViewAnswer(
            value=to_json(value),
            raw=to_hex(encode(value)),
            gas_used=str(min(5, int(request.gas_limit or 5))),
            height=self.height,
        )

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
