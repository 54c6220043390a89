"""Children who go missing from care, and the interviews offered when they are back. Told by the hour."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from service.demo.care import habits
from service.demo.care.stay import Stay
from service.demo.case_system import CaseSystem

_DAY = timedelta(days=1)
_EVENING = (17, 24)
_DAYTIME = (9, 19)


def go_missing(system: CaseSystem, stay: Stay) -> None:
    """A few children, most of them older, several times each."""
    diary = system.diary
    first_on = max(stay.started_on, diary.begins_on, stay.born_on + habits.TEENAGER * 365 * _DAY)
    days = (min(stay.until, diary.today) - first_on).days
    if days <= 0 or not diary.chance(habits.GOES_MISSING):
        return
    left_on = sorted({first_on + _DAY * diary.dice.randrange(days) for _ in range(diary.some(habits.EPISODES))})
    back_at = None
    for on in left_on:
        left_at = diary.moment(on, *_EVENING)
        if back_at is None or left_at > back_at:
            back_at = _episode(system, stay, left_at, diary.between(habits.AWAY_HOURS))


def go_missing_as_clocks_change(system: CaseSystem, stays: Iterable[Stay]) -> None:
    """Somebody is back on the eve of every day on which the clocks change: an hour that the limit must not lose."""
    diary = system.diary
    older = [stay for stay in stays if stay.age(diary.today) >= habits.TEENAGER]
    for on in diary.clocks_changed_on():
        eve = on - _DAY
        at_home = [stay for stay in older if stay.started_on < eve - _DAY and stay.until > on + 7 * _DAY]
        for stay in at_home[:1]:
            _episode(system, stay, diary.moment(eve, 12, 14), 7)


def _episode(system: CaseSystem, stay: Stay, left_at: datetime, hours: float) -> datetime:
    """Gone and back; then an interview in time, late or declined. Gives the moment of the return."""
    diary = system.diary
    key = system.new_reference("m")
    back_at = diary.later(left_at, hours)
    system.record_at("missing.started", stay.case, left_at, key=key)
    system.record_at("missing.returned", stay.case, back_at, key=key)
    said = diary.one_of(habits.INTERVIEWED)
    after = habits.INTERVIEW_LATE_HOURS if said == "late" else habits.INTERVIEW_HOURS
    spoken_at = _in_daytime(system, diary.later(back_at, diary.between(after)))
    type = "return-interview.declined" if said == "declined" else "return-interview.held"
    system.record_at(type, stay.case, spoken_at, key=key)
    return back_at


def _in_daytime(system: CaseSystem, at: datetime) -> datetime:
    """The same day at an hour when a child is awake."""
    first, last = _DAYTIME
    return at if first <= at.hour < last else system.diary.moment(at.date(), first, last)
