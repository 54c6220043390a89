"""Counts days.

The definition implemented, England and Wales (SI 2007/462 reg 1(2), and the same words in later instruments): a
working day is any day other than a Saturday, a Sunday, Christmas Day, Good Friday, or a bank holiday in England and
Wales under the Banking and Financial Dealings Act 1971.

The day of the event is day 0 (*Dodds v Walker*, House of Lords, 1981: the day on which the event occurs is excluded),
unless a version of a rule says ``inclusive``. A month ends on the corresponding date, or on the last day of a month
that has none. Weeks, months and years never roll to a working day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from rules.errors import CannotCount
from rules.model import Counting, Limit, Source, Unit

_DAY = timedelta(days=1)
_WORKING_DAYS, _DAYS, _WEEKS, _MONTHLY, _HOURS = Unit.WORKING_DAYS, Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.HOURS
_SCHOOL_DAYS, _TERMS = Unit.SCHOOL_DAYS, Unit.TERMS
COUNTED_BY_CALENDAR = frozenset({_WORKING_DAYS, _SCHOOL_DAYS})
"""The units of which some days do not count."""
_DAY_AFTER, _INCLUSIVE = Counting.DAY_AFTER, Counting.INCLUSIVE  # an enum's member costs more to look up than a sum
_WEEK = 7
_SATURDAY = 5
_MONTHS = 12
_BEYOND = timedelta(days=366 * 60)
"""How far past the published holidays a table reaches; dates there are provisional."""


class Sum(NamedTuple):
    """A due date, and whether it rests on bank holidays not yet published."""

    due_on: date
    is_provisional: bool


class CountedDay(NamedTuple):
    """One day of a sum: its number, or None and the reason it was skipped."""

    on: date
    number: int | None
    skipped_because: str | None


class WorkingCalendar:
    """A dated snapshot of the days nobody works: counts working days from tables made once.

    Sums are two look-ups: how many working days had begun by a day, and which day is the nth.
    """

    __slots__ = (
        "_nth",
        "_upto",
        "checked_on",
        "closures",
        "covered_from",
        "covered_until",
        "definition",
        "holidays",
        "id",
        "source",
        "terms",
    )

    def __init__(
        self,
        id: str,
        *,
        holidays: Mapping[date, str],
        covered: tuple[date, date],
        checked_on: date,
        source: Source,
        definition: str = "",
        closures: bool = False,
        terms: Sequence[tuple[date, date]] = (),
    ) -> None:
        self.id = id
        self.holidays = dict(holidays)
        self.covered_from, self.covered_until = covered
        self.checked_on = checked_on
        self.source = source
        self.definition = definition
        self.closures = closures
        self.terms = tuple(terms)
        self._nth: list[date] = []
        self._upto: dict[date, int] = {}
        on = self.covered_from
        while on <= self.covered_until + _BEYOND:
            if self.is_working(on):
                self._nth.append(on)
            self._upto[on] = len(self._nth) - 1
            on += _DAY

    def add(self, start: date, count: int) -> date:
        """The ``count``-th (1 or more) working day after ``start`` (day 0). Raises CannotCount outside the calendar."""
        try:
            return self._nth[self._upto[start] + count]
        except (KeyError, IndexError):
            raise self._refusal(start) from None

    def add_inclusive(self, start: date, count: int) -> date:
        """The same with ``start`` as day 1 if it is a working day; otherwise day 1 is the next working day."""
        return self.add(start, count - 1 if self.is_working(start) else count)

    def subtract(self, start: date, count: int) -> date:
        """The ``count``-th working day before ``start``, which is not itself counted."""
        try:
            nth = self._upto[start] - count + (0 if self.is_working(start) else 1)
        except KeyError:
            raise self._refusal(start) from None
        if nth < 0:
            raise self._refusal(start)
        return self._nth[nth]

    def elapsed(self, start: date, stop: date) -> int:
        """Working days from ``start`` (day 0) to ``stop``: 0 on the same day, negative where stop comes first."""
        try:
            return self._upto[stop] - self._upto[start]
        except KeyError:
            raise self._refusal(min(start, stop)) from None

    def is_working(self, on: date) -> bool:
        """Whether anybody works on ``on``; of a calendar with terms, whether schools are open."""
        return on.weekday() < _SATURDAY and on not in self.holidays and (not self.terms or self._is_in_term(on))

    def end_of_term(self, start: date, count: int) -> date:
        """The last day of the ``count``-th term to begin after ``start``. Raises CannotCount where no such is known."""
        begun = sum(first <= start for first, _last in self.terms)
        if not self.terms or start < self.covered_from or begun + count > len(self.terms):
            known = len(self.terms)
            raise CannotCount(f"{start.isoformat()} cannot be counted in terms: the calendar {self.id} knows {known}")
        return self.terms[begun + count - 1][1]

    def _is_in_term(self, on: date) -> bool:
        return any(first <= on <= last for first, last in self.terms)

    def on_or_after(self, on: date) -> date:
        """``on`` itself if it is a working day, else the next one."""
        return on if self.is_working(on) else self.add(on, 1)

    def is_provisional(self, on: date) -> bool:
        """Whether ``on`` lies past the last day whose holidays are published."""
        return on > self.covered_until

    def why_skipped(self, on: date) -> str | None:
        """Why ``on`` is not a working day, in words; None where it is one."""
        if on in self.holidays:
            return self.holidays[on]
        if on.weekday() >= _SATURDAY:
            return "Saturday" if on.weekday() == _SATURDAY else "Sunday"
        return None if self.is_working(on) else "schools are closed"

    def _refusal(self, start: date) -> CannotCount:
        days = "school days" if self.terms else "working days"
        return CannotCount(
            f"{start.isoformat()} cannot be counted in {days}: the calendar {self.id} covers "
            f"{self.covered_from.isoformat()} to {self.covered_until.isoformat()}, and dates up to "
            f"{self._nth[-1].isoformat() if self._nth else 'none'} provisionally"
        )


def due(start: date, limit: Limit, calendar: WorkingCalendar, counting: Counting = _DAY_AFTER) -> Sum:
    """The last day on which something due within ``limit`` of ``start`` is in time.

    ``limit.count`` may be negative: that many units *before* ``start``, which is itself never counted.
    Raises CannotCount for a working-day limit outside the calendar, for hours (which need a moment: see ``due_at``),
    and past the last date there is.
    """
    count, unit = limit
    if unit is _WORKING_DAYS or unit is _SCHOOL_DAYS:
        if unit is _SCHOOL_DAYS and not calendar.terms:
            raise CannotCount(f"the calendar {calendar.id} does not say when schools are open")
        if count > 0 and counting is _DAY_AFTER:
            on = calendar.add(start, count)
        else:
            on = _in_working_days(start, count, calendar, counting)
        return tuple.__new__(Sum, (on, on > calendar.covered_until))  # as Sum(…), in half the time
    if unit is _TERMS:
        return Sum(calendar.end_of_term(start, count), False)
    if unit is _HOURS:
        raise CannotCount("a limit in hours needs the moment it starts, not only the day")
    try:
        on = _corresponding(start, count, unit)
        is_exact = unit in (_DAYS, _WEEKS) or on.day == start.day
        # A month that "begins with" a day ends on the day before the corresponding date, or on its last day if none.
        return Sum(on - _DAY if counting is _INCLUSIVE and count > 0 and is_exact else on, False)
    except (OverflowError, ValueError):
        raise CannotCount(f"{limit} from {start.isoformat()} runs past the last date there is") from None


def added(start: date, limit: Limit) -> date:
    """The corresponding day: ``limit`` after ``start``, or before it where its count is negative. No calendar counts.

    Raises CannotCount past the last date there is, and for units that need a calendar or a moment.
    """
    if limit.unit in COUNTED_BY_CALENDAR or limit.unit in (_TERMS, _HOURS):
        raise CannotCount(f"{limit} has no corresponding day: it needs a calendar or a moment")
    try:
        return _corresponding(start, *limit)
    except (OverflowError, ValueError):
        raise CannotCount(f"{limit} from {start.isoformat()} runs past the last date there is") from None


def due_at(start: datetime, limit: Limit) -> datetime:
    """The moment a limit in hours runs out: elapsed time, counted in UTC across a clock change. Aware in, aware out."""
    if limit.unit is not _HOURS:
        raise CannotCount(f"a limit in {limit.unit} is counted from a day, not from a moment")
    try:
        return (start.astimezone(UTC) + timedelta(hours=limit.count)).astimezone(start.tzinfo)
    except OverflowError:
        raise CannotCount(f"{limit} from {start.isoformat()} runs past the last date there is") from None


def days_of(
    start: date,
    due_on: date,
    calendar: WorkingCalendar,
    counting: Counting,
    still: Sequence[tuple[date, date]] = (),
) -> tuple[CountedDay, ...]:
    """Every day of a working-day sum in order, numbered or named as skipped, from day 0 (or 1) to the due day.

    ``still``: pauses; the days after the first of each, to the last included, do not count.
    """
    days: list[CountedDay] = []
    number = 0
    on = start
    if counting is _DAY_AFTER or not calendar.is_working(start):
        days.append(CountedDay(start, 0, None))
        on += _DAY
    while on <= due_on:
        skipped = calendar.why_skipped(on)
        if any(begun < on <= ended for begun, ended in still):
            skipped = skipped or "a pause"
        number += skipped is None
        days.append(CountedDay(on, number if skipped is None else None, skipped))
        on += _DAY
    return tuple(days)


def days_back(zero: date, due_on: date, calendar: WorkingCalendar) -> tuple[CountedDay, ...]:
    """Every day of a sum counted back from ``zero`` (never itself counted), from the due day on, numbered backwards."""
    days = [CountedDay(zero, 0, None)]
    number, on = 0, zero - _DAY
    while on >= due_on:
        skipped = calendar.why_skipped(on)
        number += skipped is None
        days.append(CountedDay(on, number if skipped is None else None, skipped))
        on -= _DAY
    return tuple(reversed(days))


def _in_working_days(start: date, count: int, calendar: WorkingCalendar, counting: Counting) -> date:
    if count == 0:
        return start
    if count < 0:
        return calendar.subtract(start, -count)
    return calendar.add(start, count) if counting is _DAY_AFTER else calendar.add_inclusive(start, count)


def _corresponding(start: date, count: int, unit: Unit) -> date:
    if unit is _DAYS:
        return start + timedelta(days=count)
    if unit is _WEEKS:
        return start + timedelta(days=count * _WEEK)
    return _add_months(start, count if unit is _MONTHLY else count * _MONTHS)


def _add_months(start: date, count: int) -> date:
    years, month = divmod(start.month - 1 + count, _MONTHS)
    year, month = start.year + years, month + 1
    if not date.min.year <= year <= date.max.year:
        raise OverflowError
    return date(year, month, min(start.day, monthrange(year, month)[1]))
