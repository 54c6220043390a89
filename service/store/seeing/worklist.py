"""The list that a manager works from: its counts, one page of it in any order, the same child by child, and whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, case, collate, func, select

from rules.model import Clock
from service.store.clocks import CLOCK, clock_of
from service.store.prepared import chunks
from service.store.seeing.caseload import Wanted, alike, conditions, plan_until
from service.store.seeing.reach import Reach, running_for

_A_FETCH = 1_000


class By(StrEnum):
    """What a list is put in order by."""

    DUE = "due"
    TIMESCALE = "timescale"
    CHILD = "child"
    TEAM = "team"
    WORKER = "worker"
    STARTED = "started"


class Order(NamedTuple):
    """Ties are broken by due date, the earliest first, then by id. What has nothing to go by comes last, either way.

    ``timescales`` and ``teams``: their places by name, as only Python sorts names alike on every database.
    """

    by: By = By.DUE
    is_descending: bool = False
    timescales: Mapping[str, int] = {}
    teams: Mapping[str, int] = {}


class Standing(NamedTuple):
    """How many clocks stand how. The first five make up ``running``; ``unplanned``: overdue, and no plan in force."""

    overdue: int
    due_today: int
    due_this_week: int
    later: int
    undated: int
    running: int
    unplanned: int


class Child(NamedTuple):
    """A child with clocks in the list, and the earliest day on which one is due."""

    subject: str
    clocks: int
    due_on: date | None


def standing(db: Connection, wanted: Wanted, on: date, week_ends_on: date) -> Standing:
    """How many of the wanted clocks, which run, are overdue, due today, due by the end of the week, and later."""
    due = CLOCK.c.due_on
    is_planned = func.coalesce(plan_until() >= on, False)
    counted = (
        _how_many(due < on),
        _how_many(due == on),
        _how_many(and_(due > on, due <= week_ends_on)),
        _how_many(due > week_ends_on),
        _how_many(due.is_(None)),
        func.count(),
        func.coalesce(func.sum(case((due < on, case((is_planned, 0), else_=1)), else_=0)), 0),
    )
    return Standing(*db.execute(select(*counted).select_from(CLOCK).where(*conditions(wanted, on))).one())


def one_page(db: Connection, wanted: Wanted, on: date, order: Order, *, most: int, before: int) -> list[Clock]:
    """At most ``most`` clocks, in order, after the first ``before``."""
    query = _in_order(db, select(CLOCK).where(*conditions(wanted, on)), order)
    return [clock_of(row) for row in db.execute(query.limit(most).offset(before))]


def all_of(db: Connection, wanted: Wanted, on: date, order: Order) -> Iterator[Clock]:
    """Every one of them, in order."""
    found = db.execute(_in_order(db, select(CLOCK).where(*conditions(wanted, on)), order))
    for rows in found.partitions(_A_FETCH):
        yield from map(clock_of, rows)


def children(
    db: Connection, wanted: Wanted, on: date, *, most: int, before: int, order: Order | None = None
) -> list[Child]:
    """The children of the wanted clocks: whose clock is due first, or by their references."""
    worst, child = func.min(CLOCK.c.due_on), alike(CLOCK.c.subject)
    subject = func.min(_plainly(db, CLOCK.c.subject))
    query = select(child, func.count(), worst).where(*conditions(wanted, on)).group_by(child)
    is_by_child, is_descending = (order.by is By.CHILD, order.is_descending) if order else (False, False)
    first = subject if is_by_child else worst
    put = (first.desc() if is_descending else first.asc()).nulls_last()
    return [Child(*row) for row in db.execute(query.order_by(put, subject).limit(most).offset(before))]


def count_children(db: Connection, wanted: Wanted, on: date) -> int:
    """How many children that is."""
    query = select(func.count(CLOCK.c.subject.distinct())).select_from(CLOCK).where(*conditions(wanted, on))
    return db.execute(query).scalar_one()


def clocks_of(db: Connection, wanted: Wanted, on: date, subjects: Collection[str]) -> dict[str, list[Clock]]:
    """The wanted clocks of these children, the earliest due first."""
    found: dict[str, list[Clock]] = {subject: [] for subject in subjects}
    for chunk in chunks(sorted(found)):
        query = select(CLOCK).where(*conditions(wanted, on), CLOCK.c.subject.in_(chunk))
        for row in db.execute(query.order_by(CLOCK.c.due_on.asc().nulls_last(), CLOCK.c.id)):
            found[row.subject].append(clock_of(row))
    return found


def by_timescale(db: Connection, wanted: Wanted, on: date) -> Sequence[Any]:
    """Of each timescale how many of the wanted clocks there are, and how many are overdue and due today."""
    counted = (_how_many(CLOCK.c.due_on < on).label("overdue"), _how_many(CLOCK.c.due_on == on).label("due_today"))
    timescale = alike(CLOCK.c.timescale)
    query = select(timescale.label("timescale"), func.count().label("clocks"), *counted).where(*conditions(wanted, on))
    return db.execute(query.group_by(timescale)).all()


def teams(db: Connection, wanted: Wanted, on: date) -> set[str | None]:
    """The teams that answer for the wanted clocks."""
    return set(db.scalars(select(CLOCK.c.team).where(*conditions(wanted, on)).distinct()))


def workers(db: Connection, wanted: Wanted, on: date) -> list[str]:
    """Whoever the wanted clocks name as worker, in order."""
    found = db.scalars(select(CLOCK.c.worker).where(*conditions(wanted, on), CLOCK.c.worker.is_not(None)).distinct())
    return sorted(found)


def named(db: Connection, reach: Reach, ids: Collection[str]) -> dict[str, Clock]:
    """Of the clocks with these ids, those that somebody of this reach answers for now."""
    found: dict[str, Clock] = {}
    for chunk in chunks(sorted(ids)):
        rows = db.execute(select(CLOCK).where(CLOCK.c.id.in_(chunk), running_for(reach)))
        found |= {row.id: clock_of(row) for row in rows}
    return found


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _in_order(db: Connection, query: Select[Any], order: Order) -> Select[Any]:
    first = _first(db, order)
    put = (first.desc() if order.is_descending else first.asc()).nulls_last()
    return query.order_by(put, CLOCK.c.due_on.asc().nulls_last(), CLOCK.c.id)


def _first(db: Connection, order: Order) -> ColumnElement[Any]:
    if order.by is By.TIMESCALE:
        return _placed(CLOCK.c.timescale, order.timescales)
    if order.by is By.TEAM:
        return _placed(CLOCK.c.team, order.teams)
    if order.by is By.CHILD:
        return _plainly(db, CLOCK.c.subject)
    if order.by is By.WORKER:
        return _plainly(db, CLOCK.c.worker)
    return CLOCK.c.started_on if order.by is By.STARTED else CLOCK.c.due_on


def _placed(column: ColumnElement[Any], places: Mapping[str, int]) -> ColumnElement[Any]:
    """By the place of a name in order; what has no name comes after them, and what is not given last."""
    if not places:
        return column
    return case((column.is_(None), None), (column.in_(places), case(dict(places), value=column)), else_=len(places))


def _plainly(db: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Character by character, whatever language the database was set up in."""
    return column if db.dialect.name == "sqlite" else collate(column, "C")
