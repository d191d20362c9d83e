"""Development chains: identities that everybody knows, and a genesis document made of them.

Under the suite international the first four identities have the keys of the best-known Ethereum development accounts,
so that wallets and tools know them; under guomi all have SM2 keys. Any chain that is not a development chain refuses
all keys of this module (HT6104).
"""

from typing import Final

import msgspec

from huitong.crypto import INTERNATIONAL, Suite, encryption_public_key, key_address, private_key
from huitong.types import (
    DEFAULT_PARAMETERS,
    Code,
    EngineVersion,
    Gateway,
    Genesis,
    GenesisValidator,
    HuitongError,
    Member,
    Organisation,
)
from huitong.types.registry import PROTOCOL_VERSION, EncryptionKind, KeyKind

DEFAULT_CHAIN_ID: Final = "huitong-dev-1"
EVM_CHAIN_ID: Final = 31337

_ACCOUNTS: Final = (
    "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
    "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
)
_DEFAULT: Final = (
    ("alice", "hospital-a", ("admin", "clinician", "developer", "registrar")),
    ("wang", "hospital-b", ("clinician",)),
    ("li", "insurer", ("admin",)),
    ("audit", "regulator", ("admin", "auditor")),
    ("chen", "hospital-b", ("admin", "registrar")),
    ("mallory", "hospital-b", ()),
)
_TITLES: Final = {
    "hospital-a": "Hospital A",
    "hospital-b": "Hospital B",
    "insurer": "Insurer",
    "regulator": "Regulator",
}
QUOTA_GAS: Final = 2_000_000_000
QUOTA_BYTES: Final = 4 * 1024 * 1024


class Identity(msgspec.Struct, frozen=True):
    """A development identity. secret: 32 bytes, signs. encryption_secret: 32 bytes, of `encryption_kind`."""

    name: str
    organisation: str
    roles: tuple[str, ...]
    key_kind: int
    secret: bytes
    encryption_secret: bytes
    encryption_kind: int = EncryptionKind.X25519

    @property
    def id(self) -> str:
        """name@organisation."""
        return f"{self.name}@{self.organisation}"

    def public_key(self) -> bytes:
        """Public signing key."""
        return private_key(self.key_kind, self.secret).public_key

    def address(self, suite: Suite) -> bytes:
        """Member address."""
        return key_address(suite, self.key_kind, self.public_key())

    def member(self) -> Member:
        """Record for the genesis document."""
        return Member(
            version=PROTOCOL_VERSION,
            name=self.name,
            organisation=self.organisation,
            roles=self.roles,
            key_kind=self.key_kind,
            public_key=self.public_key(),
            encryption_kind=self.encryption_kind,
            encryption_key=encryption_public_key(self.encryption_kind, self.encryption_secret),
            certificate=b"",
            did="",
            active=True,
        )


def identities(suite: Suite, organisations: tuple[str, ...] = ()) -> tuple[Identity, ...]:
    """Identities of a development chain: the default story, or admin@ and user@ of each named organisation."""
    if organisations:
        rows = [(name, one, roles) for one in organisations for name, roles in (("admin", ("admin",)), ("user", ()))]
        return tuple(_derived(suite, name, one, roles) for name, one, roles in rows)
    listed: list[Identity] = []
    for number, (name, organisation, roles) in enumerate(_DEFAULT):
        derived = _derived(suite, name, organisation, roles)
        if suite is INTERNATIONAL and number < len(_ACCOUNTS):
            secret = bytes.fromhex(_ACCOUNTS[number])
            derived = msgspec.structs.replace(derived, key_kind=KeyKind.SECP256K1, secret=secret)
        listed.append(derived)
    return tuple(listed)


def _derived(suite: Suite, name: str, organisation: str, roles: tuple[str, ...]) -> Identity:
    label = f"{name}@{organisation}".encode()
    return Identity(
        name=name,
        organisation=organisation,
        roles=roles,
        key_kind=suite.key_kind,
        secret=suite.hash(b"huitong development key/" + label),
        encryption_kind=suite.encryption_kind,
        encryption_secret=suite.hash(b"huitong development encryption key/" + label),
    )


def development_genesis(
    suite: Suite,
    *,
    chain_id: str,
    genesis_time_ns: int,
    people: tuple[Identity, ...],
    gateway_key: bytes,
    validator_key: bytes,
    engines: tuple[EngineVersion, ...],
) -> Genesis:
    """Genesis of a development chain. gateway_key, validator_key: Ed25519 public keys of the one node."""
    names = tuple(dict.fromkeys(person.organisation for person in people))
    return Genesis(
        version=PROTOCOL_VERSION,
        chain_id=chain_id,
        kind="development",
        suite=suite.id,
        genesis_time_ns=genesis_time_ns,
        initial_height=1,
        rules_version=1,
        evm_chain_id=EVM_CHAIN_ID,
        public_reads=True,
        engines=engines,
        parameters=DEFAULT_PARAMETERS,
        organisations=tuple(Organisation(PROTOCOL_VERSION, name, _TITLES.get(name, name)) for name in names),
        members=tuple(person.member() for person in people),
        gateways=(
            Gateway(PROTOCOL_VERSION, names[0], KeyKind.ED25519, gateway_key, QUOTA_GAS, QUOTA_BYTES, active=True),
        ),
        validators=(GenesisValidator(validator_key, 10, names[0]),),
        nodes=(),
        network_admins=names[:1],
    )


def refuse_development_keys(genesis: Genesis, suite: Suite) -> None:
    """Refuse keys that everybody knows on a chain that is not a development chain. Raises HT6104."""
    if genesis.kind == "development":
        return
    suites = {INTERNATIONAL, suite}
    known = {person.public_key() for one in suites for person in identities(one)}
    for member in genesis.members:
        derived = {_derived(one, member.name, member.organisation, ()).public_key() for one in suites}
        if member.public_key in known | derived:
            raise HuitongError(Code.DEVELOPMENT_KEY_REFUSED, member=f"{member.name}@{member.organisation}")
