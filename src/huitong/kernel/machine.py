"""The engines and modules of a chain, by name and address."""

from collections.abc import Iterable, Mapping

from huitong.crypto import Suite, module_address
from huitong.types import Code, HuitongError

from .contract import ContractEngine
from .ports import Module
from .rules import Rules


class Machine:
    """What frames run on: the suite, contract engines, modules, and the versions of the rules that it knows."""

    def __init__(
        self,
        chain_id: str,
        suite: Suite,
        modules: Iterable[Module],
        engines: Iterable[ContractEngine],
        rules: Mapping[int, Rules],
    ) -> None:
        self.rules = rules
        self.chain_id = chain_id
        self.suite = suite
        self.engines = {engine.name: engine for engine in engines}
        self.modules: dict[bytes, Module] = {module_address(module.id): module for module in modules}

    def engine(self, name: str) -> ContractEngine:
        """Return an engine that the chain enables.

        Raises HuitongError HT6105 when this node lacks it: nothing that a transaction may fail by, the node must stop.
        """
        found = self.engines.get(name)
        if found is None:
            raise HuitongError(Code.ENGINE_MISSING, engine=name, version="of the chain")
        return found

    def address_of(self, module_id: int) -> bytes:
        """Reserved address of a module."""
        return module_address(module_id)
