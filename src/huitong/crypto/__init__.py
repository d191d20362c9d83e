"""Suites, keys, signatures, Merkle trees, and what light clients compute."""

from . import merkle
from .address import check_suite_key, contract_address, keccak256, key_address, module_address, transaction_id
from .batch import is_fast, verify_many
from .bundle import event_bundle, receipt_bundle, receipt_fact, state_bundle, trust_document
from .bundle_check import verify_bundle
from .commit import (
    FLAG_ABSENT,
    FLAG_COMMIT,
    FLAG_NIL,
    commit_bytes,
    commit_hash,
    precommit_sign_bytes,
    signed_header_bytes,
    verify_commit,
)
from .encryption import encryption_kind, encryption_public_key
from .header import EMPTY_HASH, block_id_bytes, check_header, consensus_hash, data_hash, header_bytes, header_hash
from .ics23 import (
    STORE_SPECS,
    CommitmentProof,
    ExistenceProof,
    NonExistenceProof,
    store_specs,
    verify_absence,
    verify_chain,
    verify_membership,
)
from .ics23_ops import IAVL_SPEC, SM3_SMT_SPEC, SMT_SPEC, TENDERMINT_SPEC, InnerOp, LeafOp, ProofSpec
from .ics23_wire import (
    commitment_proof_bytes,
    decode_commitment_proof,
    decode_merkle_proof,
    merkle_proof_bytes,
    proof_spec_bytes,
)
from .keys import PrivateKey, check_public_key, private_key
from .light import DEFAULT_TRUST_LEVEL, TrustLevel, TrustPeriod, verify_next, verify_signed_header
from .merkle import Step
from .parts import block_bytes, block_id
from .recovery import Recoverable, recover_many
from .results import ExecResult, exec_result_bytes, result_leaves, results_hash
from .signature import verify
from .sm2_encryption import sm2_decrypt, sm2_encrypt
from .sm3 import sm3
from .sm4 import sm4_gcm_open, sm4_gcm_seal
from .suite import GUOMI, INTERNATIONAL, SUITES, HashFunction, Suite, sha256, suite, suite_by_name
from .validators import (
    check_validators,
    order_validators,
    total_power,
    validator_address,
    validator_set_bytes,
    validators_hash,
)
from .verdict import Verdict
from .zip215 import verify_zip215

__all__ = [
    "DEFAULT_TRUST_LEVEL",
    "EMPTY_HASH",
    "FLAG_ABSENT",
    "FLAG_COMMIT",
    "FLAG_NIL",
    "GUOMI",
    "IAVL_SPEC",
    "INTERNATIONAL",
    "SM3_SMT_SPEC",
    "SMT_SPEC",
    "STORE_SPECS",
    "SUITES",
    "TENDERMINT_SPEC",
    "CommitmentProof",
    "ExecResult",
    "ExistenceProof",
    "HashFunction",
    "InnerOp",
    "LeafOp",
    "NonExistenceProof",
    "PrivateKey",
    "ProofSpec",
    "Recoverable",
    "Step",
    "Suite",
    "TrustLevel",
    "TrustPeriod",
    "Verdict",
    "block_bytes",
    "block_id",
    "block_id_bytes",
    "check_header",
    "check_public_key",
    "check_suite_key",
    "check_validators",
    "commit_bytes",
    "commit_hash",
    "commitment_proof_bytes",
    "consensus_hash",
    "contract_address",
    "data_hash",
    "decode_commitment_proof",
    "decode_merkle_proof",
    "encryption_kind",
    "encryption_public_key",
    "event_bundle",
    "exec_result_bytes",
    "header_bytes",
    "header_hash",
    "is_fast",
    "keccak256",
    "key_address",
    "merkle",
    "merkle_proof_bytes",
    "module_address",
    "order_validators",
    "precommit_sign_bytes",
    "private_key",
    "proof_spec_bytes",
    "receipt_bundle",
    "receipt_fact",
    "recover_many",
    "result_leaves",
    "results_hash",
    "sha256",
    "signed_header_bytes",
    "sm2_decrypt",
    "sm2_encrypt",
    "sm3",
    "sm4_gcm_open",
    "sm4_gcm_seal",
    "state_bundle",
    "store_specs",
    "suite",
    "suite_by_name",
    "total_power",
    "transaction_id",
    "trust_document",
    "validator_address",
    "validator_set_bytes",
    "validators_hash",
    "verify",
    "verify_absence",
    "verify_bundle",
    "verify_chain",
    "verify_commit",
    "verify_many",
    "verify_membership",
    "verify_next",
    "verify_signed_header",
    "verify_zip215",
]
