"""Questions to a node."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx

from huitong.api.structs import (
    BlockAnswer,
    ChainStatus,
    ContractAnswer,
    EventRecord,
    MemberAnswer,
    StateAnswer,
    TransactionAnswer,
    ViewAnswer,
    ViewRequest,
)
from huitong.api.values import from_hex, to_hex
from huitong.crypto import Suite, suite_by_name
from huitong.crypto.bundle import with_trail
from huitong.crypto.bundle_wire import to_block
from huitong.types import Code, HuitongError, decode, encode
from huitong.types.bundle import Trust, decode_bundle
from huitong.types.limits import MAX_RETURN_BYTES

from .chain import ChainClock
from .events import messages, record_of
from .gateways import Gateways, GatewayState
from .light import LightClient
from .transport import Transport
from .verified import VerifiedReader

PREFIX: Final = "/api/v1"
_RECONNECTS: Final = 8
"""Broken connections in a row, without an event between them, after which listening gives up."""

Target = str | bytes
"""A contract by name or 0x address, or an address of 20 bytes."""


def target_text(target: Target) -> str:
    """Write a target as addresses of the REST interface take it."""
    return to_hex(target) if isinstance(target, bytes) else target


def _segment(target: Target) -> str:
    """Write a target as one segment of a path. Raises HT8005 for names that a path cannot hold."""
    text = target_text(target)
    if text in (".", ".."):
        raise HuitongError(Code.NOT_FOUND, what="name", name=text)
    return quote(text, safe="@")


class Reader:
    """Reads from a chain's gateways. Everything raises what a node refuses with, HT8007 when none is reached, HT8010.

    With a trust file, `state`, `transaction` and `address` believe nothing without proof and raise HT7007-HT7011. The
    others are a node's word: views, members, blocks, descriptions of contracts, events.
    """

    def __init__(self, gateways: Gateways, trust: Trust | None, light_file: Path | None, language: str) -> None:
        self._transport = gateways
        self._addresses: dict[str, bytes] = {}
        self._light: LightClient | None = None
        self._verified: VerifiedReader | None = None
        if trust is None:
            self._chain = ChainClock(gateways)
        else:
            self._chain = ChainClock(gateways, trust.chain_id, trust.suite)
            self._light = LightClient(gateways, trust, light_file)
            self._verified = VerifiedReader(gateways, self._light, suite_by_name(trust.suite), language)

    @property
    def gateways(self) -> tuple[GatewayState, ...]:
        """How the gateways did, and which is asked first."""
        return self._transport.states

    @property
    def light(self) -> LightClient:
        """The light client of a client that was made with a trust file."""
        assert self._light is not None, "the client was made without a trust file"
        return self._light

    async def status(self) -> ChainStatus:
        """Return where the node stands."""
        return await self._chain.status()

    async def suite(self) -> Suite:
        """Return the suite of the chain, whose hash gives ids and addresses. Raises HT8010 for an unknown one."""
        return await self._chain.suite()

    async def block(self, height: int | None = None) -> BlockAnswer:
        """Return a block, the newest without a height."""
        name = "latest" if height is None else height
        return await self._transport.read(f"{PREFIX}/blocks/{name}", BlockAnswer)

    async def transaction(self, tx_id: bytes) -> TransactionAnswer:
        """Return what became of a transaction."""
        if self._verified is not None:
            return await self._verified.transaction(tx_id)
        return await self._transport.read(f"{PREFIX}/transactions/{to_hex(tx_id)}", TransactionAnswer)

    async def prove(self, tx_id: bytes, event: int | None = None) -> bytes:
        """Return the proof bundle of a receipt, or of one of its events. Raises HT7005 while there is none yet.

        With a trust file it is verified, and carries the headers that lead to it over changes of the validators.
        """
        path, parameters = f"{PREFIX}/transactions/{to_hex(tx_id)}/proof", {"event": event}
        light = self._light
        if light is None:
            return await self._transport.read_bytes(path, parameters)

        async def ask(gateway: Transport) -> bytes:
            raw = await gateway.read_bytes(path, parameters)
            block = to_block(decode_bundle(raw))
            await light.verify(block, gateway)
            return with_trail(raw, await light.trail(block, gateway))

        return await self._transport.first(ask)

    async def trust(self) -> bytes:
        """Return the chain's trust document as this node tells it."""
        return await self._transport.read_bytes(f"{PREFIX}/trust")

    async def signed_header(self, height: int | None = None) -> bytes:
        """Return a header with its commit and validators, the newest provable one without a height."""
        name = "latest" if height is None else height
        return await self._transport.read_bytes(f"{PREFIX}/headers/{name}")

    async def state(self, store: str, key: bytes, *, prove: bool = False) -> StateAnswer:
        """Return the value under a key of a store, with its proof if asked for, or if this client trusts no gateway."""
        if self._verified is not None:
            return await self._verified.state(store, key)
        path = f"{PREFIX}/state/{_segment(store)}/{to_hex(key)}"
        return await self._transport.read(path, StateAnswer, {"prove": "true" if prove else "false"})

    async def member(self, name: Target) -> MemberAnswer:
        """Return a member by address or name@organisation."""
        return await self._transport.read(f"{PREFIX}/members/{_segment(name)}", MemberAnswer)

    async def organisations(self) -> list[str]:
        """Return the names of the organisations, sorted."""
        return await self._transport.read(f"{PREFIX}/organisations", list[str])

    async def describe(self, target: Target) -> ContractAnswer:
        """Return what the chain knows of a contract, with its schema."""
        return await self._transport.read(f"{PREFIX}/contracts/{_segment(target)}", ContractAnswer)

    async def address(self, target: Target) -> bytes:
        """Return the 20-byte address of a target; names are asked for once. Raises HT8005."""
        if isinstance(target, bytes):
            return target
        if target.startswith("0x"):
            return from_hex(target, "address")
        if target not in self._addresses:
            if self._verified is not None:
                self._addresses[target] = await self._verified.address(target)
            else:
                self._addresses[target] = from_hex((await self.describe(target)).address, "address")
        return self._addresses[target]

    async def view(self, target: Target, method: str, *args: Any, sender: Target = "") -> Any:
        """Run a view; arguments and the returned value are plain values (None, bool, int, str, bytes, list, dict)."""
        question = ViewRequest(
            target=target_text(target), method=method, raw_args=to_hex(encode(list(args))), sender=target_text(sender)
        )
        answer = await self._transport.ask(f"{PREFIX}/views", ViewAnswer, question)
        return decode(from_hex(answer.raw, "return value"), object, max_bytes=MAX_RETURN_BYTES)

    async def view_json(
        self, target: Target, method: str, args: Sequence[Any] | dict[str, Any], sender: Target = ""
    ) -> ViewAnswer:
        """Run a view with arguments in JSON, in order or by name, as the contract's schema says."""
        given = args if isinstance(args, dict) else list(args)
        question = ViewRequest(target=target_text(target), method=method, args=given, sender=target_text(sender))
        return await self._transport.ask(f"{PREFIX}/views", ViewAnswer, question)

    async def events(
        self, after: str | None = None, *, emitter: Target | None = None, name: str | None = None
    ) -> AsyncIterator[EventRecord]:
        """Yield events as they are committed, those after the id `after` first; without it only new ones.

        A broken connection is made again and nothing is lost, once one event has come or `after` was given. Raises
        HT8012 for events that are no longer kept, HT8007 when the node stays away.
        """
        chosen = {"emitter": None if emitter is None else target_text(emitter), "name": name}
        failures = 0
        while failures < _RECONNECTS:
            headers = {} if after is None else {"last-event-id": after}
            try:
                async with self._transport.stream(f"{PREFIX}/events", chosen, headers) as response:
                    async for message in messages(response):
                        record = record_of(message)
                        yield record
                        after, failures = record.id, 0
            except httpx.TransportError:
                failures += 1
                await self._transport.pause(failures)
            else:
                failures += 1
        raise HuitongError(Code.NODE_UNREACHABLE, url=self._transport.url, reason="the event stream breaks off")


def returned(answer: TransactionAnswer) -> list[Any]:
    """Return the values that the calls of a committed transaction returned, exact, in their order."""
    return decode(from_hex(answer.return_bytes or "0x90", "return values"), list, max_bytes=2**20)
