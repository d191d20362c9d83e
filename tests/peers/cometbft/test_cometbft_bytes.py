"""Headers, block ids, commits and results as a running CometBFT makes them."""

import pytest
from cometbft_checks import check_height, shapes

pytestmark = pytest.mark.peers


def test_our_bytes_are_those_of_a_real_node(cometbft_node):
    """Blocks without, with one and with several transactions; several parts; an absent validator; round 1."""
    large = cometbft_node.commit_transactions(b"large=" + bytes(ord("a") + index % 26 for index in range(200_000)))
    last = cometbft_node.run_some_blocks()
    seen, before = [], None
    for height in range(1, last + 1):
        described = cometbft_node.describe(height)
        check_height(described, before)
        seen.append(shapes(described))
        before = described
    transactions, parts, rounds, absent = zip(*seen, strict=True)
    assert {0, 1} < set(transactions)
    assert parts[large - 1] == 4
    assert min(rounds) == 0
    assert max(rounds) > 0
    assert set(absent) == {1}
