"""The state machine: admission, checks, execution, and the seams that modules and contract engines plug into."""

from .admission import Admission, gateway_window, use_sequence
from .block import BlockResult, DecidedBlock, EnvelopeResult, TransactionResult
from .contract import ContractEngine, WorkerDiedError
from .execution import ExecutionHaltedError
from .genesis import check_genesis, genesis_hash
from .kernel import Kernel
from .lifecycle import DEPLOYER_ROLES
from .lifecycle_code import CONTRACTS_ADDRESS
from .opening import OpenedEnvelope, OpenedTransaction
from .parameters import parameters_of
from .ports import At, Directory, Effect, Handler, History, Module, Question, Verifier
from .records import ContractRecord, ContractState, TxIds
from .rules import VERSIONS, Rules, rules_of
from .trail import Place, places_of

__all__ = [
    "CONTRACTS_ADDRESS",
    "DEPLOYER_ROLES",
    "VERSIONS",
    "Admission",
    "At",
    "BlockResult",
    "ContractEngine",
    "ContractRecord",
    "ContractState",
    "DecidedBlock",
    "Directory",
    "Effect",
    "EnvelopeResult",
    "ExecutionHaltedError",
    "Handler",
    "History",
    "Kernel",
    "Module",
    "OpenedEnvelope",
    "OpenedTransaction",
    "Place",
    "Question",
    "Rules",
    "TransactionResult",
    "TxIds",
    "Verifier",
    "WorkerDiedError",
    "check_genesis",
    "gateway_window",
    "genesis_hash",
    "parameters_of",
    "places_of",
    "rules_of",
    "use_sequence",
]
