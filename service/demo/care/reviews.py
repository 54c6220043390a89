"""Reviews of a child's care: held, booked, and what the reviewing officer raises after them."""

from __future__ import annotations

from datetime import date, timedelta

from rules.model import Limit, Unit
from rules.workdays import added
from service.demo.care import concerns, habits
from service.demo.care.stay import Stay
from service.demo.case_system import CaseSystem
from service.demo.visits import late

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_HELD = "looked-after-review.held"
_FIRST = 20
_THEN = (Limit(3, Unit.MONTHS), Limit(6, Unit.MONTHS))


def review(system: CaseSystem, stay: Stay) -> None:
    """Every review while the child is in care: twenty working days, three months, then six from the one before."""
    diary = system.diary
    on = _first_on(system, stay)
    while on < stay.until:
        _book(system, stay, on)
        system.record(_HELD, stay.case, on, key=stay.key)
        stay.reviewed_on.append(on)
        if diary.chance(habits.CONCERN):
            said = ("iro", diary.one_of(habits.CONCERN_ABOUT), "care_plan")
            concerns.raise_one(system, stay.case, diary.after(on, diary.dice.randint(0, 3)), said)
        due_on = added(on, _THEN[min(len(stay.reviewed_on), len(_THEN)) - 1])
        if diary.chance(habits.REVIEWED_IN_TIME):
            on = diary.before(due_on - _DAY * diary.between(habits.REVIEW_EARLY_DAYS), 0)
        else:
            on = late(diary, due_on, habits.REVIEW_OVERRUN)


def _first_on(system: CaseSystem, stay: Stay) -> date:
    diary = system.diary
    if diary.chance(habits.REVIEWED_IN_TIME):
        return diary.after(stay.started_on, diary.between(habits.FIRST_REVIEW_DAYS))
    return late(diary, diary.after(stay.started_on, _FIRST), habits.REVIEW_OVERRUN)


def _book(system: CaseSystem, stay: Stay, held_on: date) -> None:
    """Booked some weeks ahead, since the case system can; a few are put off to the day they are held on."""
    diary = system.diary
    booked_on = diary.before(held_on - _DAY * diary.between(habits.BOOKED_BEFORE), 0)
    first_on = max([stay.started_on, *stay.reviewed_on])
    if booked_on <= first_on or held_on < diary.today - _WEEK * habits.BOOKED_FROM_WEEKS_AGO:
        return
    planned_on = diary.before(held_on, diary.dice.randint(1, 8)) if diary.chance(habits.SLIPPED) else held_on
    if booked_on < planned_on < held_on:
        put_off_on = diary.before(planned_on, 1)
        system.record("meeting.planned", stay.case, put_off_on, key=stay.key, lag=0, of=_HELD, planned_on=held_on)
    system.record("meeting.planned", stay.case, booked_on, key=stay.key, lag=0, of=_HELD, planned_on=planned_on)
