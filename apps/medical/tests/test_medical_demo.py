"""The demonstration on a real development chain, by the program; its proofs with the chain stopped."""

import re

import pytest
from program import DevChain, run

STORY = (
    "hospital-a deploys the contract",
    "hospital-a admits 20 patients",
    "hospital-a checks and registers 20 FHIR histories",
    "lets wang read R-05 for 3 seconds",
    "alice grants wang access to record R-17 until",
    "wang reads R-17: 48 resources",
    "8 of 8 commitments match",
    "lets insurer check a claim on R-17",
    "li reads Condition, Encounter, MedicationRequest of R-17, nothing else",
    "li reads Observation of R-17 for HPAYMT → refused HT5000 ScopeNotCovered",
    "li reads Condition of R-17 for HRESCH → refused HT5000 PurposeNotCovered",
    "mallory reads R-17 → refused HT5000 ConsentMissing",
    "wang breaks the glass of R-08",
    "revokes wang's access to R-17",
    "wang reads R-17 → refused HT5000 ConsentRevoked",
    "the chain's time passes the end of wang's consent to R-05",
    "wang reads R-05 → refused HT5000 ConsentExpired",
    "sees it: hospital-b, break-glass, unconscious",
    "audit@regulator goes through 1 emergency access",
    "registration of R-17 is proved by header",
    "absence of any consent to mallory for R-17 is proved by header",
    "one byte of the proof changed → refused",
)
PROOF, ABSENCE, TRUST = (
    f".huitong/demo/{name}" for name in ("registration.proof.json", "absence.proof.json", "chain.trust.json")
)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A folder in which the demonstration ran twice on one chain, which is stopped; and what it printed."""
    chain = DevChain(tmp_path_factory.mktemp("medical")).start()
    runs = [chain.huitong("demo", "medical") for _ in range(2)]
    status, out, err = chain.stop()
    assert status == 0, (out, err)
    return chain.folder, runs


def test_every_line_of_the_story_is_told_in_its_order_and_again_on_the_same_chain(played):
    for done in played[1]:
        assert done.status == 0, done
        lines = [line for line in done.out.splitlines() if "medical" in line]
        assert len(lines) == len(STORY)
        for line, text in zip(lines, STORY, strict=True):
            assert line.strip().startswith("✓ medical")
            assert text in line
            assert re.search(r" \d+ ms$", line)


def test_refusals_stand_in_blocks(played):
    refused = [line for line in played[1][0].out.splitlines() if "refused HT5000" in line]
    assert len(refused) == 5
    assert all(re.search(r" block \d+ ", line) for line in refused)


@pytest.mark.parametrize("name", [PROOF, ABSENCE])
def test_proofs_hold_with_the_node_stopped(played, name):
    done = run(played[0], "verify", name, "--trust", TRUST)
    assert (done.status, done.err) == (0, "")


@pytest.mark.parametrize("share", [0.01, 0.2, 0.4, 0.6, 0.8, 0.99])
@pytest.mark.parametrize("name", [PROOF, ABSENCE])
def test_a_proof_with_one_changed_byte_is_refused(played, name, share):
    folder = played[0]
    raw = bytearray((folder / name).read_bytes())
    raw[int(len(raw) * share)] ^= 1
    (folder / "changed.json").write_bytes(raw)
    done = run(folder, "verify", "changed.json", "--trust", TRUST)
    assert done.status == 4, done
    assert "HT700" in done.err


def test_nothing_of_a_history_is_on_the_chain_or_in_the_proof(played):
    """No name, birth date or code of any history stands in the chain's files or proofs."""
    from huitong_medical.commitment import decode_resources
    from huitong_medical.records import split_bundle, synthetic_bundle

    folder = played[0]
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"R-17" in written
    for number in range(1, 21):
        groups = split_bundle(synthetic_bundle(number))
        patient = decode_resources(groups["Patient"])[0]["resource"]
        for secret in (patient["birthDate"], patient["name"][0]["family"], patient["identifier"][0]["value"]):
            assert secret.encode() not in written


def test_other_organisations_are_told_what_to_do(tmp_path):
    chain = DevChain(tmp_path, ("--orgs", "north,south")).start()
    try:
        done = chain.huitong("demo", "medical", signer="admin@north")
    finally:
        chain.stop()
    assert done.status == 2
    assert "alice@hospital-a" in done.err
    assert "--orgs" in done.err
