"""A development chain from start to a proof that is checked with the node stopped, by the program's commands alone."""

import signal
import socket
from pathlib import Path

import pytest
from program import DevChain, run

METERING = str(Path(__file__).parents[2] / "examples" / "metering" / "metering.py")


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    started = DevChain(tmp_path_factory.mktemp("chain")).start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def metering(chain):
    deployed = chain.huitong("contract", "deploy", METERING, "--name", "metering", "--json")
    assert deployed.status == 0, deployed.err
    return deployed.document["address"]


def test_the_ready_file_names_members_and_addresses(chain):
    assert chain.ready["chain_id"] == "huitong-dev-1"
    assert [member["id"] for member in chain.ready["members"]][:2] == ["alice@hospital-a", "wang@hospital-b"]
    assert chain.ready["members"][0]["address"] == "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"


def test_deploy_call_view_and_events(chain, metering):
    assert chain.huitong("contract", "call", "metering", "register", "m-1").status == 0
    called = chain.huitong("contract", "call", "metering", "read", "m-1", "17", "--json")
    assert called.document["answer"] == "committed"
    assert called.document["result"] == ["17"]
    assert called.document["events"][0]["name"] == "MeterRead"
    assert called.document["events"][0]["emitter"] == metering
    seen = chain.huitong("contract", "view", "metering", "total", "m-1", "--json")
    assert (seen.document["value"], seen.status) == ("17", 0)
    shown = chain.huitong("tx", "show", called.document["tx_id"], "--json")
    assert shown.document["events"] == called.document["events"]


def test_a_text_of_digits_needs_no_quotes_and_a_deploy_names_its_transaction(chain, metering):
    assert chain.huitong("contract", "call", "metering", "register", "17").status == 0
    assert chain.huitong("contract", "view", "metering", "total", "17", "--json").document["value"] == "0"
    deployed = chain.huitong("contract", "deploy", METERING, "--json").document
    shown = chain.huitong("tx", "show", deployed["tx_id"], "--json").document
    assert (shown["result"], shown["height"]) == ([deployed["address"]], deployed["height"])
    assert deployed["address"] != metering


def test_a_refusal_of_the_contract_has_its_name_and_exit_code_1(chain, metering):
    assert metering
    assert chain.huitong("contract", "call", "metering", "register", "m-2").status == 0
    refused = chain.huitong("contract", "call", "metering", "read", "m-2", "1", signer="wang@hospital-b")
    assert refused.status == 1
    assert "HT5000" in refused.err
    assert "NotYourMeter" in refused.err
    assert refused.err.startswith("failed in block ")
    assert "\n  meter: m-2\n" in refused.err
    again = chain.huitong("contract", "call", "metering", "register", "m-2", "--json")
    error = again.document["error"]
    assert (error["code"], error["data"]["fields"]) == ("HT5000", {"meter": "m-2"})
    shown = chain.huitong("tx", "show", error["transaction"]["tx_id"], "--json").document
    assert (shown["answer"], shown["error"]["name"]) == ("failed", "MeterExists")


def test_gas_is_limited_as_asked(chain, metering):
    assert metering
    short = chain.huitong("contract", "call", "metering", "register", "m-3", "--gas", "500", "--json")
    assert (short.status, short.document["error"]["code"]) == (1, "HT4001")
    assert short.document["error"]["transaction"]["gas_used"] == "500"
    short = chain.huitong("contract", "deploy", METERING, "--gas", "1000", "--json")
    assert (short.status, short.document["error"]["code"]) == (1, "HT4001")


def test_the_schema_of_a_contract_on_chain_is_that_of_its_file(chain, metering):
    of_file = chain.huitong("contract", "schema", METERING).document
    assert chain.huitong("contract", "schema", "metering", "--json").document == of_file
    assert chain.huitong("contract", "schema", metering, "--json").document == of_file


@pytest.mark.parametrize("arguments", ["[1]", '{"a": 1}', "{", "[" * 5_000])
def test_arguments_that_no_initialiser_takes_are_refused(chain, arguments):
    done = chain.huitong("contract", "deploy", METERING, "--init", arguments, "--json")
    assert (done.status, done.document["error"]["code"]) == (2, "HT9001")


@pytest.mark.parametrize(
    ("arguments", "signer", "status", "code"),
    [
        (("contract", "call", "metering", "nothing"), "alice@hospital-a", 1, "HT4003"),
        (("contract", "call", "metering", "read", "m-1"), "alice@hospital-a", 1, "HT4004"),
        (("contract", "call", "metering", "read", "m-1", '"x"'), "alice@hospital-a", 1, "HT4004"),
        (("contract", "call", "nowhere", "read"), "alice@hospital-a", 1, "HT8005"),
        (("contract", "view", "metering", "total", "unknown"), "alice@hospital-a", 1, "HT5001"),
        (("contract", "call", "metering", "register", "m"), "nobody@hospital-a", 2, "HT8103"),
        (("contract", "deploy", "missing.py"), "alice@hospital-a", 2, "HT9002"),
        (("contract", "deploy", METERING, "--name", "metering"), "alice@hospital-a", 1, "HT4010"),
        (("contract", "deploy", METERING), "mallory@hospital-b", 1, "HT4005"),
        (("tx", "show", "0x" + "00" * 32), "", 1, "HT8005"),
        (("tx", "show", "zz"), "", 2, "HT8001"),
        (("block", "show", "99999999"), "", 1, "HT8005"),
        (("member", "show", "nobody@nowhere"), "", 1, "HT8005"),
        (("state", "get", "0x"), "", 2, "HT8001"),
    ],
)
def test_errors_have_a_code_a_next_step_and_an_exit_code(chain, metering, arguments, signer, status, code):
    assert metering
    done = chain.huitong(*arguments, signer=signer)
    assert (done.status, code in done.err) == (status, True), done
    assert f"huitong explain {code}" in done.err
    assert "Traceback" not in done.err + done.out


def test_an_unreachable_node_is_exit_code_3(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = run(tmp_path, "status", node=f"http://127.0.0.1:{port}")
    assert (done.status, "HT8007" in done.err) == (3, True)


def test_proofs_of_receipt_event_presence_and_absence_hold_with_the_node_stopped(tmp_path):
    chain = DevChain(tmp_path).start()
    assert chain.huitong("contract", "deploy", METERING, "--name", "metering").status == 0
    trusted = chain.huitong("trust", "--out", "live.json", "--json").document
    again = chain.huitong("trust", "--height", str(trusted["height"]), "--out", "same.json", "--json").document
    assert again["hash"] == trusted["hash"]
    chain.huitong("contract", "call", "metering", "register", "m-1")
    called = chain.huitong("contract", "call", "metering", "read", "m-1", "5", "--wait", "proved", "--json").document
    files = {
        "receipt": ("tx", "prove", called["tx_id"]),
        "event": ("tx", "prove", called["tx_id"], "--event", "0"),
        "state": ("state", "get", "0x01706172616d6574657273", "--prove"),
        "absence": ("state", "get", "0x0161627365006e74", "--prove"),
    }
    for name, command in files.items():
        done = chain.huitong(*command, "--out", f"{name}.json", "--trust-out", "trust.json")
        assert done.status == 0, done.err
    followed = run(tmp_path, "verify", "--live", chain.ready["url"], "--trust", "live.json", "--json")
    assert (followed.status, followed.document["height"] > trusted["height"]) == (0, True), followed.err
    assert run(tmp_path, "verify", "--trust", "live.json").status == 2
    assert chain.stop()[0] == 0
    for name in files:
        verified = run(tmp_path, "verify", f"{name}.json", "--trust", "trust.json", "--json")
        assert (verified.status, verified.document["kind"]) == (0, name)
        live = run(tmp_path, "verify", f"{name}.json", "--trust", "live.json")
        assert (live.status, "trusting period of 604800 s" in live.out) == (0, True)
        assert run(tmp_path, "verify", f"{name}.json", "--trust", "trust.json", "--mode", "live").status == 4
        raw = bytearray((tmp_path / f"{name}.json").read_bytes())
        for place in (5, len(raw) // 2, len(raw) - 1):
            damaged = bytearray(raw)
            damaged[place] ^= 1
            (tmp_path / "damaged.json").write_bytes(damaged)
            refused = run(tmp_path, "verify", "damaged.json", "--trust", "trust.json")
            assert (refused.status, "HT70" in refused.err) == (4, True), (name, place)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_state_is_kept_over_a_stop_and_over_a_kill(tmp_path, how):
    chain = DevChain(tmp_path).start()
    assert chain.huitong("contract", "deploy", METERING, "--name", "metering").status == 0
    status, out, err = chain.stop(how)
    if how != signal.SIGKILL:
        assert status == 0, err
        assert "The state is kept" in out
    again = DevChain(tmp_path).start()
    assert again.ready["height"] >= 2
    assert again.huitong("contract", "call", "metering", "register", "m-1").status == 0
    assert again.stop()[0] == 0


def test_ctrl_c_ends_a_demonstration_at_once(tmp_path):
    chain = DevChain(tmp_path, ("--demo",)).start()
    status, out, err = chain.stop(signal.SIGINT)
    assert (status, err) == (0, "")
    assert "The state is kept" in out
    assert "goes through" not in out  # a line near its end


def test_one_node_per_home_and_the_next_free_port(tmp_path):
    chain = DevChain(tmp_path).start()
    port = chain.url.rsplit(":", 1)[1]
    second = run(tmp_path, "dev", "--no-wait")
    assert (second.status, "HT6003" in second.err) == (2, True)
    other = run(tmp_path, "dev", "--no-wait", "--state", "other", "--port", port, "--json")
    assert other.status == 0, other.err
    assert int(other.document["url"].rsplit(":", 1)[1]) > int(port)
    chain.stop()


def test_other_organisations(tmp_path):
    done = run(tmp_path, "dev", "--no-wait", "--orgs", "court,customs", "--json")
    assert [member["id"] for member in done.document["members"]] == [
        "admin@court",
        "user@court",
        "admin@customs",
        "user@customs",
    ]
    wrong = run(tmp_path, "dev", "--no-wait", "--state", "new", "--orgs", "court,,Bank of X", "--json")
    assert (wrong.status, wrong.document["error"]["code"]) == (2, "HT6102")
    assert run(tmp_path, "dev", "--no-wait", "--state", "new", "--orgs", "court,bank").status == 0
    other = run(tmp_path, "dev", "--no-wait", "--orgs", "court,bank")
    assert (other.status, "HT6001" in other.err) == (2, True)


def test_the_home_is_closed_to_others(tmp_path):
    assert run(tmp_path, "dev", "--no-wait").status == 0
    home = tmp_path / ".huitong/dev"
    assert home.stat().st_mode & 0o777 == 0o700
    for name in ("node-keys.json", "signed.json", "lock"):
        assert (home / name).stat().st_mode & 0o777 == 0o600, name


def test_a_damaged_genesis_is_named(tmp_path):
    assert run(tmp_path, "dev", "--no-wait").status == 0
    (tmp_path / ".huitong/dev/genesis.json").write_text("{")
    done = run(tmp_path, "dev", "--no-wait")
    assert (done.status, "HT6001" in done.err, "genesis.json" in done.err) == (2, True, True)
