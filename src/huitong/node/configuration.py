"""Reading a node's configuration: defaults, then the file `node.toml`, then the environment.

`HUITONG_<SECTION>_<KEY>` overrides a key, e.g. HUITONG_GATEWAY_PORT=9641; its value is written as in the file, and text
may stand without quotes.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, get_args, get_origin

import msgspec

from huitong.types import Code, HuitongError

from .sections import Configuration

PREFIX: Final = "HUITONG_"
MAX_FILE_BYTES: Final = 256 * 1024

_SECTIONS: Final = {field.name: field.type for field in msgspec.structs.fields(Configuration)}
_KEYS: Final = {
    name: {field.name: field for field in msgspec.structs.fields(section)} for name, section in _SECTIONS.items()
}


class Setting(msgspec.Struct, frozen=True):
    """One key with its value. source: "default", "file" or "environment"."""

    section: str
    key: str
    type: str
    unit: str
    meaning: str
    default: Any
    value: Any
    source: str

    @property
    def name(self) -> str:
        """`section.key`."""
        return f"{self.section}.{self.key}"


class Loaded(msgspec.Struct, frozen=True):
    """A configuration and where each of its values came from."""

    configuration: Configuration
    settings: tuple[Setting, ...]


def load(path: Path, environment: Mapping[str, str]) -> Loaded:
    """Read a node's configuration; a file that is not there says nothing. Raises HT6001."""
    given = _read(path)
    overrides = dict(_overrides(environment))
    _check_names(given, path.name)
    merged = {section: {**given.get(section, {}), **overrides.get(section, {})} for section in _SECTIONS}
    configuration = _convert(merged, path.name, overrides)
    return Loaded(configuration, tuple(_settings(configuration, given, overrides)))


def environment_name(section: str, key: str) -> str:
    """Name of the variable that overrides a key."""
    return f"{PREFIX}{section}_{key}".upper()


def text_of(value: object) -> str:
    """Return a value as the file writes it."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(text_of(item) for item in value)}]"
    return msgspec.json.encode(value).decode()


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise _refused(f"{path.name} has more than {MAX_FILE_BYTES} bytes")
        return tomllib.loads(content.decode())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise _refused(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(f"{path.name}: {error}") from None


def _check_names(given: Mapping[str, Any], place: str) -> None:
    for section, keys in given.items():
        if section not in _KEYS:
            raise _unknown(f"section [{section[:64]}]", section, _KEYS, place)
        if not isinstance(keys, dict):
            raise _refused(f"{place}: {section} is a section: write [{section}] on a line of its own")
        for key in keys:
            if key not in _KEYS[section]:
                raise _unknown(f"key {section}.{key[:64]}", key, _KEYS[section], place)


def _unknown(what: str, name: str, known: Mapping[str, Any], place: str) -> HuitongError:
    near = difflib.get_close_matches(name[:64], known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
    return _refused(f"{place}: {what} is not known{hint}")


def _overrides(environment: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for section, keys in _KEYS.items():
        start = f"{PREFIX}{section}_".upper()
        found = {}
        for variable, text in environment.items():
            if not variable.startswith(start):
                continue
            key = variable.removeprefix(start).lower()
            if key not in keys:
                raise _unknown(f"variable {variable[:80]}", key, keys, "environment")
            found[key] = text if _plain(keys[key].type) is str else _parsed(text)
        if found:
            yield section, found


def _parsed(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        return text


def _convert(merged: Mapping[str, Any], place: str, overrides: Mapping[str, Any]) -> Configuration:
    try:
        return msgspec.convert(merged, Configuration)
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at ")
        name = where.strip("`").removeprefix("$.")
        section, _, key = name.partition(".")
        key = key.partition("[")[0]
        if key in overrides.get(section, {}):
            place = environment_name(section, key)
        raise _refused(f"{place}: {name}: {reason}") from None


def _settings(
    configuration: Configuration, given: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Iterator[Setting]:
    for section, keys in _KEYS.items():
        values = getattr(configuration, section)
        for key, field in keys.items():
            meta = get_args(field.type)[1]
            source = "file" if key in given.get(section, {}) else "default"
            source = "environment" if key in overrides.get(section, {}) else source
            unit = meta.extra["unit"]
            yield Setting(
                section,
                key,
                _type_text(field.type),
                unit,
                meta.description,
                field.default,
                getattr(values, key),
                source,
            )


def _plain(annotated: Any) -> Any:
    kind = get_args(annotated)[0]
    return str if get_origin(kind) is not None and isinstance(get_args(kind)[0], str) else kind


def _type_text(annotated: Any) -> str:
    kind, meta = get_args(annotated)
    if get_origin(kind) is tuple:
        return "list of text"
    if _plain(annotated) is str:
        choices = get_args(kind)
        return " or ".join(f'"{choice}"' for choice in choices) if choices else "text"
    return f"{'integer' if kind is int else 'number'}, {meta.ge} to {meta.le}"


def _refused(reason: str) -> HuitongError:
    return HuitongError(Code.NODE_CONFIGURATION, reason=reason)
