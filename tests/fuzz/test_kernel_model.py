"""The kernel and the state tree against a naive model, block after block of good, failing and hostile content."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from kernel_world import CHAIN_ID, MEMBERS, SECOND, World, address, first_admin, key
from naive_kernel import Model, Packed, Person, Sent, naive_app_hash, naive_root
from naive_network import NaiveNetwork
from network_scenario import NETWORK, TWO, network_modules
from trivial_engine import TrivialEngine

from huitong.crypto import INTERNATIONAL, key_address, merkle, module_address
from huitong.kernel import CONTRACTS_ADDRESS
from huitong.modules.identity import possession_bytes
from huitong.state import SparseMerkleTree, app_hash
from huitong.types import (
    Code,
    Element,
    EnvelopeHead,
    Gateway,
    decode,
    element_leaves,
    encode,
    encode_transaction,
    envelope_sign_bytes,
    sign_bytes,
)
from huitong.types.registry import KeyKind, ModuleId

IDENTITY = module_address(ModuleId.IDENTITY)
PLACES = (b"a", b"b", b"c")
VALUES = (b"1", b"2", None)
METHODS = {
    f"put{p}{v}": [["set", place, value]] for p, place in enumerate(PLACES) for v, value in enumerate(VALUES)
} | {"refuse": [["set", b"a", b"lost"], ["fail", "No"]]}
PEOPLE = {f"{one.name}@{one.organisation}": one for one in MEMBERS}
NEW_KEYS = tuple(key(f"new {number}", kind) for number, kind in enumerate(KeyKind) if kind <= KeyKind.SECP256K1)
GATEWAYS = {"gateway": 10**10, "second": 150_000_000}
VALIDATORS = (key("validator").public_key, key("second validator").public_key)
NODES = (bytes(20), bytes(range(20)))
IBC_ROOT = naive_root({b"huitong/sentinel": b"\1"})


class KernelMachine(RuleBasedStateMachine):
    @initialize()
    def start(self):
        gateways = tuple(
            Gateway(1, "hospital-a", KeyKind.ED25519, key(name).public_key, gas, 4 << 20, active=True)
            for name, gas in GATEWAYS.items()
        )
        self.world = World(engines=(TrivialEngine(),), modules=network_modules(), rules=TWO, gateways=gateways)
        self.keys = {name: key(name, one.key_kind) for name, one in PEOPLE.items()}
        source = INTERNATIONAL.hash(b"")
        args = ("trivial", encode(METHODS), source, b"", "", [])
        receipt = self.world.run(
            self.world.transaction("alice@hospital-a", (CONTRACTS_ADDRESS, "deploy", args), gas_limit=10**6)
        )[0].receipt
        contract = decode(receipt.return_bytes, list[bytes])[0]
        self.records: dict[int, bytes] = {}
        self.tree = SparseMerkleTree(INTERNATIONAL.hash, 4, self.records)
        self.grow(self.world.view.data)
        people = {name: self.person(name) for name in PEOPLE}
        self.model = Model(
            state=dict(self.world.view.data),
            people=people,
            network=NaiveNetwork(
                admins={"hospital-a"},
                gateways={
                    address(name): ["hospital-a", 1, key(name).public_key, gas, 4 << 20]
                    for name, gas in GATEWAYS.items()
                },
                newest={VALIDATORS[0]: 10},
                owners={VALIDATORS[0]: "hospital-a"},
            ),
            contract=contract,
            organisations={"hospital-a", "hospital-b"},
            used_keys={one.key_address for one in people.values()},
            numbers={address("gateway"): {1}},
            lists={1: (self.world.time_ns + 600 * SECOND, [receipt.tx_id])},
        )
        self.sequence = 1
        self.sent: list[Sent] = []
        self.packed: list[Packed] = []

    def person(self, name):
        one = PEOPLE[name]
        place = key_address(INTERNATIONAL, one.key_kind, one.public_key)
        return Person(place, one.name, one.organisation, one.roles, one.key_kind, one.public_key, place)

    def grow(self, writes):
        for number, record in self.tree.update(writes).buckets.items():
            if record:
                self.records[number] = record
            else:
                self.records.pop(number, None)

    def act(self, data, sender) -> tuple[tuple[str, Any], tuple[bytes, str, tuple[Any, ...]]]:
        """One act for the model, and the call that asks the kernel for it."""
        name = data.draw(
            st.sampled_from(
                ("put", "put", "encrypt", "organise", "rotate", "deactivate", "refuse", "nowhere", *("network",) * 4)
            )
        )
        if name == "network":
            method, args = data.draw(self.network_messages())
            return ("network", (method, args)), (NETWORK, method, args)
        if name == "put":
            place, value = data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))
            return ("put", (PLACES[place], VALUES[value])), (self.model.contract, f"put{place}{value}", ())
        if name == "refuse":
            return ("refuse", None), (self.model.contract, "refuse", ())
        if name == "nowhere":
            return ("nowhere", None), (bytes(20), "any", ())
        if name == "encrypt":
            chosen = bytes((data.draw(st.integers(0, 255)),)) * 32
            return ("encrypt", chosen), (IDENTITY, "set_encryption_key", (chosen,))
        if name == "organise":
            text = data.draw(st.sampled_from(("hospital-a", "clinic-1", "clinic-2")))
            return ("organise", text), (IDENTITY, "add_organisation", (text, text.upper(), first_admin(f"head@{text}")))
        if name == "deactivate":
            text = data.draw(st.sampled_from(("carol@hospital-a", "alice@hospital-a", "eve@hospital-b")))
            return ("deactivate", text), (IDENTITY, "deactivate_member", (self.model.people[text].address,))
        new = data.draw(st.sampled_from((*NEW_KEYS, *self.keys.values())))
        message = possession_bytes(INTERNATIONAL, CHAIN_ID, self.model.people[sender].address, new.public_key)
        place = key_address(INTERNATIONAL, new.kind, new.public_key)
        call = (IDENTITY, "rotate_key", (int(new.kind), new.public_key, new.sign(message)))
        return ("rotate", (int(new.kind), new.public_key, place)), call

    def network_messages(self):
        organisation = st.sampled_from(("hospital-a", "hospital-b", "clinic-1"))
        node, gateway = st.sampled_from(NODES), st.sampled_from([address(name) for name in (*GATEWAYS, "nobody")])
        validator = st.sampled_from(VALIDATORS)
        height = st.integers(max(1, self.world.height - 1), self.world.height + 3)
        named = st.lists(organisation, min_size=1, max_size=2, unique=True)
        messages = {
            "register_node": st.tuples(organisation, node, st.sampled_from(("", "node.example:26656"))),
            "remove_node": st.tuples(node),
            "set_admins": st.tuples(named),
            "set_gateway_quota": st.tuples(gateway, st.sampled_from((150_000_000, 10**10)), st.just(4 << 20)),
            "remove_gateway": st.tuples(gateway),
            "set_validator": st.tuples(organisation, validator, st.sampled_from((3, 4, 10, 50))),
            "remove_validator": st.tuples(validator),
            "schedule_rules": st.tuples(st.sampled_from((1, 2, 2)), height),
            "cancel_rules": st.just(()),
        }
        return st.one_of([st.tuples(st.just(method), args) for method, args in messages.items()])

    def make(self, data, time_ns) -> Sent:
        shape = data.draw(
            st.sampled_from(("good",) * 10 + ("again", "again", "junk", "kind", "chain", "unsigned", "two", "key"))
        )
        if shape == "again" and self.sent:
            return data.draw(st.sampled_from(self.sent))
        if shape == "junk":
            raw = data.draw(st.sampled_from((b"", b"\xc1", b"\x93\x01\xc4\x01\x90\x90", encode([2, b"", []]))))
            code = {b"\x93": Code.ENCODING_MALFORMED}.get(raw[:1], Code.ENCODING_MALFORMED)
            code = Code.VERSION_UNSUPPORTED if raw == encode([2, b"", []]) else code
            signed = decode(raw, list)[1] if raw[:2] == b"\x93\x01" else None
            tx_id = INTERNATIONAL.hash(raw if signed is None else sign_bytes(signed))
            return Sent(raw, tx_id, broken=code)
        sender = data.draw(st.sampled_from(tuple(PEOPLE)))
        acts = [self.act(data, sender) for _ in range(data.draw(st.sampled_from((1, 1, 2, 3))))]
        wait = data.draw(st.sampled_from((600 * SECOND,) * 3 + (60 * SECOND, 60 * SECOND, 0, 600 * SECOND + 1, -1)))
        gas_limit = data.draw(st.sampled_from((10**6,) * 6 + (1, 30_000, 40_000_000, 50_000_001)))
        changes = {
            "sender": self.model.people[sender].address,
            "payer": self.model.people[sender].address,
            "valid_until": time_ns + wait,
            "gas_limit": gas_limit,
            **({"chain_id": "other-1"} if shape == "chain" else {}),
        }
        body = self.world.body(sender, *(call for _, call in acts), **changes)
        person = self.model.people[sender]
        by_public = {one.public_key: one for one in (*NEW_KEYS, *self.keys.values())}
        signer = NEW_KEYS[0] if shape == "key" else by_public[person.public_key]
        proofs = {"unsigned": (), "two": (signer.sign(sign_bytes(body)),) * 2}.get(
            shape, (signer.sign(sign_bytes(body)),)
        )
        return Sent(
            raw=encode_transaction(body, proofs),
            tx_id=INTERNATIONAL.hash(sign_bytes(body)),
            sender=sender,
            public_key=signer.public_key,
            chain=shape != "chain",
            signatures=len(proofs),
            valid_until=time_ns + wait,
            gas_limit=gas_limit,
            acts=tuple(act for act, _ in acts),
            kind=1 if shape == "kind" else 0,
        )

    def pack(self, data, time_ns) -> Packed:
        shape = data.draw(
            st.sampled_from(("good",) * 8 + ("again", "junk", "root", "signature", "chain", "stranger", "late"))
        )
        if shape == "again" and self.packed:
            return data.draw(st.sampled_from(self.packed))
        if shape == "junk":
            return Packed(data.draw(st.sampled_from((b"", b"\xc1", b"\x90", encode([1] * 9)))), broken=True)
        gateway = "stranger" if shape == "stranger" else data.draw(st.sampled_from(tuple(GATEWAYS)))
        sent = tuple(self.make(data, time_ns) for _ in range(data.draw(st.integers(1, 5))))
        self.sent.extend(sent)
        txs = tuple(Element(item.kind, item.raw) for item in sent)
        root = bytes(32) if shape == "root" else merkle.root(element_leaves(txs), INTERNATIONAL.hash)
        self.sequence += 1
        jump = data.draw(st.sampled_from((0,) * 8 + (-1, -1_023, -1_024, 1_100)))
        self.sequence += max(0, jump)
        seq = max(1, self.sequence + min(0, jump))
        expiry = time_ns - 1 if shape == "late" else time_ns + data.draw(st.sampled_from((0, 600 * SECOND)))
        chain_id = "other-1" if shape == "chain" else CHAIN_ID
        head = EnvelopeHead(1, chain_id, address(gateway), seq, expiry, 100_000_000, root)
        signature = bytes(64) if shape == "signature" else key(gateway).sign(envelope_sign_bytes(head))
        fields = [getattr(head, name) for name in head.__struct_fields__]
        return Packed(
            raw=encode([*fields, [[item.kind, item.raw] for item in sent], signature]),
            gateway=address(gateway),
            chain=shape != "chain",
            seq=seq,
            expiry=expiry,
            gas_limit=100_000_000,
            root=shape != "root",
            signature=shape != "signature",
            sent=sent,
        )

    @rule(
        data=st.data(),
        step_ns=st.sampled_from((10**6, SECOND, 59 * SECOND, 300 * SECOND, 601 * SECOND, 2_000 * SECOND)),
    )
    def block(self, data, step_ns):
        world = self.world
        time_ns = world.time_ns + step_ns
        packed = [self.pack(data, time_ns) for _ in range(data.draw(st.sampled_from((1, 2, 3, 0))))]
        self.packed.extend(item for item in packed if not item.broken)
        header = INTERNATIONAL.hash(world.height.to_bytes(8, "big"))
        result = world.block(*(item.raw for item in packed), step_ns=step_ns)
        foretold = self.model.block(world.height, world.time_ns, header, packed)
        assert [answer(item) for item in result.envelopes] == foretold
        assert world.view.data == self.model.state
        assert world.remembered == self.model.seen()
        self.grow(result.writes["main"])
        assert self.tree.root == naive_root(self.model.state)
        assert app_hash({"ibc": IBC_ROOT, "main": self.tree.root}) == naive_app_hash(self.tree.root, IBC_ROOT)
        self.check_ids(packed, result)

    def check_ids(self, packed, result):
        for item, one in zip(packed, result.envelopes, strict=True):
            if one.code == 0:
                found = [each.receipt.tx_id for each in one.transactions]
                assert found == [INTERNATIONAL.hash(sent.raw) if sent.kind else sent.tx_id for sent in item.sent]


def answer(item):
    """Code of an inadmissible envelope, or code and gas of each transaction."""
    if item.code:
        return int(item.reason[2:6])
    return [(one.receipt.code, one.receipt.gas_used) for one in item.transactions]


TestKernel = KernelMachine.TestCase
TestKernel.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
