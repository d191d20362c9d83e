"""Texts of every code, in English and Chinese. One file per range; `explain` is the only door.

This package imports `codes` alone: errors are built from it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from huitong.types.codes import Code

LANGUAGES = ("en", "zh")


class _Lenient(dict[str, object]):
    """Names that the caller did not fill stay visible as {name}; a reason is a part of a sentence, without its dot."""

    def __init__(self, data: Mapping[str, object]) -> None:
        super().__init__(data)
        if isinstance(reason := data.get("reason"), str):
            self["reason"] = reason.rstrip(".。")

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class Who(StrEnum):
    """Who can mend it; the value is the English text."""

    YOU = "you"
    ADMINISTRATOR = "an administrator of the organisation"
    OPERATOR = "the operator of the node"
    AUTHOR = "the author of the contract"
    GATEWAY = "the operator of the gateway"
    DEVELOPERS = "the developers of Huitong"

    def text(self, language: str = "en") -> str:
        """Words for a person."""
        return _WHO_ZH[self.name] if language == "zh" else self.value


_WHO_ZH = {
    "YOU": "您自己",
    "ADMINISTRATOR": "组织管理员",
    "OPERATOR": "节点运维人员",
    "AUTHOR": "合约作者",
    "GATEWAY": "网关运维人员",
    "DEVELOPERS": "汇通开发人员",
}


class Entry(NamedTuple):
    """Texts of one code. `{name}` in a text is filled from the error's data.

    title: a name in words. who: who can mend it. status: HTTP status of the answer that carries it.
    """

    title: str
    cause_en: str
    cause_zh: str
    who: Who
    next_en: str
    next_zh: str
    status: int = 422

    def cause(self, data: Mapping[str, object], language: str = "en") -> str:
        """What happened, in one sentence."""
        return (self.cause_zh if language == "zh" else self.cause_en).format_map(_Lenient(data))

    def next_step(self, data: Mapping[str, object], language: str = "en") -> str:
        """What to do, in one sentence."""
        return (self.next_zh if language == "zh" else self.next_en).format_map(_Lenient(data))


def _gather() -> dict[Code, Entry]:
    from . import admission, contracts, execution, fault, interface, language, network, node, proof, rejection

    table: dict[Code, Entry] = {}
    for part in (rejection, admission, language, execution, network, contracts, node, proof, interface, fault):
        table |= part.ENTRIES
    return table


_ENTRIES: dict[Code, Entry] = {}


def explain(code: int) -> Entry:
    """Return the texts of a code. Raises KeyError for a number that no version has used."""
    if not _ENTRIES:
        _ENTRIES.update(_gather())
    return _ENTRIES[Code(code)]
