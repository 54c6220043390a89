"""When each rung of a ladder is told, for one clock.

Counted from the clock's dates alone. The working day, the hour and the clock changes are those of the ladders' zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from rules.errors import CannotCount
from rules.law import Law
from rules.model import DUE_ON, DUTY, AlertKey, Clock, Ladder, Ladders, Step
from rules.workdays import WorkingCalendar

_DAY = timedelta(days=1)


class Rung(NamedTuple):
    """One rung of one clock: what is told to which post, and from which moment on (aware)."""

    key: AlertKey
    step: Step
    send_at: datetime


def rungs_of(clock: Clock, law: Law) -> list[Rung]:
    """Every rung that a clock asks for as it stands, first to last: none once it has stopped, or beside the duty.

    A warning that would come before the duty has run for a day is left out: it would say what everybody knows.
    """
    if clock.outcome is not None or clock.measure != DUTY:
        return []
    ladders, calendar = law.ladders, law.calendars[law.ladders.calendar]
    found = []
    for step in ladder_of(clock.timescale, law).steps:
        due_on = clock.due_on if step.of == DUE_ON else clock.target_due_on
        if due_on is None:
            continue
        moment = send_at(due_on, step, ladders, calendar, due_at=clock.due_at if step.of == DUE_ON else None)
        day = moment.date()
        is_idle = not step.is_after and day <= clock.counted_from_on
        if not is_idle and (clock.lapses_on is None or day < clock.lapses_on):  # by then the duty has fallen away
            found.append(Rung(AlertKey(clock.id, step.id, due_on, step.post), step, moment))
    found.sort(key=_moment)
    return found


def send_at(
    due_on: date, step: Step, ladders: Ladders, calendar: WorkingCalendar, *, due_at: datetime | None = None
) -> datetime:
    """The local moment from which a rung is told (aware).

    In working days: at the ladders' hour, so many working days before or after the date; a rung on the very day comes
    on the working day before where that day is none. In hours: from the moment it is due (or else the end of the due
    day), kept to the hours in which anything is told, and to working days unless the rung says any day.
    """
    zone = ZoneInfo(ladders.zone)
    if step.hours is None:
        return datetime.combine(_day(due_on, step, calendar), ladders.at, zone)
    due = due_at or datetime.combine(due_on + _DAY, time(), zone)
    moment = (due.astimezone(UTC) + timedelta(hours=step.hours)).astimezone(zone)
    if moment.time() < ladders.at:
        moment = datetime.combine(moment.date(), ladders.at, zone)
    elif moment.time() >= ladders.until:
        moment = datetime.combine(moment.date() + _DAY, ladders.at, zone)
    on = moment.date() if step.any_day else _working(moment.date(), calendar)
    return moment if on == moment.date() else datetime.combine(on, ladders.at, zone)


def ladder_of(timescale: str, law: Law) -> Ladder:
    """The ladder of a timescale; that of all others for one that the law no longer has."""
    known = law.timescales.get(timescale)
    return law.ladders.of(timescale, known.area if known else "")


def _day(due_on: date, step: Step, calendar: WorkingCalendar) -> date:
    try:
        if step.working_days > 0:
            return calendar.add(due_on, step.working_days)
        if step.working_days < 0:
            return calendar.subtract(due_on, -step.working_days)
        return due_on if step.any_day or calendar.is_working(due_on) else calendar.subtract(due_on, 1)
    except CannotCount:  # past every table: nobody is told of it in this life of the calendar, and no sum depends on it
        return due_on


def _working(on: date, calendar: WorkingCalendar) -> date:
    try:
        return calendar.on_or_after(on)
    except CannotCount:
        return on


def _moment(rung: Rung) -> datetime:
    return rung.send_at
