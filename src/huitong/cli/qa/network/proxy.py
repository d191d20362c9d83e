"""TCP links between nodes that can be slowed, silenced and cut, as a process of its own.

`python -m huitong.cli.qa.network.proxy` reads its links from the first line of its input, then one order per line, and
answers each with a line. A silenced link keeps what comes until it is heard again, as TCP would send it again.
"""

import asyncio
import contextlib
import sys
from typing import Final

import msgspec
import uvloop

LOOPBACK: Final = "127.0.0.1"
_CHUNK: Final = 64 * 1024
_HELD: Final = 256
"""Chunks that one direction of a connection may have on its way."""


class Link(msgspec.Struct, frozen=True):
    """Node `source` dials `port` to reach node `target` at `target_port`."""

    port: int
    target_port: int
    source: int
    target: int


class Order(msgspec.Struct, frozen=True):
    """How the links are from now on. silent, cut: pairs of nodes. cut ends connections and refuses new ones."""

    delay_ms: float = 0
    silent: tuple[tuple[int, int], ...] = ()
    cut: tuple[tuple[int, int], ...] = ()


class Weather:
    """The order in force, and a change that waits can hear."""

    def __init__(self) -> None:
        self.order = Order()
        self._changed = asyncio.Event()

    def change(self, order: Order) -> None:
        """Take a new order."""
        self.order = order
        self._changed.set()
        self._changed = asyncio.Event()

    def cut(self, link: Link) -> bool:
        """Whether a link is cut."""
        return _among(link, self.order.cut)

    async def heard(self, link: Link) -> None:
        """Wait while a link is silent."""
        while _among(link, self.order.silent):
            await self._changed.wait()


def _among(link: Link, pairs: tuple[tuple[int, int], ...]) -> bool:
    return (link.source, link.target) in pairs or (link.target, link.source) in pairs


class Forwarder:
    """One link: listens, and carries the bytes of its connections both ways."""

    def __init__(self, link: Link, weather: Weather) -> None:
        self.link = link
        self._weather = weather
        self._writers: set[asyncio.StreamWriter] = set()

    async def listen(self) -> None:
        """Accept from now on."""
        await asyncio.start_server(self._accept, LOOPBACK, self.link.port)

    def hang_up(self) -> None:
        """End all connections at once."""
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        beyond: asyncio.StreamWriter | None = None
        try:
            if self._weather.cut(self.link):
                return
            far, beyond = await asyncio.open_connection(LOOPBACK, self.link.target_port)
            self._writers.add(beyond)
            ways = [asyncio.create_task(self._carry(reader, beyond)), asyncio.create_task(self._carry(far, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
        except OSError:
            return
        finally:
            for end in (writer, beyond):
                if end is not None:
                    self._writers.discard(end)
                    end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction: chunks leave when their delay is over and the link is heard."""
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_HELD)
        leaving = asyncio.create_task(self._leave(held, writer))
        loop = asyncio.get_running_loop()
        try:
            while data := await reader.read(_CHUNK):
                await held.put((loop.time() + self._weather.order.delay_ms / 1000, data))
        except OSError:
            return
        finally:
            leaving.cancel()

    async def _leave(self, held: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while True:
                due, data = await held.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._weather.heard(self.link)
                writer.write(data)
                await writer.drain()


async def main() -> None:
    """Listen on all links, then obey until the input ends."""
    loop = asyncio.get_running_loop()
    weather = Weather()
    line = await loop.run_in_executor(None, sys.stdin.readline)
    links = [Forwarder(link, weather) for link in msgspec.json.decode(line, type=list[Link])]
    for one in links:
        await one.listen()
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        weather.change(msgspec.json.decode(line, type=Order))
        for one in links:
            if weather.cut(one.link):
                one.hang_up()
        sys.stdout.write("done\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())
