"""Receipts and events. Specification: docs/spec/receipt.md."""

from typing import Any

import msgspec


class Event(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """[emitter, name or topics, data]. data: encoded map of the fields (native), raw bytes (EVM)."""

    emitter: bytes
    name: str | tuple[bytes, ...]
    data: bytes


class Receipt(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """[version, tx_id, index, code, gas_used, return_bytes, events_root, payer].

    index: place in its envelope. code: 0 committed, else `codes.Code`. return_bytes: encoded array of the calls'
    return values; of a failure an encoded `Failure`; of a rejection empty. events_root: RFC 6962 root (suite hash)
    over the encoded events, H("") when there are none. payer: address charged: a member, or the gateway
    for a rejection.
    """

    version: int
    tx_id: bytes
    index: int
    code: int
    gas_used: int
    return_bytes: bytes
    events_root: bytes
    payer: bytes


class Failure(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Why a transaction failed: [contract, error, data].

    contract: address that refused, empty when the platform did. error: class of the contract's error or name of the
    platform's code. data: its fields.
    """

    contract: bytes
    error: str
    data: dict[str, Any]
