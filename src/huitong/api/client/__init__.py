"""The client of a node's REST interface: builds and signs transactions locally, submits, reads, proves, listens."""

from .client import AsyncClient
from .contracts import ContractHandle
from .draft import Draft, Signed, Wallet
from .outcomes import TransactionFailed, TransactionRejected, WaitEnded
from .reads import returned

__all__ = [
    "AsyncClient",
    "ContractHandle",
    "Draft",
    "Signed",
    "TransactionFailed",
    "TransactionRejected",
    "WaitEnded",
    "Wallet",
    "returned",
]
