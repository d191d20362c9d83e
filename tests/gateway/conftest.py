"""The gateway over a node in memory, and a client without a socket."""

import httpx
import pytest
from fake_node import FakeNode
from fake_reads import CONTRACT

from huitong.api import NodeApi
from huitong.crypto import INTERNATIONAL, key_address, private_key
from huitong.gateway import Gateway, GatewaySettings
from huitong.types import encode, sign_bytes
from huitong.types.registry import KeyKind


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
