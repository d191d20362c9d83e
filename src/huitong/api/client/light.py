"""A light client over gateways: fetches headers, verifies them, compares them with witnesses, keeps them."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from huitong.crypto import header_hash
from huitong.crypto.bundle_check import DRIFT_NS, trusted_point, trusting_period_ns
from huitong.crypto.bundle_wire import from_block, to_block
from huitong.crypto.evidence import evidence_of
from huitong.crypto.light import LightBlock, TrustPeriod
from huitong.crypto.light_walk import TrustedBlocks, Walk, same_header, walk_forward
from huitong.types import Code, HuitongError, ProofInvalid, SignedHeader
from huitong.types.block import NO_COMMIT
from huitong.types.bundle import (
    LIGHT_FORMAT,
    LightFile,
    Trust,
    decode_light_file,
    decode_signed_header,
    encode_document,
)

from .files import read_if_there, replace_file
from .gateways import Gateways
from .transport import Transport

KEPT: Final = 64
"""Verified headers that are kept in memory."""
_KEPT_IN_FILE: Final = 8
_SAVE_SECONDS: Final = 5.0
_WITNESS_SECONDS: Final = 2.0
"""How long witnesses have to confirm a header; one that lags behind is asked again within this time."""
_AGAIN_SECONDS: Final = 0.1


async def fetch_block(transport: Transport, height: int | None) -> LightBlock:
    """Get a light block; None: the newest. Raises HT8005, HT7001, what the gateway refuses with."""
    name = "latest" if height is None else height
    return to_block(decode_signed_header(await transport.read_bytes(f"/api/v1/headers/{name}")))


class HeadersConflict(ProofInvalid):
    """HT7007. evidence: the file about it, as docs/spec/light-client.md says."""

    evidence: bytes


class LightClient:
    """Knows which headers are the chain's, from one that is trusted.

    file: where verified headers are kept between runs; evidence is written beside it. now_ns: the clock.
    """

    def __init__(
        self,
        gateways: Gateways,
        trust: Trust,
        file: Path | None = None,
        *,
        now_ns: Callable[[], int] = time.time_ns,
        witness_s: float = _WITNESS_SECONDS,
    ) -> None:
        """trust: one that names a header. Raises ProofInvalid HT7004, HT7006."""
        header, validators = trusted_point(trust)
        self._first = LightBlock(SignedHeader(header, NO_COMMIT), validators)
        self._trust = trust
        self._period_ns = trusting_period_ns(trust)
        self._gateways = gateways
        self._file = file
        self._now_ns = now_ns
        self._witness_s = witness_s
        self._blocks = self._kept()
        self._saved = 0.0
        self._lock = asyncio.Lock()
        self._conflict: HeadersConflict | None = None

    @property
    def newest(self) -> LightBlock:
        """The highest verified block."""
        return self._blocks.newest

    async def verify(self, block: LightBlock, provider: Transport) -> tuple[LightBlock, ...]:
        """Verify a block that a gateway gave; those in between are asked of the same one.

        Returns the blocks that were verified for it, ascending; none when it was known. Raises ProofInvalid HT7001 to
        HT7011. After HT7007 nothing is verified any more.
        """
        async with self._lock:
            if self._conflict is not None:
                raise self._conflict
            known = self._blocks.at(block.height)
            if known is not None:
                if not same_header(known, block):
                    await self._differs(known, block, provider)
                return ()
            common = self._below(block.height)
            verified = await _walk(self._blocks.way_to(block, self._period()), provider)
            if common is not None:
                await self._compare(common, block, provider)
            for one in verified:
                self._blocks.add(one)
            self._save()
            return tuple(sorted(verified, key=lambda one: one.height))

    async def trail(self, block: LightBlock, provider: Transport) -> tuple[LightBlock, ...]:
        """Return the headers that lead from the trusted one to a later block, for a bundle that somebody else checks.

        Raises as `verify`.
        """
        if block.height <= self._first.height:
            return ()
        return tuple(await _walk(walk_forward(self._first, block, self._period()), provider))[:-1]

    async def update(self) -> LightBlock:
        """Verify the newest header of the gateway that is asked first, and return it. Raises as `verify`."""

        async def newest(transport: Transport) -> LightBlock:
            block = await fetch_block(transport, None)
            await self.verify(block, transport)
            return block

        return await self._gateways.first(newest)

    async def block(self, height: int, provider: Transport) -> LightBlock:
        """Return the verified block of a height. Raises HT8005, and as `verify`."""
        known = self._blocks.at(height)
        if known is None:
            known = await fetch_block(provider, height)
            if known.height != height:
                raise ProofInvalid(Code.HEADER_INVALID, reason=f"asked for header {height}, got {known.height}")
            await self.verify(known, provider)
        return known

    def _period(self) -> TrustPeriod:
        return TrustPeriod(self._period_ns, self._now_ns(), DRIFT_NS)

    def _below(self, height: int) -> LightBlock | None:
        return next((block for block in reversed(tuple(self._blocks)) if block.height < height), None)

    async def _differs(self, known: LightBlock, block: LightBlock, provider: Transport) -> None:
        """A gateway names another header than the known one: evidence when it is signed, else a lie."""
        common = self._below(block.height)
        if common is None:
            raise ProofInvalid(Code.HEADER_INVALID, reason=f"header {block.height} is not the trusted one")
        await _walk(walk_forward(common, block, self._period()), provider)
        raise self._stop(common, known, block, provider)

    async def _compare(self, common: LightBlock, block: LightBlock, provider: Transport) -> None:
        """Ask the witnesses for the header of this height. Raises ProofInvalid HT7007, HT7011."""
        witnesses = self._gateways.others(provider)
        if not witnesses:
            return
        asked = [asyncio.create_task(self._confirm(common, block, witness)) for witness in witnesses]
        try:
            found = await asyncio.gather(*asked, return_exceptions=True)
        finally:
            for task in asked:
                task.cancel()
        conflict = next((one for one in found if _is_conflict(one)), None)
        if conflict is not None:
            raise conflict
        if not any(one is None for one in found):
            reason = "; ".join(f"{witness.url}: {one}" for witness, one in zip(witnesses, found, strict=True))
            raise ProofInvalid(Code.WITNESSES_SILENT, height=block.height, reason=reason[:400])

    async def _confirm(self, common: LightBlock, block: LightBlock, witness: Transport) -> None:
        """Return when a witness has the same header. Raises ProofInvalid HT7007, or what is wrong with the witness."""
        try:
            async with asyncio.timeout(self._witness_s):
                other = await self._asked(witness, block.height)
                if same_header(block, other):
                    return
                await _walk(walk_forward(common, other, self._period()), witness)
        except TimeoutError:
            silent = HuitongError(Code.NODE_UNREACHABLE, url=witness.url, reason="it did not confirm a header in time")
            self._gateways.failed(witness, silent)
            raise silent from None
        except HuitongError as error:
            self._gateways.failed(witness, error)
            raise
        raise self._stop(common, block, other, witness)

    @staticmethod
    async def _asked(witness: Transport, height: int) -> LightBlock:
        """Ask again while a witness has not got so far."""
        while True:
            try:
                return await fetch_block(witness, height)
            except HuitongError as error:
                if error.code != Code.NOT_FOUND:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)

    def _stop(self, common: LightBlock, first: LightBlock, second: LightBlock, witness: Transport) -> HeadersConflict:
        """Keep the evidence and verify nothing any more."""
        evidence = evidence_of(common, first, second)
        document = encode_document(evidence)
        hashes = ["0x" + header_hash(block.header).hex() for block in (first, second)]
        path = "" if self._file is None else str(self._file.with_suffix(".evidence.json"))
        if self._file is not None:
            replace_file(Path(path), document)
        self._conflict = HeadersConflict(
            Code.HEADERS_CONFLICT,
            height=first.height,
            attack=evidence.attack,
            first=hashes[0],
            second=hashes[1],
            witness=witness.url,
            file=path,
        )
        self._conflict.evidence = document
        return self._conflict

    def _kept(self) -> TrustedBlocks:
        """Blocks of the file when they begin where this client's trust does, else the trusted one alone."""
        blocks = TrustedBlocks(self._first, KEPT)
        raw = None if self._file is None else read_if_there(self._file)
        if raw is None:
            return blocks
        kept = decode_light_file(raw)
        own = (kept.chain_id, kept.suite) == (self._trust.chain_id, self._trust.suite)
        if own and kept.blocks and same_header(to_block(kept.blocks[0]), self._first):
            for block in kept.blocks[1:]:
                blocks.add(to_block(block))
        return blocks

    def _save(self, *, now: bool = False) -> None:
        if self._file is None or (not now and time.monotonic() - self._saved < _SAVE_SECONDS):
            return
        self._saved = time.monotonic()
        first, *rest = self._blocks
        blocks = tuple(from_block(block) for block in (first, *rest[-_KEPT_IN_FILE:]))
        replace_file(
            self._file, encode_document(LightFile(LIGHT_FORMAT, self._trust.chain_id, self._trust.suite, blocks))
        )

    def close(self) -> None:
        """Keep what was verified."""
        self._save(now=True)


async def _walk(walk: Walk, provider: Transport) -> Sequence[LightBlock]:
    """Run a walk with the headers of one gateway."""
    try:
        height = next(walk)
        while True:
            height = walk.send(await fetch_block(provider, height))
    except StopIteration as done:
        verified: tuple[LightBlock, ...] = done.value
        return verified


def _is_conflict(found: object) -> bool:
    return isinstance(found, HuitongError) and found.code == Code.HEADERS_CONFLICT
