"""The state machine as plainly as the specification allows: dictionaries, sets, loops; nothing of `huitong.kernel`.

It is told what transactions and envelopes mean (`Sent`, `Packed`) beside their bytes, and foretells what a block does.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field
from typing import Any

from kernel_world import address, first_admin
from naive_network import NaiveNetwork

from huitong.cli.qa.bytes_pack import pack
from huitong.types import Code

WINDOW_NS = 600 * 10**9
MESSAGE_GAS = 20_000
NETWORK_GAS = 50_000
REPLAY_FORGOTTEN_AT_ONCE = 64


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def naive_root(state: dict[bytes, bytes]) -> bytes:
    """Root of a store by its recursive definition."""

    def below(leaves: list[tuple[bytes, bytes]], bit: int) -> bytes:
        if not leaves:
            return bytes(32)
        if len(leaves) == 1:
            return sha256(b"\0" + leaves[0][0] + leaves[0][1])
        zeros = [leaf for leaf in leaves if not leaf[0][bit // 8] >> (7 - bit % 8) & 1]
        ones = [leaf for leaf in leaves if leaf[0][bit // 8] >> (7 - bit % 8) & 1]
        return sha256(b"\1" + below(zeros, bit + 1) + below(ones, bit + 1))

    return below([(sha256(key), sha256(value)) for key, value in state.items()], 0)


def naive_app_hash(main: bytes, ibc: bytes) -> bytes:
    """Root over the two stores, `ibc` before `main`."""
    leaves = [
        sha256(b"\0" + bytes((len(name),)) + name + b"\x20" + sha256(root))
        for name, root in ((b"ibc", ibc), (b"main", main))
    ]
    return sha256(b"\1" + leaves[0] + leaves[1])


@dataclass
class Person:
    """A member: key (kind, public key), rights."""

    address: bytes
    name: str
    organisation: str
    roles: tuple[str, ...]
    kind: int
    public_key: bytes
    key_address: bytes
    encryption_key: bytes = b""
    active: bool = True

    def record(self) -> bytes:
        encryption = [1 if self.encryption_key else 0, self.encryption_key]
        head = [1, self.name, self.organisation, list(self.roles), self.kind, self.public_key]
        return pack([*head, *encryption, b"", "", self.active])


@dataclass
class Sent:
    """A transaction and what it means. broken: code for bytes that no rule can read. acts: (name, argument, gas)."""

    raw: bytes
    tx_id: bytes
    sender: str = ""
    public_key: bytes = b""
    chain: bool = True
    signatures: int = 1
    valid_until: int = 0
    gas_limit: int = 0
    acts: tuple[tuple[str, Any], ...] = ()
    broken: Code | None = None
    kind: int = 0


@dataclass
class Packed:
    """An envelope and what it means."""

    raw: bytes
    gateway: bytes = b""
    chain: bool = True
    seq: int = 0
    expiry: int = 0
    gas_limit: int = 0
    root: bool = True
    signature: bool = True
    sent: tuple[Sent, ...] = ()
    broken: bool = False


@dataclass
class Model:
    """The whole chain. contract: address of the one contract that acts reach."""

    state: dict[bytes, bytes]
    people: dict[str, Person]
    network: NaiveNetwork
    contract: bytes
    organisations: set[str]
    used_keys: set[bytes]
    height: int = 0
    time_ns: int = 0
    numbers: dict[bytes, set[int]] = field(default_factory=dict)
    lists: dict[int, tuple[int, list[bytes]]] = field(default_factory=dict)

    def seen(self) -> set[bytes]:
        return {tx_id for _, ids in self.lists.values() for tx_id in ids}

    def block(self, height: int, time_ns: int, header: bytes, packed: list[Packed]) -> list[Any]:
        """Foretell a block: per envelope a code of its range, or [(code, gas) of each transaction]."""
        self.height, self.time_ns = height, time_ns
        if not packed:
            return []
        fresh: set[bytes] = set()
        quotas: dict[bytes, int] = {}
        verdicts = [self._admit(item, quotas) for item in packed]
        results = [verdict or self._envelope(item, fresh) for item, verdict in zip(packed, verdicts, strict=True)]
        for gateway in {item.gateway for item, verdict in zip(packed, verdicts, strict=True) if verdict is None}:
            self._write_window(gateway)
        if height > 1:
            self.state[b"\x01headers/" + bytes(((height - 1) & 255,))] = (height - 1).to_bytes(8, "big") + header
        self.network.switch_rules(self)
        self._forget()
        ids = sorted(fresh)
        self.lists[height] = (time_ns + WINDOW_NS, ids)
        record = pack([time_ns + WINDOW_NS, len(ids), sha256(b"".join(ids))])
        self.state[b"\x01txids/" + height.to_bytes(8, "big")] = record
        return results

    def _forget(self) -> None:
        for height in sorted(self.lists)[:REPLAY_FORGOTTEN_AT_ONCE]:
            if self.lists[height][0] >= self.time_ns:
                break
            del self.lists[height], self.state[b"\x01txids/" + height.to_bytes(8, "big")]

    def _admit(self, item: Packed, quotas: dict[bytes, int]) -> Code | None:
        if item.broken:
            return Code.ENVELOPE_MALFORMED
        numbers = self.numbers.setdefault(item.gateway, set())
        known = self.network.gateways.get(item.gateway)
        rules = (
            (Code.GATEWAY_INACTIVE, item.gateway in self.network.retired),
            (Code.GATEWAY_UNKNOWN, known is None),
            (Code.ENVELOPE_CHAIN_WRONG, not item.chain),
            (Code.ENVELOPE_EXPIRED, item.expiry < self.time_ns),
            (Code.ENVELOPE_ROOT_WRONG, not item.root),
            (Code.ENVELOPE_SIGNATURE_INVALID, not item.signature),
            (
                Code.GATEWAY_QUOTA_EXCEEDED,
                known is not None and quotas.get(item.gateway, 0) + item.gas_limit > known[3],
            ),
            (Code.GATEWAY_SEQUENCE_USED, item.seq in numbers or item.seq <= max(numbers, default=0) - 1024),
        )
        for code, broken in rules:
            if broken:
                return code
        numbers.add(item.seq)
        quotas[item.gateway] = quotas.get(item.gateway, 0) + item.gas_limit
        return None

    def _write_window(self, gateway: bytes) -> None:
        numbers = self.numbers[gateway]
        highest = max(numbers)
        bits = sum(1 << highest - number for number in numbers if highest - number < 1024)
        self.state[b"\x01windows/" + gateway] = pack([highest, bits.to_bytes(128, "big")])

    def _envelope(self, item: Packed, fresh: set[bytes]) -> list[tuple[int, int]]:
        results, declared = [], 0
        for sent in item.sent:
            code = self._unreadable(sent)
            if code is None and declared + sent.gas_limit > item.gas_limit:
                code = Code.ENVELOPE_GAS_EXCEEDED
            elif code is None:
                declared += sent.gas_limit
                code = self._check(sent, fresh)
            signatures = 0 if self._unreadable(sent) else sent.signatures
            gas = 4 * len(sent.raw) + 3_000 * signatures
            if code is None:
                fresh.add(sent.tx_id)
                code, gas = self._execute(sent, gas)
            results.append((int(code), gas))
        return results

    def _unreadable(self, sent: Sent) -> Code | None:
        return Code.TRANSACTION_KIND_UNKNOWN if sent.kind else sent.broken

    def _check(self, sent: Sent, fresh: set[bytes]) -> Code | None:
        person = self.people.get(sent.sender)
        rules = (
            (Code.CHAIN_WRONG, not sent.chain),
            (Code.SIGNATURES_MISSING, sent.signatures < 1),
            (Code.SIGNATURES_EXTRA, sent.signatures > 1),
            (Code.GAS_LIMIT_INVALID, sent.gas_limit > 50_000_000),
            (Code.EXPIRED, sent.valid_until < self.time_ns),
            (Code.VALID_UNTIL_TOO_FAR, sent.valid_until > self.time_ns + WINDOW_NS),
            (Code.SIGNER_UNKNOWN, person is None),
            (Code.SIGNER_INACTIVE, person is not None and not person.active),
            (Code.SIGNATURE_INVALID, person is not None and person.public_key != sent.public_key),
            (Code.REPLAYED, sent.tx_id in fresh or sent.tx_id in self.seen()),
        )
        return next((code for code, broken in rules if broken), None)

    def _execute(self, sent: Sent, used: int) -> tuple[int, int]:
        if used > sent.gas_limit:
            return Code.OUT_OF_GAS, sent.gas_limit
        before = dict(self.state), {name: Person(**vars(one)) for name, one in self.people.items()}
        sets = set(self.organisations), set(self.used_keys)
        network = copy.deepcopy(self.network)
        for name, argument in sent.acts:
            code, gas = getattr(self, f"_{name}")(self.people[sent.sender], argument)
            if used + gas > sent.gas_limit:
                code, gas = Code.OUT_OF_GAS, sent.gas_limit - used
            used += gas
            if code:
                self.state, self.people = before
                self.organisations, self.used_keys = sets
                self.network = network
                return code, used
        return 0, used

    def _put(self, _: Person, argument: tuple[bytes, bytes | None]) -> tuple[int, int]:
        key = b"\x12" + self.contract + b"\0\1" + argument[0]
        if argument[1] is None:
            self.state.pop(key, None)
        else:
            self.state[key] = argument[1]
        return 0, 710

    def _network(self, person: Person, argument: tuple[str, tuple[Any, ...]]) -> tuple[int, int]:
        return self.network.act(person, *argument, self), NETWORK_GAS

    def _refuse(self, _: Person, __: Any) -> tuple[int, int]:
        return Code.REFUSED_BY_CONTRACT, 720

    def _nowhere(self, _: Person, __: Any) -> tuple[int, int]:
        return Code.TARGET_UNKNOWN, 700

    def _organise(self, person: Person, name: str) -> tuple[int, int]:
        if "admin" not in person.roles:
            return Code.PERMISSION_MISSING, MESSAGE_GAS
        if name in self.organisations:
            return Code.MEMBER_EXISTS, MESSAGE_GAS
        self.organisations.add(name)
        self.state[b"\x02\0\2\x01" + name.encode()] = pack([1, name, name.upper()])
        self.state[b"\x02\0\2\x05" + name.encode()] = bytes((0, 0, 0, 1))
        short, roles, kind, public_key, _, _ = first_admin(f"head@{name}")
        head = address(f"head@{name}")
        self.used_keys.add(head)
        self.state[b"\x02\0\2\x02" + head] = pack([1, short, name, roles, kind, public_key, 0, b"", b"", "", True])
        self.state[b"\x02\0\2\x03" + head] = pack([head, True])
        self.state[b"\x02\0\2\x04" + name.encode() + b"\0" + short.encode()] = head
        return 0, MESSAGE_GAS

    def _encrypt(self, person: Person, key: bytes) -> tuple[int, int]:
        person.encryption_key = key
        self.state[b"\x02\0\2\x02" + person.address] = person.record()
        return 0, MESSAGE_GAS

    def _rotate(self, person: Person, new: tuple[int, bytes, bytes]) -> tuple[int, int]:
        if new[2] in self.used_keys:
            return Code.KEY_USED_BEFORE, MESSAGE_GAS
        self.used_keys.add(new[2])
        self.state[b"\x02\0\2\x03" + person.key_address] = pack([person.address, False])
        person.kind, person.public_key, person.key_address = new
        self.state[b"\x02\0\2\x03" + person.key_address] = pack([person.address, True])
        self.state[b"\x02\0\2\x02" + person.address] = person.record()
        return 0, MESSAGE_GAS

    def _deactivate(self, person: Person, name: str) -> tuple[int, int]:
        member = self.people[name]
        if "admin" not in person.roles or person.organisation != member.organisation:
            return Code.PERMISSION_MISSING, MESSAGE_GAS
        if "admin" in member.roles:
            return Code.LAST_ADMIN, MESSAGE_GAS
        member.active = False
        self.state[b"\x02\0\2\x02" + member.address] = member.record()
        self.state[b"\x02\0\2\x03" + member.key_address] = pack([member.address, False])
        return 0, MESSAGE_GAS
