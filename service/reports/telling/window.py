"""Which weeks are looked at, and by which numbers telling is judged."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


class Numbers(NamedTuple):
    """The numbers of window.toml."""

    weeks: int
    act_within_working_days: int
    fewest_told: int
    changes_little_below_percent: int


NUMBERS = Numbers(**tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")))


class Window(NamedTuple):
    """The last whole weeks before a day: their Mondays, in order, and the Sunday of the last."""

    mondays: tuple[date, ...]
    last_on: date

    @property
    def first_on(self) -> date:
        return self.mondays[0]


def window_before(today: date) -> Window:
    """The last whole weeks, Monday to Sunday, before a day."""
    this_monday = today - today.weekday() * _DAY
    mondays = tuple(this_monday - back * _WEEK for back in range(NUMBERS.weeks, 0, -1))
    return Window(mondays, this_monday - _DAY)
