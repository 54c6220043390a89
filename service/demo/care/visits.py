"""Visits to a child in care, each counted from the one before; how soon depends on where the child lives, and why.

The limits are worked out here a slow way of its own, from the child's placement and not from events, so that what the
service finds in the visits is not put there by the service.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from rules.model import Limit, Unit
from rules.workdays import added
from service.demo.care import habits
from service.demo.care.court import CARE_ORDER, INTERIM
from service.demo.care.habits import WITH_CONNECTED_PERSON, WITH_PARENT
from service.demo.care.stay import Placement, Stay
from service.demo.case_system import CaseSystem
from service.demo.visits import in_time, late

_WEEK, _FOUR_WEEKS, _SIX_WEEKS = (Limit(count, Unit.WEEKS) for count in (1, 4, 6))
_QUARTER, _HALF_YEAR, _YEAR = Limit(3, Unit.MONTHS), Limit(6, Unit.MONTHS), Limit(1, Unit.YEARS)


def visit(system: CaseSystem, stay: Stay) -> None:
    """Visits in every placement, from its first day to its last."""
    leaning = stay.case.team.visits + system.diary.dice.gauss(0, habits.CHILDREN_DIFFER)
    for placement in stay.placements:
        _visit_in(system, stay, placement, leaning)


def _visit_in(system: CaseSystem, stay: Stay, placement: Placement, leaning: float) -> None:
    diary = system.diary
    last_on, is_first = placement.started_on, True
    while True:
        due_on = added(last_on, _WEEK) if is_first else due_after(last_on, stay, placement)
        share = diary.drifted(habits.VISITED_IN_TIME, max(last_on, diary.begins_on)) + leaning
        if due_on <= added(last_on, _WEEK):
            share -= habits.VISITED_WEEKLY_LESS
        is_in_time = diary.chance(share)
        on = in_time(diary, last_on, due_on) if is_in_time else late(diary, due_on, habits.VISIT_OVERRUN)
        if on >= min(placement.ends_on, stay.until):
            return
        if not is_in_time and diary.chance(habits.ATTEMPT_BEFORE_LATE):
            attempted_on = in_time(diary, last_on, due_on)
            system.record("looked-after.visited", stay.case, attempted_on, key=placement.key, seen=False)
        is_alone = diary.chance(habits.SEEN_ALONE)
        system.record("looked-after.visited", stay.case, on, key=placement.key, seen=True, seen_alone=is_alone)
        last_on, is_first = on, False


def due_after(last_on: date, stay: Stay, placement: Placement) -> date:
    """By when a child visited on a day is next to be visited: the first day on which time runs out."""
    days = [last_on, *sorted(day for day in _days_of_change(stay, placement) if day > last_on)]
    for since, until in pairwise([*days, date.max]):
        limit, counted_from_on = _limit(last_on, since, stay, placement)
        due_on = added(counted_from_on, limit)
        if due_on < since:
            due_on = added(since, limit)
        if due_on < until:
            return due_on
    raise AssertionError("no limit reaches the last day there is")


def _days_of_change(stay: Stay, placement: Placement) -> set[date]:
    days = {added(placement.started_on, _YEAR), *(since for since, _status in stay.statuses), *stay.reviewed_on[:1]}
    decided = (placement.permanent_on, placement.long_term_on, placement.temporary_until)
    return days | {day for day in (*decided, placement.before_assessment_until) if day is not None}


def _limit(last_on: date, on: date, stay: Stay, placement: Placement) -> tuple[Limit, date]:
    """The limit in force on a day of a wait, and the day it is counted from."""
    is_reviewed = bool(stay.reviewed_on) and stay.reviewed_on[0] <= on
    is_home = placement.kind == WITH_PARENT
    status, is_year_over = stay.status(on), on >= added(placement.started_on, _YEAR)
    ordered_on = next((since for since, made in stay.statuses if made == CARE_ORDER), None)
    limit = _SIX_WEEKS
    if is_home and ordered_on is not None and last_on < ordered_on <= on:
        return _WEEK, ordered_on
    if (is_home and status == INTERIM) or _is_temporary(placement, on):
        limit = _FOUR_WEEKS if is_reviewed else _WEEK
    elif placement.before_assessment_until is not None and on < placement.before_assessment_until:
        limit = _SIX_WEEKS if is_reviewed else _WEEK
    elif is_home and status == CARE_ORDER:
        limit = _SIX_WEEKS
    elif is_year_over and placement.long_term_on is not None and placement.long_term_on <= on:
        limit = _HALF_YEAR
    elif is_year_over and placement.permanent_on is not None and placement.permanent_on <= on:
        limit = _QUARTER
    return limit, last_on


def _is_temporary(placement: Placement, on: date) -> bool:
    """Whether the child lives with a connected person who is approved for the time being only."""
    if placement.kind != WITH_CONNECTED_PERSON:
        return False
    return placement.temporary_until is None or on < placement.temporary_until
