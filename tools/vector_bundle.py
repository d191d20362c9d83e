"""Vectors of proof bundles: one of each kind of fact, under one signed header."""

import msgspec
from vector_chain import make_header, make_receipts
from vector_client import CHAIN, HASH, TIME_NS, Json, make_key

from huitong.crypto import (
    FLAG_COMMIT,
    INTERNATIONAL,
    ExecResult,
    block_id,
    merkle,
    precommit_sign_bytes,
    results_hash,
    validator_address,
)
from huitong.crypto.bundle import event_bundle, receipt_bundle, receipt_fact, state_bundle, trust_document
from huitong.state import SparseMerkleTree, app_hash, prove_state
from huitong.types import NO_COMMIT, Block, Commit, CommitSignature, SignedHeader, Validator, encode
from huitong.types.registry import IBC_SENTINEL_KEY, IBC_SENTINEL_VALUE, STORE_IBC, STORE_MAIN

STORE = {f"key {number}".encode(): f"value {number}".encode() for number in range(20)}
RESULTS = (ExecResult(0, HASH(b"other"), 50_000, 40_000),)


def _sign(app: bytes, results: tuple[ExecResult, ...]) -> tuple[SignedHeader, tuple[Validator, ...]]:
    signer = make_key(number=3)
    validators = (Validator(signer.public_key, 10),)
    header = msgspec.structs.replace(
        make_header(validators, (), results[0]), height=2, app_hash=app, last_results_hash=results_hash(results)
    )
    identity = block_id(Block(header, (), NO_COMMIT))
    time_ns = TIME_NS + 10**6
    signature = signer.sign(precommit_sign_bytes(CHAIN, 2, 0, identity, time_ns))
    entry = CommitSignature(FLAG_COMMIT, validator_address(signer.public_key), time_ns, signature)
    return SignedHeader(header, Commit(2, 0, identity, (entry,))), validators


def proof_bundle() -> Json:
    """A trust file, and a bundle for a value, an absence, a receipt and an event."""
    buckets: dict[int, bytes] = {}
    tree = SparseMerkleTree(HASH, 4, buckets)
    buckets.update(tree.update(STORE).buckets)
    sentinel: dict[int, bytes] = {}
    ibc = SparseMerkleTree(HASH, 4, sentinel).update({IBC_SENTINEL_KEY: IBC_SENTINEL_VALUE}).root
    roots = {STORE_MAIN: tree.root, STORE_IBC: ibc}
    keys = {HASH(key): key for key in STORE}

    events, items = make_receipts()
    receipts = [encode(item) for item in items]
    results = (*RESULTS, ExecResult(0, merkle.root(receipts, HASH), 200_000, 92_000))
    signed, validators = _sign(app_hash(roots), results)
    fact = receipt_fact(INTERNATIONAL, receipts, 0, results, 1, b"")
    leaves = [encode(event) for event in events]

    def state(key: bytes) -> bytes:
        proofs = prove_state(tree, roots, STORE_MAIN, key, STORE.get, keys.get)
        return state_bundle(INTERNATIONAL, signed, validators, STORE_MAIN, key, STORE.get(key), proofs)

    return {
        "trust": trust_document(CHAIN, INTERNATIONAL, validators).decode(),
        "bundles": {
            "state": state(b"key 7").decode(),
            "absence": state(b"key 77").decode(),
            "receipt": receipt_bundle(INTERNATIONAL, signed, validators, fact).decode(),
            "event": event_bundle(INTERNATIONAL, signed, validators, fact, leaves, 1).decode(),
        },
    }
