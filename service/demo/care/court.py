"""To court and through it: the work with a family before, the issue, more time, the order that is made."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, NamedTuple

from service.demo import place
from service.demo.care import habits
from service.demo.care.habits import Way
from service.demo.case_system import Case, CaseSystem

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
INTERIM, CARE_ORDER = "interim_care_order", "care_order"
_LEGAL_MEETING = "legal-planning-meeting.held"
Keyed = list[tuple[Case, str]]
"""The children of a family, each with the key of what goes on about it at court."""


class Proceedings(NamedTuple):
    """Legal statuses from which day, the first day anything was recorded, and the day the court decided."""

    statuses: list[tuple[date, str]]
    begun_on: date
    concluded_on: date


def bring_to_court(system: CaseSystem, cases: list[Case], started_on: date, way: Way) -> Proceedings:
    """Proceedings about every child of a family that came into care on a day, and the work with it before them.

    A family whose children stay at home meanwhile has its proceedings from that day, and the children come into care
    by the order that ends them.
    """
    diary = system.diary
    keyed = [(case, system.new_reference("l")) for case in cases]
    if way == habits.ORDERED_AT_HOME:
        begun_on = _work_before_court(system, keyed, started_on)
        concluded_on, order = go_through_court(system, keyed, started_on, way)
        return Proceedings([(concluded_on, order)], begun_on, concluded_on)
    status = diary.one_of(habits.EMERGENCIES)
    if status == INTERIM:
        issued_on = diary.before(started_on, diary.between(habits.ISSUED_BEFORE_CARE))
        statuses = [(started_on, status)]
    else:
        issued_on = diary.after(started_on + _DAY * diary.between(habits.ISSUED_AFTER_EMERGENCY[status]), 0)
        ordered_on = diary.after(issued_on, diary.between(habits.ISSUED_BEFORE_CARE))
        statuses = [(started_on, status), (ordered_on, INTERIM)]
    begun_on = min(issued_on, started_on)
    if status != "emergency_protection_order" and diary.chance(habits.PRE_PROCEEDINGS):
        begun_on = _work_before_court(system, keyed, issued_on)
    concluded_on, order = go_through_court(system, keyed, issued_on, way)
    return Proceedings([*statuses, (concluded_on, order)], begun_on, concluded_on)


def go_through_court(system: CaseSystem, keyed: Keyed, issued_on: date, way: Way) -> tuple[date, str]:
    """From the issue to the order; gives its day and which it was."""
    _each(system, "proceedings.issued", keyed, issued_on)
    order = system.diary.one_of(habits.OUTCOMES_OF_COURT) if way.ends_with_court else CARE_ORDER
    concluded_on = _concluded_on(system, keyed, issued_on)
    _each(system, "proceedings.concluded", keyed, concluded_on, outcome=order)
    return concluded_on, order


def _concluded_on(system: CaseSystem, keyed: Keyed, issued_on: date) -> date:
    """Most in time; of the others most are given more time before it runs out, and some just run on."""
    diary = system.diary
    if diary.chance(habits.CONCLUDED_WITHIN):
        return diary.before(issued_on + _WEEK * diary.between(habits.CONCLUDED_WEEKS), 1)
    ends_on = issued_on + _WEEK * habits.TIME_FOR_COURT - _DAY
    if not diary.chance(habits.EXTENDED):
        return diary.after(ends_on + _WEEK * diary.some(habits.CONCLUDED_AFTER), 0)
    while True:
        extended_on = diary.before(ends_on, diary.dice.randint(3, 20))
        ends_on += _WEEK * habits.MORE_TIME_FOR_COURT
        _each(system, "proceedings.extended", keyed, extended_on, until=ends_on, reason="further assessment")
        if not diary.chance(habits.EXTENDED_AGAIN):
            return diary.before(ends_on, diary.between(habits.CONCLUDED_BEFORE_MORE_TIME_ENDS))


def _work_before_court(system: CaseSystem, keyed: Keyed, issued_on: date) -> date:
    """The planning meetings, the letter, the meeting with the parents; gives the day of the first of them."""
    diary = system.diary
    letter_on = diary.before(issued_on - _DAY * diary.between(habits.ISSUED_AFTER_LETTER), 0)
    legal_on = diary.before(letter_on, diary.between(habits.LETTER_AFTER_MEETING))
    departmental_on = diary.before(legal_on, diary.between(place.LEGAL_DELAY))
    met_on = diary.after(letter_on, diary.between(habits.MEETING_AFTER_LETTER))
    _each(system, "departmental-planning-meeting.held", keyed, departmental_on, decision="legal_planning")
    if diary.chance(place.LEGAL_BOOKED):
        booked_on = diary.after(departmental_on, 1)
        _each(system, "meeting.planned", keyed, booked_on, lag=0, of=_LEGAL_MEETING, planned_on=legal_on)
    _each(system, _LEGAL_MEETING, keyed, legal_on, decision="pre_proceedings")
    _each(system, "letter-before-proceedings.sent", keyed, letter_on)
    if met_on < issued_on:
        _each(system, "pre-proceedings-meeting.held", keyed, met_on)
    return departmental_on


def _each(system: CaseSystem, type: str, keyed: Iterable[tuple[Case, str]], on: date, **own: Any) -> None:
    for case, key in keyed:
        system.record(type, case, on, key=key, **own)
