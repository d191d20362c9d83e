"""Medical records shared by consent: records stay with their hospital, the chain holds who may read and who did."""

from .records import CLAIM_RESOURCES, parse_bundle, split_bundle
from .service import Custodian, PatientDesk, Reader, Reading
from .sharing import Parcel
from .vault import Vault

__all__ = [
    "CLAIM_RESOURCES",
    "Custodian",
    "Parcel",
    "PatientDesk",
    "Reader",
    "Reading",
    "Vault",
    "parse_bundle",
    "split_bundle",
]
