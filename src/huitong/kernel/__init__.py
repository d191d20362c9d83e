"""The state machine: admission, checks, execution, and the seams that modules and contract engines plug into."""

from .admission import Admission, gateway_window, use_sequence
from .block import BlockResult, DecidedBlock, EnvelopeResult, TransactionResult
from .contract import ContractEngine, WorkerDiedError
from .execution import ExecutionHaltedError
from .genesis import check_genesis, genesis_hash
from .kernel import Kernel
from .lifecycle import DEPLOYER_ROLES
from .lifecycle_code import CONTRACTS_ADDRESS
from .membership import NetworkChanges, changed_sets, first_sets, network_changes, validator_sets
from .opening import OpenedEnvelope, OpenedTransaction
from .parameters import parameters_of
from .ports import At, Directory, Effect, Handler, History, Module, Question, Verifier
from .records import ContractRecord, ContractState, TxIds
from .rules import VERSIONS, Rules, rules_version
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
    "NetworkChanges",
    "OpenedEnvelope",
    "OpenedTransaction",
    "Place",
    "Question",
    "Rules",
    "TransactionResult",
    "TxIds",
    "Verifier",
    "WorkerDiedError",
    "changed_sets",
    "check_genesis",
    "first_sets",
    "gateway_window",
    "genesis_hash",
    "network_changes",
    "parameters_of",
    "places_of",
    "rules_version",
    "use_sequence",
    "validator_sets",
]
