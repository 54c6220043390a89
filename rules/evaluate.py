"""A history and the law in, clocks out. Pure: it never sees today, so the same history and law give the same clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import blake2b
from operator import attrgetter

from rules.catalogue import ALLOCATED, read_limit
from rules.errors import CannotCount
from rules.history import History, settle
from rules.law import Law
from rules.model import (
    DUTY,
    Anchor,
    Clock,
    Evaluation,
    Event,
    EventRef,
    Limit,
    Measure,
    Outcome,
    PlanLimit,
    Problem,
    Version,
)
from rules.pairing import STOPPED_BEFORE_START, ByType, Run, Unpaired, is_compatible, pair
from rules.workdays import due

_MET, _LATE, _DONE, _ENDED = Outcome.MET, Outcome.LATE, Outcome.DONE, Outcome.ENDED
_IN_ORDER = attrgetter("happened_on", "source", "id")

CANNOT_COUNT = "cannot-count"
PLAN_CHANGED = "the plan changed while this was awaited; the earlier of the two dates governs"

_WORDS = {
    "nothing-to-stop": "nothing is recorded that this could have followed",
    "nothing-to-decide": "nothing is recorded that this could have been decided about",
    STOPPED_BEFORE_START: "it is dated before what it should have followed",
}


def evaluate(events: Iterable[Event], law: Law, measures: Sequence[Measure] | None = None) -> Evaluation:
    """The clocks of one subject, or of several that corrections and merges link, and what could not be right.

    ``measures`` narrows the law to what a change can have touched (see ``Law.touched_by``). Any order of events, and
    any repeats, give the same answer.
    """
    history = settle(events)
    clocks: list[Clock] = []
    problems = list(history.problems)
    for subject, by_type in _by_subject_and_type(history).items():
        for measure in law.seeing(by_type) if measures is None else measures:
            one = _Measuring(subject, measure, by_type, (history, law))
            clocks += one.clocks()
            problems += one.problems
    return Evaluation(tuple(clocks), tuple(problems))


def clock_id(timescale: str, measure: str, root: EventRef) -> str:
    """The clock's name for ever: from the timescale, the measure, and the first version of the event that started it.

    So a correction keeps it. The subject and key are those of that event, and so are not repeated.
    """
    named = f"{timescale}\x1f{measure}\x1f{root.source}\x1f{root.id}"
    return blake2b(named.encode(), digest_size=10).hexdigest()


def governing(measure: Measure, run: Run) -> Version | None:
    """The version in force when the clock started, or a later one that says it governs clocks already running."""
    started_on = run.start.happened_on
    over = run.stop or run.end
    chosen = None
    for version in measure.versions:
        if version.starts_on <= started_on:
            if version.ends_on is None or started_on <= version.ends_on:
                chosen = version
        elif chosen and version.is_governing_running and (over is None or over.happened_on >= version.starts_on):
            chosen = version
    return chosen


def _by_subject_and_type(history: History) -> dict[str, dict[str, list[Event]]]:
    found: dict[str, dict[str, list[Event]]] = {}
    homes = history.homes
    for event in history.events:
        by_type = found.setdefault(homes.get(event.subject, event.subject), {})
        if event.type in by_type:
            by_type[event.type].append(event)
        else:
            by_type[event.type] = [event]
    return found


_Due = tuple[date, Limit | None, date | None, bool, tuple[str, ...]]
"""The sum of one clock: day 0, the limit that governs, the day it gives, if that is provisional, and flags."""


class _Measuring:
    """One measure of one subject: its runs paired, each made into a clock."""

    def __init__(self, subject: str, measure: Measure, by_type: ByType, known: tuple[History, Law]) -> None:
        self.subject = subject
        self.measure = measure
        self.by_type = by_type
        self.history, self.law = known
        self.runs, unpaired = pair(measure, by_type)
        self.problems = [self._problem(one) for one in unpaired] if measure.id == DUTY else []
        self._plans: dict[date, list[tuple[date, str | None, Limit]]] = {}

    def clocks(self) -> list[Clock]:
        clocks = []
        for run in self.runs:
            version = governing(self.measure, run)
            if version is not None:
                clocks.append(self._clock(run, version))
        return clocks

    def _problem(self, unpaired: Unpaired) -> Problem:
        code, event = unpaired
        words = f"{event.type} of {event.happened_on}: {_WORDS[code]}"
        return Problem(self.subject, code, self.measure.timescale, event.ref, words)

    def _clock(self, run: Run, version: Version) -> Clock:
        start, over = run.start, run.stop or run.end
        started_by = start.ref
        problem = STOPPED_BEFORE_START if run.early_stop is not None else None
        target_due_on = None
        try:
            counted_from_on, limit, due_on, is_provisional, flags = self._due(run, version)
            if version.target is not None:
                calendar = self.law.calendars[version.calendar]
                target_due_on = due(start.happened_on, version.target.limit, calendar, version.counting).due_on
        except CannotCount:
            problem = problem or CANNOT_COUNT
            counted_from_on, limit, due_on, is_provisional, flags = start.happened_on, version.limit, None, False, ()
        team, worker = _owner(run, self.by_type)
        # In the order of Clock's fields: given by name they take a tenth of an evaluation longer.
        return Clock(
            clock_id(self.measure.timescale, self.measure.id, self.history.roots.get(started_by, started_by)),
            self.measure.timescale,
            self.measure.id,
            self.subject,
            run.key,
            team,
            worker,
            start.happened_on,
            started_by,
            counted_from_on,
            limit,
            due_on,
            target_due_on,
            over.happened_on if over else None,
            over.ref if over else None,
            _outcome(run, due_on),
            run.why if run.end else None,
            version.starts_on,
            is_provisional,
            problem,
            _flags(run, flags) if flags or run.flag or run.proof_flag else (),
        )

    def _due(self, run: Run, version: Version) -> _Due:
        if version.plan_limit is not None:
            return self._due_by_plan(run, version, version.plan_limit)
        start_on = run.start.happened_on
        if version.limit is None:
            return start_on, None, None, False, ()
        flags: tuple[str, ...] = ()
        if version.counted_from is not None:
            anchor = self._anchor(run, version.counted_from)
            if anchor is None:
                flags = (version.counted_from.flag,)
            else:
                start_on = anchor.happened_on
        due_on, is_provisional = due(start_on, version.limit, self.law.calendars[version.calendar], version.counting)
        return start_on, version.limit, due_on, is_provisional, flags

    def _anchor(self, run: Run, anchor: Anchor) -> Event | None:
        """The first event, from the start to the stop, from which this version counts."""
        over = run.stop or run.end
        for event in self.by_type.get(anchor.trigger.event, ()):
            if (
                event.happened_on >= run.start.happened_on
                and (over is None or event.happened_on <= over.happened_on)
                and is_compatible(event.key, run.key)
                and anchor.trigger.matches(event)
            ):
                return event
        return None

    def _due_by_plan(self, run: Run, version: Version, plan: PlanLimit) -> _Due:
        """The plan's own frequency, as it stood when the wait began, and as it was changed while it lasted.

        A change during the wait is counted from its own day, and the earliest of the dates governs: so a plan that is
        tightened takes effect at once without making anybody late for a day already past, and one that is loosened
        takes effect from the next visit.
        """
        start_on, over, key = run.start.happened_on, run.stop or run.end, run.key
        base, waits = plan.otherwise, []
        for on, other_key, limit in self._said_by(plan, version.starts_on):
            if other_key == key or other_key is None or key is None:
                if on <= start_on:
                    base = limit
                elif over is None or on <= over.happened_on:
                    waits.append((on, limit))
        waits = [(start_on, limit) for limit in (base, plan.maximum) if limit] + waits
        calendar, counting = self.law.calendars[version.calendar], version.counting
        best = None
        for on, limit in waits:
            due_on, is_provisional = due(on, limit, calendar, counting)
            if best is None or due_on < best[2]:
                best = (on, limit, due_on, is_provisional)
        if best is None:
            return start_on, None, None, False, ()
        return *best, (PLAN_CHANGED,) if best[0] > start_on else ()

    def _said_by(self, plan: PlanLimit, version_on: date) -> list[tuple[date, str | None, Limit]]:
        """Every time the plan set its frequency, in the order it happened: day, key, limit. Found once a version."""
        said = self._plans.get(version_on)
        if said is None:
            events = [event for name in plan.events for event in self.by_type.get(name, ()) if plan.field in event.data]
            events.sort(key=_IN_ORDER)
            said = self._plans[version_on] = [
                (event.happened_on, event.key, _read(event, plan.field)) for event in events
            ]
        return said


def _flags(run: Run, of_the_sum: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(flag for flag in (run.flag, run.proof_flag, *of_the_sum) if flag)


def _read(event: Event, field: str) -> Limit:
    try:
        return read_limit(str(event.data[field]))
    except ValueError as error:
        raise CannotCount(f"{field} of {event.type}: {error}") from None


def _outcome(run: Run, due_on: date | None) -> Outcome | None:
    if run.stop is None:
        return _ENDED if run.end else None
    if due_on is None:
        return _DONE
    return _MET if run.stop.happened_on <= due_on else _LATE


def _owner(run: Run, by_type: ByType) -> tuple[str | None, str | None]:
    """Who answers for a clock: the latest allocation from its start to its stop, else what the start itself says."""
    start, over = run.start, run.stop or run.end
    team, worker = start.team, start.worker
    before_team = before_worker = None
    for event in by_type.get(ALLOCATED, ()):
        if event.happened_on < start.happened_on:
            before_team, before_worker = event.team or before_team, event.worker or before_worker
        elif over is None or event.happened_on <= over.happened_on:
            team, worker = event.team or team, event.worker or worker
    team, worker = team or before_team, worker or before_worker
    if over is not None:
        team, worker = team or over.team, worker or over.worker
    return team, worker
