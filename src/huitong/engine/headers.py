"""Blocks, headers and commits in CometBFT's shape, as the embedded engine makes them."""

from collections.abc import Sequence

from huitong.crypto import (
    EMPTY_HASH,
    FLAG_ABSENT,
    FLAG_COMMIT,
    block_id,
    commit_hash,
    consensus_hash,
    data_hash,
    total_power,
    validator_address,
    validators_hash,
)
from huitong.kernel import parameters_of, rules_version, validator_sets
from huitong.types import (
    NO_BLOCK,
    Block,
    BlockId,
    Code,
    Commit,
    CommitSignature,
    Genesis,
    Header,
    HuitongError,
    Validator,
)
from huitong.types.block import BLOCK_PROTOCOL
from huitong.types.registry import STORE_MAIN

from .application import Application

_ABSENT = CommitSignature(FLAG_ABSENT, b"", 0, b"")


class BlockBuilder:
    """Builds the blocks of one validator on sets in which it alone has more than two thirds of the power."""

    def __init__(self, genesis: Genesis, public_key: bytes) -> None:
        self._chain_id = genesis.chain_id
        self._public_key = public_key
        self.proposer = validator_address(public_key)

    def carries(self, validators: Sequence[Validator]) -> bool:
        """True when the validator decides blocks of a set alone."""
        power = sum(item.power for item in validators if item.public_key == self._public_key)
        return power * 3 > total_power(validators) * 2

    def check(self, application: Application) -> None:
        """Raises HT6001 when the validator cannot decide the next blocks alone."""
        sets = validator_sets(application.store.live(STORE_MAIN))
        if not self.carries(sets.at(application.height + 1)) or not self.carries(sets.validators):
            reason = "the embedded engine needs a validator key with more than two thirds of the voting power"
            raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)

    def build(
        self, application: Application, last_commit: Commit, time_ns: int, envelopes: tuple[bytes, ...]
    ) -> tuple[Block, BlockId]:
        """Build the next block on the newest state. last_commit: for the block before, `NO_COMMIT` at first."""
        view = application.store.live(STORE_MAIN)
        parameters = parameters_of(view)
        last = application.last()
        height, sets = application.height + 1, validator_sets(view)
        header = Header(
            version_block=BLOCK_PROTOCOL,
            version_app=rules_version(view),
            chain_id=self._chain_id,
            height=height,
            time_ns=time_ns,
            last_block_id=last[1] if last else NO_BLOCK,
            last_commit_hash=commit_hash(last_commit),
            data_hash=data_hash(envelopes),
            validators_hash=validators_hash(sets.at(height)),
            next_validators_hash=validators_hash(sets.at(height + 1)),
            consensus_hash=consensus_hash(parameters.max_bytes, parameters.max_gas),
            app_hash=application.app_hash,
            last_results_hash=application.results_hash,
            evidence_hash=EMPTY_HASH,
            proposer_address=self.proposer,
        )
        block = Block(header, envelopes, last_commit)
        return block, block_id(block)

    def commit(self, application: Application, header: Header, decided: BlockId, signature: bytes) -> Commit:
        """Make the commit of the newest block: our precommit with the time of the header; other validators are absent.

        In any thread, once the block is durable. It is a function of block and key alone (Ed25519 signatures are
        deterministic), so it can be made again.
        """
        ours = CommitSignature(FLAG_COMMIT, self.proposer, header.time_ns, signature)
        signers = validator_sets(application.store.snapshot().view(STORE_MAIN)).at(header.height)
        entries = tuple(ours if item.public_key == self._public_key else _ABSENT for item in signers)
        return Commit(header.height, 0, decided, entries)
