"""Compile and run contracts given as [[name, source], ...] on standard input; print what each did and what it cost."""

import json
import resource
import sys
import time

from huitong.types import HuitongError
from huitong.vm.python.local import LocalContract

MEMORY = 768 * 1024 * 1024


def outcome(source: str, gas_limit: int) -> list:
    try:
        contract = LocalContract(source)
    except HuitongError as error:
        return ["refused", int(error.code), 0, ""]
    answer = contract.call("main", gas_limit=gas_limit)
    state = repr(sorted(contract.host.rows.items())) + repr(contract.host.events)
    return ["ran", answer.code, answer.gas_used, answer.data.hex() + "|" + state]


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    gas_limit = int(sys.argv[1])
    for name, source in json.load(sys.stdin):
        began = time.process_time()
        try:
            found = outcome(source, gas_limit)
        except BaseException as error:  # noqa: BLE001 - whatever gets out of a contract is the finding
            found = ["broke", 0, 0, repr(error)[:200]]
        print(json.dumps([name, time.process_time() - began, *found]), flush=True)


main()
