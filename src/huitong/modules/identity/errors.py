"""Refusals of the module."""

from huitong.types import Code, Failed


def permission_missing(act: str, needed: str) -> Failed:
    """HT4005."""
    return Failed(Code.PERMISSION_MISSING, act=act, needed=needed)


def member_unknown(member: str) -> Failed:
    """HT4102. member: name@organisation, or address as 0x hex."""
    return Failed(Code.MEMBER_UNKNOWN, member=member)


def invalid(reason: str) -> Failed:
    """HT4004."""
    return Failed(Code.ARGUMENTS_INVALID, reason=reason)
