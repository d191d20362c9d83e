"""Contracts ask the node for the hash of the suite and for signature checks, jailed as on a chain."""

import pytest

from huitong.crypto import INTERNATIONAL, private_key, suite
from huitong.kernel import Question
from huitong.modules.cryptography import Cryptography
from huitong.modules.cryptography.module import MAX_DATA_BYTES, Checking, Hashing
from huitong.types import Answer, Code, Failed, encode
from huitong.types.registry import KeyKind, ModuleId
from huitong.vm.python.local import LocalContract, MemoryHost

SOURCE = """from huitong.contract import Contract, call, ctx


class Notary(Contract):
    @call
    def check(self, kind: int, key: bytes, message: bytes, signature: bytes) -> bool:
        return ctx.verify(kind, key, message, signature)

    @call
    def digest(self, data: bytes) -> bytes:
        return ctx.hash(data)
"""


class Node(MemoryHost):
    """Answers as the kernel does."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def call(self, target, method, args, gas_limit, *, read_only):
        assert target == b"\xff" * 16 + b"HT" + bytes([0, ModuleId.CRYPTOGRAPHY])
        assert read_only
        question: Question = self.module.queries[method]
        message = question.message(*args)
        return Answer(0, encode(question.answer(message, None)), question.gas)


@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256, KeyKind.SECP256K1])
def test_a_contract_checks_signatures(kind):
    key = private_key(kind, b"\x07" * 32)
    contract = LocalContract(SOURCE, Node(Cryptography(INTERNATIONAL)))
    signature = key.sign(b"message")
    assert contract.value("check", int(kind), key.public_key, b"message", signature) is True
    assert contract.value("check", int(kind), key.public_key, b"another", signature) is False
    assert contract.value("check", int(kind), b"", b"message", b"") is False


def test_kinds_that_the_suite_has_not_are_false():
    contract = LocalContract(SOURCE, Node(Cryptography(INTERNATIONAL)))
    for kind in (0, 4, 5, 99, -1):
        assert contract.value("check", kind, b"k" * 65, b"m", b"s" * 64) is False


def test_the_hash_is_that_of_the_suite():
    plain = LocalContract(SOURCE)
    assert plain.value("digest", b"abc") == INTERNATIONAL.hash(b"abc")
    guomi = LocalContract(SOURCE, Node(Cryptography(suite(2))))
    guomi.block = type(guomi.block)("local-1", 7, 1, bytes(20), bytes(32), 2)
    assert guomi.value("digest", b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_what_is_too_long_is_refused_and_nothing_is_stored():
    module = Cryptography(INTERNATIONAL)
    long = bytes(MAX_DATA_BYTES + 1)
    for act in (
        lambda: module.queries["hash"].answer(Hashing(long), None),
        lambda: module.queries["verify"].answer(Checking(1, b"", long, b""), None),
    ):
        with pytest.raises(Failed) as caught:
            act()
        assert caught.value.code == Code.ARGUMENTS_INVALID
    assert module.handlers == {}
    assert module.genesis(None) == {}
