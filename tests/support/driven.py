"""A node and a small CometBFT that drives it."""

from engine_world import Bench
from fake_cometbft import FakeCometBFT, comet_engine

from huitong.engine.submission import Submission


class Driven:
    """An engine, its bench, and the CometBFT that drives it."""

    def __init__(self, folder, **changes):
        self.folder = folder
        self.bench = Bench(folder, **changes)
        self.comet = FakeCometBFT(self.bench)
        self.rpc = ""
        self.engine = None

    async def start(self, **gateway):
        self.rpc = self.rpc or await self.comet.listen()
        self.engine = comet_engine(self.bench, self.folder, self.rpc, **gateway)
        await self.engine.start()
        await self.comet.dial(self.folder / "abci.sock")
        return await self.comet.handshake()

    async def crash(self):
        """The process dies: what is not in the store is gone."""
        self.engine._pool.drop(self.engine._pool.everything(), RuntimeError("crash"))
        await self.engine.stop()
        self.engine = None

    async def envelope(self, count=1, **changes):
        """An envelope with transactions, as the engine's gateway makes it, that nobody has yet."""
        made = []
        for _ in range(count):
            raw = self.bench.transaction(**changes)
            made.append(Submission(raw, self.bench.kernel.open_transaction(raw)))
        gateway = self.engine._gateway
        gateway._next_seq += 1
        return gateway._packer.seal(made, gateway._next_seq, self.bench.clock.time_ns + 60 * 10**9).raw
