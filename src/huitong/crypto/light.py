"""Light client: from a trusted signed header to a later one.

Source: cometbft `light/verifier.go`. Adjacent headers are linked by `next_validators_hash`; a header further on must be
signed by enough of the validators that are trusted already.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from huitong.types import Code, CommitSignature, Header, ProofInvalid, SignedHeader, Validator

from .commit import FLAG_COMMIT, precommit_sign_bytes, verify_commit
from .header import check_header, header_hash
from .validators import check_validators, total_power, validator_address, validators_hash
from .zip215 import verify_zip215


class TrustLevel(msgspec.Struct, frozen=True):
    """Share of the trusted power that must have signed a header that is not adjacent: strictly more than n/d."""

    numerator: int
    denominator: int


DEFAULT_TRUST_LEVEL: Final = TrustLevel(1, 3)


class LightBlock(msgspec.Struct, frozen=True):
    """A signed header and the validators that signed it, in CometBFT's order: all that a light client asks for."""

    signed: SignedHeader
    validators: tuple[Validator, ...]

    @property
    def header(self) -> Header:
        """The header."""
        return self.signed.header

    @property
    def height(self) -> int:
        """Height of the header."""
        return self.signed.header.height


class TrustPeriod(msgspec.Struct, frozen=True):
    """When a trusted header may still be built upon, all in nanoseconds.

    period: after the header's time. now: the verifier's clock. drift: how far a header may be ahead of that clock.
    """

    period_ns: int
    now_ns: int
    drift_ns: int


def verify_signed_header(signed: SignedHeader, validators: Sequence[Validator]) -> None:
    """Check one signed header by itself: fields, validator set, commit of more than two thirds.

    Raises ProofInvalid HT7006, HT7003.
    """
    header, commit = signed.header, signed.commit
    check_header(header)
    check_validators(validators)
    if header.validators_hash != validators_hash(validators):
        raise _invalid("the validators are not those of the header")
    if commit.block_id.hash != header_hash(header):
        raise ProofInvalid(Code.COMMIT_INVALID, reason="it is for another header")
    verify_commit(header.chain_id, validators, commit.block_id, header.height, commit)


def verify_next(
    trusted: Header,
    trusted_validators: Sequence[Validator],
    untrusted: SignedHeader,
    validators: Sequence[Validator],
    period: TrustPeriod | None,
    level: TrustLevel = DEFAULT_TRUST_LEVEL,
) -> None:
    """Check a later header against a trusted one.

    trusted_validators: those that the trusted header names, of its own height or of the next, as CometBFT has it; used
    when the headers are not adjacent. validators: those that signed the untrusted header. period: None asks no clock,
    for archives. Raises ProofInvalid HT7006 (header or order), HT7003 (commit), HT7004 (too few trusted validators
    signed: try a header in between), HT7008 (trust has expired), HT7010 (ahead of the clock).
    """
    _check_order(trusted, untrusted.header)
    if period is not None:
        _check_times(trusted, untrusted.header, period)
    if untrusted.header.height == trusted.height + 1:
        if untrusted.header.validators_hash != trusted.next_validators_hash:
            raise _invalid("the validators are not those that the header before announced")
    else:
        if validators_hash(trusted_validators) not in {trusted.validators_hash, trusted.next_validators_hash}:
            raise _invalid("the trusted validators are not those that the trusted header names")
        _check_overlap(trusted_validators, untrusted, level)
    verify_signed_header(untrusted, validators)


def _check_order(old: Header, new: Header) -> None:
    if new.chain_id != old.chain_id:
        raise _invalid("the headers are of different chains")
    if new.height <= old.height or new.time_ns <= old.time_ns:
        raise _invalid("the header is not later than the trusted one")


def _check_times(old: Header, new: Header, period: TrustPeriod) -> None:
    check_unexpired(old, period)
    if new.time_ns >= period.now_ns + period.drift_ns:
        ahead_s = (new.time_ns - period.now_ns) // 10**9
        raise ProofInvalid(Code.HEADER_FROM_FUTURE, height=new.height, reason=f"it is {ahead_s} s ahead")


def check_unexpired(trusted: Header, period: TrustPeriod) -> None:
    """Check that a header may still be built upon. Raises ProofInvalid HT7008."""
    if trusted.time_ns + period.period_ns <= period.now_ns:
        over_s = (period.now_ns - trusted.time_ns - period.period_ns) // 10**9
        reason = f"the period of {period.period_ns // 10**9} s ended {over_s} s ago"
        raise ProofInvalid(Code.TRUST_EXPIRED, height=trusted.height, reason=reason)


def verify_before(trusted: Header, earlier: LightBlock) -> None:
    """Check the header just before a trusted one, which names its hash: signatures and clocks say nothing more.

    Source: cometbft `light/verifier.go` (VerifyBackwards). Raises ProofInvalid HT7006.
    """
    header = earlier.header
    check_header(header)
    if header.chain_id != trusted.chain_id or header.height != trusted.height - 1:
        raise _invalid("it is not the header before the trusted one")
    if header_hash(header) != trusted.last_block_id.hash or header.time_ns >= trusted.time_ns:
        raise _invalid("the trusted header names another header before it")
    if validators_hash(earlier.validators) != header.validators_hash:
        raise _invalid("the validators are not those of the header")


def _check_overlap(trusted: Sequence[Validator], signed: SignedHeader, level: TrustLevel) -> None:
    check_validators(trusted)
    by_address = {validator_address(item.public_key): item for item in trusted}
    power = 0
    for entry in signed.commit.signatures:
        validator = by_address.pop(entry.validator_address, None) if entry.flag == FLAG_COMMIT else None
        if validator is not None and _signed(signed, entry, validator):
            power += validator.power
    if power * level.denominator <= total_power(trusted) * level.numerator:
        raise ProofInvalid(Code.TRUST_MISMATCH, reason="too few of the trusted validators signed the header")


def _signed(signed: SignedHeader, entry: CommitSignature, validator: Validator) -> bool:
    commit = signed.commit
    message = precommit_sign_bytes(
        signed.header.chain_id, commit.height, commit.round, commit.block_id, entry.timestamp_ns
    )
    return verify_zip215(validator.public_key, message, entry.signature)


def _invalid(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.HEADER_INVALID, reason=reason)
