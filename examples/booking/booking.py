"""Shared equipment: organisations book hours from a quota for each period; a slot is booked once.

Times are hours since 1970. A quota is no property: it lapses with its period and cannot be handed on.
"""

from huitong.contract import Contract, Error, Event, Map, Record, Value, call, ctx, init, require, view

HOUR_NS = 3_600_000_000_000
PERIOD_HOURS = 28 * 24
MAX_HOURS = 24


class Booking(Record):
    """Hours of one piece of equipment. first: hour since 1970."""

    equipment: str
    organisation: str
    first: int
    hours: int
    cancelled: bool = False


class Booked(Event):
    """Equipment is booked."""

    number: int
    equipment: str
    organisation: str
    first: int
    hours: int


class Cancelled(Event):
    """A booking was taken back in time; its hours are free again."""

    number: int


class NotAllowed(Error):
    """Only the organisation that is named may do this."""

    needed: str


class EquipmentUnknown(Error):
    """The operator has not offered such equipment."""

    equipment: str


class SlotTaken(Error):
    """Somebody has booked this hour."""

    equipment: str
    hour: int
    organisation: str


class QuotaUsedUp(Error):
    """The organisation has fewer hours left in the period."""

    organisation: str
    period: int
    left: int


class HoursInvalid(Error):
    """A booking has 1 to 24 hours inside one period, and begins in the future."""

    first: int
    hours: int


class Equipment(Contract):
    """Bookings of shared equipment."""

    operator: Value[str]
    equipment: Map[str, str]
    quotas: Map[str, int]
    used: Map[str, int]
    slots: Map[str, int]
    bookings: Map[int, Booking]
    count: Value[int]

    @init
    def start(self) -> None:
        """The organisation that deploys is the operator."""
        self.operator.set(ctx.sender.org)
        self.count.set(0)

    @call
    def offer(self, equipment: str, description: str) -> None:
        """Offer equipment, as the operator."""
        self._check_operator()
        self.equipment[equipment] = description

    @call
    def grant(self, organisation: str, hours: int) -> None:
        """Set the hours that an organisation has in every period, as the operator."""
        self._check_operator()
        require(hours >= 0, HoursInvalid(first=0, hours=hours))
        self.quotas[organisation] = hours

    @call
    def book(self, equipment: str, first: int, hours: int) -> int:
        """Book hours from `first` on, for the caller's organisation; returns the number of the booking."""
        require(equipment in self.equipment, EquipmentUnknown(equipment=equipment))
        period = first // PERIOD_HOURS
        fits = 0 < hours <= MAX_HOURS and (first + hours - 1) // PERIOD_HOURS == period
        require(fits and first > ctx.time // HOUR_NS, HoursInvalid(first=first, hours=hours))
        organisation = ctx.sender.org
        left = self._left(organisation, period)
        require(hours <= left, QuotaUsedUp(organisation=organisation, period=period, left=left))
        number = self.count.get() + 1
        for hour in range(first, first + hours):
            key = f"{equipment}/{hour}"
            if key in self.slots:
                holder = self.bookings[self.slots[key]].organisation
                raise SlotTaken(equipment=equipment, hour=hour, organisation=holder)
            self.slots[key] = number
        self.count.set(number)
        self.used[f"{organisation}/{period}"] = self.used.get(f"{organisation}/{period}", 0) + hours
        self.bookings[number] = Booking(equipment=equipment, organisation=organisation, first=first, hours=hours)
        Booked(number=number, equipment=equipment, organisation=organisation, first=first, hours=hours).emit()
        return number

    @call
    def cancel(self, number: int) -> None:
        """Take a booking back before it begins; its hours count no longer."""
        found = self.bookings[number]
        require(ctx.sender.org == found.organisation, NotAllowed(needed=found.organisation))
        in_time = found.first > ctx.time // HOUR_NS and not found.cancelled
        require(in_time, HoursInvalid(first=found.first, hours=found.hours))
        for hour in range(found.first, found.first + found.hours):
            del self.slots[f"{found.equipment}/{hour}"]
        self.used[f"{found.organisation}/{found.first // PERIOD_HOURS}"] -= found.hours
        found.cancelled = True
        self.bookings[number] = found
        Cancelled(number=number).emit()

    @view
    def left(self, organisation: str, period: int) -> int:
        """Hours that an organisation has left in a period (hours since 1970 divided by 672)."""
        return self._left(organisation, period)

    @view
    def plan(self, equipment: str, first: int, hours: int) -> list[str]:
        """Who has the equipment in each hour from `first` on, at most a week; empty text: free."""
        found: list[str] = []
        for hour in range(first, first + min(hours, 168)):
            number = self.slots.get(f"{equipment}/{hour}", 0)
            found.append("" if number == 0 else self.bookings[number].organisation)
        return found

    def _left(self, organisation: str, period: int) -> int:
        return self.quotas.get(organisation, 0) - self.used.get(f"{organisation}/{period}", 0)

    def _check_operator(self) -> None:
        operator = self.operator.get()
        require(ctx.sender.org == operator and "admin" in ctx.sender.roles, NotAllowed(needed=operator))
