"""Mutual TLS between client and gateway, with the certificates that a network on one machine makes."""

import asyncio
import shutil
import ssl

import pytest

from huitong.api.client import AsyncClient, Wallet
from huitong.api.client.tls import client_context
from huitong.cli.net.certificates import (
    GATEWAY_CERTIFICATE,
    GATEWAY_CLIENTS,
    GATEWAY_KEY,
    client_folder,
    make_authority,
    write_certificates,
)
from huitong.gateway import TlsFiles, bind, server_context
from huitong.gateway.server import serving
from huitong.node import Home
from huitong.node.configuration import load
from huitong.node.settings import settings_of
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind


def files(home):
    return TlsFiles(home.path / GATEWAY_CERTIFICATE, home.path / GATEWAY_KEY, home.path / GATEWAY_CLIENTS)


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Two organisations of one network, and one of another."""
    folder = tmp_path_factory.mktemp("tls")
    made = {name: Home(folder / name) for name in ("a", "b", "stranger")}
    network, other = make_authority("net-1"), make_authority("other-1")
    for name, authority in (("a", network), ("b", network), ("stranger", other)):
        write_certificates(made[name], name, "127.0.0.1", authority)
    return made


@pytest.fixture
def alice():
    return Wallet.of(KeyKind.ED25519, bytes([1]) * 32)


@pytest.fixture
async def served(gateway, homes):
    async with serving(gateway, bind("127.0.0.1", 0), server_context(files(homes["a"]))) as server:
        yield server


async def refusal(question):
    with pytest.raises(HuitongError) as caught:
        await question
    return caught.value


@pytest.mark.parametrize("name", ["a", "b"])
async def test_clients_of_the_network_are_served_by_tls_1_3(served, homes, alice, node, name):
    assert served.url.startswith("https://127.0.0.1:")
    async with AsyncClient(served.url, alice, tls=client_folder(homes[name])) as client:
        answer = await client.call(bytes([0x11]) * 20, "put", "k", 7)
        assert (answer.answer, node.values) == ("committed", {"k": 7})
        assert client_context(client_folder(homes[name])).minimum_version is ssl.TLSVersion.TLSv1_3


async def test_events_come_over_tls(served, homes, alice):
    async with AsyncClient(served.url, alice, tls=client_folder(homes["a"])) as client:
        listening = client.events(after="0.0.1")
        answer = await client.call(bytes([0x11]) * 20, "put", "k", 7)
        assert (await anext(listening)).tx_id == answer.tx_id
        await listening.aclose()


async def test_a_client_without_a_certificate_is_refused(served, homes, alice, node, tmp_path):
    shutil.copy(client_folder(homes["a"]) / "ca.pem", tmp_path / "ca.pem")
    async with AsyncClient(served.url, alice, tls=client_folder(homes["a"])) as client:
        signed = await client.sign([(bytes([0x11]) * 20, "put", ("k", 1))])
    async with AsyncClient(served.url, alice, tls=tmp_path) as client:
        for question in (client.status(), client.submit(signed), anext(client.events(after="0.0.1"))):
            assert (await refusal(question)).code == Code.CLIENT_CERTIFICATE_MISSING
    assert node.submissions == 0


async def test_a_client_of_another_authority_is_refused(served, homes, alice, node, tmp_path):
    for name in ("client.pem", "client.key"):
        shutil.copy(client_folder(homes["stranger"]) / name, tmp_path / name)
    shutil.copy(client_folder(homes["a"]) / "ca.pem", tmp_path / "ca.pem")
    async with AsyncClient(served.url, alice, tls=tmp_path) as client:
        error = await refusal(client.status())
    assert error.code in (Code.NODE_UNREACHABLE, Code.TLS_REFUSED)  # the alert may be lost with the connection
    assert "certificate" in error.data["reason"].lower()
    assert node.submissions == 0


async def test_a_gateway_of_another_authority_gets_no_request(served, homes, alice):
    async with AsyncClient(served.url, alice, tls=client_folder(homes["stranger"])) as client:
        error = await refusal(client.status())
    assert error.code == Code.TLS_REFUSED
    assert "certificate" in error.data["reason"]


async def test_a_gateway_under_another_name_gets_no_request(gateway, homes, alice):
    """The certificate names 127.0.0.1 and localhost, not 127.0.0.2."""
    async with (
        serving(gateway, bind("127.0.0.2", 0), server_context(files(homes["a"]))) as server,
        AsyncClient(server.url, alice, tls=client_folder(homes["a"])) as client,
    ):
        error = await refusal(client.status())
    assert (error.code, "127.0.0.2" in error.data["reason"]) == (Code.TLS_REFUSED, True)


async def test_older_versions_of_tls_are_refused(served, homes):
    context = client_context(client_folder(homes["a"]))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        await asyncio.open_connection("127.0.0.1", served.port, ssl=context)


async def test_tls_where_there_is_none_is_said(gateway, homes, alice):
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        url = server.url.replace("http://", "https://")
        async with AsyncClient(url, alice, tls=client_folder(homes["a"])) as client:
            assert (await refusal(client.status())).code == Code.TLS_REFUSED


async def test_another_gateway_is_asked_when_tls_fails(gateway, homes, alice):
    first = serving(gateway, bind("127.0.0.1", 0), server_context(files(homes["stranger"])))
    second = serving(gateway, bind("127.0.0.1", 0), server_context(files(homes["b"])))
    async with (
        first as stranger,
        second as good,
        AsyncClient([stranger.url, good.url], alice, tls=client_folder(homes["a"])) as client,
    ):
        assert (await client.call(bytes([0x11]) * 20, "put", "k", 7)).answer == "committed"
        assert client.gateways[0].last_failure.startswith("HT8017")


def test_files_that_cannot_be_used_are_named(homes, tmp_path):
    with pytest.raises(HuitongError) as missing:
        client_context(tmp_path)
    assert (missing.value.code, missing.value.data["path"]) == (
        Code.CLIENT_CERTIFICATE_UNUSABLE, str(tmp_path / "ca.pem"),
    )  # fmt: skip
    whole = files(homes["a"])
    (tmp_path / "ca.pem").write_text("no certificate")
    for changed in (
        TlsFiles(tmp_path / "none.pem", whole.key),
        TlsFiles(whole.certificate, homes["b"].path / GATEWAY_KEY),
        TlsFiles(whole.certificate, whole.key, tmp_path / "ca.pem"),
    ):
        with pytest.raises(HuitongError) as unusable:
            server_context(changed)
        assert unusable.value.code == Code.GATEWAY_CERTIFICATE_UNUSABLE


def test_settings_name_the_files(tmp_path):
    path = tmp_path / "node.toml"
    path.write_text('[gateway]\ntls_certificate = "tls/gateway.pem"\ntls_key = "tls/gateway.key"\n')
    settings = settings_of(load(path, {}).configuration, None)
    assert settings.tls is not None
    assert (str(settings.tls.certificate), settings.tls.clients) == ("tls/gateway.pem", None)
    path.write_text('[gateway]\ntls_clients = "tls/clients.pem"\n')
    with pytest.raises(HuitongError) as half:
        settings_of(load(path, {}).configuration, None)
    assert half.value.code == Code.NODE_CONFIGURATION


def test_secret_keys_are_closed_to_others(homes):
    for path in (homes["a"].path / GATEWAY_KEY, client_folder(homes["a"]) / "client.key"):
        assert path.stat().st_mode & 0o077 == 0
