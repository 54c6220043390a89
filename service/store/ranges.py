"""The whole store read in shares: ranges of subjects in the database's own order, and groups that belong together.

Each share is read by two or three look-ups of an index, so that many shares may be read at once, by several processes,
and none of them needs more memory than its own events and clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Select, and_, bindparam, func, null, select, true

from rules.model import Clock, Event, EventRef, Problem
from service.store.clocks import CLOCK, PROBLEM, clock_of, of_subjects
from service.store.events import COLUMNS, EVENT, LINK, SUBJECT, event_of, histories, linked_groups, standing
from service.store.prepared import Prepared, chunks


class Range(NamedTuple):
    """Subjects ``after`` one ``upto`` another, that one included; None: from the first, to the last there may be."""

    after: str | None
    upto: str | None


class Contents(NamedTuple):
    """What is stored of a range. ``marked`` are the subjects marked as having problems."""

    histories: Mapping[str, list[Event]]
    clocks: Mapping[str, list[Clock]]
    problems: Mapping[str, list[Problem]]
    marked: frozenset[str]

    def without(self, subjects: Collection[str]) -> Contents:
        """The same without these."""
        return Contents(
            {subject: own for subject, own in self.histories.items() if subject not in subjects},
            {subject: own for subject, own in self.clocks.items() if subject not in subjects},
            {subject: own for subject, own in self.problems.items() if subject not in subjects},
            frozenset(subject for subject in self.marked if subject not in subjects),
        )


def newest(db: Connection) -> int:
    """The number of the newest event: near enough to how many there are, and found at once."""
    return int(db.execute(select(func.coalesce(func.max(EVENT.c.seq), 0))).scalar_one())


def how_many(db: Connection) -> int:
    """How many events there are."""
    return int(db.execute(select(func.count()).select_from(EVENT)).scalar_one())


def ranges(db: Connection, events_each: int) -> Iterator[Range]:
    """Ranges that leave no subject out, of about so many events each. No subject is in two."""
    each = select(EVENT.c.subject, func.count()).group_by(EVENT.c.subject).order_by(EVENT.c.subject)
    after: str | None = None
    gathered = 0
    for subject, count in db.execute(each):
        gathered += count
        if gathered >= events_each:
            yield Range(after, subject)
            after, gathered = subject, 0
    yield Range(after, None)


def groups(db: Connection) -> list[set[str]]:
    """Whoever is tied to another by a correction or merge, in groups whose histories must be read together."""
    return linked_groups(db, db.execute(select(LINK.c.one).distinct().order_by(LINK.c.one)).scalars())


def contents(db: Connection, one: Range) -> Contents:
    """Everything that is stored of a range of subjects, but for the moments at which the events came in."""
    events: dict[str, list[Event]] = {}
    for row in _rows(db, _events_in, one):
        events.setdefault(row[3], []).append(event_of(row))
    clocks: dict[str, list[Clock]] = {}
    for row in _rows(db, _clocks_in, one):
        clocks.setdefault(row[3], []).append(clock_of(row))
    problems = _by_subject(_rows(db, _problems_in, one))
    return Contents(events, clocks, problems, frozenset(row[0] for row in _rows(db, _marked_in, one)))


def contents_of(db: Connection, subjects: Collection[str]) -> Contents:
    """Everything that is stored of these subjects."""
    marked = frozenset(subject for subject, one in standing(db, subjects).items() if one.has_problems)
    problems = [
        row
        for chunk in chunks(list(subjects))
        for row in db.execute(select(*_PROBLEM_COLUMNS).where(PROBLEM.c.subject.in_(chunk)))
    ]
    return Contents(histories(db, subjects), of_subjects(db, subjects), _by_subject(problems), marked)


def _by_subject(rows: Iterable[Any]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for subject, code, timescale, source, event_id, words in rows:
        problem = Problem(subject, code, timescale, EventRef(source, event_id), words)
        found.setdefault(subject, []).append(problem)
    return found


_PROBLEM_COLUMNS = tuple(PROBLEM.c[name] for name in ("subject", "code", "timescale", "source", "event_id", "words"))
_Which = tuple[bool, bool]


def _rows(db: Connection, statement: Callable[[_Which], Prepared], one: Range) -> list[Any]:
    bounds = {name: bound for name, bound in one._asdict().items() if bound is not None}
    return statement((one.after is not None, one.upto is not None)).rows(db, bounds)


def _between(column: Column[Any], which: _Which) -> ColumnElement[bool]:
    """A condition on a column with an index; a bound that is not there is left out, so that the index serves."""
    has_after, has_upto = which
    return and_(
        column > bindparam("after", type_=column.type) if has_after else true(),
        column <= bindparam("upto", type_=column.type) if has_upto else true(),
    )


def _kept(make: Callable[[_Which], Select[Any]]) -> Callable[[_Which], Prepared]:
    return lru_cache(maxsize=None)(lambda which: Prepared(make(which)))


# No clock depends on when an event came in, and reading a moment costs as much as reading three texts.
_EVALUATED = tuple(null() if column is EVENT.c.received_at else column for column in COLUMNS)
_events_in = _kept(lambda which: select(*_EVALUATED).where(_between(EVENT.c.subject, which)))
_clocks_in = _kept(lambda which: select(CLOCK).where(_between(CLOCK.c.subject, which)))
_problems_in = _kept(lambda which: select(*_PROBLEM_COLUMNS).where(_between(PROBLEM.c.subject, which)))
_marked_in = _kept(lambda which: select(SUBJECT.c.ref).where(SUBJECT.c.has_problems, _between(SUBJECT.c.ref, which)))
