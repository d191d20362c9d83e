"""Certificates that anyone can check: issued by recognised organisations, revocable, found by number.

Nothing personal stands here: `subject` is a salted hash of what the certificate says, which its owner shows to the one
who checks it.
"""

from huitong.contract import Contract, Error, Event, Map, Record, call, ctx, init, require, view

VALID = "valid"
UNKNOWN = "unknown"
ALTERED = "altered"
EXPIRED = "expired"
REVOKED = "revoked"


class Certificate(Record):
    """One certificate. subject: hash of salt and content. valid_until: block time in ns. revoked: 0, or when."""

    issuer: str
    kind: str
    subject: bytes
    issued: int
    valid_until: int
    revoked: int = 0
    reason: str = ""


class Issued(Event):
    """There is a new certificate."""

    number: str
    issuer: str
    kind: str


class Revoked(Event):
    """A certificate is no longer valid."""

    number: str
    reason: str


class NotRecognised(Error):
    """This organisation is not recognised as an issuer of this kind of certificate."""

    organisation: str
    kind: str


class NotAllowed(Error):
    """Only the organisation that is named may do this."""

    needed: str


class NumberTaken(Error):
    """There is a certificate of this number."""

    number: str


class NotACommitment(Error):
    """The subject is a hash of 32 bytes, and the certificate is valid for some time."""

    number: str


class AlreadyRevoked(Error):
    """A certificate is revoked once."""

    number: str


class Certificates(Contract):
    """Registry of certificates."""

    certificates: Map[str, Certificate]
    issuers: Map[str, str]

    @init
    def start(self) -> None:
        """The organisation that deploys the registry recognises issuers."""
        self.issuers["*"] = ctx.sender.org

    @call
    def recognise(self, organisation: str, kind: str) -> None:
        """Recognise an issuer of a kind of certificate."""
        self._check_registrar()
        self.issuers[f"{kind}/{organisation}"] = ctx.sender.org

    @call
    def withdraw(self, organisation: str, kind: str) -> None:
        """Recognise an issuer no longer. What it has issued stays valid."""
        self._check_registrar()
        del self.issuers[f"{kind}/{organisation}"]

    @call
    def issue(self, number: str, kind: str, subject: bytes, valid_until: int) -> None:
        """Issue a certificate, as a recognised organisation."""
        issuer = ctx.sender.org
        require(f"{kind}/{issuer}" in self.issuers, NotRecognised(organisation=issuer, kind=kind))
        require(number not in self.certificates, NumberTaken(number=number))
        require(len(subject) == 32 and valid_until > ctx.time, NotACommitment(number=number))
        self.certificates[number] = Certificate(
            issuer=issuer, kind=kind, subject=subject, issued=ctx.time, valid_until=valid_until
        )
        Issued(number=number, issuer=issuer, kind=kind).emit()

    @call
    def revoke(self, number: str, reason: str) -> None:
        """Revoke a certificate, as its issuer."""
        found = self.certificates[number]
        require(ctx.sender.org == found.issuer, NotAllowed(needed=found.issuer))
        require(found.revoked == 0, AlreadyRevoked(number=number))
        found.revoked = ctx.time
        found.reason = reason
        self.certificates[number] = found
        Revoked(number=number, reason=reason).emit()

    @view
    def verify(self, number: str, salt: bytes, content: bytes) -> str:
        """Say whether what was shown is a valid certificate: valid, unknown, altered, expired or revoked."""
        found = self.certificates.get(number)
        if found is None:
            return UNKNOWN
        if ctx.hash(salt + content) != found.subject:
            return ALTERED
        if found.revoked != 0:
            return REVOKED
        return VALID if ctx.time <= found.valid_until else EXPIRED

    @view
    def certificate(self, number: str) -> Certificate:
        """Return what stands about a certificate."""
        return self.certificates[number]

    def _check_registrar(self) -> None:
        registrar = self.issuers["*"]
        require(ctx.sender.org == registrar and "admin" in ctx.sender.roles, NotAllowed(needed=registrar))
