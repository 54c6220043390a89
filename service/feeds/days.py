"""What stands in a date column: a day on which something can have happened, or why it is none."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from service import clock
from service.feeds.rows import SEND_AGAIN

_TOML = tomllib.loads(Path(__file__).with_name("placeholders.toml").read_text("utf-8"))
_DAYS = frozenset(_TOML["days"])
_TEXTS = frozenset(_TOML["texts"])
EARLIEST_ON: date = _TOML["earliest_on"]
LATEST_ON: date = _TOML["latest_on"]

_read = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ]+(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?\s*([Zz]|[+-]\d\d:\d\d)?", re.ASCII
).fullmatch

NOT_A_DATE, PLACEHOLDER, OUT_OF_RANGE, IN_THE_FUTURE = "not-a-date", "placeholder", "out-of-range", "in-the-future"

_WRONG = {
    NOT_A_DATE: (
        "{column} is not a date that the calendar has",
        "correct {column} in the case system, written as YYYY-MM-DD, {again}",
    ),
    PLACEHOLDER: (
        "{column} holds what systems write where a date is not known",
        "record the real date for {column}, or leave it out, {again}",
    ),
    OUT_OF_RANGE: (
        "{column} lies outside the years in which anything here can have happened",
        "correct the year of {column} in the case system, {again}",
    ),
    IN_THE_FUTURE: (
        "{column} is a day that has not come yet, and only what has happened is recorded there",
        "correct {column} in the case system, {again}; what is booked is not sent as having happened",
    ),
}


class Day(NamedTuple):
    """What a column says. ``written`` is the date it names, whatever it is worth; ``wrong`` is why it cannot be."""

    text: str
    written: date | None = None
    wrong: str | None = None

    @property
    def on(self) -> date | None:
        """The day on which it happened; None where the column is empty or cannot be right."""
        return None if self.wrong else self.written


NOTHING = Day("")


def read_day(text: str, today: date, *, may_come: bool = False) -> Day:
    """The day that a column's text says. ``may_come``: it may lie in the future, as an expected birth does."""
    if not text:
        return NOTHING
    if text.lower() in _TEXTS:
        return Day(text, None, PLACEHOLDER)
    written = _written(text)
    if written is None:
        return Day(text, None, NOT_A_DATE)
    if written in _DAYS:
        return Day(text, written, PLACEHOLDER)
    if not EARLIEST_ON <= written <= LATEST_ON:
        return Day(text, written, OUT_OF_RANGE)
    if written > today and not may_come:
        return Day(text, written, IN_THE_FUTURE)
    return Day(text, written)


def why_wrong(column: str, wrong: str) -> tuple[str, str]:
    """What is wrong with a column on its own: the reason and the fix, without the value."""
    reason, fix = _WRONG[wrong]
    return reason.format(column=column), fix.format(column=column, again=SEND_AGAIN)


def _written(text: str) -> date | None:
    found = _read(text)
    if found is None:
        return None
    day, time, offset = found.groups()
    try:
        if time and offset:
            # A moment: just after midnight on a summer's day is the day before by Greenwich.
            return clock.local(datetime.fromisoformat(f"{day}T{time}{offset.upper()}")).date()
        return date.fromisoformat(day)
    except (ValueError, OverflowError):
        return None
