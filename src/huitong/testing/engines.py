"""The two engines of the kit: compiled trees in this process, and contract classes as ordinary Python.

Both take the same code and stand under the same kernel, so that whatever differs between them is the language's fault.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from huitong.kernel import ContractEngine
from huitong.types import Answer, Code, Deployed, Failed, Host, Invocation
from huitong.types.limits import MAX_CODE_BYTES
from huitong.vm.python.compatible import check_upgrade
from huitong.vm.python.depth import make_room
from huitong.vm.python.gas import deploy_units
from huitong.vm.python.program import run

from .loading import Loaded, program_of
from .plain import PlainFrame
from .trace import Counted, Recorder

ENGINE_NAME = "python"
ENGINE_VERSION = 1


class CompiledEngine:
    """Runs trees in this process, without a jail."""

    name = ENGINE_NAME
    version = ENGINE_VERSION

    def __init__(self) -> None:
        make_room()

    def deploy(self, code: bytes, gas_limit: int, previous: bytes = b"") -> Deployed:
        """See kernel.ContractEngine."""
        if len(code) > MAX_CODE_BYTES:
            raise Failed(Code.CONTRACT_TOO_LARGE, what="tree", limit=f"{MAX_CODE_BYTES} bytes")
        used = deploy_units(len(code), len(previous))
        if used > gas_limit:
            raise Failed(Code.OUT_OF_GAS, gas_limit=gas_limit)
        program = program_of(code)
        if previous:
            check_upgrade(program_of(previous).schema, program.schema)
        return Deployed(program.fields, program.schema, program.initialiser, used, program.reentrant)

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        """See kernel.ContractEngine."""
        return run(program_of(code), invocation, host)

    def close(self) -> None:
        """Nothing runs beside the calls."""


Watch = Callable[[Loaded], AbstractContextManager[Any]]
"""Gives the context in which a plain contract runs."""


class PlainEngine(CompiledEngine):
    """Runs the classes behind trees. What a call raised is kept by the recorder, with its traceback."""

    def __init__(self, contracts: dict[bytes, Loaded], recorder: Recorder, watch: Watch | None = None) -> None:
        super().__init__()
        self._contracts = contracts
        self._recorder = recorder
        self._watch = watch

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        """See kernel.ContractEngine."""
        del code  # the class behind it runs
        loaded = self._contracts[invocation.code_hash]
        frame = PlainFrame(loaded, invocation, host, self._watch(loaded) if self._watch else None)
        answer = frame.run()
        self._recorder.fault(frame.fault)
        return answer


class RecordingEngine:
    """Notes every call of another engine, nested ones too."""

    def __init__(self, engine: ContractEngine, recorder: Recorder) -> None:
        self._engine = engine
        self._recorder = recorder
        self.name = engine.name
        self.version = engine.version

    def deploy(self, code: bytes, gas_limit: int, previous: bytes = b"") -> Deployed:
        """See kernel.ContractEngine."""
        return self._engine.deploy(code, gas_limit, previous)

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        """See kernel.ContractEngine."""
        counted = Counted(host)
        with self._recorder.call(invocation, counted) as note:
            note.answer = self._engine.call(invocation, code, counted)
        return note.answer

    def close(self) -> None:
        """The owner of the engine closes it."""
