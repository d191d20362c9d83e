"""The kit's chain under the national suite."""

from pathlib import Path

import pytest

from huitong.crypto import GUOMI, INTERNATIONAL
from huitong.testing import Chain
from huitong.types import Code, HuitongError

HERE = Path(__file__).parent


@pytest.mark.parametrize("lead", ["plain", "compiled"])
@pytest.mark.parametrize("suite", [INTERNATIONAL, GUOMI])
def test_ids_and_addresses_are_those_of_the_suite(lead, suite):
    kit = Chain(lead=lead, folder=HERE, suite=suite.name)
    ledger = kit.deploy("contracts/kit_ledger.py", "first")
    assert ledger.add("one", tags=[]).text == "one"
    record = kit.record(ledger)
    assert record.code_hash == suite.hash(kit.loaded(record.code_hash).tree)
    assert record.source_hash == suite.hash(kit.loaded(record.code_hash).source)


def test_a_suite_that_is_none_is_refused():
    with pytest.raises(HuitongError) as caught:
        Chain(suite="moon")
    assert caught.value.code == Code.SUITE_UNAVAILABLE
