"""Kinds of identifiers, so that a type checker can tell them apart."""

from typing import NewType

from .codes import Code
from .errors import HuitongError
from .limits import ADDRESS_BYTES, MAX_CHAIN_ID_BYTES, MAX_REVISION

Address = NewType("Address", bytes)
"""20 bytes: a member, a contract or a module."""
Hash = NewType("Hash", bytes)
"""32 bytes."""
TxId = NewType("TxId", bytes)
"""32 bytes: H("huitong/tx/1\\0" || body)."""
Height = NewType("Height", int)
"""Number of a block, from 1."""
TimeNs = NewType("TimeNs", int)
"""Block time: nanoseconds since 1970-01-01T00:00:00Z."""
Gas = NewType("Gas", int)
"""Metered work; one unit is one unit of EVM gas."""


def address(raw: bytes) -> Address:
    """Check the length of an address. Raises HT1102."""
    if len(raw) != ADDRESS_BYTES:
        raise HuitongError(Code.FIELD_INVALID, field="address", reason=f"{len(raw)} bytes, not {ADDRESS_BYTES}")
    return Address(raw)


def hex_text(raw: bytes) -> str:
    """Bytes as errors and interfaces show them: 0x and lower-case hex."""
    return "0x" + raw.hex()


def revision(chain_id: str) -> int:
    """Return the revision number N of a chain id `name-N`.

    At most 50 bytes, N decimal without leading zero from 1 to 2^63-1, no "-" directly before "-N"
    (ibc-go reads other forms as revision 0). Raises HT6101.
    """
    name, dash, number = chain_id.rpartition("-")
    good = (
        dash
        and name
        and name.isascii()
        and name.isprintable()
        and " " not in name
        and not name.endswith("-")
        and len(chain_id.encode()) <= MAX_CHAIN_ID_BYTES
        and number.isascii()
        and number.isdigit()
        and not number.startswith("0")
        and int(number) <= MAX_REVISION
    )
    if not good:
        raise HuitongError(Code.CHAIN_ID_INVALID, chain_id=chain_id[:80])
    return int(number)


def next_revision(chain_id: str) -> str:
    """Return the id under which a chain goes on after an export: `name-1` becomes `name-2`. Raises HT6101."""
    following = f"{chain_id.rpartition('-')[0]}-{revision(chain_id) + 1}"
    revision(following)
    return following
