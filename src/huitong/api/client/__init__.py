"""Clients of a node's REST interface: they build and sign transactions locally, submit, read, prove, listen."""

from .blocking import Client
from .blocking_handle import BlockingHandle
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
    "BlockingHandle",
    "Client",
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
