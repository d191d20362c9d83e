"""The contract on two machines: as ordinary Python, and compiled; and a ledger on top of either."""

from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from types import SimpleNamespace

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from huitong.contract import Error, Frame, Member, MissingKey, Record, Sender, frame
from huitong.crypto import module_address
from huitong.types import Answer, BlockContext, Caller, Code, Failed, Failure, decode, encode
from huitong.types.registry import ModuleId
from huitong.vm.python.local import LocalContract, MemoryHost
from huitong_medical.contracts import contract_source, medical
from huitong_medical.ledger import ChainMember, Committed

SECOND = 10**9
START = 1_800_000_000 * SECOND


@dataclass
class Person:
    """A member of the test chain with its secrets."""

    name: str
    organisation: str
    roles: tuple[str, ...]

    @property
    def address(self):
        return sha256(f"{self.name}@{self.organisation}".encode()).digest()[:20]

    @property
    def encryption_secret(self):
        return sha256(b"encryption" + self.address).digest()

    @property
    def encryption_key(self):
        return X25519PrivateKey.from_private_bytes(self.encryption_secret).public_key().public_bytes_raw()


def people():
    return SimpleNamespace(
        alice=Person("alice", "hospital-a", ("admin",)),
        anna=Person("anna", "hospital-a", ("clinician",)),
        patient=Person("p-1", "hospital-a", ("patient",)),
        other_patient=Person("p-2", "hospital-a", ("patient",)),
        bob=Person("bob", "hospital-b", ("admin",)),
        wang=Person("wang", "hospital-b", ("user", "clinician")),
        mallory=Person("mallory", "hospital-b", ("user",)),
        li=Person("li", "insurer", ("admin",)),
        audit=Person("audit", "regulator", ("auditor",)),
    )


@dataclass
class Plain:
    """Runs the contract as ordinary Python, and undoes what a refused call wrote."""

    members: dict
    contract: object = field(default_factory=medical.MedicalRecords)
    events: list = field(default_factory=list)

    def run(self, sender, method, args, time_ns, height):
        backup = deepcopy(self.contract)
        given = Frame(
            sender=Sender(sender.address, sender.organisation, sender.roles),
            time=time_ns,
            height=height,
            members=self.members,
        )
        try:
            with frame(given):
                result = getattr(self.contract, method)(*args)
        except Error as error:
            self.contract = backup
            raise Failed(
                Code.REFUSED_BY_CONTRACT, contract=bytes(20), error=type(error).__name__, fields=error.values_()
            ) from error
        except MissingKey as error:
            self.contract = backup
            raise Failed(Code.KEY_MISSING, field=error.field) from error
        self.events += given.events
        return as_value(result)


class Host(MemoryHost):
    """Storage in memory, and the identity module's answers about members."""

    def __init__(self, members):
        super().__init__()
        self.members = members

    def call(self, target, method, args, gas_limit, *, read_only):
        assert (target, method) == (module_address(ModuleId.IDENTITY), "member")
        member = self.members.get(args[0])
        if member is None:
            return Answer(0, encode(None), 10)
        record = {"name": member.name, "organisation": member.org, "roles": member.roles, "active": member.active}
        return Answer(0, encode(record), 10)


class Compiled:
    """Runs the compiled contract, as a chain does."""

    def __init__(self, members):
        self.contract = LocalContract(contract_source(), Host(members))

    @property
    def events(self):
        return [(name, decode(raw, dict)) for name, raw in self.contract.host.events]

    def run(self, sender, method, args, time_ns, height):
        self.contract.caller = Caller(sender.address, sender.organisation, sender.roles)
        self.contract.block = BlockContext("test-1", height, time_ns, bytes(20), bytes(32))
        answer = self.contract.call(method, *args)
        if answer.code:
            failure = decode(answer.data, Failure)
            raise Failed(Code(answer.code), contract=failure.contract, error=failure.error, fields=failure.data)
        return decode(answer.data, object)


def as_value(result):
    if isinstance(result, Record):
        return result.values_()
    return [as_value(item) for item in result] if isinstance(result, list) else result


@dataclass
class World:
    """A chain in memory: one block per call, one second apart."""

    machine: object
    people: object
    time_ns: int = START
    height: int = 1

    def call(self, sender, method, *args):
        self.time_ns += SECOND
        self.height += 1
        return self.machine.run(sender, method, list(args), self.time_ns, self.height)

    def view(self, method, *args):
        return self.machine.run(self.people.audit, method, list(args), self.time_ns, self.height)

    def ledger(self, person):
        return WorldLedger(self, person)


@dataclass
class WorldLedger:
    """`huitong_medical.ledger.Ledger` of one person on a world."""

    world: World
    person: Person
    chain_id: str = "test-1"

    async def submit(self, method, *args):
        result = self.world.call(self.person, method, *args)
        return Committed(result, self.world.height, bytes(32), 1.0)

    async def view(self, method, *args):
        return self.world.view(method, *args)

    async def member(self, address):
        person = next(person for person in vars(self.world.people).values() if person.address == address)
        return msgspec.convert(
            {
                "address": person.address,
                "name": person.name,
                "organisation": person.organisation,
                "roles": person.roles,
                "encryption_key": person.encryption_key,
                "active": True,
            },
            ChainMember,
        )

    async def time_ns(self):
        return self.world.time_ns


@pytest.fixture
def persons():
    return people()


def world_on(machine, persons):
    members = {
        person.address: Member(person.address, person.name, person.organisation, list(person.roles), True)
        for person in vars(persons).values()
    }
    return World(machine(members), persons)


@pytest.fixture(params=[Plain, Compiled])
def world(request, persons):
    return world_on(request.param, persons)


@pytest.fixture
def make_worlds():
    """Makes a plain and a compiled world of the same people."""
    return lambda: [world_on(machine, people()) for machine in (Plain, Compiled)]
