"""The slow, obvious way to count days: one at a time, asking of each if it counts. Shares no code with ``rules``."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from govuk_bank_holidays.bank_holidays import BankHolidays

_LIST = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
HOLIDAYS = {holiday["date"]: holiday["title"] for holiday in _LIST}
FIRST, LAST = date(2012, 1, 1), date(2028, 12, 31)
"""The years for which the published list is complete."""

_SCHOOLS = tomllib.loads(
    Path(__file__).with_name("packs").joinpath("kingdom/calendars/schools.toml").read_text("utf-8")
)
TERMS = [(term["from"], term["until"]) for term in _SCHOOLS["terms"]]
HALF_TERM = {holiday["on"] for holiday in _SCHOOLS["holidays"]}


def is_working(day: date) -> bool:
    return day.isoweekday() not in (6, 7) and day not in HOLIDAYS


def is_school_day(day: date) -> bool:
    in_term = [term for term in TERMS if term[0] <= day and day <= term[1]]
    return bool(in_term) and is_working(day) and day not in HALF_TERM


def due_in_school_days(start: date, count: int) -> date | None:
    """The day that makes so many school days, itself included; back, where negative. None where no term is known."""
    day, left = start, abs(count)
    while left:
        day += timedelta(days=1 if count > 0 else -1)
        if (count > 0 and day > TERMS[-1][1]) or (count < 0 and day < TERMS[0][0]):
            return None
        left -= is_school_day(day)
    return day


def due_in_terms(start: date, count: int) -> date | None:
    """The last day of the count-th term that begins on a later day; None where none is known."""
    day, left = start, count
    while left:
        day += timedelta(days=1)
        if day > TERMS[-1][1]:
            return None
        left -= any(first == day for first, _ in TERMS)
    return next(last for first, last in TERMS if first == day)


@cache
def due(start: date, count: int, unit: str, *, is_inclusive: bool = False) -> date:
    """The last day that counts. A negative number of working days is before."""
    if unit == "working_days":
        return _working(start, count, is_inclusive=is_inclusive)
    if unit == "days":
        return start + timedelta(days=count - is_inclusive)
    if unit == "weeks":
        return start + timedelta(days=7 * count - is_inclusive)
    return _months(start, count * (12 if unit == "years" else 1), is_inclusive=is_inclusive)


def _working(start: date, count: int, *, is_inclusive: bool) -> date:
    step = timedelta(days=1 if count > 0 else -1)
    day, left = start, abs(count)
    if is_inclusive and is_working(day):
        left -= 1
    while left:
        day += step
        if is_working(day):
            left -= 1
    return day


def _months(start: date, count: int, *, is_inclusive: bool) -> date:
    year, month = start.year, start.month
    for _ in range(count):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    for last in (31, 30, 29, 28):
        try:
            end = date(year, month, min(start.day, last))
        except ValueError:
            continue
        break
    corresponds = end.day == start.day
    return end - timedelta(days=1) if is_inclusive and corresponds else end
