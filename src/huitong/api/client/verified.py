"""Answers of gateways that are believed only with their proof, under headers that the light client verified."""

from collections.abc import Awaitable, Sequence
from typing import Final, TypeVar

import msgspec

from huitong.api.problems import code_text
from huitong.api.receipts import answer_word, failure_error, plain_value
from huitong.api.structs import ErrorAnswer, EventRecord, StateAnswer, TransactionAnswer
from huitong.api.values import from_hex, rfc3339, to_hex
from huitong.crypto import Suite, merkle
from huitong.crypto.bundle_check import check_fact
from huitong.crypto.bundle_wire import to_block
from huitong.state import keys
from huitong.types import Code, Event, HuitongError, ProofInvalid, Receipt, decode, encode
from huitong.types.bundle import AbsenceFact, Bundle, ReceiptFact, StateFact, decode_bundle
from huitong.types.limits import ADDRESS_BYTES
from huitong.types.registry import STORE_MAIN

from .gateways import Gateways, another_may_help
from .light import LightClient
from .transport import Transport

T = TypeVar("T")
_PREFIX: Final = "/api/v1"


class VerifiedReader:
    """Reads with proofs, from whichever gateway gives one that holds.

    A gateway whose answer does not follow from its proof is named in HT7009, when no other has a better answer.
    """

    def __init__(self, gateways: Gateways, light: LightClient, suite: Suite, language: str) -> None:
        self._gateways = gateways
        self._light = light
        self._suite = suite
        self._language = language
        self._newest_read = 0

    async def state(self, store: str, key: bytes) -> StateAnswer:
        """Return a value, or its absence, as the newest provable state of a gateway shows it.

        Never older than what was read before. Raises ProofInvalid HT7009, HT7007, HT7008, HT7010, HT7011.
        """

        async def ask(gateway: Transport) -> StateAnswer:
            path = f"{_PREFIX}/state/{store}/{to_hex(key)}"
            answer = await gateway.read(path, StateAnswer, {"prove": "true"})
            return await self._judged(gateway, self._state(gateway, store, key, answer))

        return await self._gateways.first(ask)

    async def _state(self, gateway: Transport, store: str, key: bytes, answer: StateAnswer) -> StateAnswer:
        raw = bytes(answer.proof)
        bundle = await self._bundle(gateway, raw)
        fact = bundle.fact
        if not isinstance(fact, StateFact | AbsenceFact) or (fact.store, fact.key) != (store, key):
            raise _lie("its proof is about something else")
        height = int(bundle.header.height) - 1
        if height < self._newest_read:
            raise _lie(f"it is of block {height}, and block {self._newest_read} was read before")
        value = to_hex(fact.value) if isinstance(fact, StateFact) else None
        proved = StateAnswer(store=store, key=to_hex(key), value=value, height=height, proof=msgspec.Raw(raw))
        _same(answer, proved, ("store", "key", "value", "height"))
        self._newest_read = height
        return proved

    async def address(self, name: str) -> bytes:
        """Return the address of a contract by its name. Raises HT8005 when it is proved that there is none."""
        value = (await self.state(STORE_MAIN, keys.name(name))).value
        address = b"" if value is None else from_hex(value, "address")
        if len(address) != ADDRESS_BYTES:
            raise HuitongError(Code.NOT_FOUND, what="contract", name=name[:80])
        return address

    async def transaction(self, tx_id: bytes) -> TransactionAnswer:
        """Return what became of a transaction; its receipt proves all but *accepted*. Raises as `state`, HT8005."""

        async def ask(gateway: Transport) -> TransactionAnswer:
            answer = await gateway.read(f"{_PREFIX}/transactions/{to_hex(tx_id)}", TransactionAnswer)
            if answer.answer == "accepted":
                return answer
            return await self.checked(gateway, tx_id, answer)

        return await self._gateways.first(ask, frozenset({Code.NOT_FOUND}))

    async def checked(self, gateway: Transport, tx_id: bytes, answer: TransactionAnswer) -> TransactionAnswer:
        """Return a gateway's answer about an executed transaction as its receipt proves it. Raises ProofInvalid."""
        raw = await gateway.read_bytes(f"{_PREFIX}/transactions/{to_hex(tx_id)}/proof")
        return await self._judged(gateway, self._receipt(gateway, tx_id, answer, raw))

    async def _receipt(
        self, gateway: Transport, tx_id: bytes, answer: TransactionAnswer, raw: bytes
    ) -> TransactionAnswer:
        bundle = await self._bundle(gateway, raw)
        if not isinstance(bundle.fact, ReceiptFact) or bundle.fact.tx_id != tx_id:
            raise _lie("its proof is about something else")
        receipt = decode(bytes(bundle.fact.receipt), Receipt)
        height = int(bundle.header.height) - 1
        time_ns = (await self._light.block(height, gateway)).header.time_ns
        done = receipt.code == 0
        proved = msgspec.structs.replace(
            answer,
            tx_id=to_hex(tx_id),
            answer=answer_word(receipt.code),
            height=height,
            time_ns=str(time_ns),
            time=rfc3339(time_ns),
            index=receipt.index,
            code=receipt.code,
            error=_error(receipt, answer, self._language),
            gas_used=str(receipt.gas_used),
            payer=to_hex(receipt.payer),
            result=plain_value(receipt.return_bytes) if done else None,
            return_bytes=to_hex(receipt.return_bytes),
            events=tuple(_event(record, height, time_ns, tx_id) for record in answer.events),
        )
        root = merkle.root([encode(_event_of(record)) for record in proved.events], self._suite.hash)
        if root != receipt.events_root:
            raise _lie("the events are not those of the receipt")
        _same(answer, proved, [name for name in answer.__struct_fields__ if name != "error"])
        return proved

    async def _bundle(self, gateway: Transport, raw: bytes) -> Bundle:
        """Read a bundle whose header is verified and whose fact follows from it. Raises ProofInvalid."""
        bundle = decode_bundle(raw)
        await self._light.verify(to_block(bundle), gateway)
        check_fact(self._suite, bundle)
        return bundle

    @staticmethod
    async def _judged(gateway: Transport, answer: Awaitable[T]) -> T:
        """Name the gateway in what is wrong with its proof."""
        try:
            return await answer
        except ProofInvalid as error:
            if not another_may_help(error):
                raise
            own = error.code == Code.ANSWER_NOT_PROVED
            reason = error.data["reason"] if own else str(error)
            raise ProofInvalid(Code.ANSWER_NOT_PROVED, url=gateway.url, reason=reason) from None


def _lie(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.ANSWER_NOT_PROVED, url="", reason=reason)


def _same(answer: object, proved: object, names: Sequence[str]) -> None:
    """Refuse an answer that says anything else than what is proved."""
    for name in names:
        if getattr(answer, name) != getattr(proved, name):
            raise _lie(f"{name} is not what the proof shows")


def _error(receipt: Receipt, answer: TransactionAnswer, language: str) -> ErrorAnswer | None:
    """The error that the receipt proves; of a code without data the gateway's words, which nothing proves."""
    if receipt.code == 0:
        return None
    if receipt.return_bytes:
        return failure_error(receipt.code, receipt.return_bytes, language)
    if answer.error is None or answer.error.code != code_text(receipt.code):
        raise _lie("error is not what the proof shows")
    return answer.error


def _event_of(record: EventRecord) -> Event:
    name = record.name or tuple(from_hex(topic, "topic") for topic in record.topics)
    return Event(from_hex(record.emitter, "emitter"), name, from_hex(record.raw, "event"))


def _event(record: EventRecord, height: int, time_ns: int, tx_id: bytes) -> EventRecord:
    """The record as its bytes and its block say it."""
    data = plain_value(from_hex(record.raw, "event")) if record.name else record.raw
    return msgspec.structs.replace(
        record, height=height, time_ns=str(time_ns), time=rfc3339(time_ns), tx_id=to_hex(tx_id), data=data
    )
