"""Ordering, execution and commit of blocks."""

from .application import Application, Finalized
from .broadcast import Subscription
from .headers import BlockBuilder
from .interface import Engine
from .keeping import Keeper, KeepingSettings
from .local import LocalEngine, LocalSettings
from .maker import BlockMaker, CommittedBlock, Made
from .ports import ChainStore, Clock, EnvelopeSigner, Snapshot, VoteSigner
from .proofs import ReceiptProof, StateProof, prove_receipt
from .replay import replay
from .signer import LocalSigner, RecordFile, SignRecord
from .submission import Outcome, Submission
from .trees import StateTrees
from .verdicts import Verdicts
from .verifier_pool import VerifierPool

__all__ = [
    "Application",
    "BlockBuilder",
    "BlockMaker",
    "ChainStore",
    "Clock",
    "CommittedBlock",
    "Engine",
    "EnvelopeSigner",
    "Finalized",
    "Keeper",
    "KeepingSettings",
    "LocalEngine",
    "LocalSettings",
    "LocalSigner",
    "Made",
    "Outcome",
    "ReceiptProof",
    "RecordFile",
    "SignRecord",
    "Snapshot",
    "StateProof",
    "StateTrees",
    "Submission",
    "Subscription",
    "Verdicts",
    "VerifierPool",
    "VoteSigner",
    "prove_receipt",
    "replay",
]
