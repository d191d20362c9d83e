"""What a proposal carries when the pool holds more than a block does."""

from types import SimpleNamespace

from huitong.engine.cometbft.proposing import FRAMING_BYTES, in_turn, within
from huitong.types import Code, Inadmissible

SIZE = 100


class Readable:
    """A kernel to which the first byte of an envelope is its gateway, and 0 is not readable."""

    def open_envelope(self, raw):
        if raw[0] == 0:
            return Inadmissible(Code.ENVELOPE_MALFORMED)
        return SimpleNamespace(envelope=SimpleNamespace(gateway=raw[:1]))


def envelopes(gateway, count):
    return [bytes([gateway, number]) + bytes(SIZE - 2) for number in range(count)]


def test_gateways_take_turns_and_keep_their_order():
    flood, quiet, third = envelopes(1, 5), envelopes(2, 1), envelopes(3, 2)
    turned = in_turn(flood + quiet + third, Readable())
    assert turned == (flood[0], quiet[0], third[0], flood[1], third[1], *flood[2:])


def test_a_flood_keeps_no_other_gateway_out_of_a_block():
    flood, quiet = envelopes(1, 60), envelopes(2, 2)
    carried = within(in_turn(flood + quiet, Readable()), 4 * (SIZE + FRAMING_BYTES))
    assert carried == (flood[0], quiet[0], flood[1], quiet[1])


def test_what_nobody_can_read_is_left_out():
    (good,) = envelopes(1, 1)
    assert in_turn([bytes(SIZE), good], Readable()) == (good,)


def test_the_size_of_a_block_is_kept():
    few = envelopes(1, 3)
    assert within(few, 3 * (SIZE + FRAMING_BYTES)) == tuple(few)
    assert within(few, 3 * (SIZE + FRAMING_BYTES) - 1) == tuple(few[:2])
    assert within(few, SIZE) == ()
