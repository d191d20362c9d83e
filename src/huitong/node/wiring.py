"""The one place where the concrete parts of a node meet, top to bottom, by constructor arguments."""

import time
from collections.abc import Mapping

import msgspec

from huitong.crypto import Suite, suite
from huitong.engine import (
    Application,
    BlockMaker,
    Engine,
    Keeper,
    LocalEngine,
    LocalSigner,
    RecordFile,
    Verdicts,
)
from huitong.kernel import VERSIONS, ContractEngine, Kernel, Rules, Verifier
from huitong.modules.cryptography import Cryptography
from huitong.modules.identity import Directory, Identity
from huitong.modules.network import Network
from huitong.store import FolderStore, open_store
from huitong.types import Genesis
from huitong.vm.python.engine import PythonEngine

from .home import Home, node_key
from .keeping import pruner_of
from .settings import NodeSettings


class SystemClock:
    """The clock of this machine."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970."""
        return time.time_ns()


class Parts(msgspec.Struct, frozen=True):
    """What a running node is made of. sandbox: what contains contract code."""

    genesis: Genesis
    suite: Suite
    kernel: Kernel
    store: FolderStore
    engine: Engine
    contracts: ContractEngine
    sandbox: str


def make_kernel(
    genesis: Genesis, contracts: ContractEngine, verifier: Verifier, rules: Mapping[int, Rules] = VERSIONS
) -> Kernel:
    """State machine of a chain, with every module of this program. rules: versions that it follows."""
    chain_suite = suite(genesis.suite)
    return Kernel(
        chain_id=genesis.chain_id,
        suite=chain_suite,
        directory=Directory(),
        modules=(Identity(chain_suite), Cryptography(chain_suite), Network(chain_suite, Directory())),
        engines=(contracts,),
        verifier=verifier,
        rules=rules,
    )


def assemble(home: Home, settings: NodeSettings) -> Parts:
    """Open the chain of a home. Must run in the event loop's thread. Raises HT6001-HT6303."""
    genesis, document = home.genesis()
    keys = home.keys()
    chain_suite = suite(genesis.suite)
    contracts = PythonEngine(workers=settings.contract_workers)
    try:
        verdicts = Verdicts()
        kernel = make_kernel(genesis, contracts, verdicts)
        store = open_store(home.store, msgspec.structs.replace(settings.store, suite=genesis.suite))
    except BaseException:
        contracts.close()
        raise
    try:
        gateway = node_key(keys.gateway)
        engine: Engine
        if settings.cometbft is not None:
            from .comet import comet_engine

            engine = comet_engine(
                home,
                settings.cometbft,
                Application(kernel, store, genesis, document),
                document,
                verdicts,
                gateway=gateway,
                clock=SystemClock(),
                pool=settings.engine,
                keeping=settings.keeping,
                store=store,
            )
        else:
            signer = LocalSigner(node_key(keys.validator), genesis.chain_id, RecordFile(home.signer_record))
            maker = BlockMaker(kernel, store, genesis, document, signer=signer, gateway=gateway, clock=SystemClock())
            keeper = Keeper(store, None, 0, pruner_of(home, store, genesis, settings.keeping))
            engine = LocalEngine(maker, verdicts, settings.engine, keeper)
    except BaseException:
        contracts.close()
        store.close()
        raise
    return Parts(genesis, chain_suite, kernel, store, engine, contracts, contracts.sandbox)
