"""Meter readings: each organisation registers its meters and alone writes their readings."""

from huitong.contract import Contract, Error, Event, Map, Record, call, ctx, require, view


class Meter(Record):
    """A meter and what it has counted."""

    owner: str
    kwh: int = 0


class MeterRead(Event):
    """A reading was added."""

    meter: str
    kwh: int


class MeterExists(Error):
    """A meter can be registered once."""

    meter: str


class NotYourMeter(Error):
    """Only the organisation that registered a meter may write its readings."""

    meter: str


class Metering(Contract):
    """Meter readings, written once by the meter's operator."""

    meters: Map[str, Meter]

    @call
    def register(self, meter: str) -> None:
        """Register a meter for the caller's organisation."""
        require(meter not in self.meters, MeterExists(meter=meter))
        self.meters[meter] = Meter(owner=ctx.sender.org)

    @call
    def read(self, meter: str, kwh: int) -> int:
        """Add a reading, return the total."""
        record = self.meters[meter]
        require(ctx.sender.org == record.owner, NotYourMeter(meter=meter))
        record.kwh += kwh
        self.meters[meter] = record
        MeterRead(meter=meter, kwh=kwh).emit()
        return record.kwh

    @view
    def total(self, meter: str) -> int:
        """Return what a meter has counted."""
        return self.meters[meter].kwh
