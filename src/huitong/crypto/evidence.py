"""Evidence that validators signed two headers of one height, and who of them did.

Source: cometbft `light/detector.go`, `types/evidence.go` (LightClientAttackEvidence.GetByzantineValidators).
"""

from typing import Final

from huitong.types import Header, Validator
from huitong.types.bundle import EVIDENCE_FORMAT, EvidenceFile, Number, Octets

from .bundle_wire import from_block
from .commit import FLAG_COMMIT
from .light import LightBlock
from .validators import validator_address

LUNATIC: Final = "lunatic"
EQUIVOCATION: Final = "equivocation"
AMNESIA: Final = "amnesia"


def attack_of(trusted: LightBlock, conflicting: LightBlock) -> str:
    """Name what happened, if `trusted` is the chain's block.

    lunatic: the other header holds what no honest node computes. equivocation: two votes in one round. amnesia: votes
    of different rounds; who is to blame cannot be read from the headers.
    """
    if _computed(trusted.header) != _computed(conflicting.header):
        return LUNATIC
    same_round = trusted.signed.commit.round == conflicting.signed.commit.round
    return EQUIVOCATION if same_round else AMNESIA


def _computed(header: Header) -> tuple[bytes, ...]:
    return (
        header.validators_hash,
        header.next_validators_hash,
        header.consensus_hash,
        header.app_hash,
        header.last_results_hash,
    )


def suspects(common: LightBlock, trusted: LightBlock, conflicting: LightBlock) -> tuple[bytes, ...]:
    """Addresses of the validators whose signatures show it, sorted.

    lunatic: those of the common header who signed the other one. equivocation: those who signed both. amnesia: nobody.
    """
    attack = attack_of(trusted, conflicting)
    if attack == LUNATIC:
        return tuple(sorted(_addresses(common.validators) & _signers(conflicting)))
    if attack == EQUIVOCATION:
        return tuple(sorted(_signers(trusted) & _signers(conflicting)))
    return ()


def _addresses(validators: tuple[Validator, ...]) -> set[bytes]:
    return {validator_address(item.public_key) for item in validators}


def _signers(block: LightBlock) -> set[bytes]:
    return {entry.validator_address for entry in block.signed.commit.signatures if entry.flag == FLAG_COMMIT}


def evidence_of(common: LightBlock, first: LightBlock, second: LightBlock) -> EvidenceFile:
    """Describe a conflict. common: the trusted block from which both were verified. first: of the gateway asked.

    Which of both is the chain's own cannot be known from them alone; the suspects are those of either reading.
    """
    found = set(suspects(common, first, second)) | set(suspects(common, second, first))
    return EvidenceFile(
        EVIDENCE_FORMAT,
        first.header.chain_id,
        attack_of(first, second),
        Number(common.height),
        tuple(map(Octets, sorted(found))),
        from_block(first),
        from_block(second),
    )
