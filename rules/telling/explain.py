"""A clock's sum, day by day, with its source: what an inspector would ask, answered before it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import pairwise

from rules.ages import ByType, born_on
from rules.catalogue import CATALOGUE, read_limit
from rules.errors import CannotCount, RulesError
from rules.evaluate import evaluate, lapse, outlives
from rules.history import History, lineage, settle
from rules.law import Law
from rules.model import Clock, Event, Measure, PlanLimit, Timescale, Trigger, Version, local_day
from rules.pairing import Run, is_compatible, pair
from rules.reckon import Reckoner, Reckoning
from rules.telling import words
from rules.telling.explanation import Beside, Correction, Explanation, Step, Told
from rules.workdays import COUNTED_BY_CALENDAR, CountedDay, WorkingCalendar, days_back, days_of

__all__ = ["Explanation", "explain"]

_SHOWABLE = ("boolean", "date", "limit", "code", "event")


def explain(clock: Clock, events: Iterable[Event], law: Law) -> Explanation:
    """Why a clock's dates are what they are. ``events``: all those the clock was evaluated from, as they were sent.

    Raises RulesError where the events or the law no longer give this clock.
    """
    sent = list(events)
    history = settle(sent)
    timescale = law.timescales[clock.timescale]
    measure = next(one for one in timescale.measures if one.id == clock.measure)
    by_type = _by_type(clock.subject, history)
    run = _run_of(clock, measure, by_type)
    version = next(version for version in measure.versions if version.starts_on == clock.version_on)
    calendar = law.calendars[version.calendar]
    telling = _Telling(sent, measure)
    over = run.over
    sum_ = _reckoned(Reckoner(measure, by_type, law), run, version)
    return Explanation(
        clock=clock,
        timescale=timescale,
        measure=measure,
        version=version,
        calendar=calendar,
        start=telling.of(_as_recorded(run.start, by_type)),
        counted_from=telling.of_any(_anchor(clock, version, by_type)),
        plan=telling.of_any(_plan_event(clock, version.plan_limit, by_type) if version.plan_limit else None),
        days=_days(clock, sum_, version, calendar),
        target_days=_target_days(clock, version, calendar),
        stop=telling.of_any(over),
        stop_details=telling.of_any(run.early_stop),
        beside=_beside(clock, (timescale, measure), sent, law),
        stretches=tuple(Step(telling.of_any(one.change), one) for one in sum_.stretches),
        pauses=tuple((telling.of(begun), telling.of_any(ended)) for begun, ended in sum_.pauses),
        grants=tuple(Step(telling.of(one.event), one) for one in sum_.grants),
        source_due_on=_source_due_on(clock, run.start),
        limit_ends_on=sum_.without_grants_on or clock.due_on,
        birthday=run.birthday,
        born_on=born_on(by_type) if run.birthday or measure.until_age else None,
    )


def _source_due_on(clock: Clock, start: Event) -> date | None:
    return start.day_in("source_due_on") if clock.due_on is not None else None


def _run_of(clock: Clock, measure: Measure, by_type: ByType) -> Run:
    lapses_on = lapse(measure, by_type)
    for run in pair(measure, by_type)[0]:
        if run.start.ref == clock.started_by and (lapses_on is None or outlives(run, lapses_on)):
            return run
    raise RulesError(f"clock {clock.id}: its start is not among the events given: evaluate its history again")


def _reckoned(reckoner: Reckoner, run: Run, version: Version) -> Reckoning:
    try:
        return reckoner.reckon(run, version)
    except CannotCount:  # the clock says so itself: its problem is told
        return Reckoning(run.start.happened_on, version.limit, None)


class _Telling:
    """Tells events of one history, for one measure: its conditions say which fields matter."""

    def __init__(self, sent: Sequence[Event], measure: Measure) -> None:
        self.sent = sent
        triggers: tuple[Trigger, ...] = (*measure.starts, *measure.stops, *measure.ends, *measure.exists_if)
        self.fields = {(one.event, condition.field) for one in triggers for condition in one.conditions}

    def of_any(self, event: Event | None) -> Told | None:
        return None if event is None else self.of(event)

    def of(self, event: Event) -> Told:
        says = CATALOGUE[event.type].says.rstrip(".")
        details = tuple(words.field(name, event.data[name]) for name in event.data if (event.type, name) in self.fields)
        return Told(
            event=event.ref,
            type=event.type,
            says=says[0].lower() + says[1:],
            details=details,
            happened_on=event.happened_on,
            happened_at=event.happened_at,
            recorded_on=_local(event.recorded_at),
            received_on=_local(event.received_at),
            recording_lag=event.recording_lag,
            corrects=self._corrects(event),
        )

    def _corrects(self, event: Event) -> tuple[Correction, ...]:
        versions = lineage(self.sent, event.ref)
        return tuple(
            Correction(was.ref, was.happened_on, _local(was.recorded_at), _changes(was, now))
            for was, now in pairwise(versions)
        )


def _changes(was: Event, now: Event) -> tuple[str, ...]:
    """What a correction changed, in words: dates and codes in full, of free text only the name of the field."""
    changes = []
    if was.type != now.type:
        changes.append(f"what happened was first recorded as '{CATALOGUE[was.type].says.rstrip('.').lower()}'")
    if was.happened_on != now.happened_on:
        changes.append(f"the day was first recorded as {words.day(was.happened_on)}")
    if was.subject != now.subject:
        changes.append("it was first recorded about another subject")
    if was.key != now.key:
        changes.append(f"it was first recorded under {was.key or 'no key'}")
    for name in sorted(was.data.keys() | now.data.keys()):
        if was.data.get(name) != now.data.get(name) and name != "supersedes":
            field = CATALOGUE[was.type].fields.get(name)
            is_showable = field is not None and field.kind in _SHOWABLE and name in was.data
            before = f" (before: {words.value(was.data[name])})" if is_showable else ""
            changes.append(f"{name.replace('_', ' ')} was changed{before}")
    return tuple(changes)


def _as_recorded(start: Event, by_type: ByType) -> Event:
    """What was recorded of a start: a birthday is recorded by nobody, but what it turns on was."""
    return next(event for event in by_type[start.type] if event.ref == start.ref)


def _by_type(subject: str, history: History) -> ByType:
    by_type: dict[str, list[Event]] = {}
    for event in history.events:
        if history.homes.get(event.subject, event.subject) == subject:
            by_type.setdefault(event.type, []).append(event)
    return by_type


def _anchor(clock: Clock, version: Version, by_type: ByType) -> Event | None:
    """The event counted from, where that is another than the start."""
    if version.counted_from is None:
        return None
    trigger = version.counted_from.trigger
    for event in by_type.get(trigger.event, ()):
        is_the_day = event.happened_on == clock.counted_from_on
        if is_the_day and is_compatible(event.key, clock.key) and trigger.matches(event):
            return event
    return None


def _plan_event(clock: Clock, plan: PlanLimit, by_type: ByType) -> Event | None:
    """The event by which the plan set the limit that governs; None where the plan was silent."""
    said = [event for name in plan.events for event in by_type.get(name, ()) if plan.field in event.data]
    said = [event for event in said if is_compatible(event.key, clock.key)]
    said = [event for event in said if event.happened_on <= clock.counted_from_on]
    said.sort(key=lambda event: (event.happened_on, event.source, event.id))
    governs = [event for event in said[-1:] if read_limit(str(event.data[plan.field])) == clock.limit]
    return governs[0] if governs else None


def _days(clock: Clock, sum_: Reckoning, version: Version, calendar: WorkingCalendar) -> tuple[CountedDay, ...]:
    """Every day of the sum, up to where the limit itself ran out: extensions are told one by one."""
    if clock.due_on is None or clock.limit is None or clock.limit.unit not in COUNTED_BY_CALENDAR:
        return ()
    if version.before is not None:
        return days_back(clock.counted_from_on, clock.due_on, calendar)
    still = [(begun.happened_on, ended.happened_on) for begun, ended in sum_.pauses if ended is not None]
    ends_on = sum_.without_grants_on or clock.due_on
    return days_of(clock.counted_from_on, ends_on, calendar, version.counting, still)


def _target_days(clock: Clock, version: Version, calendar: WorkingCalendar) -> tuple[CountedDay, ...]:
    target = version.target
    if target is None or clock.target_due_on is None or target.limit.unit not in COUNTED_BY_CALENDAR:
        return ()
    return days_of(clock.started_on, clock.target_due_on, calendar, version.counting)


def _beside(clock: Clock, own: tuple[Timescale, Measure], sent: Sequence[Event], law: Law) -> tuple[Beside, ...]:
    """The other readings of this measure, and the other measures under this reading."""
    timescale, measure = own
    beside = []
    for reading in timescale.readings:
        if reading.id != timescale.chosen_reading:
            other = next((one for one in reading.measures if one.id == measure.id), None)
            if other is not None and other != measure:
                beside.append(Beside("reading", reading.id, reading.title, _counterpart(clock, other, sent, law)))
    for other in timescale.measures:
        if other.id != measure.id:
            beside.append(Beside("measure", other.id, other.title, _counterpart(clock, other, sent, law)))
    return tuple(beside)


def _counterpart(clock: Clock, measure: Measure, sent: Sequence[Event], law: Law) -> Clock | None:
    """The clock of another measure that is about the same thing: the same key, else the nearest start."""
    clocks = evaluate(sent, law, (measure,)).clocks
    clocks = tuple(one for one in clocks if one.subject == clock.subject and is_compatible(one.key, clock.key))
    return min(
        clocks, key=lambda one: (one.key != clock.key, abs((one.started_on - clock.started_on).days)), default=None
    )


def _local(moment: datetime | None) -> date | None:
    return local_day(moment) if moment else None
