"""Demonstrations of applications that are installed: found by their entry point group, run on a development chain."""

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from huitong.api.demo import DEMO_GROUP, Demo, DemoMember, DemoSession
from huitong.crypto import Suite
from huitong.node import Identity
from huitong.types import Code, HuitongError

DEMO_HOME: Final = Path(".huitong/demo")


def available() -> list[Demo]:
    """All demonstrations, by name."""
    return [point.load() for point in sorted(entry_points(group=DEMO_GROUP), key=lambda point: point.name)]


def by_name(name: str) -> Demo:
    """One demonstration. Raises HT9001 that names those that are there."""
    found = available()
    for demonstration in found:
        if demonstration.name == name:
            return demonstration
    names = ", ".join(demonstration.name for demonstration in found) or "none is installed"
    raise HuitongError(Code.USAGE, reason=f"there is no demonstration {name!r}: {names}")


def session_for(
    url: str, chain_id: str, suite: Suite, people: tuple[Identity, ...], say: Callable[[str], None]
) -> DemoSession:
    """What a demonstration gets."""
    DEMO_HOME.mkdir(parents=True, exist_ok=True)
    members = {
        person.id: DemoMember(
            name=person.name,
            organisation=person.organisation,
            roles=person.roles,
            address=person.address(suite),
            key_kind=person.key_kind,
            secret=person.secret,
            encryption_secret=person.encryption_secret,
        )
        for person in people
    }
    return DemoSession(url, chain_id, members, DEMO_HOME, say, suite.name)


async def run_demonstration(demonstration: Demo, session: DemoSession) -> None:
    """Run one; a line that is not true is an error of the demonstration. Raises HT9999 that names it."""
    try:
        await demonstration.run(session)
    except AssertionError as error:
        raise HuitongError(Code.INTERNAL, reason=f"demonstration {demonstration.name}: {error}") from error
