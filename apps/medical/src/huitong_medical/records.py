"""Medical histories: FHIR R4 bundles, parsed by `fhir.resources` and split by resource type.

Synthetic patients come from `carebundle`. The models are those of R4B (the package has none of plain R4); what
`carebundle` writes is valid in both.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import carebundle
from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

from .commitment import canonical
from .errors import BundleInvalid

__all__ = ["CLAIM_RESOURCES", "PROFILES", "Groups", "parse_bundle", "split_bundle", "synthetic_bundle"]

Groups = Mapping[str, bytes]
"""Canonical bytes of the list of resources, by resource type."""

PROFILES: Final = ("healthy", "type2_diabetes", "hypertension", "ckd_stage3", "anaemia")
CLAIM_RESOURCES: Final = ("Condition", "Encounter", "MedicationRequest")
"""What an insurer needs to check a claim: why, when, what was prescribed. No names, laboratory values or notes."""


def synthetic_bundle(number: int) -> str:
    """Return the history of a synthetic patient as JSON text; the same number gives the same patient.

    Odd numbers: one visit in full, with laboratory reports and prescriptions. Even numbers: six visits over time.
    """
    profile = PROFILES[number % len(PROFILES)]
    sex = "FM"[number % 3 % 2]
    if number % 2:
        return str(carebundle.to_json(carebundle.generate_bundle(profile=profile, seed=1000 + number, sex=sex)))
    history = carebundle.generate_history(profile=profile, seed=1000 + number, sex=sex, visits=6)
    return str(carebundle.to_json(history))


def parse_bundle(text: str | bytes) -> Bundle:
    """Parse and validate a FHIR bundle. Raises BundleInvalid, which names the first fault but no content."""
    try:
        return Bundle.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BundleInvalid(place=place, reason=first["type"]) from None
    except (LookupError, TypeError, ValueError, RecursionError) as error:  # fhir.resources raises these for odd types
        raise BundleInvalid(reason=type(error).__name__) from None


def split_bundle(text: str | bytes) -> Groups:
    """Validate a bundle and return its resources by type, each resource as it came, in the order of the bundle.

    Every resource keeps its `fullUrl` beside it, as [{"fullUrl", "resource"}], so that references stay resolvable.
    Raises BundleInvalid, also for a bundle without exactly one patient.
    """
    parse_bundle(text)
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in json.loads(text, parse_float=Decimal).get("entry") or []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not isinstance(resource.get("resourceType"), str):
            raise BundleInvalid(reason="an entry without a resource")
        kept = {"fullUrl": entry.get("fullUrl", ""), "resource": resource}
        groups.setdefault(resource["resourceType"], []).append(kept)
    if len(groups.get("Patient", [])) != 1:
        raise BundleInvalid(reason="not the history of one patient", patients=len(groups.get("Patient", [])))
    return {name: canonical(groups[name]) for name in sorted(groups)}
