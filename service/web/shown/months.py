"""A sum of days as the months of a wall calendar: each counted day with its number, each skipped day with its name."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rules.workdays import CountedDay
from service.web.words import several

_MOST_MONTHS = 26
_WEEKEND = ("Saturday", "Sunday")
_DAY = timedelta(days=1)


class Cell(NamedTuple):
    """One day of a month. ``nth`` is its number in the sum, ``kind`` how it is drawn, ``says`` what is read aloud."""

    on: date
    nth: str
    kind: str
    label: str
    says: str


class Month(NamedTuple):
    """A month's weeks from Monday on; None is a day of another month."""

    first: date
    weeks: list[list[Cell | None]]


class Marks(NamedTuple):
    """Days that mean something besides their number: ``{due_on: "due"}``."""

    due_on: date
    target_due_on: date | None
    stopped_on: date | None
    today: date

    def of(self, on: date) -> list[str]:
        named = (("due", self.due_on), ("target", self.target_due_on), ("held", self.stopped_on), ("today", self.today))
        return [name for name, day in named if day == on]


def months(days: Sequence[CountedDay], start: date, marks: Marks) -> list[Month]:
    """The months from the start to the due date, without their other weeks. None where they would be too many to see.

    ``days`` is empty for a limit that is not in working days: then only the ends are marked.
    """
    counted = {one.on: one for one in days}
    shown = _firsts(min(start, marks.due_on), marks.due_on)
    if len(shown) > _MOST_MONTHS:
        return []
    return [
        Month(
            first,
            [
                [_cell(on, counted.get(on), start, marks) if on.month == first.month else None for on in week]
                for week in Calendar().monthdatescalendar(first.year, first.month)
                if _in_month(week, first)[-1] >= start and _in_month(week, first)[0] <= marks.due_on
            ],
        )
        for first in shown
    ]


def skipped(days: Sequence[CountedDay]) -> list[str]:
    """The days that were not counted, in words: weekends by their number, every other one by its name and date."""
    weekends = sum(one.skipped_because in _WEEKEND for one in days)
    named = [
        f"{one.skipped_because} ({one.on:%A} {one.on.day} {one.on:%B})"
        for one in days
        if one.skipped_because and one.skipped_because not in _WEEKEND
    ]
    return ([several(weekends, "weekend day")] if weekends else []) + named


def _in_month(week: Sequence[date], first: date) -> list[date]:
    return [on for on in week if on.month == first.month]


def _firsts(start: date, end: date) -> list[date]:
    found, on = [], start.replace(day=1)
    while on <= end:
        found.append(on)
        on = (on.replace(day=28) + 4 * _DAY).replace(day=1)
    return found


def _cell(on: date, counted: CountedDay | None, start: date, marks: Marks) -> Cell:
    named: Mapping[str, str] = dict.fromkeys(marks.of(on), "")
    is_in_sum = counted is not None
    number = counted.number if counted else None
    reason = counted.skipped_because if counted else None
    labels = ["start"] if on == start else []
    labels += list(named)
    if reason and reason not in _WEEKEND:
        labels.append(reason)
    return Cell(
        on=on,
        nth=str(number) if number else "",
        kind=_kind(on, start, marks, counted),
        label=", ".join(labels),
        says=_says(number, reason, on == start) if is_in_sum else "",
    )


def _kind(on: date, start: date, marks: Marks, counted: CountedDay | None) -> str:
    if on == marks.due_on:
        return "due"
    if on == start:
        return "start"
    if counted is None:
        return "within" if start < on < marks.due_on else "outside"
    return "counted" if counted.number is not None else "skipped"


def _says(number: int | None, reason: str | None, is_start: bool) -> str:
    if reason:
        return f"not counted: {reason}" if reason in _WEEKEND else "not counted"
    return "day 0, not counted" if is_start and number == 0 else f"working day {number}"
