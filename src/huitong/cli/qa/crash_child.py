"""The node that a crash campaign kills: no HTTP, many submitters, one line per acknowledged transaction.

Run as `python -m huitong.cli.qa.crash_child HOME`. It prints `ready HEIGHT`, then `ack ID HEIGHT` whenever a client
has been told that its transaction is committed. It ends when its standard input does.
"""

import asyncio
import os
import secrets
import sys
import threading
from pathlib import Path
from typing import Final

from huitong.crypto import PrivateKey, Suite, encryption_public_key, key_address, module_address, private_key
from huitong.engine import Engine
from huitong.node.development import Identity, identities
from huitong.node.home import Home
from huitong.node.settings import NodeSettings
from huitong.node.wiring import assemble
from huitong.types import Call, HuitongError, TransactionBody, encode, encode_transaction, sign_bytes
from huitong.types.registry import PROTOCOL_VERSION, ModuleId

CLIENTS: Final = 48
CONTRACT_WORKERS: Final = 1
VALID_NS: Final = 120 * 10**9
GAS: Final = 100_000


class Client:
    """Sends one transaction after the other, each after the end of the one before."""

    def __init__(self, engine: Engine, chain_id: str, suite: Suite, person: Identity) -> None:
        self._engine = engine
        self._chain_id = chain_id
        self._key: PrivateKey = private_key(person.key_kind, person.secret)
        self._address = key_address(suite, person.key_kind, self._key.public_key)
        self._encryption_kind = person.encryption_kind
        self._target = module_address(ModuleId.IDENTITY)

    def transaction(self) -> bytes:
        """Set the sender's encryption key to a random one."""
        encryption_key = encryption_public_key(self._encryption_kind, secrets.token_bytes(32))
        body = encode(
            TransactionBody(
                version=PROTOCOL_VERSION,
                chain_id=self._chain_id,
                sender=self._address,
                salt=secrets.token_bytes(8),
                valid_until=self._engine.next_time_ns() + VALID_NS,
                gas_limit=GAS,
                calls=(Call(self._target, "set_encryption_key", (encryption_key,)),),
                payer=self._address,
                memo=b"",
            )
        )
        return encode_transaction(body, (self._key.sign(sign_bytes(body)),))

    async def run(self) -> None:
        """Send until the process is killed."""
        while True:
            submission = await self._engine.submit(self.transaction())
            outcome = await submission.committed()
            assert outcome.receipt is not None, str(outcome.error)
            assert outcome.receipt.code == 0, f"code {outcome.receipt.code}"
            _say(f"ack {outcome.tx_id.hex()} {outcome.height}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(3)


async def main(home: Path) -> None:
    """Start the node and load it. Raises what `assemble` raises."""
    parts = assemble(Home(home), NodeSettings(contract_workers=CONTRACT_WORKERS))
    await parts.engine.start()
    _say(f"ready {parts.engine.height}")
    people = identities(parts.suite)
    async with asyncio.TaskGroup() as clients:
        for number in range(CLIENTS):
            client = Client(parts.engine, parts.genesis.chain_id, parts.suite, people[number % len(people)])
            clients.create_task(client.run())


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        asyncio.run(main(Path(sys.argv[1])))
    except HuitongError as error:
        _say(f"refused {error}")
        sys.exit(1)
