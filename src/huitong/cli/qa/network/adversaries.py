"""Organisations that lie: a validator that signs twice or proposes what is not good, gateways that misbehave."""

import asyncio
import base64
import os
import shutil
import time
from collections.abc import Iterator
from typing import Final

import httpx
import msgspec

from huitong.api.client import AsyncClient, Wallet
from huitong.crypto import INTERNATIONAL, PrivateKey, key_address, merkle
from huitong.engine.cometbft.home import rpc_url
from huitong.engine.packing import EXPIRY_NS
from huitong.node.comet import comet_folder
from huitong.node.home import node_key
from huitong.types import Element, Envelope, EnvelopeHead, element_leaves, encode, envelope_sign_bytes
from huitong.types.registry import PROTOCOL_VERSION, KeyKind, TransactionKind

from .faulty_node import LIES_FILE
from .field import Field, GaveUpError
from .trial import Facts, Scenario, Trial

LIAR: Final = 3
TWIN: Final = 4
HONEST: Final = (0, 1, 2)
LIES: Final = 11
FLOOD: Final = 80
GOES_ON_S: Final = 60.0
_VALIDATOR_KEY: Final = "config/priv_validator_key.json"


def twin(field: Field) -> None:
    """Give a fifth node the validator key of the fourth: both sign, each what it sees."""
    source, target = (comet_folder(field.home(number)) / _VALIDATOR_KEY for number in (LIAR, TWIN))
    shutil.copyfile(source, target)


def signs_twice(trial: Trial) -> Facts:
    """The evidence of two votes by one key comes into a block, and the chain goes on."""
    begun, height = time.monotonic(), 1
    while time.monotonic() - begun < GOES_ON_S:
        trial.work(8)
        while height <= trial.field.height(0):
            block = trial.field.rpc(0, "block", height=str(height)).get("block", {})
            if (block.get("evidence") or {}).get("evidence"):
                return {"evidence_at": height, "after_s": round(time.monotonic() - begun, 2), "then_s": trial.work()}
            height += 1
    raise GaveUpError("a validator signed twice and no evidence is in a block")


def liar(field: Field) -> None:
    """Let the fourth node propose what is not good."""
    field.commands[LIAR] = ("huitong.cli.qa.network.faulty_node", "proposals")


def proposes_lies(trial: Trial) -> Facts:
    """Every kind of bad proposal is refused; the others propose in its place."""
    path = trial.field.home(LIAR).path / LIES_FILE
    begun = time.monotonic()
    while len(told := path.read_text(encoding="utf-8").splitlines() if path.exists() else []) < LIES:
        if time.monotonic() - begun > 4 * GOES_ON_S:
            raise GaveUpError(f"only {len(told)} bad proposals")
        trial.work(4)
    return {"bad_proposals": len(told), "kinds": len(set(told)), "seconds": round(time.monotonic() - begun, 1)}


class Forger:
    """Makes envelopes with a gateway's real key, good or bad as wanted."""

    def __init__(self, field: Field, number: int) -> None:
        self.chain_id = field.plan.chain_id
        self.key: PrivateKey = node_key(field.home(number).keys().gateway)
        self.seq = 1_000

    def envelope(self, *, chain_id: str = "", expiry: int | None = None, size: int = 2_000, count: int = 10) -> bytes:
        """An envelope of transactions that are none. expiry: ns, a minute ahead unless given."""
        self.seq += 1
        txs = tuple(Element(TransactionKind.NATIVE, os.urandom(size)) for _ in range(count))
        head = EnvelopeHead(
            version=PROTOCOL_VERSION,
            chain_id=chain_id or self.chain_id,
            gateway=key_address(INTERNATIONAL, KeyKind.ED25519, self.key.public_key),
            seq=self.seq,
            expiry=time.time_ns() + EXPIRY_NS if expiry is None else expiry,
            gas_limit=1_000,
            txs_root=merkle.root(element_leaves(txs), INTERNATIONAL.hash),
        )
        signature = self.key.sign(envelope_sign_bytes(head))
        return encode(Envelope(**msgspec.structs.asdict(head), txs=txs, signature=signature))


def _bad(forger: Forger) -> Iterator[tuple[str, bytes]]:
    """Envelopes that CheckTx must refuse, with what is wrong."""
    good = forger.envelope()
    yield "another chain", forger.envelope(chain_id="another-1")
    yield "expired", forger.envelope(expiry=time.time_ns() - EXPIRY_NS)
    yield "spoilt", good[:-1] + bytes([good[-1] ^ 1])
    yield "garbage", os.urandom(3_000)


def floods(trial: Trial) -> Facts:
    """A gateway sends what is admissible and useless as fast as it can, replays it, and signs for another chain."""
    return asyncio.run(_flood(trial))


async def _flood(trial: Trial) -> Facts:
    forger = Forger(trial.field, LIAR)
    urls = [rpc_url(comet_folder(trial.field.home(number))) for number in range(trial.field.count)]
    counts = {"taken": 0, "refused": 0}
    begun = len(trial.recorder.told)
    started = time.monotonic()
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        for number in range(FLOOD):
            url = urls[number % len(urls)]
            raw = forger.envelope(count=100)
            counts["taken" if await _takes(http, url, raw) else "refused"] += 1
            if await _takes(http, url, raw):
                raise GaveUpError("an envelope was taken twice")
            for what, bad in _bad(forger):
                if await _takes(http, url, bad):
                    raise GaveUpError(f"an envelope was taken that is bad: {what}")
    meanwhile = len(trial.recorder.told) - begun
    elapsed = time.monotonic() - started
    if not meanwhile:
        raise GaveUpError(f"nothing was committed during {elapsed:.1f} s of a flood")
    return {**counts, "flood_s": round(elapsed, 1), "acknowledged_meanwhile": meanwhile, "after_s": trial.work()}


async def _takes(http: httpx.AsyncClient, url: str, raw: bytes) -> bool:
    """Whether a node's CometBFT takes an envelope into its pool."""
    params = {"tx": base64.b64encode(raw).decode()}
    question = {"jsonrpc": "2.0", "id": 1, "method": "broadcast_tx_sync", "params": params}
    answer = (await http.post(url, json=question)).json()
    return "result" in answer and int(answer["result"].get("code", 0)) == 0


def censor(field: Field) -> None:
    """Let the fourth gateway take transactions and hand none over."""
    field.commands[LIAR] = ("huitong.cli.qa.network.faulty_node", "censor")


def keeps_quiet(trial: Trial) -> Facts:
    """What a silent gateway took, another one brings into a block, once."""
    return asyncio.run(_through_another(trial))


async def _through_another(trial: Trial) -> Facts:
    person = trial.field.people[LIAR]
    wallet = Wallet.of(person.key_kind, person.secret)
    async with AsyncClient(trial.field.url(LIAR), wallet) as silent, AsyncClient(trial.field.url(0), wallet) as other:
        meter = f"m-{trial.field.people[0].organisation}"
        signed = await silent.sign([(trial.contract, "read", [meter, 1])], gas_limit=200_000)  # fails: not its meter
        taken = await silent.submit(signed, "accepted")
        (kept,) = await silent.submit_many([signed], timeout_s=3)
        begun = time.monotonic()
        (answer,) = await other.submit_many([signed])
        elapsed = round(time.monotonic() - begun, 2)
        (again,) = await silent.submit_many([signed], timeout_s=10)
    if (taken.answer, kept.answer) != ("accepted", "accepted"):
        raise GaveUpError(f"the silent gateway answered {taken.answer}, then {kept.answer}")
    if answer.height is None or again.height not in (None, answer.height):
        raise GaveUpError(
            f"another gateway brought {answer.answer} at {answer.height}, the silent one at {again.height}"
        )
    return {"through_another_s": elapsed, "at": answer.height}


SCENARIOS = (
    Scenario("signs-twice", signs_twice, make=twin, count=5, load=HONEST),
    Scenario("proposes-lies", proposes_lies, make=liar, load=HONEST),
    Scenario("gateway-floods", floods, load=HONEST, honest=(*HONEST, LIAR)),
    Scenario("gateway-censors", keeps_quiet, make=censor, load=HONEST, honest=(*HONEST, LIAR)),
)
