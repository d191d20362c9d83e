"""Members of a test chain, and the first state that knows them."""

import functools
from collections.abc import Mapping
from typing import Final

import msgspec

from huitong.crypto import Suite, key_address, private_key
from huitong.kernel import Kernel
from huitong.modules.identity import Directory
from huitong.modules.identity import Identity as IdentityModule
from huitong.node.development import Identity, development_genesis, identities
from huitong.types import EngineVersion
from huitong.types.registry import STORE_MAIN, KeyKind

from .engines import ENGINE_NAME, ENGINE_VERSION, CompiledEngine

CHAIN_ID: Final = "huitong-test-1"
GENESIS_TIME_NS: Final = 1_800_000_000 * 10**9
Members = tuple[tuple[str, tuple[str, ...]], ...]
"""Names as `name@organisation` with their roles."""


class Person(msgspec.Struct, frozen=True):
    """A member of the chain. id: name@organisation. address: 20 bytes."""

    id: str
    organisation: str
    roles: tuple[str, ...]
    address: bytes


class Trusting:
    """Takes every signature: the kit signs nothing, since it is the only one who calls."""

    def verify(self, kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """See kernel.Verifier."""
        del kind, public_key, message, signature
        return True


class First(msgspec.Struct, frozen=True):
    """First state of a chain. gateway: address of whoever packs envelopes."""

    people: tuple[Person, ...]
    rows: Mapping[bytes, bytes]
    gateway: bytes


def members_of(given: Mapping[str, tuple[str, ...]] | None) -> Members:
    """Return members as the cache of first states wants them; the development identities when none are given."""
    if given is None:
        return ()
    for name in given:
        if name.count("@") != 1:
            raise ValueError(f"{name!r} is no member: write name@organisation")
    return tuple((name, tuple(roles)) for name, roles in given.items())


@functools.lru_cache(maxsize=32)
def first_state(suite: Suite, members: Members) -> First:
    """Return the genesis state. Raises HT6102 when the members make no chain."""
    known = identities(suite) if not members else tuple(_identity(suite, name, roles) for name, roles in members)
    secret = suite.hash(b"huitong test kit")
    key = private_key(KeyKind.ED25519, secret).public_key
    document = development_genesis(
        suite,
        chain_id=CHAIN_ID,
        genesis_time_ns=GENESIS_TIME_NS,
        people=known,
        gateway_key=key,
        validator_key=key,
        engines=(EngineVersion(ENGINE_NAME, ENGINE_VERSION),),
    )
    people = tuple(Person(one.id, one.organisation, one.roles, one.address(suite)) for one in known)
    kernel = Kernel(
        chain_id=CHAIN_ID,
        suite=suite,
        directory=Directory(),
        modules=(IdentityModule(suite),),
        engines=(CompiledEngine(),),
        verifier=Trusting(),
    )
    gateway = key_address(suite, KeyKind.ED25519, key)
    return First(people, kernel.genesis_writes(document)[STORE_MAIN], gateway)


def _identity(suite: Suite, full: str, roles: tuple[str, ...]) -> Identity:
    name, organisation = full.split("@")
    return Identity(
        name=name,
        organisation=organisation,
        roles=roles,
        key_kind=suite.key_kind,
        secret=suite.hash(b"huitong test key/" + full.encode()),
        encryption_kind=suite.encryption_kind,
        encryption_secret=suite.hash(b"huitong test encryption key/" + full.encode()),
    )
