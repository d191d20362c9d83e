"""What a node is started with, and how a configuration says it."""

from pathlib import Path

import msgspec

from huitong.engine import KeepingSettings, LocalSettings
from huitong.gateway import GatewaySettings, TlsFiles
from huitong.store import StoreSettings
from huitong.types import Code, HuitongError

from .sections import DEFAULT_PORT, Configuration, GatewaySection


class NodeSettings(msgspec.Struct, frozen=True):
    """Where a node listens and how much it does at a time.

    port: the wanted one; the next free one is taken when it is not free. contract_workers: jailed interpreters.
    engine: of the embedded engine; its bounds of the pool are those of the other engine too. cometbft: the program that
    orders blocks of several organisations; without it the embedded engine does. store: its suite is the genesis'. tls:
    of the gateway; names of files are within the node's folder unless absolute.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    contract_workers: int = 2
    engine: LocalSettings = LocalSettings()
    cometbft: Path | None = None
    gateway: GatewaySettings = GatewaySettings()
    store: StoreSettings = StoreSettings()
    keeping: KeepingSettings = KeepingSettings()
    tls: TlsFiles | None = None


def settings_of(configuration: Configuration, cometbft: Path | None) -> NodeSettings:
    """Return what a configuration says. cometbft: the program that was found, when the engine needs one."""
    pool, store, gateway = configuration.pool, configuration.store, configuration.gateway
    limits = {
        name: getattr(gateway, name)
        for name in gateway.__struct_fields__
        if name not in ("host", "port", "names") and not name.startswith("tls_")
    }
    return NodeSettings(
        host=gateway.host,
        port=gateway.port,
        contract_workers=configuration.contracts.workers,
        engine=LocalSettings(
            max_waiting=pool.max_transactions,
            max_waiting_bytes=pool.max_bytes,
            verifier_workers=pool.verifier_workers,
            block_seconds=configuration.consensus.block_seconds,
        ),
        cometbft=cometbft,
        gateway=GatewaySettings(hosts=gateway.names, **limits),
        store=StoreSettings(state_cache_bytes=store.state_cache, bucket_cache_bytes=store.tree_cache),
        keeping=KeepingSettings(
            **{name: getattr(configuration.history, name) for name in KeepingSettings.__struct_fields__}
        ),
        tls=_tls(gateway),
    )


def _tls(gateway: GatewaySection) -> TlsFiles | None:
    """Files of TLS. Raises HT6001 when half of them are named."""
    named = (gateway.tls_certificate, gateway.tls_key, gateway.tls_clients)
    if not any(named):
        return None
    if not gateway.tls_certificate or not gateway.tls_key:
        raise HuitongError(Code.NODE_CONFIGURATION, reason="gateway.tls_certificate and gateway.tls_key go together")
    clients = Path(gateway.tls_clients) if gateway.tls_clients else None
    return TlsFiles(Path(gateway.tls_certificate), Path(gateway.tls_key), clients)
