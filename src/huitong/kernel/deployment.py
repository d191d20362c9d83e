"""Deploying contracts: the message `deploy` of the reserved address of contracts."""

from typing import Any

import msgspec

from huitong.crypto import contract_address
from huitong.state import keys
from huitong.types import Answer, Caller, Code, Deployed, Failed, encode, hex_text
from huitong.types.registry import PROTOCOL_VERSION

from . import gas
from .failure import failed_answer
from .lifecycle import DEPLOYER_ROLES, LifeCycle, check_permission
from .lifecycle_code import CONTRACTS_ADDRESS, check_code, check_name
from .message import message_of
from .parameters import enabled_engines
from .records import ContractRecord, ContractState
from .stack import FrameStack


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
        """Answer `deploy` here, all else by `LifeCycle`. Raises Failed."""
        if self._gas_limit < gas.CALL:
            raise Failed(Code.OUT_OF_GAS, gas_limit=self._gas_limit)
        if method == "deploy":
            return self._deploy(args)
        return LifeCycle(self._stack, self._caller, self._gas_limit, read_only=self._read_only).run(method, args)

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
        check_permission(self._caller, DEPLOYER_ROLES, "deploy")
        message: Deploy = message_of(Deploy, args)
        check_code(self._stack.machine.suite, message.code, message.source, message.source_hash)
        check_name(self._stack.overlay, message.name)
        return message

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
            roles=DEPLOYER_ROLES,
            name=message.name,
            tx_id=stack.tx_id,
            state=int(ContractState.ACTIVE),
            revision=1,
            former=(),
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
