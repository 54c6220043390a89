"""Duties with several limits: which of them governs which days of a wait, and when time runs out.

On every day of a wait one phase governs: the first whose conditions hold on that day. The duty is due on the first day
on which, under the limit then in force, time runs out. So a limit that loosens before time ran out takes effect at
once; one that tightens does too, but makes nobody late for a day already gone: where it would, it counts from the day
of the change, and never gives more time than the looser limit did. Of what several events say on one day, that counts
which the pack names first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from rules.ages import ByType, birthday
from rules.model import Event, NoneSince, Phase, Said, Version, When
from rules.pairing import Run, is_compatible
from rules.workdays import WorkingCalendar, added, due

NO_BIRTH = "no date of birth is recorded, so the stricter limit is taken"

Known = tuple[ByType, WorkingCalendar, date | None]
"""What conditions are asked of: the events, the calendar, and the date of birth where it is known."""


class Stretch(NamedTuple):
    """Days of a wait governed by one phase, from ``since``, and the day on which time would run out under it.

    ``change`` is the event of that day that brought it, where one did.
    """

    since: date
    phase: Phase
    counted_from_on: date
    due_on: date
    is_provisional: bool
    change: Event | None


def stretches(run: Run, version: Version, known: Known) -> tuple[tuple[Stretch, ...], tuple[str, ...]]:
    """The stretches of a wait up to the one in which time runs out, the last; and what should be said about them."""
    found: list[Stretch] = []
    days = [run.start.happened_on] if version.is_judged_at_start else _days_of_change(run, version, known[0])
    for nth, since in enumerate(days):
        until = days[nth + 1] if nth + 1 < len(days) else None
        stretch = _stretch(run, version, (since, found[-1] if found else None), known)
        if not found or stretch.phase is not found[-1].phase or stretch.due_on != found[-1].due_on:
            found.append(stretch)
        if until is None or stretch.due_on < until:
            break
    is_age_unknown = known[2] is None and found[-1].phase.when.age_below is not None
    return tuple(found), (NO_BIRTH,) if is_age_unknown else ()


def _stretch(run: Run, version: Version, at: tuple[date, Stretch | None], known: Known) -> Stretch:
    since, before = at
    for phase in version.phases:
        came = before.since if before is not None and before.phase is phase else since
        zero = came if phase.is_counted_from_change else run.start.happened_on
        due_on, is_provisional = due(zero, phase.limit, known[1], version.counting)
        is_past = due_on < came
        if is_past:
            zero = came
            due_on, is_provisional = due(zero, phase.limit, known[1], version.counting)
        when = phase.when
        judged_on = run.start.happened_on if version.is_judged_at_start else due_on
        if _holds(when, run, since, known[0]) and _is_young_enough(when, judged_on, known[2]):
            if before is not None and before.phase is not phase and is_past and before.due_on < due_on:
                return before  # a limit that tightens never gives more time than the looser one did
            change = _change(run, version, came, known[0]) if came > run.start.happened_on else None
            return Stretch(came, phase, zero, due_on, is_provisional, change)
    raise AssertionError("the last phase of a version has no conditions: the check of packs sees to it")


def _holds(when: When, run: Run, on: date, by_type: ByType) -> bool:
    """Whether all conditions but that on age hold on a day."""
    if when.waits is not None and run.nth not in when.waits:
        return False
    if when.within is not None and on >= added(run.first.happened_on, when.within):
        return False
    if when.after is not None and on < added(run.first.happened_on, when.after):
        return False
    if run.over is not None and run.over.happened_on < on:
        on = run.over.happened_on  # what happens once a wait is over no longer moves its date
    if any(_has_happened(none, run, on, by_type) for none in when.none):
        return False
    for said in when.said:  # noqa: SIM110 - most phases ask nothing, and a generator costs more than the question
        if not _is_said(said, run, on, by_type):
            return False
    return True


def _is_young_enough(when: When, on: date, born: date | None) -> bool:
    """Where nobody said when the child was born, the condition counts as met: of the limits, the stricter is taken."""
    return when.age_below is None or born is None or on < birthday(born, when.age_below)


def _has_happened(none: NoneSince, run: Run, on: date, by_type: ByType) -> bool:
    begun = [event.happened_on for event in by_type.get(none.since, ()) if event.happened_on <= on]
    since = max(begun, default=run.first.happened_on)
    return any(since <= event.happened_on <= on for event in by_type.get(none.event, ()))


def _is_said(said: Said, run: Run, on: date, by_type: ByType) -> bool:
    """Whether what was last said by a day is what the condition asks; with ``has_begun_since``, only since the wait."""
    value: object = None
    begun: date | None = None
    for event, now in sorted(_sayings(said, run, by_type), key=_by_day):
        if event.happened_on > on:
            break
        if (now in said.values) != (value in said.values):
            begun = event.happened_on
        value = now
    if (value in said.values) is said.is_negated:
        return False
    return not said.has_begun_since or (begun is not None and begun > run.start.happened_on)


def _by_day(saying: tuple[Event, object]) -> date:
    return saying[0].happened_on


def _sayings(said: Said, run: Run, by_type: ByType) -> Iterator[tuple[Event, object]]:
    for type, field in reversed(said.told_by):  # sorting by day keeps this order: what is named first is heard last
        for event in by_type.get(type, ()):
            if said.is_of_this_key and not is_compatible(event.key, run.key):
                continue
            if not field:
                yield event, True
            elif event.data.get(field) is not None:
                yield event, event.data[field]


def _days_of_change(run: Run, version: Version, by_type: ByType) -> list[date]:
    """The days, from the start on, from which another phase may govern."""
    start_on = run.start.happened_on
    if not version.changers and not version.turns:
        return [start_on]
    days = {start_on}
    days |= {event.happened_on for event in _events_that_change(run, version, by_type)}
    days |= {added(run.first.happened_on, turn) for turn in version.turns}
    return sorted(day for day in days if day >= start_on)


def _events_that_change(run: Run, version: Version, by_type: ByType) -> Iterator[Event]:
    over = run.over
    for type in version.changers:
        for event in by_type.get(type, ()):
            if event.happened_on > run.start.happened_on and (over is None or event.happened_on <= over.happened_on):
                yield event


def _change(run: Run, version: Version, on: date, by_type: ByType) -> Event | None:
    return next((event for event in _events_that_change(run, version, by_type) if event.happened_on == on), None)
