"""Visits to a child on a plan: each counted from the one before, some late, some to a closed door."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from rules.catalogue import read_limit
from rules.model import Limit
from rules.workdays import due
from service.demo import place
from service.demo.case_system import Case, CaseSystem
from service.demo.diary import Diary

_EARLIEST = 0.55
"""How much of the time allowed has gone by when the earliest of the visits in time are made."""


class Schedule(NamedTuple):
    """How often the plan asks for visits, from which day each time it changed, and the day it ends."""

    every: dict[date, str]
    ends_on: date


def visit(system: CaseSystem, case: Case, key: str, schedule: Schedule) -> None:
    """Visits from the plan's first day to its last."""
    diary = system.diary
    changes = sorted((on, read_limit(every)) for on, every in schedule.every.items())
    leaning = case.team.visits + diary.dice.gauss(0, place.FAMILIES_DIFFER)
    last_on = changes[0][0]
    while True:
        due_on = due(last_on, _in_force(changes, last_on), diary.calendar).due_on
        is_in_line = diary.chance(diary.drifted(place.VISITED_IN_LINE, last_on) + leaning)
        on = in_time(diary, last_on, due_on) if is_in_line else late(diary, due_on, place.VISIT_OVERRUN)
        if on >= schedule.ends_on:
            return
        if not is_in_line and diary.chance(place.ATTEMPT_BEFORE_LATE):
            system.record("child-protection.visited", case, in_time(diary, last_on, due_on), key=key, seen=False)
        is_alone = diary.chance(place.SEEN_ALONE)
        system.record("child-protection.visited", case, on, key=key, seen=True, seen_alone=is_alone)
        last_on = on


def _in_force(changes: list[tuple[date, Limit]], on: date) -> Limit:
    return next(limit for since, limit in reversed(changes) if since <= on)


def in_time(diary: Diary, last_on: date, due_on: date) -> date:
    """Towards the end of the time allowed, on the last working day of it at the latest."""
    allowed = max(1, diary.calendar.elapsed(last_on, due_on))
    return diary.calendar.add(last_on, max(1, diary.between((_EARLIEST * allowed, allowed, allowed))))


def late(diary: Diary, due_on: date, overrun: float) -> date:
    """Some working days past the day it was due: ``overrun`` on average."""
    return diary.calendar.add(due_on, diary.some(overrun))
