"""Concerns about delay: raised by a reviewing officer or a conference chair, discussed or not, resolved or not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from service.demo import place
from service.demo.care import habits
from service.demo.case_system import Case, CaseSystem

_DAY = timedelta(days=1)
_DEPARTMENTAL, _LEGAL = "departmental-planning-meeting.held", "legal-planning-meeting.held"


def raise_one(system: CaseSystem, case: Case, on: date, said: tuple[str, str, str]) -> None:
    """One concern, by whom, about what, and what came of it: some are not discussed within the four weeks."""
    diary = system.diary
    raised_by, about, matter = said
    key = system.new_reference("q")
    reviewer = place.of_them(place.CHAIRS if raised_by == "cp_chair" else place.OFFICERS, case.subject)
    own: dict[str, Any] = {"about": about, "matter": matter, "reviewer": reviewer}
    system.record("concern.raised", case, on, key=key, raised_by=raised_by, **own)
    if not diary.chance(habits.DISCUSSED):
        return
    discussed_on = diary.after(on + _DAY * diary.between(habits.DISCUSSED_AFTER_DAYS), 0)
    system.record("concern.discussed", case, discussed_on, key=key, about=about)
    if diary.chance(habits.RESOLVED):
        resolved_on = diary.after(discussed_on + _DAY * diary.between(habits.RESOLVED_AFTER_DAYS), 0)
        system.record("concern.resolved", case, resolved_on, key=key, about=about)


def raise_drift(system: CaseSystem) -> None:
    """Conference chairs raise the wait for a legal planning meeting, where it has become long."""
    waiting_since = {entry.key: entry.on for entry in system.entries if entry.type == _DEPARTMENTAL}
    for entry in [entry for entry in system.entries if entry.type == _LEGAL and entry.key in waiting_since]:
        on = system.diary.after(waiting_since[entry.key] + _DAY * habits.DRIFT_DAYS, 0)
        if on < entry.on and system.diary.chance(habits.DRIFT_CONCERN):
            raise_one(system, entry.case, on, ("cp_chair", "waiting for a legal planning meeting", "pre_proceedings"))
