"""What lawfully gives a duty more time: extensions from the due date before them, and pauses, whose days do not count.

Most duties allow neither. A family on holiday is a reason recorded, not a pause.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rules.ages import ByType
from rules.model import Event, Extension, Limit, Unit, Version
from rules.pairing import Run, is_compatible
from rules.workdays import COUNTED_BY_CALENDAR, Sum, WorkingCalendar, due

TOO_LATE = "an extension decided after the time had run out does not count"
TOO_OFTEN = "it was extended more often than the rule allows; only what it allows is counted"
TOO_FAR = "an extension goes further than the rule allows at a time; only what it allows is counted"

_DAYS_OF = {Unit.DAYS: 1, Unit.WEEKS: 7}

Paused = tuple[tuple[Event, Event | None], ...]


class Grant(NamedTuple):
    """One extension: what was decided, the due date it gives, and why it was not counted in full, if it was not."""

    event: Event
    due_on: date
    is_provisional: bool
    objection: str | None


def grants(run: Run, version: Version, due_on: date, known: tuple[ByType, WorkingCalendar]) -> tuple[Grant, ...]:
    """Every extension decided while the run ran, in order, each counted from the due date that the one before gave."""
    by_type, calendar = known
    found: list[Grant] = []
    counts: dict[Extension, int] = {}
    for event, extension in _decided(run, version, by_type):
        objection = _objection(event, due_on, counts.get(extension, 0), extension)
        is_provisional = False
        if objection is None:
            counts[extension] = counts.get(extension, 0) + 1
            longest, is_provisional = due(due_on, extension.by, calendar)
            until = _until(event, extension) or longest
            objection = TOO_FAR if until > longest else None
            due_on = max(due_on, min(until, longest))
        found.append(Grant(event, due_on, is_provisional, objection))
    return tuple(found)


def flags_of_grants(given: Sequence[Grant]) -> tuple[str, ...]:
    """What should be said of them on the clock."""
    counted = sum(one.objection in (None, TOO_FAR) for one in given)
    words = ("extended once",) if counted == 1 else (f"extended {counted} times",) if counted else ()
    return (*words, *dict.fromkeys(one.objection for one in given if one.objection))


def pauses(run: Run, version: Version, by_type: ByType) -> Paused:
    """Every pause from the start to the stop, in order: what began it, and what ended it if anything did."""
    over = run.over
    found: list[tuple[Event, Event | None]] = []
    for pause in version.pauses:
        marks = [(event, True) for event in by_type.get(pause.begins.event, ()) if pause.begins.matches(event)]
        marks += [(event, False) for event in by_type.get(pause.ends.event, ()) if pause.ends.matches(event)]
        begun: Event | None = None
        strays: list[date] = []
        for event, is_beginning in sorted(marks, key=lambda mark: (mark[0].happened_on, mark[1])):
            if not is_compatible(event.key, run.key) or (over and event.happened_on > over.happened_on):
                continue
            if is_beginning and event.happened_on in strays:
                strays.remove(event.happened_on)  # begun and ended on one day: else it would never end
            elif is_beginning:
                begun = begun or event
            elif begun is not None:
                found += [(begun, event)] if event.happened_on > run.start.happened_on else []
                begun = None
            else:
                strays.append(event.happened_on)
        if begun is not None:  # what was done while it stood still ended its standing still
            found.append((begun, over))
    return tuple(sorted(found, key=lambda pair: pair[0].happened_on))


def paused(zero: date, limit: Limit, given: Paused, calendar: WorkingCalendar) -> tuple[date | None, bool]:
    """The due date of a limit, counted only outside the pauses; None while the last of them lasts.

    Up to the day a pause begins, that day included, days count; from the day after it ends they count again.
    """
    count = limit.count * _DAYS_OF.get(limit.unit, 1)
    at = zero
    for begun, ended in given:
        if ended is not None and ended.happened_on <= at:
            continue
        stands_from = max(at, begun.happened_on)
        if stands_from >= _count_on(at, count, limit.unit, calendar).due_on:
            break
        count -= _elapsed(at, stands_from, limit.unit, calendar)
        if ended is None:
            return None, False
        at = ended.happened_on
    return _count_on(at, count, limit.unit, calendar)


def flags_of_pauses(given: Paused) -> tuple[str, ...]:
    """What should be said of them on the clock."""
    return tuple(
        f"paused from {begun.happened_on.isoformat()} to {ended.happened_on.isoformat()}"
        if ended
        else f"paused since {begun.happened_on.isoformat()}"
        for begun, ended in given
    )


def _count_on(at: date, count: int, unit: Unit, calendar: WorkingCalendar) -> Sum:
    return due(at, Limit(count, unit if unit in COUNTED_BY_CALENDAR else Unit.DAYS), calendar)


def _elapsed(at: date, to: date, unit: Unit, calendar: WorkingCalendar) -> int:
    return calendar.elapsed(at, to) if unit in COUNTED_BY_CALENDAR else (to - at) // timedelta(days=1)


def _decided(run: Run, version: Version, by_type: ByType) -> list[tuple[Event, Extension]]:
    over = run.over
    found = [
        (event, extension)
        for extension in version.extensions
        for event in by_type.get(extension.trigger.event, ())
        if event.happened_on >= run.start.happened_on
        and (over is None or event.happened_on <= over.happened_on)
        and is_compatible(event.key, run.key)
        and extension.trigger.matches(event)
    ]
    return sorted(found, key=lambda pair: pair[0].happened_on)


def _objection(event: Event, due_on: date, given: int, extension: Extension) -> str | None:
    if event.happened_on > due_on:
        return TOO_LATE
    return TOO_OFTEN if extension.most is not None and given >= extension.most else None


def _until(event: Event, extension: Extension) -> date | None:
    return event.day_in(extension.until) if extension.until else None
