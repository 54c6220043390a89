"""Sixteen in care: the assessment of what a young person will need on the way to living alone."""

from __future__ import annotations

from datetime import timedelta

from rules.ages import birthday
from service.demo.care import habits
from service.demo.care.stay import Stay
from service.demo.case_system import CaseSystem

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_SIXTEEN = 16
_IN_CARE_WEEKS = 13


def assess_pathway(system: CaseSystem, stay: Stay) -> None:
    """From the sixteenth birthday, or from thirteen weeks of care where that comes later."""
    diary = system.diary
    starts_on = max(birthday(stay.born_on, _SIXTEEN), stay.started_on + _WEEK * _IN_CARE_WEEKS)
    if starts_on >= stay.until:
        return
    days = habits.PATHWAY_DAYS if diary.chance(habits.PATHWAY_IN_TIME) else habits.PATHWAY_LATE_DAYS
    completed_on = diary.before(starts_on + _DAY * diary.between(days), 0)
    if completed_on < stay.until:
        system.record("pathway-assessment.completed", stay.case, completed_on)
