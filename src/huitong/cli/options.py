"""Options that several commands share, and what they stand for."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from huitong.types import Code, HuitongError

DEFAULT_URL: Final = "http://127.0.0.1:9640"
DEFAULT_HOME: Final = Path(".huitong/dev")
READY_NAME: Final = "ready.json"

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def json_option() -> Decorator:
    """--json: one JSON document on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def state_option(*, required: bool = False) -> Decorator:
    """--state DIR: the folder of a node; unless it is required, that of the development chain."""
    return click.option(
        "--state",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="HUITONG_STATE",
        default=None if required else DEFAULT_HOME,
        required=required,
        show_default=not required,
        help="Folder of the node.",
    )


def suite_option() -> Decorator:
    """--suite NAME: of the chain that the command makes for itself."""
    return click.option(
        "--suite",
        "suite_name",
        type=click.Choice(("international", "guomi")),
        help="Suite of the chain. Default: international.",
    )


def node_option() -> Decorator:
    """--node URL: which node to ask, or several of one chain. The command gets them with commas between, or None."""
    return click.option(
        "--node",
        envvar="HUITONG_NODE",
        metavar="URL",
        multiple=True,
        callback=lambda _context, _parameter, given: ",".join(given) or None,
        help="Node to ask; more of the same chain stand in for one that fails (repeat it, or put commas between). "
        "Default: the development chain of this folder.",
    )


def signer_option() -> Decorator:
    """--as NAME: who signs."""
    return click.option(
        "--as",
        "signer",
        envvar="HUITONG_AS",
        metavar="WHO",
        help="Who signs: a key of `huitong key list` (its password is asked for, or read from standard input when "
        "that is no terminal), or name@organisation on a development chain.",
    )


def gas_option(default: int) -> Decorator:
    """--gas: limit of gas of the transaction."""
    return click.option(
        "--gas", type=click.IntRange(1, 2**63 - 1), default=default, show_default=True, help="Limit of gas."
    )


def wait_option() -> Decorator:
    """--wait: what to wait for."""
    return click.option(
        "--wait",
        type=click.Choice(("accepted", "committed", "proved")),
        default="committed",
        show_default=True,
        help="What to wait for.",
    )


def node_urls(given: str | None) -> tuple[str, ...]:
    """Return addresses of nodes, the preferred one first: as given, with commas between.

    Without any: the development chain that runs in this folder, else the default.
    """
    named = (given or "").split(",")
    return tuple(part.strip().rstrip("/") for part in named if part.strip()) or (_own_url(),)


def _own_url() -> str:
    try:
        folder = Path(os.environ.get("HUITONG_STATE") or DEFAULT_HOME)
        ready = msgspec.json.decode((folder / READY_NAME).read_bytes())
        return str(ready["url"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return os.environ.get("HUITONG_DEFAULT_NODE", DEFAULT_URL)


def tls_folder() -> Path | None:
    """Folder of certificates for gateways with TLS, as `huitong --tls` or HUITONG_TLS names it."""
    named = os.environ.get("HUITONG_TLS", "")
    return Path(named) if named else None


def read_file(path: Path, limit: int) -> bytes:
    """Read a file of at most `limit` bytes; a device that never ends is none. Raises HT9002."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise HuitongError(Code.FILE_UNREADABLE, path=str(path), reason=error.strerror or str(error)) from None
    if len(content) > limit:
        raise HuitongError(Code.FILE_UNREADABLE, path=str(path), reason=f"it has more than {limit} bytes")
    return content
