"""Who may change the network: the policy in state."""

from typing import Any, Final

from huitong.kernel import At
from huitong.state import StateView
from huitong.types import Code, Failed, decode_scanned

from . import keys
from .errors import permission_missing
from .needs import Organisations
from .queries import read

ROLES: Final = frozenset({"admin", "network-admin"})


def network_admins(view: StateView) -> tuple[str, ...]:
    """Organisations of the policy."""
    raw = read(view, keys.ADMINS)
    return decode_scanned(raw, tuple[str, ...]) if raw else ()


class Rule:
    """What all handlers have: their gas, the message's type, the organisations, and the two rights."""

    act: str

    def __init__(self, gas: int, message: type[Any], organisations: Organisations) -> None:
        self.gas = gas
        self.message = message
        self._organisations = organisations

    def require_policy(self, view: StateView, at: At) -> None:
        """A member with one of the roles, of an organisation that the policy names. Raises Failed HT4005.

        A contract is no member: it has no organisation.
        """
        named = network_admins(view)
        if at.caller.organisation not in named or ROLES.isdisjoint(at.caller.roles):
            raise permission_missing(self.act, f"role admin or network-admin of {' or '.join(named)}")

    def require_own(self, view: StateView, at: At, organisation: str) -> None:
        """As `require_policy`, or a member with one of the roles for its own organisation. Raises Failed HT4005."""
        if at.caller.organisation != organisation or ROLES.isdisjoint(at.caller.roles):
            self.require_policy(view, at)

    def require_organisation(self, view: StateView, name: str) -> None:
        """The organisation exists. Raises Failed HT4103."""
        if not self._organisations.has_organisation(view, name):
            raise Failed(Code.ORGANISATION_UNKNOWN, organisation=name[:64])
