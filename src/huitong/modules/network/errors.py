"""Refusals of the module."""

from huitong.types import Code, Failed


def permission_missing(act: str, needed: str) -> Failed:
    """HT4005."""
    return Failed(Code.PERMISSION_MISSING, act=act, needed=needed)


def invalid(reason: str) -> Failed:
    """HT4004."""
    return Failed(Code.ARGUMENTS_INVALID, reason=reason)


def exists(what: str, name: str) -> Failed:
    """HT4201. what: node, gateway."""
    return Failed(Code.NETWORK_ENTRY_EXISTS, what=what, name=name)


def unknown(what: str, name: str) -> Failed:
    """HT4202. what: node, gateway, validator."""
    return Failed(Code.NETWORK_ENTRY_UNKNOWN, what=what, name=name)
