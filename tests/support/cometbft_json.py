"""JSON of CometBFT (its RPC, its model-based traces) read into the values of the protocol."""

import base64
from datetime import UTC, datetime

from huitong.crypto import ExecResult, order_validators
from huitong.types import Block, BlockId, Commit, CommitSignature, Header, SignedHeader, Validator

_HASHES = ("last_commit", "data", "validators", "next_validators", "consensus", "app", "last_results", "evidence")
_ABSENT = 1


def time_ns(text):
    """Nanoseconds since 1970 of an RFC 3339 text."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * 10**9 + int(fraction.ljust(9, "0") if fraction else 0)


def unhex(text):
    return bytes.fromhex(text or "")


def unbase64(text):
    return base64.b64decode(text or "")


def block_id_of(value):
    if value is None:
        return BlockId(b"", 0, b"")
    parts = value.get("parts") or value["part_set_header"]
    return BlockId(unhex(value["hash"]), parts["total"], unhex(parts["hash"]))


def header_of(value):
    version = value["version"]
    return Header(
        *(int(version["block"]), int(version.get("app", "0")), value["chain_id"], int(value["height"])),
        *(time_ns(value["time"]), block_id_of(value["last_block_id"])),
        *(unhex(value[f"{name}_hash"]) for name in _HASHES),
        unhex(value["proposer_address"]),
    )


def commit_of(value):
    entries = (
        CommitSignature(
            entry["block_id_flag"],
            unhex(entry["validator_address"]),
            0 if entry["block_id_flag"] == _ABSENT else time_ns(entry["timestamp"]),
            unbase64(entry["signature"]),
        )
        for entry in value["signatures"]
    )
    return Commit(int(value["height"]), value["round"], block_id_of(value["block_id"]), tuple(entries))


def signed_header_of(value):
    return SignedHeader(header_of(value["header"]), commit_of(value["commit"]))


def block_of(value):
    transactions = tuple(unbase64(raw) for raw in value["data"]["txs"])
    return Block(header_of(value["header"]), transactions, commit_of(value["last_commit"]))


def validators_of(value):
    keys = ((unbase64(item["pub_key"]["value"]), int(item["voting_power"])) for item in value["validators"])
    return order_validators([Validator(*item) for item in keys])


def results_of(value):
    return [
        ExecResult(item["code"], unbase64(item["data"]), int(item["gas_wanted"]), int(item["gas_used"]))
        for item in value["txs_results"] or ()
    ]
