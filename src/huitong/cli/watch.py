"""Contract files of a folder on a development chain: deployed when new, upgraded when changed (`huitong dev --watch`).

A file that a chain would not take, or that would no longer read its stored data, is reported and the chain keeps what
it has. The folder is looked through whenever something in it changes, and once a second should no notice come.
"""

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from huitong.api import ContractAnswer
from huitong.api.abi import arguments_from_json, decode_schema
from huitong.api.client import DEPLOY_GAS_LIMIT, AsyncClient, Wallet, returned
from huitong.crypto import Suite, module_address
from huitong.kernel import DEPLOYER_ROLES
from huitong.node import Identity
from huitong.types import Code, HuitongError
from huitong.types.registry import ModuleId
from huitong.vm.python.program import load_program
from huitong.vm.python.source import check_source, compile_source

from .schemas import read_source

_CONTRACTS: Final = module_address(ModuleId.CONTRACTS)
_CLASS: Final = re.compile(r"^class\s+(\w+)\s*\(\s*(?:\w+\.)?Contract\s*\)", re.MULTILINE)
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,62}[a-z0-9]|[a-z]")
_SKIPPED: Final = frozenset(("__pycache__", "build", "dist", "node_modules", "site-packages", "venv"))
_STEP_MS: Final = 50
_DEBOUNCE_MS: Final = 200
_AGAIN_MS: Final = 1000


def contract_files(folder: Path) -> Iterator[Path]:
    """Python files below a folder that may be contracts, in their order; no tests, hidden or installed ones."""
    for place, folders, files in os.walk(folder):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in _SKIPPED)
        for name in sorted(files):
            is_test = name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
            if name.endswith(".py") and not name.startswith(".") and not is_test:
                yield Path(place) / name


def contract_name(file: Path, text: str) -> str:
    """Return the name that a file is deployed under: the file's, else its class's; empty when it has no contract."""
    found = _CLASS.search(text)
    if found is None or "huitong.contract" not in text:
        return ""
    name = file.stem.lower().replace("_", "-")
    if _NAME.fullmatch(name):
        return name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", found[1]).strip("_").replace("_", "-").lower()


class Watcher:
    """Keeps a chain and a folder the same.

    people: who may sign; the first one with a role that deploys does, or one of the contract's organisation. state: the
    chain's folder, for advice. say: prints a line.
    """

    def __init__(
        self,
        folder: Path,
        client: AsyncClient,
        suite: Suite,
        people: tuple[Identity, ...],
        state: Path,
        say: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._client = client
        self._suite = suite
        self._people = tuple(person for person in people if set(DEPLOYER_ROLES) & set(person.roles))
        self._state = state
        self._say = say
        self._seen: dict[Path, tuple[int, int]] = {}
        self._owners: dict[str, Path] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Deploy what is there, then what changes, until `stop` is set."""
        from watchfiles import PythonFilter, awatch

        changes = awatch(
            self._folder,
            watch_filter=PythonFilter(),
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            rust_timeout=_AGAIN_MS,
            yield_on_timeout=True,
            stop_event=stop,
            ignore_permission_denied=True,
        )
        await self.sweep()
        async for _ in changes:
            await self.sweep()

    async def sweep(self) -> None:
        """Look at each file that has changed since the last time."""
        for file in contract_files(self._folder):
            try:
                found = file.stat()
            except OSError:  # gone since it was listed
                continue
            stamp = (found.st_mtime_ns, found.st_size)
            if self._seen.get(file) != stamp:
                self._seen[file] = stamp
                await self._look(file)

    async def _look(self, file: Path) -> None:
        started = time.perf_counter()
        try:
            text = read_source(file)
            name = contract_name(file, text)
            if not name:
                return
            if self._owners.setdefault(name, file) != file:
                self._say(f"  {file}: {self._owners[name]} has the name {name} already; give this file another one")
                return
            done = await self._bring(file, name, text)
        except HuitongError as error:
            self._say(f"  {file}: {error}")
            self._say(f"    {error.next_step()}")
            return
        if done:
            self._say(f"  {name:20} {done} · {file} · {(time.perf_counter() - started) * 1000:.0f} ms")

    async def _bring(self, file: Path, name: str, text: str) -> str:
        """Bring a file to the chain; return what was done. Raises what the chain refuses."""
        deployed = await self._deployed(name)
        code = await asyncio.to_thread(self._compiled, file, text)
        if code is None:
            if deployed is not None:
                self._say(f"  {name:20} keeps revision {deployed.revision}")
            return ""
        if deployed is None:
            return await self._deploy(file, name, text, code)
        if deployed.code_hash == "0x" + self._suite.hash(code).hex():
            return f"is on the chain at revision {deployed.revision}"
        return await self._upgrade(name, text, code, deployed)

    async def _deployed(self, name: str) -> ContractAnswer | None:
        try:
            return await self._client.describe(name)
        except HuitongError as error:
            if error.code == Code.NOT_FOUND:
                return None
            raise

    def _compiled(self, file: Path, text: str) -> bytes | None:
        """Return the tree; None when there are findings, which are printed."""
        try:
            return compile_source(text, str(file))
        except HuitongError:
            for item in check_source(text):
                self._say(f"{file}:{item.line}: HT{int(item.code)} {item.reason}")
                if item.instead:
                    self._say(f"    {item.instead}")
            return None

    async def _deploy(self, file: Path, name: str, text: str, code: bytes) -> str:
        program = load_program(code)
        args: tuple[object, ...] = ()
        if program.initialiser:
            try:
                args = arguments_from_json(decode_schema(program.schema), program.initialiser, [])
            except HuitongError as error:
                command = f"huitong contract deploy {file} --name {name} --init '[…]' --as WHO"
                self._say(f"  {name:20} is not deployed: {program.initialiser} needs arguments ({error})")
                self._say(f"    deploy it once, upgrades follow by themselves: {command}")
                return ""
        address = await self._client.deploy(
            code, name=name, source=text.encode(), init_args=args, wallet=self._wallet("")
        )
        return f"deployed at 0x{address.hex()}"

    async def _upgrade(self, name: str, text: str, code: bytes, deployed: ContractAnswer) -> str:
        source, address = text.encode(), bytes.fromhex(deployed.address[2:])
        parts = (address, code, self._suite.hash(source), source)
        try:
            answer = await self._client.call(
                _CONTRACTS,
                "upgrade",
                *parts,
                wallet=self._wallet(deployed.organisation),
                gas_limit=DEPLOY_GAS_LIMIT,
            )
        except HuitongError as error:
            if error.code != Code.UPGRADE_INCOMPATIBLE:
                raise
            self._say(f"  {name:20} keeps revision {deployed.revision}: {error}")
            self._say(
                f"    rename the file to deploy it as a new contract, or start afresh: stop, delete {self._state}, "
                "start again"
            )
            return ""
        return f"upgraded to revision {returned(answer)[0]}"

    def _wallet(self, organisation: str) -> Wallet:
        """Return the wallet of who signs for an organisation's contracts. Raises HT8103 when nobody can."""
        for person in self._people:
            if organisation in ("", person.organisation):
                return Wallet.of(person.key_kind, person.secret, suite=self._suite)
        raise HuitongError(Code.KEY_NOT_FOUND, name=f"a developer of {organisation or 'the chain'}")
