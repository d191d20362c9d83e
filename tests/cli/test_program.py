"""The program without a node: help, explanations, keys, checks, usage."""

import json
from pathlib import Path

import pytest
from program import run

from huitong.cli.report import keep_report
from huitong.types import Code

ROOT = Path(__file__).parents[2]
METERING = ROOT / "examples" / "metering" / "metering.py"


def test_help_lists_every_command(tmp_path):
    done = run(tmp_path, "--help")
    assert done.status == 0
    commands = (
        "doctor dev node config backup new test contract tx block state verify key explain bench qa demo client net"
    )
    for command in (*commands.split(), "net"):
        assert f"\n  {command} " in done.out


def test_explain_knows_every_code_in_both_languages(tmp_path):
    for code in (Code.SIGNATURE_INVALID, Code.REFUSED_BY_CONTRACT, Code.INTERNAL):
        done = run(tmp_path, "explain", f"HT{int(code)}", "--json")
        assert done.document["name"] == code.name
        assert done.document["cause"]["zh"] != done.document["cause"]["en"]
    assert run(tmp_path, "explain", "1203").out.startswith("HT1203")
    unknown = run(tmp_path, "explain", "HT1234")
    assert (unknown.status, "HT9001" in unknown.err) == (2, True)


@pytest.mark.parametrize("arguments", [("nothing",), ("tx",), ("block", "show", "minus"), ("verify",), ("dev", "--x")])
def test_usage_errors_are_exit_code_2(tmp_path, arguments):
    done = run(tmp_path, *arguments)
    assert done.status == 2
    assert "Traceback" not in done.err


def test_keys_are_made_listed_and_kept_from_others(tmp_path):
    (tmp_path / "password").write_text("a long password\n")
    made = run(tmp_path, "key", "new", "mine", "--kind", "p256", "--password-file", "password", "--json")
    assert made.status == 0, made.err
    assert [key["name"] for key in run(tmp_path, "key", "list", "--json").document] == ["mine"]
    files = list((tmp_path / ".huitong/keys").iterdir())
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    again = run(tmp_path, "key", "new", "mine", "--password-file", "password")
    assert (again.status, "HT8102" in again.err) == (2, True)


def test_check_names_line_reason_and_what_to_write(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("import os\n" + METERING.read_text())
    done = run(tmp_path, "contract", "check", "bad.py", "--json")
    assert done.status == 1
    finding = done.document["findings"][0]
    assert (finding["line"], bool(finding["reason"]), bool(finding["instead"])) == (1, True, True)
    assert run(tmp_path, "contract", "check", str(METERING)).status == 0
    bad.write_bytes(b"\xff\xfe")
    assert run(tmp_path, "contract", "check", "bad.py").status == 2


def test_schema_is_json(tmp_path):
    document = json.loads(run(tmp_path, "contract", "schema", str(METERING)).out)
    assert [method["name"] for method in document["methods"]] == ["register", "read", "total"]


def test_the_contract_of_the_benchmark_is_the_example():
    assert (ROOT / "src/huitong/cli/bench/metering.py").read_bytes() == METERING.read_bytes()


def test_a_file_that_never_ends_is_refused(tmp_path):
    done = run(tmp_path, "contract", "check", "/dev/zero", "--json")
    assert (done.status, done.document["error"]["code"]) == (2, "HT9002")


def test_with_json_an_error_is_one_document_and_nothing_else(tmp_path):
    done = run(tmp_path, "tx", "show", "--json")
    assert (done.status, done.err) == (2, "")
    assert done.document["error"]["data"] == {"reason": "Missing argument 'TX_ID'"}
    assert done.document["error"]["transaction"] is None
    unreachable = run(tmp_path, "status", "--json", node="http://127.0.0.1:1")
    assert (unreachable.status, unreachable.err, unreachable.document["error"]["code"]) == (3, "", "HT8007")


def test_a_password_comes_as_a_line_of_standard_input(tmp_path):
    made = run(tmp_path, "key", "new", "mine", "--json", text="a long password\n")
    assert (made.status, made.err) == (0, "")
    nothing = run(tmp_path, "key", "new", "other", "--json")
    assert (nothing.status, nothing.document["error"]["code"]) == (2, "HT9001")
    assert [key["name"] for key in run(tmp_path, "key", "list", "--json").document] == ["mine"]
    other = run(tmp_path, "key", "new", "Not A Name", "--json", text="a long password\n")
    assert (other.status, other.document["error"]["code"]) == (2, "HT8101")


def test_a_fault_is_reported_in_a_file_of_the_owner_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for text in ("first", "second"):
        place = keep_report(text)
        assert (place.read_text(), place.stat().st_mode & 0o777) == (text, 0o600)
    (tmp_path / ".huitong/fault-report.txt").unlink()
    (tmp_path / ".huitong").rmdir()
    (tmp_path / ".huitong").write_text("no folder")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = keep_report("third")
    assert (place.parent, place.read_text(), place.stat().st_mode & 0o777) == (tmp_path, "third", 0o600)
