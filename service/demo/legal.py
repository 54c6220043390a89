"""When a plan is not enough: a departmental planning meeting, a legal planning meeting, and what follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from service.demo import place
from service.demo.case_system import Case, CaseSystem

_DAY = timedelta(days=1)
_LEAST_DAYS_LEFT = 60
"""Of the plan, when the first planning meeting is held."""
_OUTCOMES = {"stepped_down": 0.6, "proceedings_issued": 0.4}


def plan(system: CaseSystem, cases: list[Case], period: tuple[date, date]) -> None:
    """Planning meetings about every child of a family, at some time while its plan lasts."""
    diary = system.diary
    started_on, ends_on = period
    last = (ends_on - started_on).days - _LEAST_DAYS_LEFT
    departmental_on = diary.after(started_on + _DAY * diary.dice.randint(14, max(15, last)), 0)
    legal_on = diary.after(departmental_on, diary.between(place.LEGAL_DELAY))
    is_booked = diary.chance(place.LEGAL_BOOKED)
    is_letter = diary.chance(place.LETTER_SENT)
    keys = [system.new_reference("l") for _ in cases]
    for case, key in zip(cases, keys, strict=True):
        system.record("departmental-planning-meeting.held", case, departmental_on, key=key, decision="legal_planning")
        if is_booked:
            booked: dict[str, Any] = {"of": "legal-planning-meeting.held", "planned_on": legal_on}
            system.record("meeting.planned", case, diary.after(departmental_on, 1), key=key, lag=0, **booked)
        decision = "pre_proceedings" if is_letter else "child_protection_plan"
        system.record("legal-planning-meeting.held", case, legal_on, key=key, decision=decision)
    if is_letter:
        _write(system, cases, keys, (legal_on, ends_on))


def _write(system: CaseSystem, cases: list[Case], keys: list[str], period: tuple[date, date]) -> None:
    """The letter to the parents, the meeting with them, and how pre-proceedings ended: with the plan at the latest."""
    diary = system.diary
    legal_on, ends_on = period
    sent_on = diary.after(legal_on, diary.between((3, 6, 15)))
    met_on = diary.after(sent_on, diary.between((5, 9, 20)))
    ended_on = diary.after(met_on, diary.between((30, 70, 120)))
    outcome = diary.one_of(_OUTCOMES)
    for case, key in zip(cases, keys, strict=True):
        if sent_on < ends_on:
            system.record("letter-before-proceedings.sent", case, sent_on, key=key)
        if met_on < ends_on:
            system.record("pre-proceedings-meeting.held", case, met_on, key=key)
        if sent_on < ends_on:
            system.record("pre-proceedings.ended", case, min(ended_on, ends_on), key=key, outcome=outcome)
