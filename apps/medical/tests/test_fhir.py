"""Twenty synthetic histories parse as FHIR and split without loss."""

import json
from decimal import Decimal

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong_medical.commitment import canonical, decode_resources
from huitong_medical.contracts import medical
from huitong_medical.errors import BundleInvalid
from huitong_medical.records import CLAIM_RESOURCES, parse_bundle, split_bundle, synthetic_bundle


@pytest.mark.parametrize("number", range(1, 21))
def test_history_parses_and_splits_without_loss(number):
    text = synthetic_bundle(number)
    bundle = parse_bundle(text)
    groups = split_bundle(text)
    entries = [item for contents in groups.values() for item in decode_resources(contents)]
    assert len(entries) == len(bundle.entry)
    wanted = [
        {"fullUrl": entry["fullUrl"], "resource": entry["resource"]}
        for entry in json.loads(text, parse_float=Decimal)["entry"]
    ]
    assert sorted(map(canonical, entries)) == sorted(map(canonical, wanted))
    for name, contents in groups.items():
        for item in decode_resources(contents):
            model = get_fhir_model_class(name).model_validate_json(canonical(item["resource"]))
            assert model.get_resource_type() == name


def test_every_type_that_occurs_is_known_to_the_contract():
    known = set(medical.RESOURCES.split(" "))
    for number in range(1, 21):
        assert set(split_bundle(synthetic_bundle(number))) <= known


def test_histories_are_reproducible_and_differ():
    texts = [synthetic_bundle(number) for number in range(1, 21)]
    assert texts == [synthetic_bundle(number) for number in range(1, 21)]
    assert len(set(texts)) == 20


def test_both_shapes_of_history_occur():
    visits = decode_resources(split_bundle(synthetic_bundle(2))["Encounter"])
    assert len(visits) == 6
    assert {"DiagnosticReport", "MedicationRequest"} <= set(split_bundle(synthetic_bundle(17)))


def test_claim_relevant_resources_name_nobody():
    for number in range(1, 21):
        groups = split_bundle(synthetic_bundle(number))
        patient = decode_resources(groups["Patient"])[0]["resource"]
        family = patient["name"][0]["family"].encode()
        for name in CLAIM_RESOURCES:
            assert family not in groups.get(name, b"")
            assert patient["birthDate"].encode() not in groups.get(name, b"")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "{}",
        '{"resourceType": "Bundle", "type": "nonsense-and-more", "entry": [{"resource": {"resourceType": "Nobody"}}]}',
        '{"resourceType": "Bundle", "type": "collection"}',
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Flag", "x": 1}}]}',
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "urn:uuid:1"}]}',
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"birthDate": "2000"}}]}',
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": []}]}',
        '{"resourceType": "Bundle", "type": "collection", "entry": [[]]}',
        '{"resourceType": "Patient"}',
        '{"resourceType": "Bundle", "type": "collection", "entry": ' + "[" * 5000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_history_is_refused(text):
    with pytest.raises(BundleInvalid):
        split_bundle(text)


def test_the_refusal_does_not_quote_the_record():
    text = '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient", '
    with pytest.raises(BundleInvalid) as caught:
        parse_bundle(text + '"birthDate": "SECRET-NAME"}}]}')
    assert "SECRET" not in str(caught.value)


def test_a_bundle_of_two_patients_is_refused():
    one, two = (json.loads(synthetic_bundle(number)) for number in (1, 3))
    one["entry"] += two["entry"]
    with pytest.raises(BundleInvalid) as caught:
        split_bundle(json.dumps(one))
    assert caught.value.data["patients"] == 2


def places(value, path=()):
    """Paths of all values inside a JSON value."""
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from places(child, (*path, name))


SMALL = json.loads(synthetic_bundle(2))
SMALL["entry"] = SMALL["entry"][:4]
PLACES = [path for path in places(SMALL) if path]
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["Patient", "Flag"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(PLACES), JSON_VALUES)
@settings(deadline=None, max_examples=300)
def test_a_bundle_damaged_anywhere_splits_or_is_refused(path, value):
    damaged = json.loads(json.dumps(SMALL))
    holder = damaged
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value
    try:
        groups = split_bundle(json.dumps(damaged))
    except BundleInvalid:
        return
    assert sum(len(decode_resources(contents)) for contents in groups.values()) == len(damaged["entry"])
