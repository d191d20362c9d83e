"""Records of the network that a chain runs on: nodes, validators and when a set of them acts."""

import msgspec

from .block import Validator


class NetworkNode(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A node that others may connect to. node_id: CometBFT's, 20 bytes: the address of its node key.

    address: "HOST:PORT" where it may be dialled, a hint alone; empty when it only dials others.
    """

    version: int
    organisation: str
    node_id: bytes
    address: str


class GenesisValidator(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A validator of the first set, and the organisation that runs it. public_key: Ed25519, 32 bytes."""

    public_key: bytes
    power: int
    organisation: str


class ValidatorSets(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The newest validator set and the one before it, as the state holds them under the system key `validators`.

    validators: sign the blocks from `from_height` on, which is two above the block that changed them; before: sign
    those below. Both in CometBFT's order. A change is refused while the one before it does not act yet, so the state
    after a block at h knows the sets of h, h+1 and h+2.
    """

    version: int
    from_height: int
    validators: tuple[Validator, ...]
    before: tuple[Validator, ...]

    def at(self, height: int) -> tuple[Validator, ...]:
        """Return the set that signs a block; good for the heights named above."""
        return self.validators if height >= self.from_height else self.before


class ScheduledRules(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The next version of the rules: written by the first block with envelopes at or after `height`."""

    version: int
    height: int
