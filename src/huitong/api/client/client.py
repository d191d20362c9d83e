"""The client: one object per chain, with a wallet if it is to sign."""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Self

import httpx

from huitong.api.structs import TransactionAnswer, Wait
from huitong.crypto import module_address
from huitong.types import Code, HuitongError, encode
from huitong.types.bundle import decode_trust
from huitong.types.limits import SALT_BYTES
from huitong.types.registry import ModuleId

from .chain import DEFAULT_VALIDITY_NS
from .contracts import ContractHandle
from .draft import DEFAULT_GAS_LIMIT, Draft, Signed, Wallet
from .gateways import Gateways
from .reads import PREFIX, Reader, Target, returned
from .submission import Submitter
from .tls import client_context
from .transport import ATTEMPTS, Transport

DEPLOY_GAS_LIMIT: Final = 20_000_000
TIMEOUT_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 3.0
WAIT_SECONDS: Final = 30.0


class AsyncClient(Reader):
    """A chain over HTTP. Signs with the wallet given here or at each call; keys never leave the process.

    urls: http://127.0.0.1:9640, or several gateways of one chain, the preferred one first. When one is silent for
    `patience_s`, refuses or does not get a transaction committed, the next one gets the same bytes, which are executed
    once. trust: a trust file that begins with a header (`huitong trust`): answers are believed only with their proof,
    the other gateways are witnesses; light_file: where verified headers are kept between runs. tls: a folder with
    ca.pem, and client.pem with client.key for gateways that ask for them. http: an httpx client to use in place of an
    own one, which then is not closed here. timeout_s: of one request, beside what a wait takes. language: "en" or "zh",
    of the texts of errors. Use it as `async with AsyncClient(url, wallet) as client`.
    """

    def __init__(
        self,
        urls: str | Sequence[str],
        wallet: Wallet | None = None,
        *,
        trust: bytes | None = None,
        light_file: Path | None = None,
        tls: Path | None = None,
        http: httpx.AsyncClient | None = None,
        timeout_s: float = TIMEOUT_SECONDS,
        patience_s: float = PATIENCE_SECONDS,
        language: str = "en",
    ) -> None:
        self._owned = http is None
        self._http = http or httpx.AsyncClient(trust_env=False, verify=True if tls is None else client_context(tls))
        self._wallet = wallet
        addresses = (urls,) if isinstance(urls, str) else tuple(dict.fromkeys(urls))
        one = len(addresses) == 1
        limits = (timeout_s, language, ATTEMPTS) if one else (min(timeout_s, patience_s), language, 1)
        gateways = Gateways([Transport(address, self._http, *limits) for address in addresses])
        self._submitter = Submitter(gateways, patience_s)
        super().__init__(gateways, None if trust is None else decode_trust(trust), light_file, language)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def wallet(self) -> Wallet | None:
        """Who signs unless a call names another; None for a client that only reads."""
        return self._wallet

    async def close(self) -> None:
        """Close connections that this client opened; keep what its light client verified."""
        if self._light is not None:
            self._light.close()
        if self._owned:
            await self._http.aclose()

    async def draft(
        self,
        calls: Sequence[tuple[Target, str, Sequence[Any]]],
        *,
        sender: bytes,
        payer: bytes | None = None,
        gas_limit: int = DEFAULT_GAS_LIMIT,
        memo: bytes = b"",
        validity_ns: int = DEFAULT_VALIDITY_NS,
    ) -> Draft:
        """Build a transaction for others to sign. calls: (target, method, arguments), all or nothing."""
        status = await self._chain.known()
        return Draft.new(
            status.chain_id,
            [(await self.address(target), method, args) for target, method, args in calls],
            sender=sender,
            payer=payer or sender,
            salt=secrets.token_bytes(SALT_BYTES),
            valid_until=await self._chain.valid_until(validity_ns),
            gas_limit=gas_limit,
            memo=memo,
        )

    async def sign(
        self,
        calls: Sequence[tuple[Target, str, Sequence[Any]]],
        *,
        wallet: Wallet | None = None,
        payer: Wallet | None = None,
        gas_limit: int = DEFAULT_GAS_LIMIT,
        memo: bytes = b"",
    ) -> Signed:
        """Build and sign a transaction; its id is known before it is sent. payer: signs as well and is charged."""
        sender = self._signer(wallet)
        draft = await self.draft(
            calls,
            sender=sender.address,
            payer=payer.address if payer else None,
            gas_limit=gas_limit,
            memo=memo,
        )
        return draft.signed_by([sender] if payer is None else [sender, payer], await self.suite())

    def _signer(self, wallet: Wallet | None) -> Wallet:
        chosen = wallet or self._wallet
        if chosen is None:
            raise HuitongError(Code.KEY_NOT_FOUND, name="(no wallet was given)")
        return chosen

    async def submit(
        self, transaction: Signed, wait: Wait = "committed", timeout_s: float = WAIT_SECONDS
    ) -> TransactionAnswer:
        """Send a transaction and wait.

        Raises TransactionRejected, TransactionFailed, WaitEnded (all with `answer`), HT8006 when the connection broke
        and the outcome is unknown, HT8007 when no node was reached and the transaction was not sent. With a trust file
        and wait="proved" also HT7007-HT7011.
        """
        return await self._submitter.submit(transaction, wait, timeout_s, self._verified)

    async def submit_many(
        self, transactions: Sequence[Signed | bytes], wait: Wait = "committed", timeout_s: float = WAIT_SECONDS
    ) -> list[TransactionAnswer]:
        """Send many transactions in one request to the gateway asked first; the answers stand in order, none raises.

        Neither proofs nor other gateways are asked for: `submit` does that.
        """
        raws = [item.raw if isinstance(item, Signed) else item for item in transactions]
        gateway = self._transport.order()[0]
        return await gateway.send(
            f"{PREFIX}/transactions/batch",
            encode(raws),
            "application/x-msgpack",
            {"wait": wait, "timeout": timeout_s},
            timeout_s,
            list[TransactionAnswer],
            name=f"(one of {len(raws)})",
        )

    async def call(
        self,
        target: Target,
        method: str,
        *args: Any,
        wallet: Wallet | None = None,
        payer: Wallet | None = None,
        gas_limit: int = DEFAULT_GAS_LIMIT,
        memo: bytes = b"",
        wait: Wait = "committed",
    ) -> TransactionAnswer:
        """Call one method in a transaction of its own. Raises as `submit`. `returned(answer)[0]` is its value."""
        signed = await self.sign([(target, method, args)], wallet=wallet, payer=payer, gas_limit=gas_limit, memo=memo)
        return await self.submit(signed, wait)

    async def deploy(
        self,
        code: bytes,
        *,
        engine: str = "python",
        name: str = "",
        source: bytes = b"",
        init_args: Sequence[Any] = (),
        wallet: Wallet | None = None,
        gas_limit: int = DEPLOY_GAS_LIMIT,
        wait: Wait = "committed",
    ) -> bytes:
        """Deploy a contract and return its address. code: what the engine takes (a normalised tree for python)."""
        args = [engine, code, (await self.suite()).hash(source), source, name, list(init_args)]
        answer = await self.call(
            module_address(ModuleId.CONTRACTS), "deploy", *args, wallet=wallet, gas_limit=gas_limit, wait=wait
        )
        values = returned(answer)
        if not values or not isinstance(values[0], bytes):
            raise HuitongError(Code.ANSWER_INVALID, reason="a deploy that returns no address")
        return values[0]

    async def contract(self, target: Target) -> ContractHandle:
        """Return a handle of a contract, with the methods of its schema. Raises HT8005."""
        return ContractHandle(self, await self.describe(target))
