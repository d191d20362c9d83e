"""A loaded program: what is kept of a tree between calls."""

from types import CodeType
from typing import Any

from huitong.types import encode

from . import gas
from .compile import compile_tree
from .declared import Declared, Method
from .keys import KeyCoder, map_coder
from .languages import LANGUAGES, Languages
from .rooms import Rooms
from .runtime import Runtime
from .schema import schema_of
from .tree import decode_tree


class Program:
    """A validated and compiled contract. One thread may use it at a time; calls of it may nest.

    fields: names of the storage fields in declared order. schema: encoded ABI document. initialiser: name of the
    @init method, empty when there is none: the kernel calls it once, at deploy, and refuses it ever after. reentrant:
    names of the methods marked so.
    """

    def __init__(self, code: bytes, languages: Languages = LANGUAGES) -> None:
        tree = decode_tree(code, languages)
        self.declared = declared = Declared(tree)
        self.code: CodeType = compile_tree(tree, declared)
        self.runtime: Runtime = tree.language.runtime()
        self.coders: dict[str, KeyCoder] = {
            field.name: map_coder(field.key, field.value) for field in declared.fields.values() if field.key is not None
        }
        self.fields = tuple(declared.fields)
        self.schema = encode(schema_of(declared))
        self.initialiser = declared.initialiser
        self.reentrant = tuple(method.name for method in declared.methods.values() if method.reentrant)
        self._base = self._namespace()
        self.rooms = Rooms(self)
        self.entry_units = gas.FRAME + gas.FRAME_NAME * (
            len(declared.functions)
            + len(declared.constants)
            + len(declared.shapes)
            + len(self.fields)
            + len(declared.bodies)
        )

    def _namespace(self) -> dict[str, Any]:
        declared = self.declared
        names = self.runtime.namespace()
        for name, shape in declared.shapes.items():
            names[f"c_{name}"] = self.runtime.maker(shape)
            names[f"k_{name}"] = shape
        names |= {f"c_{name}": value for name, value in declared.constants.items()}
        return names | {f"i_{name}": interface for name, interface in declared.interfaces.items()}

    def method(self, name: str) -> Method | None:
        """Return a public method, None when there is none of this name."""
        return self.declared.methods.get(name)

    def namespace(self, frame_names: dict[str, Any]) -> dict[str, Any]:
        """Return a fresh namespace with all functions; a room keeps it."""
        names = self._base | frame_names
        exec(self.code, names)  # noqa: S102 - our own compiler made this code from a validated tree
        return names
