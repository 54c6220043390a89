"""Health assessments of a child in care: the initial one, then twice a year while the child is small, yearly after."""

from __future__ import annotations

from datetime import date, timedelta

from rules.ages import birthday
from rules.model import Limit, Unit
from rules.workdays import added
from service.demo.care import habits
from service.demo.care.stay import Stay
from service.demo.case_system import CaseSystem
from service.demo.visits import late

_DAY = timedelta(days=1)
_TYPE = "health-assessment.held"
_INITIAL, _FIFTH = 20, 5
_HALF_YEAR, _YEAR = Limit(6, Unit.MONTHS), Limit(12, Unit.MONTHS)


def assess(system: CaseSystem, stay: Stay) -> None:
    """Every assessment while the child is in care. The initial one is late for four in ten."""
    diary = system.diary
    if diary.dealt_chance("initial health assessment", habits.INITIAL_IN_TIME):
        on = diary.after(stay.started_on, diary.between(habits.INITIAL_DAYS))
    else:
        on = late(diary, diary.after(stay.started_on, _INITIAL), habits.INITIAL_OVERRUN)
    kind = "initial"
    while on < stay.until:
        days = diary.one_of(habits.REPORT_AFTER)
        received_on = diary.after(on, days)
        lag = (received_on - on).days
        system.record(_TYPE, stay.case, on, lag=lag, kind=kind, report_received_on=received_on)
        due_on, kind = _next_due_on(stay, on), "review"
        if diary.chance(habits.REVIEW_HEALTH_IN_TIME):
            on = diary.before(due_on - _DAY * diary.between(habits.REVIEW_HEALTH_EARLY), 0)
        else:
            on = diary.after(due_on, diary.between(habits.REVIEW_HEALTH_LATE))


def _next_due_on(stay: Stay, on: date) -> date:
    soon_on = added(on, _HALF_YEAR)
    return soon_on if soon_on < birthday(stay.born_on, _FIFTH) else added(on, _YEAR)
