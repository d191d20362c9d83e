"""The light client over gateways that serve made-up chains: bisection, witnesses, evidence, files."""

import httpx
import msgspec
import pytest
from light_world import SECOND, START_NS, LightWorld, constant, turning, validators_of

from huitong.api.client.gateways import Gateways
from huitong.api.client.light import HeadersConflict, LightClient
from huitong.api.client.transport import Transport
from huitong.api.problems import problem
from huitong.crypto import INTERNATIONAL, sha256
from huitong.crypto.bundle import live_trust_document, signed_header_document, trust_document
from huitong.crypto.light_walk import same_header
from huitong.types import Code, HuitongError, ProofInvalid
from huitong.types.bundle import decode_evidence, decode_light_file, decode_trust

DAY = 24 * 3600 * SECOND


class Chains(httpx.AsyncBaseTransport):
    """Serves the headers of each host's chain. asked: (host, height) of each question."""

    def __init__(self, chains):
        self.chains = chains
        self.asked = []

    async def handle_async_request(self, request):
        blocks = self.chains[request.url.host]
        name = request.url.path.rpartition("/")[2]
        height = max(blocks) if name == "latest" else int(name)
        self.asked.append((request.url.host, height))
        if height not in blocks:
            document = problem(Code.NOT_FOUND, {"what": "block", "name": str(height)})
            kind = {"content-type": "application/problem+json"}
            return httpx.Response(404, headers=kind, content=msgspec.json.encode(document))
        block = blocks[height]
        return httpx.Response(200, content=signed_header_document(block.signed, block.validators))


class Desk:
    """A light client and the gateways that it asks."""

    def __init__(self, chains, first=1, now=40, file=None, period=DAY, trust_of=None):
        self.served = Chains(chains)
        http = httpx.AsyncClient(transport=self.served)
        transports = [Transport(f"http://{host}", http, 5.0, "en", 1) for host in chains]
        self.gateways = Gateways(transports)
        self.transports = dict(zip(chains, transports, strict=True))
        block = (trust_of or next(iter(chains.values())))[first]
        self.now_ns = START_NS + now * SECOND
        trust = decode_trust(live_trust_document(block, INTERNATIONAL, period))
        self.client = LightClient(self.gateways, trust, file, now_ns=lambda: self.now_ns, witness_s=0.3)

    async def verify(self, block, host="a"):
        return await self.client.verify(block, self.transports[host])

    async def refusal(self, block, host="a"):
        with pytest.raises(HuitongError) as caught:
            await self.verify(block, host)
        return caught.value


WORLD = turning(30)


async def test_changing_validators_are_followed_by_asking_for_headers_between():
    desk = Desk({"a": WORLD.blocks})
    newest = await desk.client.update()
    assert newest.height == desk.client.newest.height == 30
    asked = len(desk.served.asked)
    assert 2 < asked < 25
    assert await desk.verify(WORLD.blocks[30]) == ()
    assert len(desk.served.asked) == asked


async def test_an_older_header_is_reached_from_the_one_below():
    desk = Desk({"a": WORLD.blocks}, first=10)
    assert [block.height for block in await desk.verify(WORLD.blocks[20])][-1] == 20
    assert (await desk.client.block(11, desk.transports["a"])).height == 11
    assert (await desk.client.block(7, desk.transports["a"])).height == 7
    assert desk.client.newest.height == 20


async def test_a_header_that_nobody_signed_is_refused():
    desk = Desk({"a": WORLD.blocks})
    stranger = LightWorld([validators_of(30, 31, 32, 33)] * 31).blocks[2]
    assert (await desk.refusal(stranger)).code == Code.HEADER_INVALID
    assert desk.client.newest.height == 1


async def test_another_chain_is_refused():
    other = LightWorld([validators_of(0, 1, 2, 3)] * 9, chain_id="other-1")
    desk = Desk({"a": constant(8).blocks})
    assert (await desk.refusal(other.blocks[5])).code == Code.HEADER_INVALID


async def test_trust_expires_and_a_fresh_header_renews_it():
    desk = Desk({"a": WORLD.blocks}, now=25, period=25 * SECOND)
    await desk.verify(WORLD.blocks[20])
    desk.now_ns += 5 * SECOND
    await desk.verify(WORLD.blocks[30])
    desk.now_ns += 25 * SECOND
    error = await desk.refusal(WORLD.blocks[29])
    assert (error.code, error.data["height"]) == (Code.TRUST_EXPIRED, 30)


async def test_a_clock_that_is_behind_is_said():
    desk = Desk({"a": WORLD.blocks}, now=10)
    await desk.verify(WORLD.blocks[19])
    assert (await desk.refusal(WORLD.blocks[20])).code == Code.HEADER_FROM_FUTURE


async def test_witnesses_confirm_each_header():
    desk = Desk({"a": WORLD.blocks, "b": WORLD.blocks, "c": WORLD.blocks})
    await desk.verify(WORLD.blocks[5])
    assert {host for host, height in desk.served.asked if height == 5} == {"b", "c"}


async def test_a_fork_is_evidence_and_stops_the_client(tmp_path):
    chain = constant(8)
    fork = {**chain.blocks, 8: chain.other(8, app_hash=sha256(b"other"))}
    desk = Desk({"a": chain.blocks, "b": chain.blocks, "c": fork}, file=tmp_path / "light.json")
    error = await desk.refusal(chain.blocks[8])
    assert isinstance(error, HeadersConflict)
    assert (error.code, error.data["height"], error.data["attack"]) == (Code.HEADERS_CONFLICT, 8, "lunatic")
    assert error.data["witness"] == "http://c"
    kept = (tmp_path / "light.evidence.json").read_bytes()
    assert kept == error.evidence
    evidence = decode_evidence(kept)
    assert len(evidence.validators) == 4
    assert int(evidence.first.header.height) == int(evidence.second.header.height) == 8
    assert desk.client.newest.height == 1
    assert (await desk.refusal(chain.blocks[5])).code == Code.HEADERS_CONFLICT


async def test_a_gateway_that_later_signs_another_header_of_a_known_height_is_caught_without_witnesses():
    chain = constant(8)
    desk = Desk({"a": chain.blocks})
    await desk.verify(chain.blocks[8])
    error = await desk.refusal(chain.other(8, data_hash=sha256(b"other")))
    assert (error.code, error.data["attack"]) == (Code.HEADERS_CONFLICT, "equivocation")


async def test_a_witness_whose_header_does_not_follow_is_left_out():
    chain = constant(8)
    stranger = LightWorld([validators_of(20, 21, 22)] * 9).blocks
    desk = Desk({"a": chain.blocks, "b": stranger, "c": chain.blocks})
    await desk.verify(chain.blocks[8])
    state = desk.gateways.states[1]
    assert (state.failures, state.last_failure[:6]) == (1, "HT7006")
    assert desk.client.newest.height == 8


async def test_at_least_one_witness_must_confirm():
    chain = constant(8)
    early = {height: chain.blocks[height] for height in range(1, 5)}
    desk = Desk({"a": chain.blocks, "b": early})
    error = await desk.refusal(chain.blocks[8])
    assert (error.code, error.data["height"]) == (Code.WITNESSES_SILENT, 8)
    assert "http://b" in error.data["reason"]
    early[8] = chain.blocks[8]
    await desk.verify(chain.blocks[8])


async def test_what_was_verified_survives_a_restart_without_the_old_headers(tmp_path):
    file = tmp_path / "folder" / "light.json"
    desk = Desk({"a": WORLD.blocks}, file=file, period=40 * SECOND)
    await desk.verify(WORLD.blocks[30])
    desk.client.close()
    kept = decode_light_file(file.read_bytes())
    assert [int(block.header.height) for block in kept.blocks][-1] == 30
    again = Desk({"a": WORLD.blocks}, file=file, now=60, period=40 * SECOND)
    assert again.client.newest.height == 30
    assert same_header((await again.client.update()), WORLD.blocks[30])
    assert again.served.asked == [("a", 30)]


async def test_a_file_of_another_trust_is_not_used(tmp_path):
    file = tmp_path / "light.json"
    desk = Desk({"a": WORLD.blocks}, file=file)
    await desk.verify(WORLD.blocks[30])
    desk.client.close()
    assert Desk({"a": WORLD.blocks}, first=3, file=file).client.newest.height == 3
    file.write_bytes(b"{}")
    with pytest.raises(ProofInvalid) as damaged:
        Desk({"a": WORLD.blocks}, file=file)
    assert damaged.value.code == Code.BUNDLE_MALFORMED


def test_trust_without_a_header_is_not_enough_to_follow_a_chain():
    trust = decode_trust(trust_document("light-1", INTERNATIONAL, validators_of(0, 1)))
    with pytest.raises(ProofInvalid) as refused:
        LightClient(Desk({"a": WORLD.blocks}).gateways, trust)
    assert refused.value.code == Code.TRUST_MISMATCH


async def test_a_trail_leads_from_the_trusted_header_whatever_is_known_since():
    desk = Desk({"a": WORLD.blocks}, first=2)
    await desk.verify(WORLD.blocks[25])
    trail = await desk.client.trail(WORLD.blocks[30], desk.transports["a"])
    heights = [2, *(block.height for block in trail), 30]
    assert heights == sorted(set(heights))
    assert len(trail) > 2
    assert await desk.client.trail(WORLD.blocks[2], desk.transports["a"]) == ()
