"""Layout of the keys of the `main` store. Specification: docs/spec/state-tree.md."""

from functools import cache

from huitong.types.registry import Space

_SYSTEM = bytes((Space.SYSTEM,))
_MODULE = bytes((Space.MODULE,))
_CONTRACT = bytes((Space.CONTRACT,))
_CODE = bytes((Space.CODE,))
_STORAGE = bytes((Space.STORAGE,))
_NAME = bytes((Space.NAME,))

PARAMETERS = _SYSTEM + b"parameters"
"""`types.Parameters` in force."""
RULES = _SYSTEM + b"rules"
"""Version of the rules (8 bytes big-endian), written at h and in force from h+1."""
SCHEDULED_RULES = _SYSTEM + b"rules/next"
"""`types.ScheduledRules`; absent when no switch is planned."""
VALIDATORS = _SYSTEM + b"validators"
"""`types.ValidatorSets`: the newest set of validators and the one before it."""
ENGINES = _SYSTEM + b"engines"
"""Contract engines that the chain enables: an encoded array of `types.EngineVersion`, by name."""
GENESIS = _SYSTEM + b"genesis"
"""Hash of the genesis document's canonical form, so that two geneses differ in their first app hash."""
TX_IDS = _SYSTEM + b"txids/"


def tx_ids(height: int) -> bytes:
    """Digest of the ids that the block at `height` remembers."""
    return TX_IDS + height.to_bytes(8, "big")


def header_slot(height: int) -> bytes:
    """One of 256 slots for hashes of recent headers; its value is BE64(height) followed by the hash."""
    return _SYSTEM + b"headers/" + bytes((height & 0xFF,))


def gateway(address: bytes) -> bytes:
    """Record of a gateway."""
    return _SYSTEM + b"gateways/" + address


def gateway_window(address: bytes) -> bytes:
    """Used sequence numbers of a gateway."""
    return _SYSTEM + b"windows/" + address


@cache
def _module_prefix(module_id: int) -> bytes:
    return _MODULE + module_id.to_bytes(2, "big")


def module(module_id: int, key: bytes) -> bytes:
    """Key of a module's own space."""
    return _module_prefix(module_id) + key


def contract(address: bytes) -> bytes:
    """Metadata of a contract."""
    return _CONTRACT + address


def code(code_hash: bytes) -> bytes:
    """Code by its hash."""
    return _CODE + code_hash


def storage(address: bytes, key: bytes = b"") -> bytes:
    """Storage of a Python or WASM contract; `key` is field id (u16 big-endian) and the encoded key."""
    return _STORAGE + address + key


def name(text: str) -> bytes:
    """Entry of the registry of contract names; its value is the address."""
    return _NAME + text.encode()


def after(prefix: bytes) -> bytes:
    """Return the smallest key above every key that starts with `prefix` (which must not be all 0xff)."""
    stem = prefix.rstrip(b"\xff")
    return stem[:-1] + bytes((stem[-1] + 1,))
