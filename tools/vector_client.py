"""Vectors of what a client makes: values, keys, transactions, envelopes."""

from typing import Any, Final

from huitong.crypto import (
    INTERNATIONAL,
    PrivateKey,
    contract_address,
    key_address,
    merkle,
    module_address,
    private_key,
)
from huitong.types import (
    Call,
    Element,
    Envelope,
    FixedPoint,
    TransactionBody,
    element_leaves,
    encode,
    encode_transaction,
    sign_bytes,
)
from huitong.types.codes import Code
from huitong.types.registry import KeyKind, ModuleId

HASH: Final = INTERNATIONAL.hash
CHAIN: Final = "vectors-1"
TIME_NS: Final = 1_790_000_000_000_000_000
Json = Any


def make_key(kind: KeyKind = KeyKind.ED25519, number: int = 1) -> PrivateKey:
    """Key whose secret is one byte, 32 times."""
    return private_key(kind, bytes([number]) * 32)


def address_of(key: PrivateKey) -> bytes:
    """Address of a key under the international suite."""
    return key_address(INTERNATIONAL, key.kind, key.public_key)


def encoding() -> Json:
    """Values and their bytes, and bytes that are refused."""
    values: tuple[tuple[str, Any], ...] = (
        ("none", None),
        ("true", True),
        ("integer 0", 0),
        ("integer 127", 127),
        ("integer 128", 128),
        ("integer -33", -33),
        ("integer 2^64-1", 2**64 - 1),
        ("integer 2^64", 2**64),
        ("integer -2^63", -(2**63)),
        ("integer -2^63-1", -(2**63) - 1),
        ("integer 2^4096-1", 2**4096 - 1),
        ("text", "汇通"),
        ("bytes", b"\x00\xff"),
        ("array", [1, "a", [None]]),
        ("map, sorted", {"b": 1, "a": [True]}),
        ("decimal 1.50", FixedPoint(150, 2)),
        ("decimal -0.001", FixedPoint(-1, 3)),
    )
    refused = (
        ("float", "cb3ff0000000000000", Code.ENCODING_MALFORMED),
        ("cut end", "92c0", Code.ENCODING_MALFORMED),
        ("cut text", "a361", Code.ENCODING_MALFORMED),
        ("bytes behind the value", "c0c0", Code.ENCODING_MALFORMED),
        ("unknown extension", "d40300", Code.ENCODING_MALFORMED),
        ("longer form of 5", "cd0005", Code.ENCODING_NOT_CANONICAL),
        ("unsorted map", "82a162c0a161c0", Code.ENCODING_NOT_CANONICAL),
        ("key twice", "82a161c0a161c0", Code.ENCODING_NOT_CANONICAL),
        ("extension 1 for a small integer", "d40105", Code.ENCODING_NOT_CANONICAL),
        ("33 arrays inside each other", "91" * 33 + "c0", Code.ENCODING_TOO_DEEP),
    )
    return {
        "values": [{"what": what, "bytes": encode(value).hex()} for what, value in values],
        "refused": [{"what": what, "bytes": raw, "code": int(code)} for what, raw, code in refused],
    }


def keys() -> Json:
    """Keys of every kind: public key, address, deterministic signature; derived addresses."""
    message = b"huitong"
    found = []
    for kind in (KeyKind.ED25519, KeyKind.P256, KeyKind.SECP256K1):
        key = make_key(kind)
        found.append(
            {
                "kind": kind.name,
                "secret": (b"\1" * 32).hex(),
                "public_key": key.public_key.hex(),
                "address": address_of(key).hex(),
                "message": message.hex(),
                "signature": key.sign(message).hex(),
            }
        )
    identifier = HASH(b"transaction")
    return {
        "keys": found,
        "contract_address": {
            "chain_id": CHAIN,
            "tx_id": identifier.hex(),
            "call_index": 2,
            "address": contract_address(INTERNATIONAL, CHAIN, identifier, 2).hex(),
        },
        "module_address": {module.name: module_address(module).hex() for module in ModuleId},
    }


def _body(payer: bytes) -> TransactionBody:
    return TransactionBody(
        version=1,
        chain_id=CHAIN,
        sender=address_of(make_key()),
        salt=bytes(range(8)),
        valid_until=TIME_NS + 60 * 10**9,
        gas_limit=100_000,
        calls=(Call(module_address(ModuleId.IDENTITY), "set_encryption_key", (bytes(range(32)),)),),
        payer=payer,
        memo=b"",
    )


def _transaction(*signers: PrivateKey) -> tuple[bytes, bytes]:
    """Return (body, signed transaction)."""
    body = encode(_body(address_of(signers[-1])))
    return body, encode_transaction(body, tuple(signer.sign(sign_bytes(body)) for signer in signers))


def transaction() -> Json:
    """One transaction paid by its sender, one paid by another member."""
    found = []
    for what, signers in (
        ("paid by the sender", (make_key(),)),
        ("paid by another", (make_key(), make_key(KeyKind.P256))),
    ):
        body, signed = _transaction(*signers)
        identifier = HASH(sign_bytes(body)).hex()
        found.append({"what": what, "body": body.hex(), "id": identifier, "signed": signed.hex()})
    return {"chain_id": CHAIN, "transactions": found}


def make_envelope() -> Envelope:
    """Return a signed envelope of three transactions."""
    gateway = make_key(number=2)
    txs = tuple(
        Element(0, _transaction(*signers)[1])
        for signers in ((make_key(),), (make_key(), make_key(KeyKind.P256)), (make_key(),))
    )
    root = merkle.root(element_leaves(txs), HASH)
    unsigned = Envelope(1, CHAIN, address_of(gateway), 7, TIME_NS + 10**10, 300_000, root, txs, b"")
    fields = {name: getattr(unsigned, name) for name in unsigned.__struct_fields__}
    return Envelope(**{**fields, "signature": gateway.sign(unsigned.signed_part())})


def envelope() -> Json:
    """An envelope of three transactions."""
    made = make_envelope()
    return {
        "gateway_secret": (b"\2" * 32).hex(),
        "leaves": [leaf.hex() for leaf in element_leaves(made.txs)],
        "txs_root": made.txs_root.hex(),
        "sign_bytes": made.signed_part().hex(),
        "envelope": encode(made).hex(),
    }
