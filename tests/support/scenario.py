"""What a chain may meet, in about thirty blocks: every kind of key, act, call, failure, rejection and bad envelope."""

from __future__ import annotations

from typing import Any

from kernel_world import CHAIN_ID, SECOND, World, address, first_admin, key

from huitong.crypto import INTERNATIONAL, module_address
from huitong.kernel import CONTRACTS_ADDRESS
from huitong.modules.identity import possession_bytes
from huitong.types import Call, Element, FixedPoint, decode, encode, encode_transaction, sign_bytes
from huitong.types.registry import KeyKind, ModuleId

IDENTITY = module_address(ModuleId.IDENTITY)
ALICE, CAROL, WANG = "alice@hospital-a", "carol@hospital-a", "wang@hospital-b"
EVE, DAN, NINA = "eve@hospital-b", "dan@hospital-b", "nina@hospital-a"
KINDS = {EVE: KeyKind.P256, DAN: KeyKind.SECP256K1}
ODD = (None, True, -1, 2**64 - 1, 2**200, -(2**4000), FixedPoint(150, 2), "汇通", {"b": [1], "a": {"": b"\0"}})


def deploy_args(engine: str, code: bytes, name: str = "", init: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    return (engine, code, INTERNATIONAL.hash(b"source"), b"source", name, list(init))


class Scenario:
    """Runs the blocks on a world with the trivial engine."""

    def __init__(self, world: World) -> None:
        self.world = world

    def act(self, who: str, target: bytes, method: str, *args: Any, **changes: Any) -> bytes:
        return self.world.transaction(who, (target, method, args), kind=KINDS.get(who, KeyKind.ED25519), **changes)

    def identity(self, who: str, method: str, *args: Any, **changes: Any) -> bytes:
        return self.act(who, IDENTITY, method, *args, **changes)

    def new_key(self, method: str, who: str, subject: bytes, secret: Any, *rest: Any) -> bytes:
        signed = secret.sign(possession_bytes(INTERNATIONAL, CHAIN_ID, subject, secret.public_key))
        return self.identity(who, method, *rest, int(secret.kind), secret.public_key, *self.tail(method), signed)

    def tail(self, method: str) -> tuple[bytes, ...]:
        return (b"\7" * 32,) if method == "add_member" else ()

    def deploy(self, methods: dict[str, Any], name: str = "", init: tuple[Any, ...] = ()) -> bytes:
        raw = self.act(ALICE, CONTRACTS_ADDRESS, "deploy", *deploy_args("trivial", encode(methods), name, init))
        receipt = self.world.run(raw)[0].receipt
        assert receipt.code == 0, receipt
        return decode(receipt.return_bytes, list[bytes])[0]

    def run(self) -> None:
        self.members()
        self.contracts()
        self.refused_transactions()
        self.envelopes()
        self.replays()

    def members(self) -> None:
        world = self.world
        world.run(
            *(self.identity(who, "set_encryption_key", bytes((n,)) * 32) for n, who in enumerate((ALICE, EVE, DAN)))
        )
        secret = key(NINA)
        world.run(
            self.new_key("add_member", ALICE, NINA.encode(), secret, "nina", ["admin", "developer"]),
            self.new_key("add_member", ALICE, NINA.encode(), secret, "nina", []),
            self.new_key("add_member", CAROL, b"max@hospital-a", key("max"), "max", []),
            self.identity(ALICE, "add_organisation", "insurer", "保险公司", first_admin("zoe@insurer")),
            self.identity(WANG, "add_organisation", "insurer", "Insurer", first_admin("zoe@insurer")),
        )
        new = key("alice rotated", KeyKind.P256)
        world.run(self.new_key("rotate_key", ALICE, address(ALICE), new), self.identity(ALICE, "organisations"))
        body = world.body(ALICE, (IDENTITY, "set_roles", (address(NINA), ["admin"])))
        world.run(encode_transaction(body, (new.sign(sign_bytes(body)),)))
        back = key("alice again")
        body = world.body(ALICE, (IDENTITY, "rotate_key", self.rotation(back)))
        world.run(encode_transaction(body, (new.sign(sign_bytes(body)),)))
        body = world.body(ALICE, (IDENTITY, "deactivate_member", (address(ALICE),)))
        world.run(
            encode_transaction(body, (back.sign(sign_bytes(body)),)),
            self.identity(WANG, "deactivate_member", address(WANG)),
            self.identity(WANG, "deactivate_member", address(DAN, KeyKind.SECP256K1)),
            self.identity(DAN, "organisations"),
            *(self.identity(WANG, query, *args) for query, args in self.questions()),
        )
        self.alice_is(NINA)

    def rotation(self, new: Any) -> tuple[Any, ...]:
        signed = new.sign(possession_bytes(INTERNATIONAL, CHAIN_ID, address(ALICE), new.public_key))
        return (int(new.kind), new.public_key, signed)

    def questions(self) -> list[tuple[str, tuple[Any, ...]]]:
        return [
            ("member", (address(EVE, KeyKind.P256),)),
            ("member", (bytes(20),)),
            ("member_by_name", ("hospital-a", "nina")),
            ("member_by_name", ("hospital-a", "x" * 500)),
            ("organisation", ("insurer",)),
            ("key_owner", (address(ALICE),)),
            ("organisations", ()),
            ("organisations", ODD),
        ]

    def alice_is(self, who: str) -> None:
        """Later parts deploy as somebody else: alice has left."""
        self.admin = who

    def contracts(self) -> None:
        world, admin = self.world, self.admin
        inner = {
            "put": [["set", b"k", b"v"], ["emit", "Put"], ["get", b"k"]],
            "no": [["set", b"k", b"lost"], ["emit", "Lost"], ["fail", "Refused"]],
            "who": [["sender"]],
            "burn": [["burn", 10**7]],
            "clear": [["set", b"k", None], ["scan"]],
        }
        raws = [
            self.act(admin, CONTRACTS_ADDRESS, "deploy", *deploy_args("trivial", encode(inner), name))
            for name in ("inner", "inner", "Bad Name")
        ]
        first = decode(world.run(*raws)[0].receipt.return_bytes, list[bytes])[0]
        outer = {
            "init": [["set", b"init", b"done"], ["emit", "Made"]],
            "both": [
                ["call", first, "put", [], False],
                ["call", first, "no", [], False],
                ["call", first, "put", [], True],
            ],
            "deep": [["call", b"self", "deep", [], False]],
            "reentrant": [["emit", "Level"], ["call", b"self", "reentrant", [], False]],
            "ask": [
                ["call", IDENTITY, "organisations", [], True],
                ["call", IDENTITY, "add_organisation", ["a", "b", first_admin("zoe@a")], False],
            ],
            "gas": [["call", first, "burn", [], False], ["set", b"after", b"1"]],
            "who": [["call", first, "who", [], True]],
        }
        raw = self.act(admin, CONTRACTS_ADDRESS, "deploy", *deploy_args("trivial", encode(outer), "outer"))
        second = decode(world.run(raw)[0].receipt.return_bytes, list[bytes])[0]
        world.run(*(self.act(who, first, method) for who in (EVE, WANG) for method in inner))
        world.run(*(self.act(WANG, second, method, gas_limit=300_000) for method in outer if method != "init"))
        calls = (Call(first, "put", ()), Call(second, "both", ()), Call(first, "who", ODD))
        world.run(
            self.act(WANG, first, "put", calls=calls),
            self.act(WANG, first, "put", calls=(*calls, Call(first, "no", ()))),
            self.act(WANG, first, "put", gas_limit=100),
            self.act(WANG, first, "missing"),
            self.act(WANG, bytes(20), "any", *ODD),
            self.act(WANG, CONTRACTS_ADDRESS, "resolve", "outer"),
            self.act(EVE, CONTRACTS_ADDRESS, "deploy", *deploy_args("trivial", encode(inner))),
            self.act(admin, CONTRACTS_ADDRESS, "deploy", *deploy_args("evm", b"\x60")),
            self.act(admin, CONTRACTS_ADDRESS, "deploy", *deploy_args("trivial", encode({"broken": []}))),
            self.act(admin, CONTRACTS_ADDRESS, "deploy", *deploy_args("trivial", encode(inner), "", (1,))),
            self.act(admin, CONTRACTS_ADDRESS, "deploy", *deploy_args("trivial", b"")),
        )

    def refused_transactions(self) -> None:
        world, now = self.world, self.world.time_ns
        good = self.identity(WANG, "organisations")
        body = world.body(WANG, (IDENTITY, "organisations", ()), payer=address(EVE, KeyKind.P256))
        both = (key(WANG).sign(sign_bytes(body)), key(EVE, KeyKind.P256).sign(sign_bytes(body)))
        changes = (
            {"chain_id": "other-1"}, {"valid_until": now}, {"valid_until": now + 10_000 * SECOND}, {"version": 2},
            {"gas_limit": 0}, {"gas_limit": 60_000_000}, {"salt": b""}, {"memo": bytes(300)}, {"calls": ()},
            {"sender": bytes(20), "payer": bytes(20)}, {"payer": address(ALICE)},
        )  # fmt: skip
        world.run(
            encode_transaction(body, both),
            *(encode_transaction(body, proofs) for proofs in ((), both[:1], both[::-1], (*both, b""))),
            *(self.identity(WANG, "organisations", **change) for change in changes),
            self.identity(CAROL, "organisations", memo="为什么".encode()),
        )
        raws = [
            b"",
            b"\xc1",
            good[:-1],
            good + b"\0",
            b"\x91" * 200,
            b"\xdd\xff\xff\xff\xff",
            b"\xcb" + bytes(8),
            b"\xd6\xff" + bytes(4),
        ]
        elements = [Element(0, raw) for raw in raws] + [Element(1, good), Element(2**64 - 1, b""), Element(0, good)]
        world.block(world.envelope(elements=tuple(elements)))
        world.block(world.envelope(*(self.identity(WANG, "organisations") for _ in range(4)), gas_limit=2_500_000))

    def envelopes(self) -> None:
        world = self.world
        raw = self.identity(WANG, "organisations")
        changes = (
            {"chain_id": "other-1"}, {"expiry": world.time_ns}, {"txs_root": bytes(32)}, {"signature": bytes(64)},
            {"gateway": bytes(20)}, {"seq": 1}, {"seq": 5_000}, {"seq": 5_000}, {"seq": 3_976}, {"seq": 3_977},
            {"gas_limit": 2_000_000_000}, {"version": 2},
        )  # fmt: skip
        world.block(*(world.envelope(raw, **change) for change in changes), b"", b"\x99", bytes(600_000)[:9])
        world.sequence = 5_000

    def replays(self) -> None:
        world = self.world
        raw = self.identity(WANG, "organisations", valid_until=world.time_ns + 590 * SECOND)
        failing = self.act(WANG, bytes(20), "any", valid_until=world.time_ns + 590 * SECOND)
        world.run(raw, raw, failing, failing)
        world.block()
        world.run(raw, failing)
        world.block()
        world.block()
        for step_s in (580, 30):
            later = world.envelope(raw, failing, expiry=world.time_ns + step_s * SECOND)
            world.block(later, step_ns=step_s * SECOND)
        world.block(step_ns=3_600 * SECOND)
        world.block(world.envelope(raw, self.identity(EVE, "organisations")))
        for _ in range(4):
            world.run(self.identity(DAN, "organisations"), self.identity(EVE, "organisations"))
