"""A network of four takes in a fifth organisation and loses one of the first, and goes on; proofs hold all the way."""

import asyncio
from pathlib import Path

import pytest
from program import run

from huitong.api.client import AsyncClient, TransactionFailed, Wallet
from huitong.crypto import INTERNATIONAL, module_address, private_key
from huitong.node import identities
from huitong.types import Code
from huitong.types.registry import KeyKind, ModuleId

pytestmark = [pytest.mark.peers, pytest.mark.xdist_group("membership")]

METERING = str(Path(__file__).parents[3] / "examples" / "metering" / "metering.py")
NETWORK = module_address(ModuleId.NETWORK)
ALICE = identities(INTERNATIONAL)[0]


def read(network, url, value):
    done = run(
        network.folder, "contract", "call", "metering", "read", "m-1", str(value), "--json", node=url, signer=ALICE.id
    )
    assert done.status == 0, (done.out, done.err, network.logs())
    return done.document


def prove(network, url, tx_id, name, *arguments):
    done = run(network.folder, "tx", "prove", tx_id, "--out", name, *arguments, node=url)
    assert done.status == 0, done.err


def verify(network, bundle, trust):
    return run(network.folder, "verify", bundle, "--trust", trust, "--json")


def take_trust(network, url, name, *arguments):
    done = run(network.folder, "trust", "--out", name, *arguments, node=url)
    assert done.status == 0, done.err


def ask(url, method, *args):
    """A call to the module network as alice; the code that it fails with, 0 when it does not."""

    async def send():
        async with AsyncClient(url, Wallet.of(ALICE.key_kind, ALICE.secret)) as client:
            try:
                await client.call(NETWORK, method, *args)
            except TransactionFailed as error:
                return error.code
        return 0

    return asyncio.run(send())


def members(network, url):
    return run(network.folder, "net", "members", "--json", node=url).document


def test_a_fifth_comes_and_one_of_the_first_goes(changing):
    network = changing
    first = network.url(0)
    network.committed(0, "contract", "deploy", METERING, "--name", "metering")
    network.committed(0, "contract", "call", "metering", "register", "m-1")
    before = read(network, first, 1)
    take_trust(network, first, "trust-before.json", "--height", str(before["height"]))

    added = network.net("add-org", "laboratory", "--json").document
    fifth = added["url"]
    assert added["power"] == 10
    known = members(network, fifth)["validators"]["validators"]
    assert sorted(one["organisation"] for one in known)[2:4] == ["insurer", "laboratory"]
    between = read(network, fifth, 10)

    network.net("add-node", "reader", "--sync", "blocks", "--org", "regulator")
    left = network.net("remove-org", "regulator", "--json").document
    assert left["removed"] == ["regulator", "reader"], "the nodes that follow for it go with it"
    names = {one["organisation"] for one in members(network, fifth)["validators"]["validators"]}
    assert names == {"hospital-a", "hospital-b", "insurer", "laboratory"}
    assert {one["organisation"] for one in members(network, fifth)["gateways"]} == names
    after = read(network, fifth, 100)
    value = network.ask(0, "views", {"target": "metering", "method": "total", "args": ["m-1"]})["value"]
    assert value == "111"

    take_trust(network, fifth, "trust-after.json")
    for name, done in (("before", before), ("between", between), ("after", after)):
        prove(network, fifth, done["tx_id"], f"{name}.json")
        held = verify(network, f"{name}.json", "trust-before.json")
        assert (held.status, held.document["tx_id"]) == (0, done["tx_id"]), (name, held.out, held.err)
    assert verify(network, "after.json", "trust-after.json").status == 0


def test_a_change_that_loses_the_quorum_is_refused(changing):
    known = members(changing, changing.url(0))["validators"]["validators"]
    stranger = private_key(KeyKind.ED25519, bytes(range(32))).public_key
    assert ask(changing.url(0), "set_validator", "insurer", stranger, 21) == Code.QUORUM_WOULD_BREAK
    assert ask(changing.url(0), "remove_validator", stranger) == Code.NETWORK_ENTRY_UNKNOWN
    ours = next(one for one in known if one["organisation"] == "insurer")
    raised = ask(changing.url(0), "set_validator", "insurer", bytes.fromhex(ours["public_key"][2:]), 1000)
    assert raised == Code.QUORUM_WOULD_BREAK


def test_a_message_is_sent_by_command(changing):
    def change(*arguments):
        return run(changing.folder, "net", "change", *arguments, "--json", node=changing.url(0), signer=ALICE.id)

    assert change("schedule_rules", "2", "1000000").status == 0
    rules = members(changing, changing.url(0))["rules"]
    assert [int(rules[name]) for name in ("version", "next_version", "next_height")] == [1, 2, 1_000_000]
    assert change("cancel_rules").status == 0
    assert change("schedule_rules", "1", "1000000").document["error"]["code"] == f"HT{int(Code.RULES_NOT_LATER)}"
    assert change("set_admins", '["hospital-a", "hospital-b"]').status == 0
    assert members(changing, changing.url(0))["admins"] == ["hospital-a", "hospital-b"]
    assert change("set_admins", '["nobody"').document["error"]["code"] == f"HT{int(Code.USAGE)}"


def test_a_proof_leads_from_trust_of_before_over_all_changes_of_validators(changing):
    """Of four validators that the trust file names one is left: its headers alone convince nobody, the trail does."""
    network = changing
    first = network.url(0)
    take_trust(network, first, "trust-four.json", "--height", "1")
    network.net("add-org", "pharmacy")
    for name in ("insurer", "hospital-b"):
        network.net("remove-org", name)
    names = {one["organisation"] for one in members(network, first)["validators"]["validators"]}
    assert names == {"hospital-a", "laboratory", "pharmacy"}
    called = read(network, first, 1000)
    prove(network, first, called["tx_id"], "alone.json")
    prove(network, first, called["tx_id"], "trail.json", "--trust", "trust-four.json")
    network.down()
    alone = verify(network, "alone.json", "trust-four.json")
    assert (alone.status, alone.document["error"]["code"]) == (4, "HT7004")
    held = verify(network, "trail.json", "trust-four.json")
    assert (held.status, held.document["tx_id"]) == (0, called["tx_id"])
