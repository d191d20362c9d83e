"""Invitations and requests to join: signed JSON files between organisations.

Specification: docs/spec/network-files.md.
"""

from typing import Final, Literal, TypeVar

import msgspec

from huitong.api.values import to_hex
from huitong.crypto import PrivateKey, sha256, verify
from huitong.crypto.verdict import utc_text
from huitong.types import Code, Genesis, HuitongError, encode
from huitong.types.registry import KeyKind, Tag

INVITATION_FORMAT: Final = "huitong-invitation/1"
REQUEST_FORMAT: Final = "huitong-join/1"
MAX_FILE_BYTES: Final = 4 * 1024 * 1024
Role = Literal["validator", "node"]


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an admin of the network signs. Bytes are 0x hex.

    genesis_hash: SHA-256 of the genesis document as it is. role: what the organisation's node is to become. peers:
    "ID@HOST:PORT" of nodes to dial. trust_height, trust_hash: a header of the chain, to start light clients and state
    sync from. expires_ns: ns since 1970, decimal. inviter: name@organisation, with the key that it has on chain.
    """

    chain_id: str
    genesis_hash: str
    organisation: str
    role: Role
    peers: tuple[str, ...]
    trust_height: int
    trust_hash: str
    expires_ns: str
    inviter: str
    key_kind: int
    public_key: str


class InvitationFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An offer, its signature, and the genesis document in base64."""

    format: str
    offer: Offer
    signature: str
    genesis: bytes


class JoinBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a joining organisation brings: public parts alone, and the offer that it answers. Bytes are 0x hex.

    possession: the admin key's signature that `add_member` asks for. address: "HOST:PORT" to dial, or empty.
    """

    organisation: str
    title: str
    admin_name: str
    admin_key_kind: int
    admin_key: str
    possession: str
    node: str
    address: str
    gateway_key: str
    validator_key: str
    offer: Offer
    offer_signature: str


class RequestFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request and three signatures over it: of the admin's, the gateway's and the validator's key."""

    format: str
    body: JoinBody
    signatures: tuple[str, str, str]


_File = TypeVar("_File", InvitationFile, RequestFile)


def hex_bytes(text: str) -> bytes:
    """Bytes of 0x hex; empty for what is none, which no key or signature is."""
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        return b""


def offer_bytes(offer: Offer) -> bytes:
    """What the inviter signs: the tag and the fields as an array in their order, canonically encoded."""
    return Tag.INVITATION + encode([list(one) if isinstance(one, tuple) else one for one in _fields(offer)])


def request_bytes(body: JoinBody) -> bytes:
    """What the joining organisation signs: the tag and the fields, the offer by the SHA-256 of its signed bytes."""
    listed = [to_hex(sha256(offer_bytes(one))) if isinstance(one, Offer) else one for one in _fields(body)]
    return Tag.JOIN + encode(listed)


def _fields(record: Offer | JoinBody) -> list[object]:
    return [getattr(record, name) for name in record.__struct_fields__]


def invite(offer: Offer, genesis: bytes, key: PrivateKey) -> InvitationFile:
    """Sign an offer."""
    return InvitationFile(INVITATION_FORMAT, offer, to_hex(key.sign(offer_bytes(offer))), genesis)


def request(body: JoinBody, admin: PrivateKey, gateway: PrivateKey, validator: PrivateKey) -> RequestFile:
    """Sign a request with all of its keys, so that nobody asks with keys of others."""
    message = request_bytes(body)
    first, second, third = (to_hex(key.sign(message)) for key in (admin, gateway, validator))
    return RequestFile(REQUEST_FORMAT, body, (first, second, third))


def write(document: InvitationFile | RequestFile) -> bytes:
    """JSON for people to look at."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def read_invitation(raw: bytes, now_ns: int) -> tuple[InvitationFile, Genesis]:
    """Read and check an invitation. Raises HT6402 (form, signature, genesis), HT6403, HT6404.

    Whether the key belongs to an admin of the network, only the chain knows; `invited_by` says what genesis says of it.
    """
    found = _decode(raw, InvitationFile, INVITATION_FORMAT, Code.INVITATION_INVALID)
    check_offer(found.offer, found.signature, now_ns, Code.INVITATION_INVALID)
    if to_hex(sha256(found.genesis)) != found.offer.genesis_hash:
        raise HuitongError(Code.INVITATION_INVALID, reason="the genesis document is another one")
    try:
        genesis = msgspec.json.decode(found.genesis, type=Genesis)
    except msgspec.DecodeError as error:
        raise HuitongError(Code.INVITATION_INVALID, reason=f"the genesis document cannot be read: {error}") from None
    if genesis.chain_id != found.offer.chain_id:
        raise HuitongError(Code.INVITATION_WRONG_CHAIN, found=genesis.chain_id, expected=found.offer.chain_id)
    return found, genesis


def check_offer(offer: Offer, signature: str, now_ns: int, code: Code) -> None:
    """Check signature and expiry of an offer. Raises HT6403, or `code` for a signature that does not hold."""
    if not verify(offer.key_kind, hex_bytes(offer.public_key), offer_bytes(offer), hex_bytes(signature)):
        raise HuitongError(code, reason="the signature of the inviter does not hold")
    if not offer.expires_ns.isdigit():
        raise HuitongError(code, reason="its expiry is no number")
    if int(offer.expires_ns) < now_ns:
        raise HuitongError(Code.INVITATION_EXPIRED, until=utc_text(int(offer.expires_ns)))


def read_request(raw: bytes, chain_id: str, now_ns: int) -> JoinBody:
    """Read and check a request for a chain. Raises HT6405, HT6403, HT6404."""
    found = _decode(raw, RequestFile, REQUEST_FORMAT, Code.REQUEST_INVALID)
    body = found.body
    if body.offer.chain_id != chain_id:
        raise HuitongError(Code.INVITATION_WRONG_CHAIN, found=body.offer.chain_id, expected=chain_id)
    if body.organisation != body.offer.organisation:
        raise HuitongError(Code.REQUEST_INVALID, reason="another organisation was invited")
    keys = (
        (body.admin_key_kind, body.admin_key),
        (KeyKind.ED25519, body.gateway_key),
        (KeyKind.ED25519, body.validator_key),
    )
    message = request_bytes(body)
    for (kind, key), signature in zip(keys, found.signatures, strict=True):
        if not verify(kind, hex_bytes(key), message, hex_bytes(signature)):
            raise HuitongError(Code.REQUEST_INVALID, reason="a signature does not hold")
    check_offer(body.offer, body.offer_signature, now_ns, Code.REQUEST_INVALID)
    return body


def invited_by(offer: Offer, genesis: Genesis) -> bool:
    """True when genesis names the inviter, with this key, in an organisation that may change the network."""
    name, _, organisation = offer.inviter.partition("@")
    return organisation in genesis.network_admins and any(
        (one.name, one.organisation, one.public_key) == (name, organisation, hex_bytes(offer.public_key))
        for one in genesis.members
    )


def _decode(raw: bytes, kind: type[_File], expected: str, code: Code) -> _File:
    if len(raw) > MAX_FILE_BYTES:
        raise HuitongError(code, reason=f"it is longer than {MAX_FILE_BYTES} bytes")
    try:
        found = msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HuitongError(code, reason=str(error)[:160]) from None
    if found.format != expected:
        raise HuitongError(code, reason=f"its format is {found.format[:32]!r}, not {expected!r}")
    return found
