"""Where the nodes of a network stand, asked at their gateways."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from huitong.api import ChainStatus
from huitong.api.client import AsyncClient
from huitong.types import Code, HuitongError

from .plan import Participant, Plan, client_tls, home_of
from .processes import log_file, running

READY_SECONDS: Final = 60.0
_TICK_S: Final = 0.1
_ANSWER_S: Final = 5.0


class Standing(msgspec.Struct, frozen=True):
    """One node. pid: 0 when it does not run.

    state: "ready", "starting", "stopped", "no answer" (it was ready once), or why it takes nothing.
    """

    organisation: str
    state: str
    height: int
    app_hash: str
    waiting: int
    pid: int
    url: str


async def standing(folder: Path, plan: Plan) -> list[Standing]:
    """Ask all nodes."""
    return list(await asyncio.gather(*(_ask(folder, one) for one in plan.participants)))


async def _ask(folder: Path, participant: Participant) -> Standing:
    pid = running(home_of(folder, participant))
    status = await _status(participant.url, client_tls(folder, participant)) if pid else None
    if status is None:
        silent = "no answer" if home_of(folder, participant).ready_file.exists() else "starting"
        state = silent if pid else "stopped"
        return Standing(participant.organisation, state, 0, "", 0, pid, participant.url)
    state = "ready" if status.ready else status.reason
    if status.ready and not status.height:
        state = "starting"
    elif status.ready and status.stalled:
        state = "no CometBFT"
    return Standing(
        participant.organisation, state, status.height, status.app_hash, status.waiting, pid, participant.url
    )


async def _status(url: str, tls: Path | None) -> ChainStatus | None:
    try:
        async with AsyncClient(url, tls=tls) as client, asyncio.timeout(_ANSWER_S):
            return await client.status()
    except (HuitongError, TimeoutError):
        return None


async def wait_until_ready(folder: Path, plan: Plan, participants: Sequence[Participant]) -> list[Standing]:
    """Wait until the nodes answer and have a block. Raises HT8007 naming the log of one that did not come."""
    names = {one.organisation for one in participants}
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while True:
        found = await standing(folder, plan)
        late = [item for item in found if item.organisation in names and item.state != "ready"]
        if not late:
            return found
        gone = [item for item in late if item.state == "stopped"]
        if gone or asyncio.get_running_loop().time() > deadline:
            first = (gone or late)[0]
            log = log_file(home_of(folder, plan.participant(first.organisation)))
            raise HuitongError(Code.NODE_UNREACHABLE, url=first.url, reason=f"{first.state}; see {log}")
        await asyncio.sleep(_TICK_S)
