"""How many duties fall due on each day, as a wall calendar: weeks from Monday, each day that nobody works named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rules.workdays import WorkingCalendar
from service.web.shown.tracking import NUMBERS, week_end

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_SHADES = 4
_WEEKEND = ("Saturday", "Sunday")


class Day(NamedTuple):
    """One day: what falls due on it, and why nobody works on it. ``shade``: 0 for none to 4 for the fullest day."""

    on: date
    duties: int
    is_off: bool
    name: str
    """A bank holiday's name; empty for a plain day, and for a weekend."""
    is_busy: bool
    shade: int


class Week(NamedTuple):
    """Monday to Sunday; None is a day that is over."""

    title: str
    first_on: date
    last_on: date
    days: Sequence[Day | None]
    duties: int


def days_ahead(on: date) -> list[date]:
    """Today and the weeks that are looked ahead, to the end of the last of them."""
    last_on = week_end(on + _WEEK * NUMBERS["forecast_weeks"] - _DAY)
    return [on + _DAY * nth for nth in range((last_on - on).days + 1)]


def calendar_of(duties: Mapping[date, int], on: date, calendar: WorkingCalendar) -> list[Week]:
    """The days ahead in their weeks. A day is busy by what a usual working day among them holds."""
    ahead = days_ahead(on)
    most = max((duties.get(day, 0) for day in ahead), default=0)
    busy_from = _busy_from(duties, ahead, calendar)
    days = {day: _day(day, duties.get(day, 0), most, busy_from, calendar) for day in ahead}
    mondays = [on - _DAY * on.weekday() + _WEEK * nth for nth in range(-(-(len(ahead) + on.weekday()) // 7))]
    return [_week(monday, days) for monday in mondays]


def _busy_from(duties: Mapping[date, int], ahead: Sequence[date], calendar: WorkingCalendar) -> float:
    working = [duties.get(day, 0) for day in ahead if calendar.is_working(day)]
    usual = sum(working) / len(working) if working else 0.0
    return max(usual * float(NUMBERS["busy_share"]), float(NUMBERS["busy_least"]))


def _day(on: date, count: int, most: int, busy_from: float, calendar: WorkingCalendar) -> Day:
    reason = calendar.why_skipped(on)
    name = reason if reason and reason not in _WEEKEND else ""
    return Day(on, count, reason is not None, name, count >= busy_from, -(-_SHADES * count // most) if count else 0)


def _week(monday: date, days: Mapping[date, Day]) -> Week:
    own = [days.get(monday + _DAY * nth) for nth in range(7)]
    known = [day for day in own if day]
    return Week(f"{monday.day} {monday:%b}", known[0].on, known[-1].on, own, sum(day.duties for day in known))
