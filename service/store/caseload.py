"""Lists and counts of clocks, as managers ask for them: by status on a day, team, worker, timescale, due date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, false, func, not_, or_, select, tuple_

from rules.model import DUTY, Clock, Status
from service.store.clocks import CLOCK, clock_of
from service.store.events import EVENT
from service.store.reach import EVERYTHING, Reach, running_for

_FAR = date.max


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list. None means any. ``measure`` is the duty unless another is asked for."""

    status: Status | None = None
    team: str | None = None
    worker: str | None = None
    timescale: str | None = None
    measure: str | None = DUTY
    due_before: date | None = None
    due_from: date | None = None
    with_problem: bool = False
    is_running: bool = False
    is_target_missed: bool = False
    """Past the authority's own target, and not past the limit."""
    is_without_team: bool = False
    reach: Reach = EVERYTHING
    """How far whoever asks may see."""


def listed(
    db: Connection, wanted: Wanted, on: date, *, most: int, after: tuple[date | None, str] | None = None
) -> list[Clock]:
    """At most ``most`` clocks in order of due date (those with none last) and id, following ``after``."""
    due = func.coalesce(CLOCK.c.due_on, _FAR)
    query = select(CLOCK).where(*_conditions(wanted, on)).order_by(due, CLOCK.c.id).limit(most)
    if after is not None:
        query = query.where(tuple_(due, CLOCK.c.id) > tuple_(after[0] or _FAR, after[1]))
    return [clock_of(row) for row in db.execute(query)]


def counted(db: Connection, wanted: Wanted, on: date) -> int:
    """How many clocks that is."""
    return db.execute(select(func.count()).select_from(CLOCK).where(*_conditions(wanted, on))).scalar_one()


def by_team(db: Connection, on: date, week_ends_on: date, *, reach: Reach = EVERYTHING) -> Sequence[Row[Any]]:
    """For each team with a running duty: overdue, due_today, due_this_week, running (all of them), target_missed."""

    def how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    query = (
        select(
            CLOCK.c.team,
            how_many(CLOCK.c.due_on < on).label("overdue"),
            how_many(CLOCK.c.due_on == on).label("due_today"),
            how_many(and_(CLOCK.c.due_on > on, CLOCK.c.due_on <= week_ends_on)).label("due_this_week"),
            how_many(and_(CLOCK.c.target_due_on < on, CLOCK.c.due_on >= on)).label("target_missed"),
            func.count().label("running"),
        )
        .where(*_is_alive(on), CLOCK.c.measure == DUTY, running_for(reach))
        .group_by(CLOCK.c.team)
        .order_by(CLOCK.c.team)
    )
    return db.execute(query).all()


def by_timescale(
    db: Connection,
    on: date,
    week_ends_on: date,
    team: str | None = None,
    *,
    is_without_team: bool = False,
    reach: Reach = EVERYTHING,
) -> Sequence[Row[Any]]:
    """The same counts for each timescale, of one team, of all, or of what no team answers for."""
    query = (
        select(
            CLOCK.c.timescale,
            func.sum(case((CLOCK.c.due_on < on, 1), else_=0)).label("overdue"),
            func.sum(case((CLOCK.c.due_on == on, 1), else_=0)).label("due_today"),
            func.sum(case((and_(CLOCK.c.due_on > on, CLOCK.c.due_on <= week_ends_on), 1), else_=0)).label(
                "due_this_week"
            ),
            func.count().label("running"),
        )
        .where(*_is_alive(on), CLOCK.c.measure == DUTY, running_for(reach))
        .group_by(CLOCK.c.timescale)
        .order_by(CLOCK.c.timescale)
    )
    if team is not None:
        query = query.where(CLOCK.c.team == team)
    if is_without_team:
        query = query.where(CLOCK.c.team.is_(None))
    return db.execute(query).all()


def last_event_at(db: Connection) -> Any:
    """When the last event came in; None before the first."""
    return db.execute(select(EVENT.c.received_at).order_by(EVENT.c.seq.desc()).limit(1)).scalar()


def _conditions(wanted: Wanted, on: date) -> list[ColumnElement[bool]]:
    conditions = [] if wanted.reach.is_all else [running_for(wanted.reach)]
    if wanted.status is not None:
        conditions.append(_has_status(wanted.status, on))
    for column, value in (
        (CLOCK.c.team, wanted.team),
        (CLOCK.c.worker, wanted.worker),
        (CLOCK.c.timescale, wanted.timescale),
        (CLOCK.c.measure, wanted.measure),
    ):
        if value is not None:
            conditions.append(column == value)
    if wanted.due_before is not None:
        conditions.append(CLOCK.c.due_on < wanted.due_before)
    if wanted.due_from is not None:
        conditions.append(CLOCK.c.due_on >= wanted.due_from)
    if wanted.with_problem:
        conditions.append(CLOCK.c.problem.is_not(None))
    if wanted.is_running or wanted.is_target_missed:
        conditions += _is_alive(on)
    if wanted.is_target_missed:
        conditions += [CLOCK.c.target_due_on < on, CLOCK.c.due_on >= on]
    if wanted.is_without_team:
        conditions.append(CLOCK.c.team.is_(None))
    return conditions


def _has_status(status: Status, on: date) -> ColumnElement[bool]:
    """The stored dates that make ``Clock.status(on)`` this status; a test holds the two to one another."""
    if status is Status.OVERDUE:
        return and_(*_is_alive(on), CLOCK.c.due_on < on)
    if status is Status.DUE_TODAY:
        return and_(*_is_alive(on), CLOCK.c.due_on == on)
    if status is Status.RUNNING:
        return and_(*_is_alive(on), or_(CLOCK.c.due_on > on, CLOCK.c.due_on.is_(None)))
    has_lapsed = and_(CLOCK.c.stopped_on.is_(None), CLOCK.c.lapses_on <= on)
    if status is Status.NOT_STARTED:
        return and_(CLOCK.c.stopped_on.is_(None), CLOCK.c.started_on > on, not_(func.coalesce(has_lapsed, false())))
    if status is Status.ENDED:
        return or_(CLOCK.c.outcome == status.value, has_lapsed)
    return CLOCK.c.outcome == status.value


def _is_alive(on: date) -> tuple[ColumnElement[bool], ...]:
    """Neither stopped nor ended, not lapsed by a birthday, and begun."""
    return (
        CLOCK.c.stopped_on.is_(None),
        or_(CLOCK.c.lapses_on.is_(None), CLOCK.c.lapses_on > on),
        CLOCK.c.started_on <= on,
    )
