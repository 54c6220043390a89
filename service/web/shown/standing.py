"""How a clock stands on a day: in words, as a tag, and as a bar. Never in colour alone."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from rules.errors import CannotCount
from rules.model import Clock, Status
from rules.workdays import WorkingCalendar
from service.web.words import several, time_of

_TAGS = {
    Status.OVERDUE: ("Overdue", "red", "late"),
    Status.DUE_TODAY: ("Due today", "orange", "soon"),
    Status.RUNNING: ("Running", "blue", "running"),
    Status.NOT_STARTED: ("Not started", "grey", "running"),
    Status.MET: ("In time", "green", "done"),
    Status.LATE: ("Late", "red", "late"),
    Status.DONE: ("Done", "grey", "done"),
    Status.ENDED: ("Ended", "grey", "done"),
}


class Bar(NamedTuple):
    """From the start to the due date and beyond, ``WIDTH`` wide: what has passed, what is late, where it is due."""

    used: float
    late: float
    due: float | None
    target: float | None


class Standing(NamedTuple):
    """``words`` say how far from its due date the clock is; ``target_words`` the same of the authority's own target."""

    tag: str
    colour: str
    tone: str
    words: str
    target_words: str
    bar: Bar


WIDTH = 120.0


def standing(clock: Clock, on: date, calendar: WorkingCalendar) -> Standing:
    """How a clock stands on a day. Distances are in working days, and in days where there is none between."""
    tag, colour, tone = _TAGS[clock.status(on)]
    return Standing(tag, colour, tone, _words(clock, on, calendar), _target(clock, on, calendar), _bar(clock, on))


def distance(first: date, second: date, calendar: WorkingCalendar) -> str:
    """``3 working days`` between two days; ``1 day`` across a weekend, or where the calendar ends."""
    try:
        working = abs(calendar.elapsed(first, second))
    except CannotCount:
        working = 0
    return several(working, "working day") if working else several(abs((second - first).days), "day")


def _words(clock: Clock, on: date, calendar: WorkingCalendar) -> str:
    due_on, stopped_on = clock.due_on, clock.stopped_on
    status = clock.status(on)
    if status is Status.NOT_STARTED:
        return f"starts in {distance(on, clock.started_on, calendar)}"
    if status is Status.ENDED:
        return f"ended without being met: {clock.ended_because}"
    if due_on is None:
        return "done, with no limit to judge it by" if status is Status.DONE else "no limit is set"
    if status is Status.OVERDUE:
        return f"{distance(due_on, on, calendar)} overdue"
    if status is Status.DUE_TODAY:
        return f"due today, by {time_of(clock.due_at)}" if clock.due_at else "due today"
    if status is Status.RUNNING:
        return "due tomorrow" if (due_on - on).days == 1 else f"due in {distance(on, due_on, calendar)}"
    assert stopped_on is not None
    if stopped_on == due_on:
        return "met on the last day that counts"
    side = "late" if status is Status.LATE else "before it was due"
    return f"met {distance(due_on, stopped_on, calendar)} {side}"


def _target(clock: Clock, on: date, calendar: WorkingCalendar) -> str:
    """About the authority's own target; empty where there is none."""
    target = clock.target_due_on
    if target is None:
        return ""
    if clock.stopped_on is not None:
        return "met" if clock.stopped_on <= target else "missed"
    if target < on:
        return f"missed by {distance(target, on, calendar)}"
    return "today" if target == on else f"in {distance(on, target, calendar)}"


def _bar(clock: Clock, on: date) -> Bar:
    start, now = clock.counted_from_on, max(clock.counted_from_on, clock.stopped_on or on)
    due = clock.due_on
    whole = max((max(now, due or now) - start).days, 1)

    def at(day: date) -> float:
        return round(WIDTH * min(max((day - start).days, 0), whole) / whole, 1)

    passed = at(now)
    if due is None:
        return Bar(passed, 0.0, None, None)
    target = clock.target_due_on
    return Bar(min(passed, at(due)), max(0.0, round(passed - at(due), 1)), at(due), at(target) if target else None)
