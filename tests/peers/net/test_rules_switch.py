"""Real nodes switch to version 2 of the rules by a transaction; one whose program does not know it stops."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from network import started
from program import run

from huitong.api.client import AsyncClient
from huitong.types.bundle import decode_signed_header

pytestmark = [pytest.mark.peers, pytest.mark.xdist_group("rules")]

PROGRAM = Path(__file__).parents[2] / "support" / "next_release.py"
OLD = 3
"""The organisation that does not install the next release in time."""


@pytest.fixture
def network(tmp_path):
    network = started(tmp_path, 4, 17000)
    yield network
    network.down()


def install(network, numbers):
    """Start nodes, which do not run, with the next release; all are ready."""
    folder = network.folder / ".huitong" / "net"
    for number in numbers:
        name = network.ready["nodes"][number]["organisation"]
        subprocess.run([sys.executable, PROGRAM, "start", folder, name], check=True, timeout=60)
    for _ in network.attempts(60):
        if all(network.status()[number]["state"] == "ready" for number in numbers):
            return


def version_at(network, number, height):
    """Version of the rules that a header names."""

    async def ask():
        async with AsyncClient(network.url(number)) as client:
            return decode_signed_header(await client.signed_header(height)).header.version_app

    return asyncio.run(ask())


def change(network, other):
    """A transaction; the height of its block."""
    return network.committed(0, "net", "change", "set_admins", f'["hospital-a", "{other}"]')["height"]


def told(network):
    """What the node with the former release says of rules in its log."""
    return [line for line in (network.home(OLD) / "node.log").read_text().splitlines() if "HT6108" in line]


def test_a_switch_of_rules_and_a_node_that_was_not_upgraded(network):
    network.down()
    install(network, range(OLD))
    network.net("start", "regulator")
    planned = network.ask(0, "status")["height"] + 4
    network.committed(0, "net", "change", "schedule_rules", "2", str(planned))
    height, names = 0, ("hospital-b", "insurer", "regulator")
    while height <= planned + 2:
        height = change(network, names[height % 3])
    network.wait_for(height, range(OLD))
    versions = {number: version_at(network, 1, number) for number in range(planned - 1, height + 1)}
    first = min(number for number, version in versions.items() if version == 2)
    assert first > planned, "the block that writes the version still has the former one"
    assert all(version == (2 if number >= first else 1) for number, version in versions.items())

    for _ in network.attempts(30):
        if told(network):
            break
    assert "The chain has switched to version 2 of its rules; this program knows versions up to 1" in told(network)[0]
    assert network.status()[OLD]["state"] != "ready"
    network.net("stop", "regulator")
    again = run(network.folder, "node", "start", "--state", str(network.home(OLD)))
    assert again.status != 0
    assert "HT6108" in again.err
    assert "Install the release of Huitong that has rules version 2" in again.err

    install(network, [OLD])
    last = change(network, "insurer")
    network.wait_for(last, range(4))
    assert version_at(network, OLD, last) == 2
