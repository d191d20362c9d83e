"""A second contract engine, so small that it is plainly right: code is a list of steps.

Steps: ["set", key, value], ["get", key], ["emit", name], ["call", target, method, args, read_only], ["fail", name],
["burn", gas], ["host-fail"]. `call` runs a method of any engine and goes on when it fails, keeping its code.
"""

from typing import Any

from huitong.types import Answer, Code, Deployed, Failed, Failure, Host, Invocation, decode, encode

STEP_GAS = 10


class TrivialEngine:
    """`kernel.ContractEngine` over lists of steps by method name."""

    name = "trivial"
    version = 1

    def deploy(self, code: bytes, gas_limit: int, previous: bytes = b"") -> Deployed:
        methods = decode(code, dict[str, list[list[Any]]])
        if previous and "stays" in decode(previous, dict[str, Any]) and "stays" not in methods:
            raise Failed(Code.UPGRADE_INCOMPATIBLE, reason="stays is missing")
        if "broken" in methods:
            raise Failed(Code.CONTRACT_INVALID, reason="broken")
        initialiser = "init" if "init" in methods else ""
        reentrant = tuple(name for name in methods if name.startswith("reentrant"))
        fields = ("only", *(name for name in methods if name.startswith("field")))
        return Deployed(fields, b"\xa0", initialiser, min(gas_limit, 100), reentrant)

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        steps = decode(code, dict[str, list[list[Any]]]).get(invocation.method)
        if steps is None:
            raise Failed(Code.METHOD_UNKNOWN, method=invocation.method)
        used, values = 0, []
        for step in steps:
            used += STEP_GAS + (step[1] if step[0] == "burn" else 0)
            if used > invocation.gas_limit:
                return Answer(Code.OUT_OF_GAS, b"", invocation.gas_limit)
            if step[0] == "fail":
                data = encode(Failure(invocation.contract, step[1], {}))
                return Answer(Code.REFUSED_BY_CONTRACT, data, used)
            value, inner = self._step(step, invocation, host, invocation.gas_limit - used)
            used += inner
            values.append(value)
        return Answer(0, encode(values), used)

    def _step(self, step: list[Any], invocation: Invocation, host: Host, left: int) -> tuple[Any, int]:
        match step:
            case ["set", key, value]:
                host.write({b"\0\1" + key: value})
            case ["get", key]:
                return host.read(b"\0\1" + key), 0
            case ["scan"]:
                return [row[1] for row in host.scan(b"\0\1", b"\0\2", 100, reverse=False)], 0
            case ["emit", name]:
                host.emit(name, encode({"by": invocation.contract}))
            case ["sender"]:
                return [invocation.caller.address, invocation.caller.organisation, list(invocation.caller.roles)], 0
            case ["call", target, method, args, read_only]:
                target = invocation.contract if target == b"self" else target
                answer = host.call(target, method, tuple(args), left, read_only=read_only)
                return [answer.code, answer.data], answer.gas_used
        return None, 0

    def close(self) -> None:
        """Nothing to end."""
