"""Contract files as a test sees them: the class as ordinary Python, and the tree that a chain would get."""

import functools
import importlib.util
import inspect
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from huitong.contract import Contract
from huitong.contract.hints import kind_of_hint, resolved_hints
from huitong.contract.kinds import Kind
from huitong.contract.shapes import Shaped, record_kind
from huitong.types import HuitongError
from huitong.vm.python.declared import Method
from huitong.vm.python.program import Program, load_program
from huitong.vm.python.source import check_source, compile_source


class ContractRefused(Exception):
    """The checker refuses the file: a chain would not take it. findings: one line each, with file and line."""

    def __init__(self, path: Path, findings: tuple[str, ...]) -> None:
        self.path = path
        self.findings = findings
        super().__init__("\n".join(("no chain takes this contract:", *findings)))


@functools.lru_cache(maxsize=256)
def program_of(tree: bytes) -> Program:
    """Return the program of a tree, compiled once for all chains of a run. Raises Failed HT3000-HT3999."""
    return load_program(tree)


class Loaded:
    """A contract file, both ways. path: the file. plain: its contract class. module: where that class lives."""

    def __init__(self, path: Path, plain: type[Contract]) -> None:
        self.path = path
        self.plain = plain
        self.module = sys.modules[plain.__module__]
        self.source = path.read_bytes()
        self.tree = _compiled(path, self.source)
        self.program = program_of(self.tree)
        declared = self.program.declared.methods
        self.methods = {name: plain_method(method, getattr(plain, name)) for name, method in declared.items()}

    def shape(self, name: str) -> type[Shaped] | None:
        """Return the plain record, event or error class of a name."""
        found = getattr(self.module, name, None)
        return found if isinstance(found, type) and issubclass(found, Shaped) else None


def kind_of(hint: Any) -> Kind:
    """Return the kind of a hint. Raises TypeError for what contracts cannot hold."""
    return kind_of_hint(hint, record=record_kind)


def plain_method(method: Method, function: Any) -> Method:
    """Return the declaration of a method with the kinds of the plain classes."""
    kinds = {name: kind_of(hint) for name, hint in resolved_hints(function).items()}
    parameters = tuple(part._replace(kind=kinds[part.name]) for part in method.parameters)
    return method._replace(parameters=parameters, returns=kinds["return"])


@functools.lru_cache(maxsize=256)
def _compiled(path: Path, source: bytes) -> bytes:
    """Return the tree. Raises ContractRefused."""
    text = source.decode()
    try:
        return compile_source(text, str(path))
    except HuitongError:
        lines = []
        for item in check_source(text):
            instead = f"; {item.instead}" if item.instead else ""
            lines.append(f"{path}:{item.line}: HT{int(item.code)} {item.reason}{instead}")
        raise ContractRefused(path, tuple(lines)) from None


@functools.lru_cache(maxsize=256)
def _loaded(path: Path, plain: type[Contract], _mtime_ns: int) -> Loaded:
    return Loaded(path, plain)


def load(contract: type[Contract] | str | Path, folder: Path) -> Loaded:
    """Load a contract class, or the one of a file (relative to `folder`). Raises ContractRefused, FileNotFoundError."""
    plain = contract if isinstance(contract, type) else class_of_file(folder / contract)
    named = inspect.getsourcefile(plain)
    if named is None:
        raise TypeError(f"{plain.__name__} has no source file: a contract is one file")
    path = Path(named)
    key: Any = plain  # typing's view of the base class hides that classes have hashes
    return _loaded(path, key, path.stat().st_mtime_ns)


def class_of_file(path: Path) -> type[Contract]:
    """Import a contract file, unless it is imported already, and return its contract class."""
    file = path.resolve()
    if not file.is_file():
        raise FileNotFoundError(f"there is no contract file {path}")
    module = _imported(file) or _import(file)
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Contract) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise ContractRefused(path, (f"{path}: a contract file has one contract class, this has {len(found)}",))
    return found[0]


def _imported(file: Path) -> ModuleType | None:
    for module in list(sys.modules.values()):
        named = getattr(module, "__file__", None)
        if named and named.endswith(file.name) and Path(named).resolve() == file:
            return module
    return None


def _import(file: Path) -> ModuleType:
    """Import under a name that cannot meet another module's."""
    name = f"huitong_contract_{file.stem}_{sha256(str(file).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"{file} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
