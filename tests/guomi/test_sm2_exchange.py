"""SM2 key exchange. Vector: GM/T 0003.5-2012, appendix B; both user ids 1234567812345678, 128 bits of key."""

import pytest
from guomi_vectors import A_LONG, A_ONCE, B_LONG, B_ONCE, EXCHANGED, FROM_INITIATOR, FROM_RESPONDER
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import GUOMI
from huitong.crypto.sm2 import public_key_of
from huitong.crypto.sm2_curve import ORDER
from huitong.crypto.sm2_exchange import Party, agree
from huitong.types import Code, HuitongError

SECRETS = st.integers(1, ORDER - 2).map(lambda value: value.to_bytes(32, "big"))


def party(long, once):
    return Party(public_key_of(long), public_key_of(once))


def both(a_long, a_once, b_long, b_once, size=16):
    initiator, responder = party(a_long, a_once), party(b_long, b_once)
    one = agree(a_long, a_once, initiator, responder, begins=True, size=size)
    other = agree(b_long, b_once, initiator, responder, begins=False, size=size)
    return one, other


def test_the_key_is_that_of_the_standard():
    assert public_key_of(A_LONG).hex().startswith("04160e12897df4edb61dd812feb96748fbd3ccf4ffe26aa6f6db9540af49c94232")
    one, other = both(A_LONG, A_ONCE, B_LONG, B_ONCE)
    assert one.key.hex() == EXCHANGED
    assert one.from_responder.hex() == FROM_RESPONDER
    assert one.from_initiator.hex() == FROM_INITIATOR
    assert one == other


@given(SECRETS, SECRETS, SECRETS, SECRETS, st.integers(1, 100))
@settings(deadline=None, max_examples=15)
def test_both_sides_agree(a_long, a_once, b_long, b_once, size):
    one, other = both(a_long, a_once, b_long, b_once, size)
    assert one == other
    assert len(one.key) == size
    assert one.from_initiator != one.from_responder


def test_whoever_poses_as_another_does_not_agree():
    initiator, responder = party(A_LONG, A_ONCE), party(B_LONG, B_ONCE)
    honest = agree(A_LONG, A_ONCE, initiator, responder, begins=True, size=16)
    liar = agree(GUOMI.hash(b"another"), B_ONCE, initiator, responder, begins=False, size=16)
    renamed = Party(responder.public_key, responder.ephemeral, b"another id")
    renamed = agree(B_LONG, B_ONCE, initiator, renamed, begins=False, size=16)
    for found in (liar, renamed):
        assert found.key != honest.key
        assert found.from_responder != honest.from_responder


def test_an_agreement_on_infinity_is_refused():
    """t = d + factor * r = 0 when d = -factor * r."""
    initiator, responder = party(A_LONG, A_ONCE), party(B_LONG, B_ONCE)
    x = int.from_bytes(initiator.ephemeral[1:33], "big")
    factor = 2**127 + x % 2**127
    secret = (-factor * int.from_bytes(A_ONCE, "big") % ORDER).to_bytes(32, "big")
    with pytest.raises(HuitongError) as caught:
        agree(secret, A_ONCE, party(secret, A_ONCE), responder, begins=True, size=16)
    assert (caught.value.code, "infinity" in caught.value.data["reason"]) == (Code.KEY_INVALID, True)
    with pytest.raises(HuitongError) as caught:
        agree(B_LONG, B_ONCE, party(secret, A_ONCE), responder, begins=False, size=16)
    assert "infinity" in caught.value.data["reason"]


@pytest.mark.parametrize("bad", [b"", bytes(65), b"\4" + b"\1" * 64])
def test_what_is_no_point_is_refused(bad):
    initiator, responder = party(A_LONG, A_ONCE), party(B_LONG, B_ONCE)
    for other in (Party(bad, responder.ephemeral), Party(responder.public_key, bad)):
        with pytest.raises(HuitongError) as caught:
            agree(A_LONG, A_ONCE, initiator, other, begins=True, size=16)
        assert caught.value.code is Code.KEY_INVALID
