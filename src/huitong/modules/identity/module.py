"""The module as the kernel sees it."""

from collections.abc import Mapping
from typing import Final

from huitong.crypto import Suite
from huitong.kernel import Handler, Question
from huitong.types import Genesis
from huitong.types.registry import KeyKind, ModuleId

from . import messages, queries, rules
from .certificates import SetCertificateRule, SetTrustRule
from .genesis import genesis_writes

_QUESTION_GAS: Final = 2_000
_MESSAGE_GAS: Final = 20_000
_TRUST_GAS: Final = 50_000
_CERTIFICATE_GAS: Final = 500_000
"""Two or three signatures as a rule, at most 34: six certificates, each under four lists, and four roots to try."""


class Identity:
    """Organisations, members, keys and roles."""

    id: int = ModuleId.IDENTITY

    def __init__(self, suite: Suite) -> None:
        handlers: dict[str, Handler] = {
            "add_organisation": rules.AddOrganisationRule(suite, _MESSAGE_GAS, messages.AddOrganisation),
            "add_member": rules.AddMemberRule(suite, _MESSAGE_GAS, messages.AddMember),
            "set_roles": rules.SetRolesRule(suite, _MESSAGE_GAS, messages.SetRoles),
            "deactivate_member": rules.DeactivateMemberRule(suite, _MESSAGE_GAS, messages.DeactivateMember),
            "rotate_key": rules.RotateKeyRule(suite, _MESSAGE_GAS, messages.RotateKey),
            "set_encryption_key": rules.SetEncryptionKeyRule(suite, _MESSAGE_GAS, messages.SetEncryptionKey),
        }
        if KeyKind.SM2 in suite.key_kinds:
            handlers["set_trust"] = SetTrustRule(_TRUST_GAS)
            handlers["set_certificate"] = SetCertificateRule(_CERTIFICATE_GAS)
        self.handlers: Mapping[str, Handler] = handlers
        self.queries: Mapping[str, Question] = {
            "member": Question(_QUESTION_GAS, queries.ByAddress, queries.answer_member),
            "member_by_name": Question(_QUESTION_GAS, queries.ByName, queries.answer_member_by_name),
            "organisation": Question(_QUESTION_GAS, queries.ByOrganisation, queries.answer_organisation),
            "organisations": Question(_QUESTION_GAS * 10, queries.Nothing, queries.answer_organisations),
            "key_owner": Question(_QUESTION_GAS, queries.ByAddress, queries.answer_key_owner),
        }

    def genesis(self, genesis: Genesis) -> Mapping[bytes, bytes]:
        """First state. Raises HT6102."""
        return genesis_writes(genesis)
