"""What deploy and upgrade check alike: bytes of code and source, names."""

import re
from typing import Final

from huitong.crypto import Suite, module_address
from huitong.state import Overlay, keys
from huitong.types import Code, Failed
from huitong.types.limits import HASH_BYTES, MAX_CODE_BYTES, MAX_SOURCE_BYTES
from huitong.types.registry import ModuleId

CONTRACTS_ADDRESS: Final = module_address(ModuleId.CONTRACTS)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}[a-z0-9]|[a-z]")


def check_code(suite: Suite, code: bytes, source: bytes, source_hash: bytes) -> None:
    """Sizes, and that the hash is the source's. Raises Failed HT3000, HT3011, HT4004."""
    if len(code) > MAX_CODE_BYTES or len(source) > MAX_SOURCE_BYTES:
        raise Failed(Code.CONTRACT_TOO_LARGE, what="code or source", limit=MAX_CODE_BYTES)
    if not code:
        raise Failed(Code.CONTRACT_INVALID, reason="there is no code")
    if len(source_hash) != HASH_BYTES:
        raise Failed(Code.ARGUMENTS_INVALID, reason="source_hash is not 32 bytes")
    if suite.hash(source) != source_hash:
        raise Failed(Code.ARGUMENTS_INVALID, reason="source_hash is not the hash of the source")


def check_name(overlay: Overlay, name: str) -> None:
    """Form of a name, and that nobody has it; the empty one stands for none. Raises Failed HT4004, HT4010."""
    if not name:
        return
    if not _NAME.fullmatch(name):
        raise Failed(Code.ARGUMENTS_INVALID, reason="a name is a-z, 0-9 and -, starts with a letter, at most 64")
    if overlay.get(keys.name(name)) is not None:
        raise Failed(Code.NAME_TAKEN, name=name)
