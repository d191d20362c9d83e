"""The vectors of the specification are what the code does, and what a naive reading of the pages gives."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from huitong.crypto import key_address, suite, verify, verify_bundle
from huitong.types import HuitongError, Rejected, decode, decode_envelope, decode_transaction, encode
from huitong.types.registry import KeyKind

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "spec" / "vectors"
INTERNATIONAL = suite(1)


def read(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, by its recursive definition."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + naive_root(leaves[:split]) + naive_root(leaves[split:]))


def naive_tree(leaves: list[tuple[str, bytes]]) -> bytes:
    """The state tree by its definition: (bits of H(key) that are left, leaf hash)."""
    if not leaves:
        return bytes(32)
    if len(leaves) == 1:
        return leaves[0][1]
    sides = [naive_tree([(bits[1:], leaf) for bits, leaf in leaves if bits[0] == side]) for side in "01"]
    return sha256(b"\1" + sides[0] + sides[1])


def test_the_files_are_what_the_tool_writes():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "vectors.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("vector", read("encoding")["values"], ids=lambda vector: vector["what"])
def test_a_value_has_one_form(vector: dict[str, str]):
    raw = bytes.fromhex(vector["bytes"])
    assert encode(decode(raw, Any)) == raw


@pytest.mark.parametrize("vector", read("encoding")["refused"], ids=lambda vector: vector["what"])
def test_refused_bytes_have_their_code(vector: dict[str, Any]):
    with pytest.raises(Rejected) as caught:
        decode(bytes.fromhex(vector["bytes"]), Any)
    assert caught.value.code == vector["code"]


@pytest.mark.parametrize("vector", read("keys")["keys"], ids=lambda vector: vector["kind"])
def test_keys(vector: dict[str, str]):
    kind, public_key = KeyKind[vector["kind"]], bytes.fromhex(vector["public_key"])
    assert key_address(INTERNATIONAL, kind, public_key).hex() == vector["address"]
    assert verify(kind, public_key, bytes.fromhex(vector["message"]), bytes.fromhex(vector["signature"]))
    if kind != KeyKind.SECP256K1:
        assert sha256(b"huitong/address/1\0" + bytes([kind]) + public_key)[:20].hex() == vector["address"]


def test_contract_address():
    vector = read("keys")["contract_address"]
    preimage = b"huitong/contract/1\0" + vector["chain_id"].encode() + bytes.fromhex(vector["tx_id"])
    assert sha256(preimage + vector["call_index"].to_bytes(4, "big"))[-20:].hex() == vector["address"]


def test_transactions():
    members = {vector["address"]: vector for vector in read("keys")["keys"]}
    for vector in read("transaction")["transactions"]:
        body = bytes.fromhex(vector["body"])
        signed = decode_transaction(bytes.fromhex(vector["signed"]))
        assert signed.body == body
        assert sha256(b"huitong/tx/1\0" + body).hex() == vector["id"]
        sender = members[decode(body, list)[2].hex()]
        key = bytes.fromhex(sender["public_key"])
        assert verify(KeyKind[sender["kind"]], key, b"huitong/tx/1\0" + body, signed.proofs[0])


def test_envelope():
    vector = read("envelope")
    envelope = decode_envelope(bytes.fromhex(vector["envelope"]))
    assert naive_root([bytes.fromhex(leaf) for leaf in vector["leaves"]]) == envelope.txs_root
    assert envelope.txs_root.hex() == vector["txs_root"]
    assert bytes.fromhex(vector["sign_bytes"]).startswith(b"huitong/envelope/1\0")
    assert envelope.signed_part().hex() == vector["sign_bytes"]


def test_receipts():
    vector = read("receipt")
    assert naive_root([bytes.fromhex(event) for event in vector["events"]]).hex() == vector["events_root"]
    assert naive_root([bytes.fromhex(item) for item in vector["receipts"]]).hex() == vector["receipts_root"]
    assert vector["no_events_root"] == sha256(b"").hex()


def test_state_trees():
    vector = read("state-tree")
    for store in vector["stores"]:
        leaves = []
        for key, value in store["pairs"]:
            keyhash = sha256(bytes.fromhex(key))
            bits = f"{int.from_bytes(keyhash, 'big'):0256b}"
            leaves.append((bits, sha256(b"\0" + keyhash + sha256(bytes.fromhex(value)))))
        assert naive_tree(leaves).hex() == store["root"]


def test_app_hash():
    vector = read("state-tree")["app_hash"]
    leaves = []
    for name, root in sorted(vector["roots"].items()):
        label = name.encode()
        leaves.append(bytes([len(label)]) + label + b"\x20" + sha256(bytes.fromhex(root)))
    assert naive_root(leaves).hex() == vector["hash"]


def test_block():
    vector = read("block")
    header = vector["header"]
    assert header["evidence_hash"] == sha256(b"").hex()
    assert header["data_hash"] == naive_root([sha256(bytes.fromhex(read("envelope")["envelope"]))]).hex()
    signed = bytes.fromhex(vector["sign_bytes"])
    assert signed[0] == len(signed) - 1
    assert bytes.fromhex(vector["header_hash"]) in signed
    assert bytes.fromhex(vector["parts"]["hash"]) in signed


@pytest.mark.parametrize("kind", ["state", "absence", "receipt", "event"])
def test_bundles(kind: str):
    vector = read("proof-bundle")
    trust, bundle = vector["trust"].encode(), vector["bundles"][kind].encode()
    verdict = verify_bundle(bundle, trust)
    assert (verdict.kind, verdict.chain_id, verdict.block_height) == (kind, "vectors-1", 1)
    middle = len(bundle) // 2
    with pytest.raises(HuitongError):
        verify_bundle(bundle[:middle] + bytes([bundle[middle] ^ 1]) + bundle[middle + 1 :], trust)
