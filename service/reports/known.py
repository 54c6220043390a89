"""What was known at a moment: the clocks of some timescales, what could not be right, and what was booked.

Two ways to the same answer. What has not changed since is read from the stored clocks. What has is worked out again,
from the events received by that moment and the law: that is what makes every published figure possible to prove.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, and_, exists, select

from rules import evaluate
from rules.catalogue import CONCERNING_ALL, PLANNED
from rules.history import IN_ORDER, History, settle
from rules.model import Clock, Event, EventRef, Measure, Problem
from service import clock as wall
from service.council import Council
from service.store import events
from service.store.clocks import CLOCK, PROBLEM, clock_of
from service.store.events import EVENT
from service.store.prepared import chunks
from service.store.tables import AuthorityRow, TeamRow, table

_LONGEST = timedelta(days=366)
"""No limit that recurs is longer, so nothing is held earlier than this before its last day."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """When an event happened, and the ``lag``: whole days until it was typed in; None for a correction, no delay."""

    happened_on: date
    lag: int | None


@dataclass(frozen=True, slots=True)
class Booking:
    """The last day that something was booked for."""

    subject: str
    key: str | None
    planned_on: date


@dataclass(frozen=True, slots=True)
class Known:
    """Clocks that started by ``as_at`` and were open, or due, at or after ``since``, and what stands beside them."""

    clocks: tuple[Clock, ...]
    problems: tuple[Problem, ...]
    recorded: Mapping[EventRef, Recorded]
    bookings: tuple[Booking, ...]
    teams: Mapping[str, str]
    law: str
    """The fingerprint of the law that the clocks were computed with."""
    events: tuple[Event, ...] = ()
    """What happened, by ``as_at``, of the types that were asked for, to the subjects of these clocks; in order."""


def read(
    council: Council,
    timescales: Collection[str],
    booked: str,
    *,
    since: date,
    as_at: date,
    known_at: datetime,
    events_of: Collection[str] = (),
) -> Known:
    """What was known at ``known_at`` of these timescales; ``booked`` names the bookings that are wanted, if any.

    ``events_of``: event types that are wanted for themselves.
    """
    measures = [one for id in timescales if id in council.law.timescales for one in council.law.timescales[id].measures]
    with council.reading() as db:
        if db.execute(select(exists().where(EVENT.c.received_at > known_at))).scalar():
            clocks, problems = _worked_out(db, council, measures, known_at)
            law = council.law.fingerprint
        else:
            clocks, problems = _stored(db, measures, since)
            law = db.execute(select(table(AuthorityRow).c.law)).scalar() or council.law.fingerprint
        kept = [one for one in clocks if _is_wanted(one, since, as_at)]
        found = beside(db, kept, booked=booked, as_at=as_at, known_at=known_at, events_of=events_of)
        told = _recorded(db, [one.event for one in problems])
        standing = sorted(one for one in problems if one.event in told and told[one.event].happened_on <= as_at)
    return replace(found, problems=tuple(standing), recorded={**found.recorded, **told}, law=law)


def beside(
    db: Connection,
    clocks: Iterable[Clock],
    *,
    booked: str = "",
    as_at: date,
    known_at: datetime,
    events_of: Collection[str] = (),
) -> Known:
    """What was known beside clocks that were chosen already, each as it stood on ``as_at``; no problems, and no law."""
    kept = tuple(_as_it_stood(one, as_at) for one in clocks)
    still_open = {one.subject for one in kept if one.stopped_on is None or one.stopped_on >= as_at}
    return Known(
        clocks=kept,
        problems=(),
        recorded=_recorded(db, [one.stopped_by for one in kept if one.stopped_by]),
        bookings=_bookings(db, still_open, booked, as_at, known_at) if booked else (),
        teams={row.id: row.name for row in db.execute(select(table(TeamRow)))},
        law="",
        events=_happened(db, {one.subject for one in kept}, events_of, as_at, known_at) if events_of else (),
    )


def _is_wanted(clock: Clock, since: date, as_at: date) -> bool:
    """What was held early counts in the period of its last day, so it is wanted too."""
    last_on = max(clock.stopped_on or date.max, clock.due_on or date.min)
    return clock.started_on <= as_at and last_on >= since


def _as_it_stood(clock: Clock, as_at: date) -> Clock:
    """The clock on a day: what stopped it later had not stopped it yet, and one that had lapsed by then had ended."""
    if clock.is_in_figures and clock.stopped_on is not None and clock.stopped_on > as_at:
        clock = clock._replace(stopped_on=None, stopped_by=None, outcome=None, ended_because=None)
    return clock.as_at(as_at)


def _stored(db: Connection, measures: Sequence[Measure], since: date) -> tuple[list[Clock], list[Problem]]:
    # One seek into ix_clock_figures for each measure and side: with one OR for all, SQLite reads the whole table.
    held_early = and_(CLOCK.c.stopped_on < since, CLOCK.c.stopped_on >= since - _LONGEST, CLOCK.c.due_on >= since)
    clocks = [
        clock_of(row)
        for one in measures
        for lately in (CLOCK.c.stopped_on.is_(None), CLOCK.c.stopped_on >= since, held_early)
        for row in db.execute(
            select(CLOCK).where(CLOCK.c.timescale == one.timescale, CLOCK.c.measure == one.id, lately)
        )
    ]
    clocks.sort(key=lambda one: one.id)
    rows = db.execute(select(PROBLEM).where(PROBLEM.c.timescale.in_({one.timescale for one in measures})))
    return clocks, [
        Problem(row.subject, row.code, row.timescale, EventRef(row.source, row.event_id), row.words) for row in rows
    ]


def _worked_out(
    db: Connection, council: Council, measures: Sequence[Measure], known_at: datetime
) -> tuple[list[Clock], list[Problem]]:
    """From the events received by ``known_at``. Histories that corrections and merges tie together are read whole."""
    types = CONCERNING_ALL.union(*(one.types for one in measures))
    named = select(EVENT.c.subject).where(EVENT.c.type.in_(types), EVENT.c.received_at <= known_at).distinct()
    subjects = set(db.execute(named).scalars())
    tied = {subject for subject, one in events.standing(db, subjects).items() if one.is_linked}
    together = _known(events.histories(db, events.linked_with(db, tied)).values(), known_at)
    clocks: list[Clock] = []
    problems: list[Problem] = []
    for history in [together, *events.histories(db, subjects - tied, types).values()]:
        evaluation = evaluate(_known([history], known_at), council.law, measures)
        clocks += evaluation.clocks
        problems += evaluation.problems
    timescales = {one.timescale for one in measures}
    return sorted(clocks, key=lambda one: one.id), [one for one in problems if one.timescale in timescales]


def _recorded(db: Connection, refs: Iterable[EventRef]) -> dict[EventRef, Recorded]:
    found = {}
    columns = (EVENT.c.event_id, EVENT.c.happened_on, EVENT.c.recorded_at, EVENT.c.target)
    for source, refs_of_one in groupby(sorted(set(refs)), key=lambda ref: ref.source):
        for chunk in chunks([ref.id for ref in refs_of_one]):
            wanted = select(*columns).where(EVENT.c.source == source, EVENT.c.event_id.in_(chunk))
            for id, happened_on, recorded_at, target in db.execute(wanted):
                is_known = recorded_at is not None and target is None
                lag = (wall.local(recorded_at).date() - happened_on).days if is_known else None
                found[EventRef(source, id)] = Recorded(happened_on, lag)
    return found


def _bookings(db: Connection, subjects: set[str], booked: str, as_at: date, known_at: datetime) -> tuple[Booking, ...]:
    """For each subject and key, the day of the booking that was made last and stands."""
    found = settled(db, subjects, {PLANNED}, known_at)
    last: dict[tuple[str, str | None], tuple[date, date]] = {}
    for event in found.events:
        if event.type == PLANNED and event.data["of"] == booked and event.happened_on <= as_at:
            place = (found.homes.get(event.subject, event.subject), event.key)
            made = (event.happened_on, date.fromisoformat(str(event.data["planned_on"])))
            last[place] = max(last.get(place, made), made)
    return tuple(Booking(subject, key, planned_on) for (subject, key), (_, planned_on) in last.items())


def _happened(
    db: Connection, subjects: set[str], types: Collection[str], as_at: date, known_at: datetime
) -> tuple[Event, ...]:
    found = settled(db, subjects, types, known_at)
    return tuple(
        replace(event, subject=found.homes.get(event.subject, event.subject))
        for event in found.events
        if event.type in types and event.happened_on <= as_at
    )


def settled(db: Connection, subjects: set[str], types: Collection[str], known_at: datetime) -> History:
    """What of these types is in effect. Histories that corrections and merges tie together are read whole."""
    tied = {subject for subject, one in events.standing(db, subjects).items() if one.is_linked}
    plain = settle(_known(events.histories(db, subjects - tied, types).values(), known_at))
    if not tied:
        return plain
    whole = settle(_known(events.histories(db, events.linked_with(db, tied)).values(), known_at))
    return whole._replace(events=tuple(sorted((*plain.events, *whole.events), key=IN_ORDER)))


def _known(histories: Iterable[list[Event]], known_at: datetime) -> list[Event]:
    """Their events in one list, but for those that had not been received by then."""
    return [event for history in histories for event in history if event.received_at and event.received_at <= known_at]
