"""The clocks as last computed, the journal of what moved them, and the problems found on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, literal, or_, select, true, update

from rules import moved_fields
from rules.catalogue import read_limit
from rules.model import DUTY, Change, ChangeKind, Clock, EventRef, Outcome, Problem
from service.store.events import SUBJECT
from service.store.prepared import Prepared, by_length, chunks, filled, one_of
from service.store.tables import ChangeRow, ClockRow, ProblemRow, table

CLOCK, CHANGE, PROBLEM = table(ClockRow), table(ChangeRow), table(ProblemRow)
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_SHOWN = (
    "started_on", "due_on", "due_at", "target_due_on", "stopped_on", "outcome", "team", "worker", "problem", "subject",
    "answerable_team", "answerable_worker",
)  # fmt: skip


class Note(NamedTuple):
    """One row of the journal: what happened to a clock, when, why, and by which event."""

    clock_id: str
    timescale: str
    measure: str
    kind: str
    reason: str
    due_on: date | None


def of_subjects(
    db: Connection, subjects: Collection[str], timescales: Collection[str] | None = None
) -> dict[str, list[Clock]]:
    """The stored clocks of these subjects (of these timescales, where given), by subject."""
    found: dict[str, list[Clock]] = {subject: [] for subject in subjects}
    wanted = _of(None if timescales is None else frozenset(timescales))
    for chunk in chunks(list(found)):
        for row in wanted(len(chunk)).rows(db, filled(chunk)):
            found[row[3]].append(clock_of(row))
    return found


def one(db: Connection, id: str) -> Clock | None:
    """One clock by its id."""
    row = db.execute(select(CLOCK).where(CLOCK.c.id == id)).first()
    return clock_of(row) if row else None


def subject_of(db: Connection, id: str) -> str | None:
    """Whose clock this is, or was before it was withdrawn; None where there never was one."""
    query = select(CLOCK.c.subject).where(CLOCK.c.id == id)
    before = select(CHANGE.c.subject).where(CHANGE.c.clock_id == id).limit(1)
    return db.scalars(query).first() or db.scalars(before).first()


def by_ids(db: Connection, ids: Collection[str]) -> dict[str, Clock]:
    """Clocks by their ids; what is gone is left out."""
    found: dict[str, Clock] = {}
    for chunk in chunks(sorted(ids)):
        found |= {row.id: clock_of(row) for row in db.execute(select(CLOCK).where(CLOCK.c.id.in_(chunk)))}
    return found


def subjects_of(db: Connection, ids: Collection[str]) -> set[str]:
    """Whom these clocks are or were about, by the journal: one that is gone has nothing else."""
    found: set[str] = set()
    for chunk in chunks(sorted(ids)):
        found |= set(db.scalars(select(CHANGE.c.subject).where(CHANGE.c.clock_id.in_(chunk)).distinct()))
    return found


def alive(on: date) -> tuple[ColumnElement[bool], ...]:
    """What runs on a day: begun, neither stopped nor ended, and not lapsed by a birthday since."""
    return (
        CLOCK.c.stopped_on.is_(None),
        or_(CLOCK.c.lapses_on.is_(None), CLOCK.c.lapses_on > on),
        CLOCK.c.started_on <= on,
    )


def running_after(db: Connection, id: str, *, most: int) -> list[str]:
    """The ids of duties that run, in their order, following one."""
    is_running = (CLOCK.c.stopped_on.is_(None), CLOCK.c.measure == DUTY, CLOCK.c.id > id)
    return list(db.scalars(select(CLOCK.c.id).where(*is_running).order_by(CLOCK.c.id).limit(most)))


def started_by(db: Connection, source: str, ids: Collection[str]) -> list[Clock]:
    """The duties' clocks that these events of one source started."""
    found: list[Clock] = []
    for chunk in chunks(list(ids)):
        wanted = (CLOCK.c.started_source == source, CLOCK.c.started_id.in_(chunk), CLOCK.c.measure == DUTY)
        found += [clock_of(row) for row in db.execute(select(CLOCK).where(*wanted))]
    return found


def apply(
    db: Connection, changes: Sequence[Change], causes: Sequence[int | None], *, now: datetime
) -> dict[int, list[Note]]:
    """Writes the changes and their journal, and gives the journal's notes by the event that caused them.

    ``causes``: for each change the sequence number of the event that did it; None where a change of law did.
    """
    started = [_row(change.clock) for change in changes if change.before is None]
    gone = [change.clock.id for change in changes if change.after is None]
    moved = [_row(change.after) for change in changes if change.before is not None and change.after is not None]
    if started:
        _INSERT.run(db, started)
    if moved:
        _UPDATE.run(db, [{"the_id": row["id"], **row} for row in moved])
    for chunk in chunks(gone):
        db.execute(delete(CLOCK).where(CLOCK.c.id.in_(chunk)))
    journal = [_journal_row(change, cause, now) for change, cause in zip(changes, causes, strict=True)]
    if journal:
        _JOURNAL.run(db, journal)
    notes: dict[int, list[Note]] = {}
    for row in journal:
        if row["event_seq"] is not None:
            notes.setdefault(row["event_seq"], []).append(_note(row))
    return notes


def notes_of(db: Connection, event_seqs: Collection[int]) -> dict[int, list[Note]]:
    """What these events did to which clocks when they came in, by sequence number."""
    found: dict[int, list[Note]] = {seq: [] for seq in event_seqs}
    for chunk in chunks(list(found)):
        for row in db.execute(select(CHANGE).where(CHANGE.c.event_seq.in_(chunk)).order_by(CHANGE.c.seq)):
            found[row.event_seq].append(_note(row._mapping))
    return found


def journal_of(db: Connection, clock_id: str) -> Sequence[Any]:
    """Everything that ever happened to one clock, in order."""
    return db.execute(select(CHANGE).where(CHANGE.c.clock_id == clock_id).order_by(CHANGE.c.seq)).all()


def set_problems(db: Connection, subjects: Collection[str], problems: Iterable[Problem]) -> None:
    """Replaces what is known to be wrong with these subjects."""
    rows = [_problem_row(problem) for problem in problems]
    wrong = {row["subject"] for row in rows}
    for chunk in chunks(sorted(subjects)):
        db.execute(delete(PROBLEM).where(PROBLEM.c.subject.in_(chunk)))
        for has in (True, False):
            refs = [ref for ref in chunk if (ref in wrong) is has]
            if refs:
                db.execute(update(SUBJECT).where(SUBJECT.c.ref.in_(refs)).values(has_problems=has))
    if rows:
        db.execute(insert(PROBLEM), rows)


def problems_of(db: Connection, subject: str) -> Sequence[Any]:
    """What is known to be wrong with one subject's history."""
    return db.execute(select(PROBLEM).where(PROBLEM.c.subject == subject).order_by(PROBLEM.c.seq)).all()


def clock_of(row: Any) -> Clock:
    """The clock that a row holds."""
    (
        id, timescale, measure, subject, key, team, worker, started_on, started_source, started_id, counted_from_on,
        limit, due_on, target_due_on, stopped_on, stopped_source, stopped_id, outcome, ended_because, version_on,
        is_provisional, problem, flags, due_at, phase, lapses_on, answerable_team, answerable_worker,
    ) = row  # fmt: skip
    return Clock(
        id, timescale, measure, subject, key, team, worker, started_on, EventRef(started_source, started_id),
        counted_from_on, read_limit(limit) if limit else None, due_on, target_due_on, stopped_on,
        EventRef(stopped_source, stopped_id) if stopped_id else None, _OUTCOMES[outcome] if outcome else None,
        ended_because, version_on, is_provisional, problem, () if flags == "[]" else tuple(json.loads(flags)),
        due_at, phase, lapses_on, answerable_team, answerable_worker,
    )  # fmt: skip


def _row(clock: Clock | None) -> dict[str, object]:
    assert clock is not None
    stopped_by = clock.stopped_by
    return {
        "id": clock.id,
        "timescale": clock.timescale,
        "measure": clock.measure,
        "subject": clock.subject,
        "key": clock.key,
        "team": clock.team,
        "worker": clock.worker,
        "started_on": clock.started_on,
        "started_source": clock.started_by.source,
        "started_id": clock.started_by.id,
        "counted_from_on": clock.counted_from_on,
        "limit": str(clock.limit) if clock.limit else None,
        "due_on": clock.due_on,
        "target_due_on": clock.target_due_on,
        "stopped_on": clock.stopped_on,
        "stopped_source": stopped_by.source if stopped_by else None,
        "stopped_id": stopped_by.id if stopped_by else None,
        "outcome": clock.outcome.value if clock.outcome else None,
        "ended_because": clock.ended_because,
        "version_on": clock.version_on,
        "is_provisional": clock.is_provisional,
        "problem": clock.problem,
        "flags": json.dumps(clock.flags) if clock.flags else "[]",
        "due_at": clock.due_at,
        "phase": clock.phase,
        "lapses_on": clock.lapses_on,
        "answerable_team": clock.answerable_team,
        "answerable_worker": clock.answerable_worker,
    }


def _journal_row(change: Change, cause: int | None, now: datetime) -> dict[str, Any]:
    clock = change.clock
    return {
        "at": now,
        "clock_id": clock.id,
        "subject": clock.subject,
        "timescale": clock.timescale,
        "measure": clock.measure,
        "kind": change.kind.value,
        "reason": change.reason,
        "event_seq": cause,
        "moved": _moved(change),
        "due_on": None if change.kind is ChangeKind.WITHDRAWN else clock.due_on,
    }


def _note(row: Any) -> Note:
    return Note(row["clock_id"], row["timescale"], row["measure"], row["kind"], row["reason"], row["due_on"])


def _problem_row(problem: Problem) -> dict[str, object]:
    return {
        "subject": problem.subject,
        "code": problem.code,
        "timescale": problem.timescale,
        "source": problem.event.source,
        "event_id": problem.event.id,
        "words": problem.words,
    }


def _moved(change: Change) -> str:
    if change.before is None or change.after is None:
        return "{}"
    moved = {name: pair for name, pair in moved_fields(change).items() if name in _SHOWN}
    return json.dumps({name: [_plain(was), _plain(now)] for name, (was, now) in moved.items()})


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value  # a moment is a date too


@lru_cache(maxsize=1_024)
def _of(timescales: frozenset[str] | None) -> Callable[[int], Prepared]:
    which = true() if timescales is None else CLOCK.c.timescale.in_([literal(name) for name in sorted(timescales)])
    return by_length(lambda length: select(CLOCK).where(one_of(CLOCK.c.subject, length), which))


_CLOCK_COLUMNS = [column.name for column in CLOCK.c]
_INSERT = Prepared(insert(CLOCK), keys=_CLOCK_COLUMNS)
_UPDATE = Prepared(
    update(CLOCK).where(CLOCK.c.id == bindparam("the_id")), keys=[name for name in _CLOCK_COLUMNS if name != "id"]
)
_JOURNAL = Prepared(insert(CHANGE), keys=[column.name for column in CHANGE.c if column.name != "seq"])
