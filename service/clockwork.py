"""From events just stored to the clocks they move: every history they touch is read, evaluated, compared and written.

Where nothing ties histories together, only what the new events' types can move is read. What corrections and merges
tie, and what has a problem, is read whole. Nothing here commits: the caller's transaction holds the events too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import structlog
from sqlalchemy import Connection

from rules import Law, diff, evaluate, plan
from rules.catalogue import ALLOCATED, CONCERNING_ALL, MERGED
from rules.model import DUTY, AlertKey, Change, Clock, Evaluation, Event, EventRef, Measure, Problem
from rules.plan import Told
from service import clock as wall
from service.council import Council
from service.errors import told_of
from service.notify.channels.webhooks.queueing import queue_changes
from service.store import clocks, events
from service.store.telling import alerts
from service.store.telling.releases import releases

log = structlog.get_logger()

CANNOT_EVALUATE = "cannot-evaluate"
_CANNOT_EVALUATE = "this history could not be evaluated, so its clocks are as they were before: a defect in the service"

_AT_ONCE = 2_000

Notes = dict[int, list[clocks.Note]]


class Arrivals:
    """Events that came in just now, for the first time, with their sequence numbers."""

    def __init__(self, events: Sequence[Event], seqs: Mapping[EventRef, int]) -> None:
        self.events = events
        self.seqs = seqs
        self.by_subject: dict[str, list[Event]] = {}
        for event in events:
            self.by_subject.setdefault(event.subject, []).append(event)

    def about(self, subjects: Collection[str]) -> Arrivals:
        """Those about these subjects."""
        return Arrivals([event for subject in subjects for event in self.by_subject.get(subject, ())], self.seqs)

    def causes_of(self, changes: Sequence[Change], law: Law) -> list[int | None]:
        """For each change the sequence number of the arrival that did it."""
        return [self.cause_of(change, law) for change in changes]

    def cause_of(self, change: Change, law: Law) -> int | None:
        """The arrival that moved a clock: what the change points to, or else the last that could have moved it.

        None where nothing arrived.
        """
        pointed_to = self.seqs.get(change.cause)
        if pointed_to is not None or not self.events:
            return pointed_to
        clock = change.clock
        concerned = law.types_moving(clock)
        candidates = self.by_subject.get(clock.subject, self.events)

        def nearness(event: Event) -> tuple[bool, bool, int]:
            could_move_it = event.type in concerned or event.target is not None or event.type == ALLOCATED
            return could_move_it, event.key == clock.key, self.seqs[event.ref]

        return self.seqs[max(candidates, key=nearness).ref]


class Wider(Exception):
    """The histories touched turned out to be more than are held: start again, holding all of them."""

    def __init__(self, subjects: Collection[str]) -> None:
        self.subjects = subjects


def names_of(event: Event) -> Iterator[str]:
    """What must not be written about at the same time: the subject, the event's id, and what it aims at."""
    yield of_subject(event.subject)
    yield f"event {event.source} {event.id}"
    if event.target:
        yield f"event {event.source} {event.target}"
    if event.type == MERGED:
        yield of_subject(str(event.data["into"]))


def of_subject(subject: str) -> str:
    return f"subject {subject}"


def move_clocks(db: Connection, council: Council, arrivals: Arrivals, held: Collection[str]) -> Notes:
    """From events just stored to clocks, journal, problems and alerts, for every history that they touch."""
    ties = events.ties(db, arrivals.events)
    touched = set(arrivals.by_subject).union(*ties)
    _must_hold(db, held, touched)  # before a row is locked: two intakes holding one end each would wait for one another
    events.tie(db, ties)
    standing = events.standing(db, touched)
    events.meet(db, [subject for subject, one in standing.items() if not one.is_known])
    tangled = {subject for subject, one in standing.items() if one.is_linked or one.has_problems}
    notes: Notes = {}
    if tangled:
        groups = events.linked_groups(db, tangled)
        _must_hold(db, held, {subject for group in groups for subject in group})
        notes |= _evaluate_whole(db, council, groups, arrivals.about(tangled))
    plain = arrivals.by_subject.keys() - tangled
    if plain:
        known = {subject for subject in plain if standing[subject].is_known}
        notes |= _evaluate_touched(db, council, arrivals.about(plain) if tangled else arrivals, known)
    return notes


def _must_hold(db: Connection, held: Collection[str], subjects: Collection[str]) -> None:
    if db.dialect.name != "sqlite" and not {of_subject(subject) for subject in subjects} <= set(held):
        raise Wider(subjects)


def _evaluate_touched(db: Connection, council: Council, arrivals: Arrivals, known: Collection[str]) -> Notes:
    """Histories that nothing corrects, in which all was right: only what the new events' types can move is read.

    ``known``: whose events were stored before. Of the others there is nothing to read but what arrived.
    """
    types_of = {subject: {event.type for event in own} for subject, own in arrivals.by_subject.items()}
    measures = council.law.touched_by({event.type for event in arrivals.events})
    if not measures:
        return {}
    histories = arrivals.by_subject | events.histories(
        db, known, CONCERNING_ALL.union(*(measure.types for measure in measures))
    )
    before = clocks.of_subjects(db, known, {measure.timescale for measure in measures})
    changes: list[Change] = []
    problems: list[Problem] = []
    for subject, types in types_of.items():
        own = council.law.touched_by(types)
        touched = {(measure.timescale, measure.id) for measure in own}
        was = [clock for clock in before.get(subject, ()) if (clock.timescale, clock.measure) in touched]
        evaluation = evaluate_safely(council.law, histories[subject], was, own)
        changes += diff(was, evaluation.clocks)
        problems += evaluation.problems
    if problems:
        clocks.set_problems(db, {problem.subject for problem in problems}, problems)
    return write(db, council, changes, arrivals.causes_of(changes, council.law), new=arrivals.by_subject.keys() - known)


def _evaluate_whole(db: Connection, council: Council, groups: Collection[Collection[str]], arrivals: Arrivals) -> Notes:
    """Histories tied together by corrections and merges, or with a problem: each read and evaluated whole."""
    subjects = [subject for group in groups for subject in group]
    histories = events.histories(db, subjects)
    stored = clocks.of_subjects(db, subjects)
    changes: list[Change] = []
    causes: list[int | None] = []
    problems: list[Problem] = []
    for group in groups:
        history = [event for subject in group for event in histories[subject]]
        before = [clock for subject in group for clock in stored[subject]]
        evaluation = evaluate_safely(council.law, history, before)
        problems += evaluation.problems
        moved = diff(before, evaluation.clocks)
        changes += moved
        causes += arrivals.about(group).causes_of(moved, council.law)
    clocks.set_problems(db, subjects, problems)
    return write(db, council, changes, causes)


def evaluate_safely(
    law: Law, history: Sequence[Event], before: Sequence[Clock], measures: Sequence[Measure] | None = None
) -> Evaluation:
    """Evaluates; what defeats the rules keeps its clocks as they were and becomes a visible, counted problem.

    The events are stored all the same: refusing them would lose a fact because of our defect.
    """
    try:
        return evaluate(history, law, measures)
    except Exception:  # whatever the defect is: it must not lose the event, nor take other timescales with it
        return _evaluate_apart(law, history, before, measures)


def _evaluate_apart(
    law: Law, history: Sequence[Event], before: Sequence[Clock], measures: Sequence[Measure] | None
) -> Evaluation:
    """One timescale after another, so that only what is defeated stands still."""
    by_timescale: dict[str, list[Measure]] = {}
    for measure in law.seeing({event.type for event in history}) if measures is None else measures:
        by_timescale.setdefault(measure.timescale, []).append(measure)
    moved: list[Clock] = []
    problems: dict[Problem, None] = {}
    for timescale, own in by_timescale.items():
        try:
            evaluation = evaluate(history, law, own)
        except Exception as defect:
            log.error("a history could not be evaluated", timescale=timescale, **told_of(defect))
            last = max(history, key=lambda event: (event.happened_on, event.ref))
            problem = Problem(last.subject, CANNOT_EVALUATE, timescale, last.ref, _CANNOT_EVALUATE)
            evaluation = Evaluation(tuple(clock for clock in before if clock.timescale == timescale), (problem,))
        moved += evaluation.clocks
        problems |= dict.fromkeys(evaluation.problems)
    return Evaluation(tuple(moved), tuple(problems))


def write(
    db: Connection,
    council: Council,
    changes: Sequence[Change],
    causes: Sequence[int | None],
    new: Collection[str] = frozenset(),
) -> Notes:
    """Changed clocks, their journal, and the alerts that follow from them.

    ``causes``: for each change the sequence number of the event that did it; None where a change of law did. ``new``:
    subjects of whom nothing was known before, so that nothing can have been told of them.
    """
    if not changes:
        return {}
    now = wall.now()
    notes = clocks.apply(db, changes, causes, now=now)
    queue_changes(db, council, changes, now=now)
    _plan(db, council, changes, new)
    return notes


def _plan(db: Connection, council: Council, changes: Sequence[Change], new: Collection[str]) -> None:
    """What should be told of these clocks now, against what has been told: the difference is added or cancelled."""
    moved = [change for change in changes if change.clock.measure == DUTY]
    if not moved:
        return
    asked = [change.clock.id for change in moved if change.clock.subject not in new]  # it may have run before
    told = alerts.told(db, asked) if asked else {}
    timescales = {change.clock.id: change.clock.timescale for change in moved}
    _apply(db, council, [change.after for change in moved if change.after is not None], told, timescales)


def plan_anew(db: Connection, council: Council, clock_ids: Collection[str]) -> None:
    """Plans what is told of these clocks, whatever moved: after a message, a change of ladder, a plan made for them."""
    if not clock_ids:
        return
    told = alerts.told(db, clock_ids)
    known = clocks.by_ids(db, clock_ids)
    timescales = {key.clock: one.timescale for own in told.values() for key, one in own.items()}
    timescales |= {clock.id: clock.timescale for clock in known.values()}
    _apply(db, council, [clock for clock in known.values() if clock.measure == DUTY], told, timescales)


def plan_all_anew(db: Connection, council: Council) -> None:
    """Plans what is told of every clock that runs: a ladder or a calendar may have changed, and moved no clock."""
    after = ""
    while ids := clocks.running_after(db, after, most=_AT_ONCE):
        plan_anew(db, council, ids)
        after = ids[-1]


def _apply(
    db: Connection,
    council: Council,
    running: Sequence[Clock],
    told: Mapping[str, Mapping[AlertKey, Told]],
    timescales: Mapping[str, str],
) -> None:
    planned = plan(running, {key: one for own in told.values() for key, one in own.items()}, council.law)
    if any(planned):
        alerts.apply(db, planned, timescales=timescales, told_from=releases(db), now=wall.now())
