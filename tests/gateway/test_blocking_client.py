"""The client that waits: as the asynchronous one, from several threads, closed, forgotten, at the wrong place."""

import asyncio
import gc
import inspect
import signal
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
from anyio.from_thread import start_blocking_portal

from huitong.api.client import AsyncClient, BlockingHandle, Client, ContractHandle, TransactionFailed, Wallet, returned
from huitong.api.client.background import BackgroundLoop
from huitong.api.client.typed import ContractClient
from huitong.api.client.typed_blocking import BlockingContractClient
from huitong.gateway import bind
from huitong.gateway.server import serving
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

LIMIT_S = 20
PROGRAM = """
import os, sys
from huitong.api.client import Client
from huitong.types import HuitongError

client = Client(sys.argv[1])
print(client.status().chain_id, flush=True)
events = client.events("0.0.1")
print(next(events).name, flush=True)
child = os.fork()
if child == 0:
    try:
        client.status()
    except HuitongError as error:
        print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print(client.status().chain_id, flush=True)
"""


@pytest.fixture
def alice():
    return Wallet.of(KeyKind.ED25519, bytes([1]) * 32)


@pytest.fixture
def url(gateway):
    """Address of a real server, which runs in a thread of its own."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(serving(gateway, bind("127.0.0.1", 0))) as server,
    ):
        yield server.url


@pytest.fixture
def client(url, alice):
    with Client(url, alice) as client:
        yield client


def methods_of(kind):
    return {name: found for name, found in inspect.getmembers(kind, inspect.isroutine) if not name.startswith("_")}


def parameters_of(method):
    return [
        (one.name, one.kind, one.default, str(one.annotation)) for one in inspect.signature(method).parameters.values()
    ]


@pytest.mark.parametrize(
    ("waiting", "asynchronous", "own"),
    [
        (Client, AsyncClient, {"run", "iterate"}),
        (BlockingHandle, ContractHandle, set()),
        (BlockingContractClient, ContractClient, set()),
    ],
)
def test_both_clients_have_the_same_methods_and_parameters(waiting, asynchronous, own):
    ours, theirs = methods_of(waiting), methods_of(asynchronous)
    assert set(ours) - own == set(theirs)
    for name in theirs:
        assert parameters_of(ours[name]) == parameters_of(theirs[name]), name
        assert not inspect.iscoroutinefunction(ours[name])
        returns = [str(inspect.signature(method).return_annotation) for method in (ours[name], theirs[name])]
        for word, other in (("AsyncIterator", "Iterator"), ("ContractHandle", "BlockingHandle")):
            returns[1] = returns[1].replace(f".{word}", f".{other}")
        assert returns[0] == returns[1].replace("contracts.Blocking", "blocking_handle.Blocking"), name


def test_it_is_made_with_the_same_settings_but_no_loops_connections():
    ours, theirs = parameters_of(Client.__init__), parameters_of(AsyncClient.__init__)
    assert ours == [one for one in theirs if one[0] != "http"]
    assert {name for name, found in vars(Client).items() if isinstance(found, property)} == {
        "asynchronous", "gateways", "light", "wallet",
    }  # fmt: skip


def test_calls_views_handles_and_errors(client, alice):
    answer = client.call("ledger", "put", "k", 2**80)
    assert (answer.answer, returned(answer)) == ("committed", [2**80])
    assert client.view("ledger", "get", "k") == 2**80
    assert (client.wallet, client.gateways[0].failures) == (alice, 0)
    ledger = client.contract("ledger")
    assert returned(ledger.call("put", "k", value=3)) == [3]
    assert ledger.view("get", key="k") == 3
    with pytest.raises(TransactionFailed) as failed:
        client.call("ledger", "fail", "closed")
    assert (failed.value.code, failed.value.answer.answer) == (Code.REFUSED_BY_CONTRACT, "failed")
    with pytest.raises(HuitongError) as unknown:
        ledger.call("jump")
    assert unknown.value.code == Code.METHOD_UNKNOWN


def test_several_threads_share_one_client(client, node):
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda number: client.call("ledger", "put", f"k{number}", number), range(24)))
    assert [returned(answer) for answer in done] == [[number] for number in range(24)]
    assert len({answer.tx_id for answer in done}) == node.submissions == 24


def test_events_come_until_nobody_wants_more(client):
    first = client.call("ledger", "put", "k", 1)
    events = client.events(after="0.0.1")
    assert next(events).tx_id == first.tx_id
    second = client.call("ledger", "put", "k", 2)
    assert next(events).tx_id == second.tx_id
    events.close()
    assert client.view("ledger", "get", "k") == 2


def test_closing_ends_what_waits_in_other_threads(client):
    begun, caught = threading.Event(), []

    def listen():
        events = client.events(after="0.0.1")
        next(events)
        begun.set()
        try:
            next(events)
        except HuitongError as error:
            caught.append(error)

    client.call("ledger", "put", "k", 1)
    thread = threading.Thread(target=listen)
    thread.start()
    assert begun.wait(LIMIT_S)
    client.close()
    thread.join(LIMIT_S)
    assert [error.code for error in caught] == [Code.CLIENT_UNUSABLE]
    with pytest.raises(HuitongError) as closed:
        client.status()
    assert (closed.value.code, closed.value.data["reason"]) == (Code.CLIENT_UNUSABLE, "it is closed")
    client.close()


async def test_a_thread_with_an_event_loop_is_refused(url):
    with Client(url) as client:
        with pytest.raises(HuitongError) as refused:
            client.status()
        assert refused.value.code == Code.CLIENT_UNUSABLE
        assert "AsyncClient" in refused.value.next_step()
        assert (await asyncio.to_thread(client.status)).chain_id == "fake-1"


@pytest.mark.parametrize("_", range(20))
def test_an_interrupt_cancels_what_was_waited_for(_):
    """Wherever the interrupt comes: it may be before the caller waits."""
    begun, cancelled = threading.Event(), threading.Event()

    async def nothing():
        return None

    async def waits():
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    def interrupt():
        assert begun.wait(LIMIT_S)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    background = BackgroundLoop(nothing)
    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        background.run(waits())
    assert cancelled.wait(LIMIT_S)
    background.end()


def test_a_forgotten_client_ends_its_thread(url):
    client = Client(url)
    client.status()
    events = client.events()
    thread = next(thread for thread in threading.enumerate() if thread.name == "huitong-client")
    watched = weakref.ref(client)
    del client, events
    gc.collect()
    assert watched() is None
    thread.join(LIMIT_S)
    assert not thread.is_alive()


def test_interpreter_ends_cleanly_with_an_open_client_and_a_fork_is_refused(url, alice):
    with Client(url, alice) as client:
        client.call("ledger", "put", "k", 1)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", PROGRAM, url],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert [lines[0], lines[3]] == ["fake-1", "fake-1"]
    assert lines[2].startswith("HT8024")
    assert "fork" in lines[2]


def test_addresses_that_are_none_are_told_at_once():
    with pytest.raises(HuitongError) as refused:
        Client("node")
    assert refused.value.code == Code.NODE_UNREACHABLE
