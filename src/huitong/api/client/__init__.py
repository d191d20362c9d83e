"""The client of a node's REST interface: builds and signs transactions locally, submits, reads, proves, listens."""

from .client import DEPLOY_GAS_LIMIT, AsyncClient
from .contracts import ContractHandle
from .draft import DEFAULT_GAS_LIMIT, Draft, Signed, Wallet
from .gateways import GatewayState
from .light import HeadersConflict, LightClient
from .outcomes import TransactionFailed, TransactionRejected, WaitEnded
from .reads import returned

__all__ = [
    "DEFAULT_GAS_LIMIT",
    "DEPLOY_GAS_LIMIT",
    "AsyncClient",
    "ContractHandle",
    "Draft",
    "GatewayState",
    "HeadersConflict",
    "LightClient",
    "Signed",
    "TransactionFailed",
    "TransactionRejected",
    "WaitEnded",
    "Wallet",
    "returned",
]
