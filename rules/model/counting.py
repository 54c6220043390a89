"""What is counted: limits, their units, and which day is the first."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Unit(StrEnum):
    """What a limit counts. Weeks, months and years never roll to a working day.

    School days and terms need a calendar that says when schools are open.
    """

    WORKING_DAYS = "working_days"
    SCHOOL_DAYS = "school_days"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    TERMS = "terms"
    HOURS = "hours"


class Counting(StrEnum):
    """Which day is day 1: the day after the event (general law, the default), or the event's own day."""

    DAY_AFTER = "day_after"
    INCLUSIVE = "inclusive"


class Limit(NamedTuple):
    """A count and its unit: ``15 working_days``."""

    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody asks of a limit
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"

    @property
    def words(self) -> str:
        """For people: ``15 working days``, ``1 week``."""
        words = self.unit.replace("_", " ")
        return f"{self.count} {words[:-1] if self.count == 1 else words}"
