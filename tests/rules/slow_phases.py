"""The slow, obvious way to several limits, pauses and extensions: one day after another, asking of each what holds.

Written from the words of the rules, not from their code, with which it shares the nouns and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rules.model import Event, Extension, Limit, NoneSince, Phase, Said, Version
from tests.rules import slow

DAY = timedelta(days=1)


class Wait(NamedTuple):
    """One wait of a chain: the day the chain began, which wait it is, from when to when, and what is known."""

    chain_began: date
    nth: int
    start: date
    over: date | None
    key: str | None
    events: Sequence[Event]
    born: date | None = None

    def said_by(self, day: date) -> list[Event]:
        """What had happened by a day; what happens once the wait is over no longer matters to it."""
        last = min(day, self.over) if self.over else day
        return [event for event in self.events if event.happened_on <= last]


class Answer(NamedTuple):
    due_on: date
    phase: str
    counted_from_on: date


def after(day: date, limit: Limit) -> date:
    return slow.due(day, limit.count, limit.unit.value)


def turns(born: date, age: int) -> date:
    """The birthday; of somebody born on 29 February the first of March where there is no such day."""
    try:
        return date(born.year + age, born.month, born.day)
    except ValueError:
        return date(born.year + age, 3, 1)


def due_of(wait: Wait, version: Version) -> Answer:
    """Day by day: which phase holds today, and does time run out today under it?"""
    holding: Phase | None = None
    since = day = wait.start
    while True:
        if holding is None or not version.is_judged_at_start:
            holding, since = _governing(wait, version, day, (holding, since))
        zero, due = _counted(wait, holding, since)
        if due == day:
            return Answer(due, holding.id, zero)
        day += DAY


def _governing(wait: Wait, version: Version, day: date, yesterday: tuple[Phase | None, date]) -> tuple[Phase, date]:
    for phase in version.phases:
        since = yesterday[1] if phase is yesterday[0] else day
        if _holds(wait, version, phase, (day, since)):
            return yesterday if _gives_more(wait, phase, since, yesterday) else (phase, since)
    raise AssertionError("no phase holds")


def _gives_more(wait: Wait, phase: Phase, since: date, yesterday: tuple[Phase | None, date]) -> bool:
    """Whether a limit whose own time had gone already would, counted from its change, end later than the one before."""
    before, before_since = yesterday
    if before is None or before is phase or phase.is_counted_from_change or after(wait.start, phase.limit) >= since:
        return False
    return _counted(wait, phase, since)[1] > _counted(wait, before, before_since)[1]


def _counted(wait: Wait, phase: Phase, since: date) -> tuple[date, date]:
    """From the beginning of the wait, unless it says otherwise, or time would have run out before it came to hold."""
    zero = since if phase.is_counted_from_change else wait.start
    if after(zero, phase.limit) < since:
        zero = since
    return zero, after(zero, phase.limit)


def _holds(wait: Wait, version: Version, phase: Phase, at: tuple[date, date]) -> bool:
    when, (day, since) = phase.when, at
    if when.age_below is not None and wait.born is not None:
        asked = wait.start if version.is_judged_at_start else _counted(wait, phase, since)[1]
        if asked >= turns(wait.born, when.age_below):
            return False
    return (
        (when.waits is None or wait.nth in when.waits)
        and (when.within is None or day < after(wait.chain_began, when.within))
        and (when.after is None or day >= after(wait.chain_began, when.after))
        and not any(_happened_since(none, wait, day) for none in when.none)
        and all(
            _is_so(said, wait, day) and (not said.has_begun_since or _became_so(said, wait, day)) for said in when.said
        )
    )


def _happened_since(none: NoneSince, wait: Wait, day: date) -> bool:
    known = wait.said_by(day)
    since = max([event.happened_on for event in known if event.type == none.since], default=wait.chain_began)
    return any(event.type == none.event and event.happened_on >= since for event in known)


def _is_so(said: Said, wait: Wait, day: date) -> bool:
    values = []
    for event in wait.said_by(day):
        if said.is_of_this_key and event.key is not None and wait.key is not None and event.key != wait.key:
            continue
        for nth, (type, field) in enumerate(said.told_by):
            if event.type == type and (field == "" or field in event.data):
                values.append((event.happened_on, -nth, True if field == "" else event.data[field]))
    values.sort(key=lambda one: one[:2])
    is_one_of_them = bool(values) and values[-1][2] in said.values
    return is_one_of_them is not said.is_negated


def _became_so(said: Said, wait: Wait, day: date) -> bool:
    """Whether it was not so on some day of this wait."""
    while day > wait.start:
        day -= DAY
        if not _is_so(said, wait, day):
            return True
    return False


# ---- pauses and extensions -------------------------------------------------------------------------------------------


def due_with_pauses(start: date, limit: Limit, pauses: Sequence[tuple[date, date | None]]) -> date | None:
    """Ticks the days: after the day a pause begins, to the day it ends, nothing counts. None: it will not run out."""
    left, day = limit.count * (7 if limit.unit == "weeks" else 1), start
    while left:
        day += DAY
        if any(begun < day and ended is None for begun, ended in pauses):
            return None
        is_still = any(begun < day and ended is not None and day <= ended for begun, ended in pauses)
        counts = slow.is_working(day) if limit.unit == "working_days" else True
        left -= counts and not is_still
    return day


def due_with_extensions(due: date, extension: Extension, decided: Sequence[tuple[date, date | None]]) -> date:
    """Each decided on a day, for until a day: only if time has not run out, so often at most, so far at most."""
    granted = 0
    for on, until in sorted(decided, key=lambda one: one[0]):
        if on > due or granted == extension.most:
            continue
        granted += 1
        furthest = after(due, extension.by)
        wished = furthest if until is None else until
        if wished > furthest:
            wished = furthest
        if wished > due:
            due = wished
    return due
