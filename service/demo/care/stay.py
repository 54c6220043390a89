"""A child's time in care: from when to when, under which orders, and where the child lived."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from rules.ages import birthday
from service.demo.case_system import Case

_GROWN_UP = 18
_DAYS_A_YEAR = 365.25


@dataclass(slots=True)
class Placement:
    """Where a child lives for a time. A day that has not come, or never will, may be None."""

    key: str
    started_on: date
    ends_on: date
    kind: str
    is_outside: bool
    before_assessment_until: date | None = None
    permanent_on: date | None = None
    long_term_on: date | None = None
    temporary_until: date | None = None
    """With a connected person: the day on which that person's full assessment was completed."""


@dataclass(slots=True)
class Stay:
    """One period of care. ``statuses``: the legal status from which day, in order.

    ``until``: how far it need be told, to its end or to a day that is well ahead.
    """

    case: Case
    key: str
    born_on: date
    started_on: date
    ends_on: date
    until: date
    statuses: list[tuple[date, str]] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    reviewed_on: list[date] = field(default_factory=list)

    def age(self, on: date) -> float:
        """In years, as exactly as habits need."""
        return (on - self.born_on).days / _DAYS_A_YEAR

    def status(self, on: date) -> str:
        """The legal status on a day in care."""
        return next(status for since, status in reversed(self.statuses) if since <= on)


def grown_up_on(born_on: date) -> date:
    """The eighteenth birthday."""
    return birthday(born_on, _GROWN_UP)
