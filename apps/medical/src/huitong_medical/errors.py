"""Refusals of the service outside of the chain. Those of the contract have names of their own, on the chain."""

__all__ = [
    "BundleInvalid",
    "CommitmentMismatch",
    "KeyRefused",
    "MedicalError",
    "RecordMissing",
    "ReleaseRefused",
    "VersionKept",
]


class MedicalError(Exception):
    """A refusal with its data. The class is the name of the refusal; data never holds contents of a record."""

    def __init__(self, **data: object) -> None:
        self.data = data
        super().__init__(data)

    def __str__(self) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in self.data.items())
        return f"{type(self).__name__}: {self.__doc__} ({facts})"


class BundleInvalid(MedicalError):
    """These are no FHIR resources that the service can read."""


class RecordMissing(MedicalError):
    """The vault holds no such resources: never stored, or erased."""


class CommitmentMismatch(MedicalError):
    """The contents are not those that were committed to on the chain."""


class KeyRefused(MedicalError):
    """A key or ciphertext does not belong to this record, version, resource type or recipient, or was changed."""


class ReleaseRefused(MedicalError):
    """The chain does not allow the custodian to hand out keys for this access."""


class VersionKept(MedicalError):
    """The vault holds other contents under this version, whose announcement may still be under way."""
