"""Meters and their readings, plain and compiled."""

import pytest
from metering import Meter, MeterExists, Metering, MeterRead, NotYourMeter

from huitong.testing import fuzz


@pytest.fixture
def contract(deploy):
    return deploy(Metering)


def test_readings_add_up_and_are_announced(contract, chain):
    contract.register("m-1")
    assert contract.read("m-1", 5) == 5
    assert contract.read("m-1", 7) == 12
    assert contract.total("m-1") == 12
    assert chain.events == (MeterRead(meter="m-1", kwh=5), MeterRead(meter="m-1", kwh=7))


def test_a_meter_is_registered_once(contract, reverts):
    contract.register("m-1")
    with reverts(MeterExists, meter="m-1"):
        contract.register("m-1")


def test_only_its_organisation_writes_readings(contract, as_member, reverts):
    contract.register("m-1")
    with as_member("wang@hospital-b"), reverts(NotYourMeter, meter="m-1"):
        contract.read("m-1", 1)
    assert contract.total("m-1") == 0


def test_a_meter_that_nobody_registered_is_an_error(contract, reverts):
    with reverts("HT5001"):
        contract.total("m-1")


@fuzz
def test_any_reading_is_added_exactly(contract, meter: str, first: int, second: int):
    contract.register(meter)
    contract.read(meter, first)
    contract.read(meter, second)
    assert contract.total(meter) == first + second


def test_a_meter_starts_at_zero():
    assert Meter(owner="hospital-a") == Meter(owner="hospital-a", kwh=0)
