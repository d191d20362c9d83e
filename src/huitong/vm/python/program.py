"""The door to the Python engine's language: load a tree, run a call. The same in a worker and in a test."""

from huitong.types import Answer, Host, Invocation

from .frame import Frame
from .languages import LANGUAGES, Languages
from .loaded import Program

__all__ = ["Program", "load_program", "run"]


def load_program(code: bytes, languages: Languages = LANGUAGES) -> Program:
    """Validate and compile a normalised tree of any of the languages. Raises Failed HT3000-HT3999."""
    return Program(code, languages)


def run(program: Program, invocation: Invocation, host: Host) -> Answer:
    """Run one call to its end. Calls of the same program may nest through `host.call`, in one thread."""
    return Frame(program, invocation, host).run()
