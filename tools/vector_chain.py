"""Vectors of what a chain makes: receipts, blocks, the state tree."""

from vector_client import CHAIN, HASH, TIME_NS, Json, address_of, make_envelope, make_key

from huitong.crypto import (
    FLAG_COMMIT,
    ExecResult,
    block_id,
    commit_hash,
    consensus_hash,
    data_hash,
    header_hash,
    merkle,
    precommit_sign_bytes,
    results_hash,
    validator_address,
    validators_hash,
)
from huitong.state import SparseMerkleTree, app_hash
from huitong.types import (
    NO_BLOCK,
    NO_COMMIT,
    Block,
    Commit,
    CommitSignature,
    Event,
    Failure,
    Header,
    Receipt,
    Validator,
    encode,
)
from huitong.types.block import BLOCK_PROTOCOL
from huitong.types.codes import Code
from huitong.types.registry import IBC_SENTINEL_KEY, IBC_SENTINEL_VALUE


def make_receipts() -> tuple[tuple[Event, ...], tuple[Receipt, ...]]:
    """Return two events and three receipts; the events are those of the first."""
    events = (
        Event(bytes(20), "MeterRead", encode({"meter": "m-1", "kwh": 5})),
        Event(bytes(20), "MeterRead", encode({"meter": "m-2", "kwh": 2**70})),
    )
    events_root = merkle.root([encode(event) for event in events], HASH)
    identifier, payer, nothing = HASH(b"transaction"), address_of(make_key()), merkle.root([], HASH)
    failure = encode(Failure(bytes(20), "NotYourMeter", {"meter": "m-1"}))
    receipts = (
        Receipt(1, identifier, 0, 0, 52_000, encode([5, None]), events_root, payer),
        Receipt(1, identifier, 1, int(Code.REFUSED_BY_CONTRACT), 31_000, failure, nothing, payer),
        Receipt(1, identifier, 2, int(Code.REPLAYED), 9_000, b"", nothing, address_of(make_key(number=2))),
    )
    return events, receipts


def receipt() -> Json:
    """Receipts with and without events, and the receipts root."""
    events, receipts = make_receipts()
    leaves = [encode(item) for item in receipts]
    return {
        "events": [encode(event).hex() for event in events],
        "events_root": receipts[0].events_root.hex(),
        "no_events_root": receipts[1].events_root.hex(),
        "receipts": [leaf.hex() for leaf in leaves],
        "receipts_root": merkle.root(leaves, HASH).hex(),
    }


def make_header(validators: tuple[Validator, ...], envelopes: tuple[bytes, ...], result: ExecResult) -> Header:
    """Header of the first block of the chain of the vectors."""
    validators_root = validators_hash(validators)
    return Header(
        version_block=BLOCK_PROTOCOL,
        version_app=1,
        chain_id=CHAIN,
        height=1,
        time_ns=TIME_NS,
        last_block_id=NO_BLOCK,
        last_commit_hash=commit_hash(NO_COMMIT),
        data_hash=data_hash(envelopes),
        validators_hash=validators_root,
        next_validators_hash=validators_root,
        consensus_hash=consensus_hash(4 * 1024 * 1024, 2_000_000_000),
        app_hash=HASH(b"app"),
        last_results_hash=results_hash((result,)),
        evidence_hash=merkle.root([], HASH),
        proposer_address=validator_address(validators[0].public_key),
    )


def block() -> Json:
    """A header, its hash and block id, and a commit of its one validator."""
    signer = make_key(number=3)
    validators = (Validator(signer.public_key, 10),)
    envelopes = (encode(make_envelope()),)
    result = ExecResult(0, HASH(b"receipts"), 300_000, 92_000)
    header = make_header(validators, envelopes, result)
    identity = block_id(Block(header, envelopes, NO_COMMIT))
    signed = precommit_sign_bytes(CHAIN, 1, 0, identity, TIME_NS + 10**6)
    address = validator_address(signer.public_key)
    entry = CommitSignature(FLAG_COMMIT, address, TIME_NS + 10**6, signer.sign(signed))
    return {
        "validator_secret": (b"\3" * 32).hex(),
        "header": {
            name: value.hex() if isinstance(value, bytes) else value
            for name in header.__struct_fields__
            if name != "last_block_id"
            for value in (getattr(header, name),)
        },
        "header_hash": header_hash(header).hex(),
        "parts": {"total": identity.part_total, "hash": identity.part_hash.hex()},
        "sign_bytes": signed.hex(),
        "signature": entry.signature.hex(),
        "commit_hash": commit_hash(Commit(1, 0, identity, (entry,))).hex(),
    }


def state_tree() -> Json:
    """Roots of small stores and the app hash above them."""
    stores: tuple[dict[bytes, bytes], ...] = (
        {},
        {b"a": b"1"},
        {b"a": b"1", b"b": b"2"},
        {f"key {number}".encode(): f"value {number}".encode() for number in range(20)},
    )
    found = []
    for store in stores:
        pairs = [[key.hex(), value.hex()] for key, value in sorted(store.items())]
        found.append({"pairs": pairs, "root": _tree_root(store).hex()})
    roots = {"main": _tree_root(stores[-1]), "ibc": _tree_root({IBC_SENTINEL_KEY: IBC_SENTINEL_VALUE})}
    return {
        "stores": found,
        "app_hash": {"roots": {name: root.hex() for name, root in roots.items()}, "hash": app_hash(roots).hex()},
    }


def _tree_root(store: dict[bytes, bytes]) -> bytes:
    empty: dict[int, bytes] = {}
    return SparseMerkleTree(HASH, 4, empty).update(store).root
