"""Random stories on the plain and the compiled contract at once, against a naive model of consents and the log."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from huitong.types import HuitongError

RECORDS = ("R-1", "R-2")
TYPES = ("Condition", "Encounter", "Observation")
PURPOSES = ("TREAT", "HPAYMT")
READERS = ("wang", "mallory", "li", "patient", "anna")
SECOND = 10**9
CODES = st.lists(st.sampled_from(TYPES), unique=True, max_size=3)
READER = st.sampled_from(READERS)
RECORD = st.sampled_from(RECORDS)


class Stories(RuleBasedStateMachine):
    """model: consents by (record, organisation, member name or ""); log: what must stand in it."""

    def __init__(self, worlds):
        super().__init__()
        self.worlds = worlds
        self.people = self.worlds[0].people
        self.consents = {}
        self.log = []

    def outcome(self, name, method, *args):
        """Do the same on both machines; return the equal outcome: ("ok", value) or the error's name."""
        results = []
        for world in self.worlds:
            try:
                results.append(("ok", world.call(getattr(self.people, name), method, *args)))
            except HuitongError as error:
                results.append((error.data["error"], error.data["fields"]))
        assert results[0] == results[1]
        return results[0]

    @property
    def now(self):
        return self.worlds[0].time_ns

    @initialize()
    def register(self):
        for record in RECORDS:
            commitments = dict.fromkeys(TYPES[: 2 if record == "R-2" else 3], b"c" * 32)
            args = (record, self.people.patient.address, b"", commitments, "")
            assert self.outcome("alice", "register", *args)[0] == "ok"

    def recipient(self, name, whole):
        person = getattr(self.people, name)
        return person.organisation, b"" if whole else person.address

    @rule(record=RECORD, name=READER, whole=st.booleans(), purposes=st.sets(st.sampled_from(PURPOSES)), types=CODES,
          start=st.integers(-3, 6), length=st.integers(-1, 12))  # fmt: skip
    def grant(self, record, name, whole, purposes, types, start, length):
        organisation, member = self.recipient(name, whole)
        first = self.now + start * SECOND
        last = first + length * SECOND
        args = (record, organisation, member, sorted(purposes), types, first, last)
        found = self.outcome("patient", "grant", *args)[0]
        good = purposes and types and first < last and self.now < last
        assert (found == "ok") == bool(good)
        if good:
            self.consents[record, organisation, member] = [purposes, set(types), first, last, False]

    @rule(record=RECORD, name=READER, whole=st.booleans())
    def revoke(self, record, name, whole):
        organisation, member = self.recipient(name, whole)
        found = self.outcome("patient", "revoke", record, organisation, member)[0]
        consent = self.consents.get((record, organisation, member))
        assert found == ("ConsentMissing" if consent is None else "ok")
        if consent:
            consent[4] = True

    @rule(seconds=st.integers(1, 5))
    def wait(self, seconds):
        for world in self.worlds:
            world.time_ns += seconds * SECOND

    @rule(record=RECORD, name=READER, purpose=st.sampled_from(PURPOSES), types=CODES)
    def access(self, record, name, purpose, types):
        found = self.outcome(name, "access", record, purpose, types)[0]
        expected = self.expected(record, getattr(self.people, name), purpose, types)
        assert found == expected
        if found == "ok":
            self.log.append((record, name, purpose, types))

    def expected(self, record, person, purpose, types):
        """The order of the checks as the documentation states it."""
        free = person.name == "p-1" or (person.organisation == "hospital-a" and "clinician" in person.roles)
        refusal = None if free else self.consent_refusal(record, person, purpose, types)
        if refusal:
            return refusal
        if not types:
            return "CodeUnknown"
        return "ResourceMissing" if record == "R-2" and "Observation" in types else "ok"

    def consent_refusal(self, record, person, purpose, types):
        close = self.consents.get((record, person.organisation, person.address))
        consent = close or self.consents.get((record, person.organisation, b""))
        if consent is None:
            return "ConsentMissing"
        purposes, covered, first, last, revoked = consent
        checks = (
            ("ConsentRevoked", revoked),
            ("ConsentEarly", self.now < first),
            ("ConsentExpired", self.now > last),
            ("PurposeNotCovered", purpose not in purposes),
            ("ScopeNotCovered", not set(types) <= covered),
        )
        return next((name for name, true in checks if true), None)

    @invariant()
    def the_log_holds_exactly_what_was_granted(self):
        for world in self.worlds:
            entries = world.view("accesses_of", self.people.patient.address, max(0, len(self.log) - 5))
            shown = [(entry["record"], entry["member"], entry["purpose"], entry["resources"]) for entry in entries]
            wanted = [(record, getattr(self.people, name).address, *rest) for record, name, *rest in self.log[-5:]]
            assert shown == wanted


def test_random_stories_follow_the_model_plain_and_compiled(make_worlds):
    run_state_machine_as_test(
        lambda: Stories(make_worlds()), settings=settings(max_examples=40, stateful_step_count=30, deadline=None)
    )
