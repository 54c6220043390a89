"""Child protection plans: core groups, reviews, how often the child is visited, and the end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from rules.model import Limit, Unit
from rules.workdays import due
from service.demo import legal, place, visits
from service.demo.case_system import Case, CaseSystem
from service.demo.diary import Diary

_WEEK = timedelta(weeks=1)
_FIRST_CORE_GROUP = 10
_FIRST_REVIEW, _NEXT_REVIEW = 3, 6
Changes = dict[date, str]
"""From which day the plan asks for which frequency of visits."""


def protect(system: CaseSystem, cases: list[Case], started_on: date) -> date:
    """A plan for every child of a family, from the conference that made it; gives the day it ended."""
    diary = system.diary
    every = diary.one_of(place.VISIT_EVERY)
    reviews = _reviews(diary, started_on)
    groups = _core_groups(diary, started_on, reviews[-1])
    changes = _changes(diary, every, sorted({*reviews[:-1], *groups}))
    keys = [system.new_reference("p") for _ in cases]
    for case, key in zip(cases, keys, strict=True):
        system.record("child-protection-plan.started", case, started_on, key=key, visit_every=every)
        _record_meetings(system, case, key, (groups, reviews, changes))
        reason = "no longer at risk of significant harm"
        system.record("child-protection-plan.ended", case, reviews[-1], key=key, reason=reason)
        visits.visit(system, case, key, visits.Schedule({started_on: every, **changes}, reviews[-1]))
    if diary.chance(place.LEGAL_PLANNING):
        legal.plan(system, cases, (started_on, reviews[-1]))
    return reviews[-1]


def _reviews(diary: Diary, started_on: date) -> list[date]:
    """Three months after the conference, then six after the one before, until the plan ends at one."""
    reviews: list[date] = []
    for _months in range(_FIRST_REVIEW, diary.one_of(place.PLAN_MONTHS) + 1, _NEXT_REVIEW):
        last_on, months = (reviews[-1], _NEXT_REVIEW) if reviews else (started_on, _FIRST_REVIEW)
        due_on = due(last_on, Limit(months, Unit.MONTHS), diary.calendar).due_on
        reviews.append(diary.before(due_on - timedelta(days=diary.between(place.REVIEW_EARLY)), 0))
    return reviews


def _core_groups(diary: Diary, started_on: date, ends_on: date) -> list[date]:
    if diary.dealt_chance("first core group", diary.drifted(place.FIRST_CORE_GROUP_IN_TIME, started_on)):
        held_on = diary.after(started_on, diary.between((4, 9, _FIRST_CORE_GROUP)))
    else:
        held_on = diary.after(started_on, _FIRST_CORE_GROUP + diary.some(place.CORE_GROUP_OVERRUN))
    held = []
    while held_on < ends_on:
        held.append(held_on)
        held_on = diary.after(held_on + _WEEK * diary.between(place.CORE_GROUP_WEEKS), diary.dice.randint(0, 2))
    return held


def _changes(diary: Diary, every: str, meetings: list[date]) -> Changes:
    changes: Changes = {}
    for on in meetings:
        if diary.chance(place.FREQUENCY_CHANGED):
            every = diary.one_of({other: share for other, share in place.VISIT_EVERY.items() if other != every})
            changes[on] = every
    return changes


def _record_meetings(
    system: CaseSystem, case: Case, key: str, meetings: tuple[list[date], list[date], Changes]
) -> None:
    groups, reviews, changes = meetings
    for on in groups:
        system.record("core-group.held", case, on, key=key, **_frequency(changes, on))
    for on in reviews:
        system.record("child-protection-review.held", case, on, key=key, **_frequency(changes, on))


def _frequency(changes: Changes, on: date) -> dict[str, Any]:
    return {"visit_every": changes[on]} if on in changes else {}
