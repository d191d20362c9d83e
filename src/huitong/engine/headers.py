"""Blocks, headers and commits in CometBFT's shape, as the embedded engine makes them."""

from huitong.crypto import (
    EMPTY_HASH,
    FLAG_ABSENT,
    FLAG_COMMIT,
    block_id,
    commit_hash,
    consensus_hash,
    data_hash,
    order_validators,
    total_power,
    validator_address,
    validators_hash,
)
from huitong.kernel import parameters_of, rules_of
from huitong.types import NO_BLOCK, Block, BlockId, Code, Commit, CommitSignature, Genesis, Header, HuitongError
from huitong.types.block import BLOCK_PROTOCOL
from huitong.types.registry import STORE_MAIN

from .application import Application

_ABSENT = CommitSignature(FLAG_ABSENT, b"", 0, b"")


class BlockBuilder:
    """Builds the blocks of one validator on a fixed validator set in which it alone has more than two thirds."""

    def __init__(self, genesis: Genesis, public_key: bytes) -> None:
        """Raises HT6001 when the validator cannot decide blocks alone."""
        self._chain_id = genesis.chain_id
        self.validators = order_validators(genesis.validators)
        self._validators_hash = validators_hash(self.validators)
        self._public_key = public_key
        power = sum(item.power for item in self.validators if item.public_key == public_key)
        if power * 3 <= total_power(self.validators) * 2:
            reason = "the embedded engine needs a validator key with more than two thirds of the power in genesis"
            raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
        self.proposer = validator_address(public_key)

    def build(
        self, application: Application, last_commit: Commit, time_ns: int, envelopes: tuple[bytes, ...]
    ) -> tuple[Block, BlockId]:
        """Build the next block on the newest state. last_commit: for the block before, `NO_COMMIT` at first."""
        view = application.store.live(STORE_MAIN)
        parameters = parameters_of(view)
        last = application.last()
        header = Header(
            version_block=BLOCK_PROTOCOL,
            version_app=rules_of(view).version,
            chain_id=self._chain_id,
            height=application.height + 1,
            time_ns=time_ns,
            last_block_id=last[1] if last else NO_BLOCK,
            last_commit_hash=commit_hash(last_commit),
            data_hash=data_hash(envelopes),
            validators_hash=self._validators_hash,
            next_validators_hash=self._validators_hash,
            consensus_hash=consensus_hash(parameters.max_bytes, parameters.max_gas),
            app_hash=application.app_hash,
            last_results_hash=application.results_hash,
            evidence_hash=EMPTY_HASH,
            proposer_address=self.proposer,
        )
        block = Block(header, envelopes, last_commit)
        return block, block_id(block)

    def commit(self, header: Header, decided: BlockId, signature: bytes) -> Commit:
        """Make the commit of a block from our precommit, whose time is the header's; other validators are absent.

        It is a function of block and key alone (Ed25519 signatures are deterministic), so it can be made again.
        """
        ours = CommitSignature(FLAG_COMMIT, self.proposer, header.time_ns, signature)
        entries = tuple(ours if item.public_key == self._public_key else _ABSENT for item in self.validators)
        return Commit(header.height, 0, decided, entries)
