"""CometBFT as a child: kept running while it is wanted, ended with the node."""

import asyncio
import os

from huitong.engine.cometbft import CometProcess

HANG_S = 240
"""No measure: what is waited for this long hangs."""


def program(folder, body):
    path = folder / "comet"
    path.write_text(f'#!/bin/sh\necho "$@" >> {folder}/calls\n{body}\n')
    path.chmod(0o755)
    return path


def calls(folder):
    path = folder / "calls"
    return path.read_text().splitlines() if path.exists() else []


async def until(condition):
    async with asyncio.timeout(HANG_S):
        while not condition():  # noqa: ASYNC110 (another process has no event for us)
            await asyncio.sleep(0.01)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_it_is_started_again_when_it_ends_and_ended_on_request(tmp_path):
    process = CometProcess(program(tmp_path, "exec sleep 60"), tmp_path, tmp_path / "log")
    await process.start("unix:///somewhere", lambda: True)
    await until(lambda: len(calls(tmp_path)) == 1)
    os.kill(process.pid, 9)
    await until(lambda: len(calls(tmp_path)) == 2 and process.pid)
    second = process.pid
    assert alive(second)
    await process.stop()
    assert (process.pid, alive(second)) == (0, False)
    assert calls(tmp_path) == [f"start --home {tmp_path} --proxy_app unix:///somewhere"] * 2


async def test_it_is_not_started_again_when_it_is_not_wanted(tmp_path):
    asked = asyncio.Event()

    def wanted():
        asked.set()
        return False

    process = CometProcess(program(tmp_path, "exit 3"), tmp_path, tmp_path / "log")
    await process.start("unix:///somewhere", wanted)
    async with asyncio.timeout(HANG_S):
        await asked.wait()
    await process.stop()
    assert len(calls(tmp_path)) == 1
