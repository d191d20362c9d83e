"""What must hold whatever bytes a block carries, judged without the decoder of the chain."""

from collections.abc import Sequence
from typing import Any

import msgspec

from huitong.crypto import INTERNATIONAL, merkle, verify
from huitong.kernel import BlockResult, EnvelopeResult, gas
from huitong.types import Receipt, is_failure, is_rejection
from huitong.types.registry import Tag

from .bytes_chain import CHAIN_ID, Chain
from .bytes_pack import pack


def broken_rule(chain: Chain, envelopes: Sequence[bytes], result: BlockResult) -> str:
    """Return what is wrong with the result of a block, empty when nothing is."""
    if len(result.envelopes) != len(envelopes):
        return f"{len(result.envelopes)} results of {len(envelopes)} envelopes"
    executed: list[bytes] = []
    for raw, item in zip(envelopes, result.envelopes, strict=True):
        fault = _envelope_fault(chain, raw, item, executed)
        if fault:
            return fault
    if list(result.new_ids) != sorted(executed) or len(set(executed)) != len(executed):
        return "the remembered ids are not those that were executed, each once"
    return ""


def canonical(raw: bytes) -> Any:
    """Return the value of bytes in the one canonical form; None for any other bytes."""
    try:
        value = msgspec.msgpack.decode(raw)
        return value if pack(value) == raw else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
        return None


def lawful(chain: Chain, raw: bytes) -> bool:
    """True when a transaction is in canonical form and signed by exactly those whom its body names."""
    signed = canonical(raw)
    body = canonical(signed[1]) if isinstance(signed, list) and len(signed) == 3 else None
    if not isinstance(body, list) or len(body) != 9 or [signed[0], body[0], body[1]] != [1, 1, CHAIN_ID]:
        return False
    addresses = [body[2]] if body[2] == body[7] else [body[2], body[7]]
    members = [signer for address in addresses for signer in chain.signers if signer.address == address]
    message = Tag.TRANSACTION + signed[1]
    return len(members) == len(addresses) == len(signed[2]) and all(
        verify(member.key.kind, member.key.public_key, message, proof)
        for member, proof in zip(members, signed[2], strict=True)
    )


def _sealed(chain: Chain, raw: bytes) -> list[Any] | None:
    """Return the elements of an envelope that its gateway signed, None when it did not."""
    fields = canonical(raw)
    if not isinstance(fields, list) or len(fields) != 9 or fields[:3] != [1, CHAIN_ID, chain.gateway_address]:
        return None
    root = merkle.root([pack(element) for element in fields[7]], INTERNATIONAL.hash)
    message = Tag.ENVELOPE + pack(fields[:7])
    signed = verify(chain.gateway.kind, chain.gateway.public_key, message, fields[8])
    return list(fields[7]) if root == fields[6] and signed else None


def _envelope_fault(chain: Chain, raw: bytes, item: EnvelopeResult, executed: list[bytes]) -> str:
    if item.code:
        quiet = (item.code, item.data, item.gas_wanted, item.gas_used, item.transactions) == (1, b"", 0, 0, ())
        return "" if quiet and item.reason else "an inadmissible envelope left a trace, or has no reason"
    elements = _sealed(chain, raw)
    if elements is None:
        return "an envelope was admitted that its gateway did not sign in this form"
    if len(item.transactions) != len(elements):
        return f"{len(item.transactions)} receipts of {len(elements)} transactions"
    for index, (element, one) in enumerate(zip(elements, item.transactions, strict=True)):
        fault = _receipt_fault(chain, element, one.receipt, index)
        if fault:
            return fault
        if not is_rejection(one.receipt.code):
            executed.append(one.receipt.tx_id)
    leaves = [pack(_fields(one.receipt)) for one in item.transactions]
    sums = sum(one.receipt.gas_used for one in item.transactions)
    good = item.data == merkle.root(leaves, INTERNATIONAL.hash) and item.gas_used == sums
    return "" if good else "the result of an envelope is not its receipts' root and the sum of their gas"


def _fields(receipt: Receipt) -> list[Any]:
    return [getattr(receipt, name) for name in receipt.__struct_fields__]


def _receipt_fault(chain: Chain, element: list[Any], receipt: Receipt, index: int) -> str:
    kind, raw = element
    least = gas.BYTE * len(raw) if is_rejection(receipt.code) else 1
    if receipt.index != index or receipt.gas_used < least:
        return f"receipt {index} has index {receipt.index} and gas {receipt.gas_used}"
    if is_rejection(receipt.code):
        bare = receipt.return_bytes == b"" and receipt.payer == chain.gateway_address
        return "" if bare else "a rejection returns something, or is not charged to the gateway"
    if receipt.code != 0 and not is_failure(receipt.code):
        return f"code {receipt.code} is in no range of receipts"
    if kind != 0 or not lawful(chain, raw):
        return f"executed with code {receipt.code}, but not signed in canonical form"
    signed = msgspec.msgpack.decode(raw)
    if receipt.tx_id != INTERNATIONAL.hash(Tag.TRANSACTION + signed[1]):
        return "the id of an executed transaction is not the hash of what was signed"
    return "" if canonical(receipt.return_bytes) is not None else "return bytes are not canonical"
