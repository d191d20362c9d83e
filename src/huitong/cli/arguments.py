"""Words of a command line as arguments of a method, read by the types of its schema."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from huitong.api.abi import Schema, method_of, type_name
from huitong.types import Code, HuitongError

_WORDS: Final = ("str", "int", "fixed", "bytes")
"""Types whose JSON form is a text: the word is it, and needs no quotes."""


def given_words(schema: Schema, method: str, words: Sequence[str]) -> list[Any]:
    """Return JSON arguments for words, in order; more than the method has stay texts, for `abi` to refuse.

    Raises HT4003, HT4004 for a word that is no JSON where a list, record, truth value or the like is expected.
    """
    parameters = method_of(schema, method)["args"]
    found: list[Any] = []
    for place, word in enumerate(words):
        part = parameters[place] if place < len(parameters) else None
        found.append(word if part is None else _given(part["type"], word, part["name"]))
    return found


def _given(kind: Mapping[str, Any], word: str, path: str) -> Any:
    if kind["kind"] == "optional":
        return None if word == "null" else _given(kind["item"], word, path)
    quoted = len(word) > 1 and word[0] == word[-1] == '"'
    if kind["kind"] in _WORDS and not quoted:
        return word
    try:
        return msgspec.json.decode(word)
    except (msgspec.DecodeError, RecursionError):
        if kind["kind"] == "str":
            return word
        reason = f"{path}: expected {type_name(kind)} as JSON"
        raise HuitongError(Code.ARGUMENTS_INVALID, argument=path, reason=reason) from None
