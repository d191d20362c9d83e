"""Results of transactions as CometBFT hashes them into `last_results_hash`."""

from collections.abc import Sequence

import msgspec

from . import merkle
from .protobuf import integer, octets
from .suite import sha256


class ExecResult(msgspec.Struct, frozen=True, gc=False):
    """The deterministic part of an ExecTxResult: what the hash covers. gas: int64."""

    code: int
    data: bytes
    gas_wanted: int
    gas_used: int


def exec_result_bytes(code: int, data: bytes, gas_wanted: int, gas_used: int) -> bytes:
    """ExecTxResult{code 1, data 2, gas_wanted 5, gas_used 6}; log, info, events and codespace are outside the hash."""
    return integer(1, code) + octets(2, data) + integer(5, gas_wanted) + integer(6, gas_used)


def result_leaves(results: Sequence[ExecResult]) -> list[bytes]:
    """Leaves of the results tree, one per envelope."""
    return [exec_result_bytes(item.code, item.data, item.gas_wanted, item.gas_used) for item in results]


def results_hash(results: Sequence[ExecResult]) -> bytes:
    """`last_results_hash` of the header after the block: RFC 6962 root (SHA-256), of no results SHA-256("")."""
    return merkle.root(result_leaves(results), sha256)
