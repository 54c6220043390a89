"""Where a child in care lives: with whom, for how long, and when a placement becomes one meant to last."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from service.demo.care import habits
from service.demo.care.court import CARE_ORDER, INTERIM
from service.demo.care.habits import WITH_CONNECTED_PERSON, WITH_PARENT
from service.demo.care.stay import Placement, Stay
from service.demo.case_system import CaseSystem
from service.demo.diary import Diary, Range

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_ELSEWHERE = (WITH_CONNECTED_PERSON, WITH_PARENT)


def place(system: CaseSystem, stay: Stay) -> None:
    """Every placement of a stay, one after another; the first ones break down more often than those after them."""
    on = stay.started_on
    while on < stay.until:
        placement = _draw(system, stay, on)
        stay.placements.append(placement)
        _record(system, stay, placement)
        on = placement.ends_on


def _draw(system: CaseSystem, stay: Stay, on: date) -> Placement:
    diary = system.diary
    is_moved = bool(stay.placements)
    kind = _kind(diary, stay, on)
    ends_on = stay.ends_on
    if not diary.chance(habits.IS_SETTLED[is_moved]):
        ends_on = min(ends_on, diary.after(on + _DAY * diary.between(habits.UNSETTLED_WEEKS, 7), 0))
    is_outside = kind not in _ELSEWHERE and diary.chance(habits.OUTSIDE_THE_BOROUGH)
    placement = Placement(system.new_reference("pl"), on, ends_on, kind, is_outside)
    if kind == WITH_PARENT:
        if diary.chance(habits.PLACED_BEFORE_ASSESSMENT):
            placement.before_assessment_until = _on(diary, on, habits.ASSESSED_AT_HOME_WEEKS)
    elif kind != WITH_CONNECTED_PERSON:
        _make_permanent(diary, stay, placement)
    return placement


def _kind(diary: Diary, stay: Stay, on: date) -> str:
    if not stay.placements and stay.status(on) == CARE_ORDER:
        return WITH_PARENT
    is_teenager = stay.age(on) >= habits.TEENAGER
    if stay.placements:
        kinds = habits.LATER_PLACEMENTS_OF_TEENAGERS if is_teenager else habits.LATER_PLACEMENTS
    else:
        kinds = habits.FIRST_PLACEMENTS_OF_TEENAGERS if is_teenager else habits.FIRST_PLACEMENTS
    kind = diary.one_of(kinds)
    if kind == WITH_PARENT and stay.status(on) not in (INTERIM, CARE_ORDER):
        return habits.FOSTER  # with no order the child would just be at home
    return kind


def _make_permanent(diary: Diary, stay: Stay, placement: Placement) -> None:
    """Meant to last until 18: from the first day, from a day months later, or never; and then visited less, perhaps."""
    on = placement.started_on
    if stay.placements and diary.chance(habits.PERMANENT_FROM_THE_START):
        placement.permanent_on = on
    elif diary.chance(habits.BECOMES_PERMANENT):
        placement.permanent_on = _on(diary, on, habits.PERMANENT_AFTER_WEEKS)
    if placement.permanent_on is None or placement.kind != habits.FOSTER:
        return
    agreed_on = max(placement.permanent_on, _on(diary, on, habits.LONG_TERM_FOSTER_AFTER_WEEKS))
    if stay.age(agreed_on) >= habits.OLD_ENOUGH_TO_AGREE and diary.chance(habits.LONG_TERM_FOSTER):
        placement.long_term_on = agreed_on


def _on(diary: Diary, since: date, weeks: Range) -> date:
    """A day people work, some weeks after another. (The weeks are drawn to the day.)"""
    return diary.after(since + _DAY * diary.between(weeks, 7), 0)


# ---- what is typed in ------------------------------------------------------------------------------------------------


def _record(system: CaseSystem, stay: Stay, placement: Placement) -> None:
    kind = f"{placement.kind}_outside_the_borough" if placement.is_outside else placement.kind
    said = {
        "with_parent": placement.kind == WITH_PARENT,
        "before_assessment": placement.before_assessment_until is not None,
        "connected_person": placement.kind == WITH_CONNECTED_PERSON,
        "permanent": placement.permanent_on == placement.started_on,
    }
    flags: dict[str, Any] = {name: True for name, is_so in said.items() if is_so}
    system.record("placement.started", stay.case, placement.started_on, key=placement.key, type=kind, **flags)
    if placement.kind == WITH_CONNECTED_PERSON:
        _assess_carer(system, stay, placement)
    if placement.permanent_on != placement.started_on:
        _change(system, stay, placement, (placement.permanent_on, "permanent", True))
    _change(system, stay, placement, (placement.long_term_on, "long_term_foster", True))
    _change(system, stay, placement, (placement.before_assessment_until, "before_assessment", False))
    if placement.ends_on <= stay.until:
        reason = "moved" if placement.ends_on < stay.ends_on else "left care"
        system.record("placement.ended", stay.case, placement.ends_on, key=placement.key, reason=reason)


def _change(system: CaseSystem, stay: Stay, placement: Placement, change: tuple[date | None, str, bool]) -> None:
    on, name, value = change
    if on is not None and on < min(placement.ends_on, stay.until):
        says: dict[str, Any] = {name: value}
        system.record("placement.changed", stay.case, on, key=placement.key, **says)


def _assess_carer(system: CaseSystem, stay: Stay, placement: Placement) -> None:
    """Approved for the time being, then assessed: in time, in the time it was lengthened by, or late."""
    diary = system.diary
    on = placement.started_on
    weeks: Range = habits.ASSESSED_WEEKS
    system.record("connected-person.approved", stay.case, on, key=placement.key)
    if not diary.chance(habits.ASSESSED_WITHIN):
        is_extended = diary.chance(habits.ASSESSMENT_EXTENDED)
        weeks = habits.ASSESSED_WHEN_EXTENDED_WEEKS if is_extended else habits.ASSESSED_LATE_WEEKS
        extended_on = _on(diary, on, habits.EXTENDED_AFTER_WEEKS)
        if is_extended and extended_on < placement.ends_on:
            system.record("connected-person.extended", stay.case, extended_on, key=placement.key)
    placement.temporary_until = diary.before(on + _DAY * diary.between(weeks, 7), 0)
    if placement.temporary_until < placement.ends_on:
        system.record("connected-person.assessed", stay.case, placement.temporary_until, key=placement.key)
        if diary.chance(habits.APPROVAL_RECORDED_WITH_PLACEMENT):
            _change(system, stay, placement, (placement.temporary_until, "connected_person", False))
