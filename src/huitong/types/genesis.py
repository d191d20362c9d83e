"""The genesis document: a JSON file that all organisations agree on."""

import msgspec

from .block import Validator
from .member import Gateway, Member, Organisation
from .network import GenesisValidator, NetworkNode


class Parameters(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Limits of blocks and transactions, kept in state under the system key `parameters`.

    max_bytes, max_transactions, max_gas: per block. max_transaction_gas: per transaction. replay_window_ns: how far
    `valid_until` may lie after the time of the block that includes the transaction.
    """

    version: int
    max_bytes: int
    max_transactions: int
    max_gas: int
    max_transaction_gas: int
    replay_window_ns: int


class EngineVersion(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A contract engine that the chain enables, with the version of its language and gas schedule."""

    name: str
    version: int


class Continuation(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The chain that goes on under a new revision. height, time_ns: of its last block. app_hash: state after it.

    export: SHA-256 of the metadata of the export (docs/spec/export.md), which binds all of its content.
    """

    chain_id: str
    height: int
    time_ns: int
    app_hash: bytes
    export: bytes


class Genesis(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """First state of a chain. Bytes in the JSON file are base64.

    kind: "development" or "production"; keys that everybody knows are refused by production chains.
    public_reads: whether reading needs no session. network_admins: organisations whose admins may change the network
    (see `modules/network`). nodes: those that may connect to each other; none on an embedded chain. continues: the
    chain whose state this one takes over; then organisations and members stand in that state, not here.
    """

    version: int
    chain_id: str
    kind: str
    suite: int
    genesis_time_ns: int
    initial_height: int
    rules_version: int
    evm_chain_id: int
    public_reads: bool
    engines: tuple[EngineVersion, ...]
    parameters: Parameters
    organisations: tuple[Organisation, ...]
    members: tuple[Member, ...]
    gateways: tuple[Gateway, ...]
    validators: tuple[GenesisValidator, ...]
    nodes: tuple[NetworkNode, ...]
    network_admins: tuple[str, ...]
    continues: Continuation | None = None

    @property
    def validator_set(self) -> tuple[Validator, ...]:
        """The first validators, in the document's order."""
        return tuple(Validator(item.public_key, item.power) for item in self.validators)


DEFAULT_PARAMETERS = Parameters(
    version=1,
    max_bytes=4 * 1024 * 1024,
    max_transactions=10_000,
    max_gas=2_000_000_000,
    max_transaction_gas=50_000_000,
    replay_window_ns=600 * 10**9,
)
