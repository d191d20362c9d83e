"""The client: one object per node, with a wallet if it is to sign."""

import secrets
from collections.abc import Sequence
from typing import Any, Final, Self

import httpx

from huitong.api.structs import TransactionAnswer, Wait
from huitong.crypto import module_address
from huitong.types import Code, HuitongError, encode
from huitong.types.limits import SALT_BYTES
from huitong.types.registry import ModuleId

from .chain import DEFAULT_VALIDITY_NS
from .contracts import ContractHandle
from .draft import DEFAULT_GAS_LIMIT, Draft, Signed, Wallet
from .outcomes import checked
from .reads import PREFIX, Reader, Target, returned
from .transport import Transport

DEPLOY_GAS_LIMIT: Final = 20_000_000
_TIMEOUT_SECONDS: Final = 10.0
_WAIT_SECONDS: Final = 30.0


class AsyncClient(Reader):
    """A node over HTTP. Signs with the wallet given here or at each call; keys never leave the process.

    url: http://127.0.0.1:9640. http: an httpx client to use in place of an own one, which then is not closed here.
    timeout_s: of one request, beside what a wait takes. language: "en" or "zh", of the texts of errors.
    Use it as `async with AsyncClient(url, wallet) as client`.
    """

    def __init__(
        self,
        url: str,
        wallet: Wallet | None = None,
        *,
        http: httpx.AsyncClient | None = None,
        timeout_s: float = _TIMEOUT_SECONDS,
        language: str = "en",
    ) -> None:
        self._owned = http is None
        self._http = http or httpx.AsyncClient(trust_env=False)
        self._wallet = wallet
        super().__init__(Transport(url, self._http, timeout_s, language))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def wallet(self) -> Wallet | None:
        """Who signs unless a call names another; None for a client that only reads."""
        return self._wallet

    async def close(self) -> None:
        """Close connections that this client opened."""
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
        self, transaction: Signed, wait: Wait = "committed", timeout_s: float = _WAIT_SECONDS
    ) -> TransactionAnswer:
        """Send a transaction and wait.

        Raises TransactionRejected, TransactionFailed, WaitEnded (all with `answer`), HT8006 when the connection broke
        and the outcome is unknown, HT8007 when the node was not reached and the transaction was not sent.
        """
        answer = await self._transport.send(
            f"{PREFIX}/transactions",
            transaction.raw,
            "application/octet-stream",
            {"wait": wait, "timeout": timeout_s},
            timeout_s,
            TransactionAnswer,
            name="0x" + transaction.tx_id.hex(),
        )
        return checked(answer)

    async def submit_many(
        self, transactions: Sequence[Signed | bytes], wait: Wait = "committed", timeout_s: float = _WAIT_SECONDS
    ) -> list[TransactionAnswer]:
        """Send many transactions in one request; the answers stand in their order and none of them raises."""
        raws = [item.raw if isinstance(item, Signed) else item for item in transactions]
        return await self._transport.send(
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
