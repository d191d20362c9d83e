"""Messages of the module: arguments of calls to its address, in this order."""

import msgspec


class RegisterNode(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """node_id: 20 bytes, CometBFT's. address: "HOST:PORT" where it may be dialled, or empty."""

    organisation: str
    node_id: bytes
    address: str


class RemoveNode(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Peers refuse its next connection."""

    node_id: bytes


class RegisterGateway(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A gateway that may sign envelopes from the next block on, with its quota per block."""

    organisation: str
    key_kind: int
    public_key: bytes
    max_gas_per_block: int
    max_bytes_per_block: int


class ReplaceGateway(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The next key of a gateway; organisation and quota stay. gateway: address of the former key."""

    gateway: bytes
    key_kind: int
    public_key: bytes


class SetGatewayQuota(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Another quota per block."""

    gateway: bytes
    max_gas_per_block: int
    max_bytes_per_block: int


class RemoveGateway(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Its envelopes are inadmissible from the next block on; the record and the key stay used."""

    gateway: bytes


class SetValidator(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A new validator, or another power of one. public_key: Ed25519. Acts two blocks later."""

    organisation: str
    public_key: bytes
    power: int


class RemoveValidator(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A validator that signs no more, two blocks later."""

    public_key: bytes


class SetParameters(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """All limits of `types.Parameters`, in force from the next block on."""

    max_bytes: int
    max_transactions: int
    max_gas: int
    max_transaction_gas: int
    replay_window_ns: int


class ScheduleRules(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Rules that all follow after the first block with envelopes at or above `height`; replaces an earlier plan."""

    version: int
    height: int


class CancelRules(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """No switch is planned any more."""


class SetAdmins(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Organisations whose admins may change the network, from the next transaction on."""

    organisations: tuple[str, ...]
