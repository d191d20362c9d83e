"""Every setting of a node: its section, type, default, unit and meaning. `docs/configuration.md` is made from here."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from huitong.engine import KeepingSettings, LocalSettings
from huitong.gateway import GatewaySettings
from huitong.store import StoreSettings

DEFAULT_PORT: Final = 9640
_MIB: Final = 1024 * 1024
_GIB: Final = 1024 * _MIB
_LOCAL: Final = LocalSettings()
_GATEWAY: Final = GatewaySettings()
_STORE: Final = StoreSettings()
_KEEPING: Final = KeepingSettings()


def _says(meaning: str, unit: str = "", least: float | None = None, most: float | None = None) -> Meta:
    return Meta(ge=least, le=most, description=meaning, extra={"unit": unit})


class GatewaySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[gateway]: where clients are served, and their limits."""

    host: Annotated[str, _says("Address that the gateway listens on.")] = "127.0.0.1"
    port: Annotated[
        int, _says("Port. 0: any free one. A free one nearby is taken when it is in use.", "", 0, 65535)
    ] = DEFAULT_PORT
    names: Annotated[
        tuple[str, ...], _says("Names that a Host header may carry, beside those of this machine, without port.")
    ] = _GATEWAY.hosts
    origins: Annotated[tuple[str, ...], _says("Web origins whose pages may use the gateway.")] = _GATEWAY.origins
    tls_certificate: Annotated[
        str, _says("File in PEM: the gateway's certificate and those between it and its authority. Empty: no TLS.")
    ] = ""
    tls_key: Annotated[str, _says("File in PEM: key of the certificate.")] = ""
    tls_clients: Annotated[
        str, _says("File in PEM: authorities whose clients are served. Empty: clients need no certificate.")
    ] = ""
    max_body: Annotated[int, _says("Largest body of a request that is no batch.", "bytes", 4096, _GIB)] = (
        _GATEWAY.max_body
    )
    max_batch_body: Annotated[int, _says("Largest body of a batch.", "bytes", 4096, _GIB)] = _GATEWAY.max_batch_body
    max_batch: Annotated[int, _says("Most transactions in a batch.", "", 1, 100_000)] = _GATEWAY.max_batch
    default_wait: Annotated[float, _says("How long an answer is waited for when not told.", "s", 0, 3600)] = (
        _GATEWAY.default_wait
    )
    max_wait: Annotated[float, _says("Longest time that a client may ask to wait.", "s", 0, 3600)] = _GATEWAY.max_wait
    request_timeout: Annotated[float, _says("Time for all else of a request.", "s", 0.1, 3600)] = (
        _GATEWAY.request_timeout
    )
    heartbeat: Annotated[float, _says("Pause between comments on a silent event stream.", "s", 0.1, 3600)] = (
        _GATEWAY.heartbeat
    )
    max_streams: Annotated[int, _says("Most event streams at once.", "", 1, 100_000)] = _GATEWAY.max_streams

    head_timeout: Annotated[float, _says("Time for the head of a request to come whole.", "s", 0.1, 3600)] = (
        _GATEWAY.head_timeout
    )
    max_connections: Annotated[int, _says("Most connections at once.", "", 1, 100_000)] = _GATEWAY.max_connections


class ContractsSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[contracts]: the sandbox."""

    workers: Annotated[int, _says("Jailed interpreters that run contracts.", "", 1, 64)] = 2


class ConsensusSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[consensus]: who orders blocks."""

    engine: Annotated[
        Literal["embedded", "cometbft"],
        _says("`embedded`: this node alone. `cometbft`: several organisations, by CometBFT as a child of this node."),
    ] = "embedded"
    program: Annotated[
        str, _says("CometBFT's program. Empty: the one on PATH, or the one that `huitong net` built.")
    ] = ""
    block_seconds: Annotated[float, _says("Least time between two blocks of the embedded engine.", "s", 0, 3600)] = (
        _LOCAL.block_seconds
    )


class PoolSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[pool]: transactions that wait for a block."""

    max_transactions: Annotated[int, _says("Most transactions.", "", 1, 10_000_000)] = _LOCAL.max_waiting
    max_bytes: Annotated[int, _says("Most bytes of them.", "bytes", 4096, 64 * _GIB)] = _LOCAL.max_waiting_bytes
    verifier_workers: Annotated[
        int, _says("Processes beside the node that verify signatures; the embedded engine's.", "", 0, 64)
    ] = _LOCAL.verifier_workers


class StoreSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[store]: memory before the disk."""

    state_cache: Annotated[int, _says("Cache of hot state, of each store.", "bytes", _MIB, 64 * _GIB)] = (
        _STORE.state_cache_bytes
    )
    tree_cache: Annotated[int, _says("Cache of records of the state tree.", "bytes", _MIB, 64 * _GIB)] = (
        _STORE.bucket_cache_bytes
    )


class HistorySection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[history]: snapshots for nodes that join later, and how many old blocks are kept."""

    snapshot_interval: Annotated[
        int,
        _says(
            "Heights between snapshots of the state: the same on all nodes of a network. 0: none.",
            "",
            0,
            10_000_000,
        ),
    ] = _KEEPING.snapshot_interval
    snapshots: Annotated[int, _says("Newest snapshots that are kept.", "", 1, 100)] = _KEEPING.snapshots
    keep_blocks: Annotated[
        int, _says("Newest blocks that are kept, never less than 512. With `keep_days` 0 too: all.", "", 0, 2**62)
    ] = _KEEPING.keep_blocks
    keep_days: Annotated[int, _says("Blocks that are not older stay, whatever their number.", "days", 0, 36_500)] = (
        _KEEPING.keep_days
    )
    archive: Annotated[
        str, _says("Folder that old blocks are written to before they are taken away. Empty: they just go.")
    ] = _KEEPING.archive


class LogSection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[log]: what is written to standard error."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _says("Least weight of an entry. Read again from the file at SIGHUP, without a restart."),
    ] = "warning"


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file, section by section. There are no secrets in it: keys stand in files of their own."""

    gateway: GatewaySection = GatewaySection()
    contracts: ContractsSection = ContractsSection()
    consensus: ConsensusSection = ConsensusSection()
    pool: PoolSection = PoolSection()
    store: StoreSection = StoreSection()
    history: HistorySection = HistorySection()
    log: LogSection = LogSection()
