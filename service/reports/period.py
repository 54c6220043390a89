"""The stretches of time that reports speak of. Dates are local days, and both ends are included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class Period:
    """From ``starts_on`` to ``ends_on``, both included. ``judged_on``: the day on which what is open is judged."""

    starts_on: date
    ends_on: date
    judged_on: date

    @property
    def closes_on(self) -> date:
        """The last day whose events count for what is open: to a morning after, that day itself is still to come."""
        return self.judged_on if self.judged_on > self.ends_on + _DAY else self.ends_on

    def __contains__(self, on: date | None) -> bool:
        return on is not None and self.starts_on <= on <= self.ends_on


def weeks(as_at: date, count: int) -> tuple[Period, ...]:
    """The last ``count`` weeks up to ``as_at``, the oldest first.

    As at a Monday, the morning the report is sent, a week is the Monday to Sunday before, and what is open is judged on
    the Monday. As at any other day, a week is the seven days that end on it.
    """
    last_on = as_at - _DAY if as_at.weekday() == _MONDAY else as_at
    return tuple(
        Period(last_on - _WEEK * back - _DAY * 6, last_on - _WEEK * back, as_at - _WEEK * back)
        for back in range(count - 1, -1, -1)
    )


def months(as_at: date, count: int) -> tuple[Period, ...]:
    """The last ``count`` whole calendar months before ``as_at``, the oldest first.

    What is open is judged on ``as_at`` for the last of them, and for the others on the day after they ended.
    """
    periods: list[Period] = []
    ends_on = as_at.replace(day=1) - _DAY
    for _ in range(count):
        starts_on = ends_on.replace(day=1)
        periods.insert(0, Period(starts_on, ends_on, ends_on + _DAY if periods else as_at))
        ends_on = starts_on - _DAY
    return tuple(periods)


def span(periods: tuple[Period, ...]) -> Period:
    """From the first day of the first to the last day of the last."""
    return Period(periods[0].starts_on, periods[-1].ends_on, periods[-1].judged_on)
