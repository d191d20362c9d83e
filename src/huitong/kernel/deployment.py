"""Deploying contracts: the messages and queries of the reserved address of contracts."""

import re
from typing import Any, Final

import msgspec

from huitong.crypto import contract_address, module_address
from huitong.state import keys
from huitong.types import Answer, Caller, Code, Deployed, Failed, encode, hex_text
from huitong.types.limits import HASH_BYTES, MAX_CODE_BYTES, MAX_SOURCE_BYTES
from huitong.types.registry import PROTOCOL_VERSION, ModuleId

from . import gas
from .failure import failed_answer
from .message import message_of
from .parameters import enabled_engines
from .records import ContractRecord
from .stack import FrameStack

CONTRACTS_ADDRESS: Final = module_address(ModuleId.CONTRACTS)
DEPLOYER_ROLES: Final = ("admin", "developer")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}[a-z0-9]|[a-z]")


class Deploy(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """[engine, code, source_hash, source, name, init_args]: see docs/spec/transaction.md, Deploying.

    source is carried so that anybody can rebuild the code; it is not kept in state. name: "" for none.
    """

    engine: str
    code: bytes
    source_hash: bytes
    source: bytes
    name: str
    init_args: list[Any]


class Deployment:
    """One call to the address of contracts."""

    def __init__(self, stack: FrameStack, caller: Caller, gas_limit: int, *, read_only: bool) -> None:
        self._stack = stack
        self._caller = caller
        self._gas_limit = gas_limit
        self._read_only = read_only

    def run(self, method: str, args: tuple[Any, ...]) -> Answer:
        """Answer `deploy` or `resolve(name)`. Raises Failed."""
        if self._gas_limit < gas.CALL:
            raise Failed(Code.OUT_OF_GAS, gas_limit=self._gas_limit)
        if method == "resolve" and len(args) == 1 and isinstance(args[0], str):
            return Answer(0, encode(self._stack.overlay.get(keys.name(args[0]))), gas.CALL)
        if method == "deploy":
            return self._deploy(args)
        raise Failed(Code.METHOD_UNKNOWN, method=method)

    def _deploy(self, args: tuple[Any, ...]) -> Answer:
        message = self._check(args)
        stack = self._stack
        if message.engine not in enabled_engines(stack.overlay):
            raise Failed(Code.ENGINE_UNKNOWN, engine=message.engine[:32])
        engine = stack.machine.engine(message.engine)
        used = gas.CALL + gas.DEPLOY_BYTE * len(message.code)
        if used > self._gas_limit:
            raise Failed(Code.OUT_OF_GAS, gas_limit=self._gas_limit)
        try:
            deployed = engine.deploy(message.code, self._gas_limit - used)
        except Failed as error:  # the bytes were read and judged: that is paid for
            return failed_answer(error, self._gas_limit if error.code == Code.OUT_OF_GAS else used)
        used += deployed.gas_used
        address = contract_address(stack.machine.suite, stack.block.chain_id, stack.tx_id, stack.index)
        if stack.overlay.get(keys.contract(address)) is not None:
            raise Failed(Code.CONTRACT_EXISTS, contract=hex_text(address))
        self._write(message, address, deployed, engine.version)
        stack.emit(CONTRACTS_ADDRESS, "Deployed", encode({"contract": address, "name": message.name}))
        answer = self._initialise(message, address, deployed, self._gas_limit - used)
        if answer.code:
            return msgspec.structs.replace(answer, gas_used=used + answer.gas_used)
        return Answer(0, encode(address), used + answer.gas_used)

    def _check(self, args: tuple[Any, ...]) -> Deploy:
        if self._read_only:
            raise Failed(Code.READ_ONLY, method="deploy")
        if self._caller.organisation is None or not set(DEPLOYER_ROLES) & set(self._caller.roles):
            raise Failed(Code.PERMISSION_MISSING, act="deploy", needed=" or ".join(DEPLOYER_ROLES))
        message: Deploy = message_of(Deploy, args)
        self._check_message(message)
        return message

    def _check_message(self, message: Deploy) -> None:
        if len(message.code) > MAX_CODE_BYTES or len(message.source) > MAX_SOURCE_BYTES:
            raise Failed(Code.CONTRACT_TOO_LARGE, what="code or source", limit=MAX_CODE_BYTES)
        if not message.code:
            raise Failed(Code.CONTRACT_INVALID, reason="there is no code")
        if len(message.source_hash) != HASH_BYTES:
            raise Failed(Code.ARGUMENTS_INVALID, reason="source_hash is not 32 bytes")
        if self._stack.machine.suite.hash(message.source) != message.source_hash:
            raise Failed(Code.ARGUMENTS_INVALID, reason="source_hash is not the hash of the source")
        if message.name and not _NAME.fullmatch(message.name):
            raise Failed(Code.ARGUMENTS_INVALID, reason="a name is a-z, 0-9 and -, starts with a letter, at most 64")
        if message.name and self._stack.overlay.get(keys.name(message.name)) is not None:
            raise Failed(Code.NAME_TAKEN, name=message.name)

    def _write(self, message: Deploy, address: bytes, deployed: Deployed, engine_version: int) -> None:
        stack = self._stack
        code_hash = stack.machine.suite.hash(message.code)
        record = ContractRecord(
            version=PROTOCOL_VERSION,
            engine=message.engine,
            engine_version=engine_version,
            code_hash=code_hash,
            source_hash=message.source_hash,
            fields=tuple((name, number) for number, name in enumerate(deployed.fields, start=1)),
            initialiser=deployed.initialiser,
            reentrant=deployed.reentrant,
            deployer=self._caller.address,
            organisation=self._caller.organisation or "",
            name=message.name,
            tx_id=stack.tx_id,
        )
        stack.overlay.set(keys.contract(address), encode(record))
        stack.overlay.set(keys.code(code_hash), message.code)
        if message.name:
            stack.overlay.set(keys.name(message.name), address)

    def _initialise(self, message: Deploy, address: bytes, deployed: Deployed, gas_left: int) -> Answer:
        if not deployed.initialiser:
            if message.init_args:  # answered, not raised: the work of validation stays paid
                return failed_answer(Failed(Code.ARGUMENTS_INVALID, reason="the contract has no @init method"), 0)
            return Answer(0, b"", 0)
        if gas_left < gas.CALL:
            raise Failed(Code.OUT_OF_GAS, gas_limit=self._gas_limit)
        args = tuple(message.init_args)
        return self._stack.run_contract(
            self._caller, address, deployed.initialiser, args, gas_left, read_only=False, deploying=True
        )
