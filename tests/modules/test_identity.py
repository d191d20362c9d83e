"""The identity module: rights, keys, rotation; and a stateful comparison with a naive model."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from kernel_world import CHAIN_ID, World, address, first_admin, genesis, key, member

from huitong.crypto import INTERNATIONAL, key_address, module_address
from huitong.modules.identity import Directory, possession_bytes
from huitong.modules.identity.queries import find_key_owner, find_organisation
from huitong.types import Code, HuitongError, KeyOwner, decode, encode_transaction, sign_bytes
from huitong.types.registry import KeyKind, ModuleId

IDENTITY = module_address(ModuleId.IDENTITY)
ALICE, WANG, CAROL = "alice@hospital-a", "wang@hospital-b", "carol@hospital-a"


def act(world: World, sender: str, method: str, *args, **changes):
    return world.run(world.transaction(sender, (IDENTITY, method, args), **changes))[0]


def add_member(world: World, admin: str, name: str, roles=("clinician",), new: str | None = None, kind=KeyKind.ED25519):
    organisation = admin.split("@")[1]
    secret = key(new or f"{name}@{organisation}", kind)
    signed = possession_bytes(INTERNATIONAL, CHAIN_ID, f"{name}@{organisation}".encode(), secret.public_key)
    return act(world, admin, "add_member", name, list(roles), int(kind), secret.public_key, b"", secret.sign(signed))


def test_an_admin_adds_a_member_who_can_sign_from_the_next_transaction_on():
    world = World()
    result = add_member(world, ALICE, "nina")
    assert result.receipt.code == 0
    assert decode(result.receipt.return_bytes, object) == [address("nina@hospital-a")]
    assert result.events[0].name == "MemberAdded"
    assert act(world, "nina@hospital-a", "organisations").receipt.code == 0


@pytest.mark.parametrize(
    ("admin", "name", "roles", "code"),
    [
        (CAROL, "nina", (), Code.PERMISSION_MISSING),
        (ALICE, "carol", (), Code.MEMBER_EXISTS),
        (ALICE, "Nina", (), Code.ARGUMENTS_INVALID),
        (ALICE, "", (), Code.ARGUMENTS_INVALID),
        (ALICE, "nina", ("a", "a"), Code.ARGUMENTS_INVALID),
        (ALICE, "nina", ("Admin",), Code.ARGUMENTS_INVALID),
        (ALICE, "nina", tuple(f"r{n}" for n in range(17)), Code.ARGUMENTS_INVALID),
    ],
)
def test_members_that_cannot_be_added(admin, name, roles, code):
    assert add_member(World(), admin, name, roles).receipt.code == code


def test_nobody_can_register_a_key_that_is_not_theirs_or_was_used():
    world = World()
    assert add_member(world, ALICE, "nina", new=WANG).receipt.code == Code.KEY_USED_BEFORE
    stranger = key("stranger")
    result = act(world, ALICE, "add_member", "nina", [], 1, stranger.public_key, b"", bytes(64))
    assert result.receipt.code == Code.POSSESSION_NOT_PROVED
    result = act(world, ALICE, "add_member", "nina", [], 1, b"short", b"", bytes(64))
    assert result.receipt.code == Code.KEY_INVALID


def test_rotation_keeps_the_address_retires_the_key_and_needs_possession():
    world = World()
    mine, new = address(CAROL), key("carol second")
    signed = possession_bytes(INTERNATIONAL, CHAIN_ID, mine, new.public_key)
    assert act(world, CAROL, "rotate_key", 1, new.public_key, bytes(64)).receipt.code == Code.POSSESSION_NOT_PROVED
    assert act(world, CAROL, "rotate_key", 1, new.public_key, new.sign(signed)).receipt.code == 0
    body = world.body(CAROL, (IDENTITY, "organisations", ()))
    assert world.run(encode_transaction(body, (key(CAROL).sign(sign_bytes(body)),)))[0].receipt.code == (
        Code.SIGNATURE_INVALID
    )
    assert world.run(encode_transaction(body, (new.sign(sign_bytes(body)),)))[0].receipt.code == 0
    assert find_key_owner(world.view, mine) == KeyOwner(mine, active=False)
    assert find_key_owner(world.view, key_address(INTERNATIONAL, 1, new.public_key)) == KeyOwner(mine, active=True)
    old = key(CAROL)
    signed = possession_bytes(INTERNATIONAL, CHAIN_ID, mine, old.public_key)
    body = world.body(CAROL, (IDENTITY, "rotate_key", (1, old.public_key, old.sign(signed))))
    back = world.run(encode_transaction(body, (new.sign(sign_bytes(body)),)))[0]
    assert back.receipt.code == Code.KEY_USED_BEFORE, "a retired key is never used again"


def test_the_last_admin_can_neither_leave_nor_lose_the_role():
    world = World()
    for method, args in (("deactivate_member", ()), ("set_roles", (["clinician"],))):
        assert act(world, ALICE, method, address(ALICE), *args).receipt.code == Code.LAST_ADMIN
    assert act(world, ALICE, "set_roles", address(CAROL), ["admin"]).receipt.code == 0
    assert act(world, ALICE, "deactivate_member", address(ALICE)).receipt.code == 0
    assert act(world, CAROL, "set_roles", address(CAROL), []).receipt.code == Code.LAST_ADMIN


def test_admins_act_for_their_own_organisation_only():
    world = World()
    assert act(world, WANG, "deactivate_member", address(CAROL)).receipt.code == Code.PERMISSION_MISSING
    assert act(world, WANG, "set_roles", address(CAROL), []).receipt.code == Code.PERMISSION_MISSING
    assert act(world, WANG, "deactivate_member", bytes(20)).receipt.code == Code.MEMBER_UNKNOWN


def test_organisations_and_encryption_keys():
    world = World()
    admin = first_admin("zoe@insurer")
    added = act(world, ALICE, "add_organisation", "insurer", "Insurer", admin)
    assert (added.receipt.code, [event.name for event in added.events]) == (0, ["OrganisationAdded", "MemberAdded"])
    assert decode(added.receipt.return_bytes, object) == [address("zoe@insurer")]
    assert add_member(world, "zoe@insurer", "yan").receipt.code == 0, "the first admin can admit others"
    assert act(world, "zoe@insurer", "deactivate_member", address("zoe@insurer")).receipt.code == Code.LAST_ADMIN
    assert find_organisation(world.view, "insurer").title == "Insurer"
    assert act(world, ALICE, "add_organisation", "insurer", "Again", admin).receipt.code == Code.MEMBER_EXISTS
    other = first_admin("zoe@other")
    assert act(world, CAROL, "add_organisation", "other", "Other", other).receipt.code == Code.PERMISSION_MISSING
    weak = first_admin("zoe@other", ("clinician",))
    assert act(world, ALICE, "add_organisation", "other", "Other", weak).receipt.code == Code.ARGUMENTS_INVALID
    stolen = [*other[:-1], bytes(64)]
    assert act(world, ALICE, "add_organisation", "other", "Other", stolen).receipt.code == Code.POSSESSION_NOT_PROVED
    used = first_admin("carol@hospital-a")
    assert act(world, ALICE, "add_organisation", "other", "Other", used).receipt.code == Code.KEY_USED_BEFORE
    assert find_organisation(world.view, "other") is None
    assert act(world, CAROL, "set_encryption_key", b"k" * 32).receipt.code == 0
    assert Directory().member(world.view, address(CAROL)).encryption_key == b"k" * 32
    assert act(world, CAROL, "set_encryption_key", b"k").receipt.code == Code.KEY_INVALID


def test_questions():
    world = World()
    ask = lambda method, *args: decode(act(world, ALICE, method, *args).receipt.return_bytes, object)  # noqa: E731 - a short name for a long line
    assert ask("organisations") == [["hospital-a", "hospital-b"]]
    assert ask("member_by_name", "hospital-a", "carol")[0]["address"] == address(CAROL)
    assert ask("member", bytes(20)) == [None]
    assert ask("key_owner", address(CAROL)) == [{"active": True, "member": address(CAROL)}]
    assert act(world, ALICE, "member_by_name", "hospital-a", "nobody").receipt.code == Code.MEMBER_UNKNOWN
    assert act(world, ALICE, "organisation", "nobody").receipt.code == Code.ORGANISATION_UNKNOWN


@pytest.mark.parametrize(
    "changes",
    [
        {"members": (member(ALICE), member(ALICE))},
        {"members": (member("x@nowhere"),)},
        {"validators": ()},
        {"gateways": ()},
        {"kind": "other"},
        {"initial_height": 0},
        {"rules_version": 99},
    ],
)
def test_genesis_documents_that_are_refused(changes):
    world = World()
    with pytest.raises(HuitongError) as caught:
        world.kernel.genesis_writes(genesis(**changes))
    assert caught.value.code == Code.GENESIS_INVALID


NAMES = ("ann", "ben", "cho")


class IdentityMachine(RuleBasedStateMachine):
    """Random acts of one admin against a dictionary: name -> (roles, active)."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.model: dict[str, tuple[tuple[str, ...], bool]] = {}

    @rule(name=st.sampled_from(NAMES), roles=st.sampled_from([(), ("clinician",), ("admin", "clinician")]))
    def add(self, name, roles):
        code = add_member(self.world, ALICE, name, roles).receipt.code
        assert code == (Code.MEMBER_EXISTS if name in self.model else 0)
        self.model.setdefault(name, (roles, True))

    @rule(name=st.sampled_from(NAMES), roles=st.sampled_from([(), ("auditor",), ("admin",)]))
    def set_roles(self, name, roles):
        code = act(self.world, ALICE, "set_roles", address(f"{name}@hospital-a"), list(roles)).receipt.code
        assert code == (0 if name in self.model else Code.MEMBER_UNKNOWN)
        if name in self.model:
            self.model[name] = (roles, self.model[name][1])

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def deactivate(self, data):
        name = data.draw(st.sampled_from(sorted(self.model)))
        assert act(self.world, ALICE, "deactivate_member", address(f"{name}@hospital-a")).receipt.code == 0
        self.model[name] = (self.model[name][0], False)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def member_acts(self, data):
        name = data.draw(st.sampled_from(sorted(self.model)))
        roles, active = self.model[name]
        code = act(
            self.world, f"{name}@hospital-a", "add_organisation", "hospital-b", "Again", first_admin("x@hospital-b")
        ).receipt.code
        if not active:
            assert code == Code.SIGNER_INACTIVE
        elif "admin" not in roles:
            assert code == Code.PERMISSION_MISSING
        else:
            assert code == Code.MEMBER_EXISTS

    @invariant()
    def records_equal_the_model(self):
        for name in NAMES:
            record = Directory().member(self.world.view, address(f"{name}@hospital-a"))
            found = None if record is None else (record.roles, record.active)
            assert found == self.model.get(name)


TestIdentityMachine = IdentityMachine.TestCase
TestIdentityMachine.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
