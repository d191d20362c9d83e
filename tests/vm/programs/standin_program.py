"""A meaning of code for tests of the worker: the code is Python text, run without any check, so it may try anything.

The text defines `run(call, host)`, which returns an `Answer` or a value.
"""

import ctypes

from huitong.types import Answer, Code, Failed, Failure, encode


class Program:
    def __init__(self, run):
        self.run = run
        self.fields = ("first", "second")
        self.schema = encode({"name": "standin"})
        self.initialiser = ""
        self.reentrant = ("again",)


def load_program(code):
    names = {
        "C": ctypes.CDLL(None),
        "Answer": Answer,
        "Failed": Failed,
        "Failure": Failure,
        "Code": Code,
        "encode": encode,
    }
    if code.startswith(b"refuse"):
        raise Failed(Code.TREE_MALFORMED, reason="the tree says refuse")
    exec(compile(code, "contract.py", "exec"), names)
    return Program(names["run"])


def run(program, invocation, host):
    result = program.run(invocation, host)
    return result if isinstance(result, Answer) else Answer(0, encode(result), min(1000, invocation.gas_limit))
