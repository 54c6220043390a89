"""Lists and counts of clocks, as managers ask for them: by status on a day, team, worker, timescale, due date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
)

from rules.model import DUTY, Clock, Status
from service.store.clocks import CLOCK, alive, clock_of
from service.store.events import EVENT
from service.store.seeing.reach import EVERYTHING, Reach, running_for
from service.store.tables import AcknowledgementRow, table

_FAR = date.max
_PLAN = table(AcknowledgementRow)


class Planning(StrEnum):
    """Whether somebody has said why, and what happens next."""

    NOT_IN_FORCE = "not_in_force"
    """None, or one whose day has passed."""
    IN_FORCE = "in_force"
    LAPSED = "lapsed"
    NONE = "none"


class LeftOut(NamedTuple):
    """Timescales that are shown only to somebody within a reach of their own, such as what counts from a birthday."""

    timescales: frozenset[str] = frozenset()
    but_for: Reach = EVERYTHING

    @property
    def condition(self) -> ColumnElement[bool]:
        return or_(CLOCK.c.timescale.not_in(sorted(self.timescales)), running_for(self.but_for))


NOTHING_LEFT_OUT = LeftOut()


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
    is_undated: bool = False
    planning: Planning | None = None
    timescales: frozenset[str] | None = None
    """One of these: those of an area."""
    reach: Reach = EVERYTHING
    """How far whoever asks may see."""
    left_out: LeftOut = NOTHING_LEFT_OUT


def listed(
    db: Connection, wanted: Wanted, on: date, *, most: int, after: tuple[date | None, str] | None = None
) -> list[Clock]:
    """At most ``most`` clocks in order of due date (those with none last) and id, following ``after``."""
    due = func.coalesce(CLOCK.c.due_on, _FAR)
    query = select(CLOCK).where(*conditions(wanted, on)).order_by(due, CLOCK.c.id).limit(most)
    if after is not None:
        query = query.where(tuple_(due, CLOCK.c.id) > tuple_(after[0] or _FAR, after[1]))
    return [clock_of(row) for row in db.execute(query)]


def counted(db: Connection, wanted: Wanted, on: date) -> int:
    """How many clocks that is."""
    return db.execute(select(func.count()).select_from(CLOCK).where(*conditions(wanted, on))).scalar_one()


def by_team(
    db: Connection,
    on: date,
    week_ends_on: date,
    *,
    reach: Reach = EVERYTHING,
    left_out: LeftOut = NOTHING_LEFT_OUT,
) -> Sequence[Row[Any]]:
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
        .where(*alive(on), CLOCK.c.measure == DUTY, running_for(reach), left_out.condition)
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
    left_out: LeftOut = NOTHING_LEFT_OUT,
) -> Sequence[Row[Any]]:
    """The same counts for each timescale, of one team, of all, or of what no team answers for."""
    one = alike(CLOCK.c.timescale)
    query = (
        select(
            one.label("timescale"),
            func.sum(case((CLOCK.c.due_on < on, 1), else_=0)).label("overdue"),
            func.sum(case((CLOCK.c.due_on == on, 1), else_=0)).label("due_today"),
            func.sum(case((and_(CLOCK.c.due_on > on, CLOCK.c.due_on <= week_ends_on), 1), else_=0)).label(
                "due_this_week"
            ),
            func.count().label("running"),
        )
        .where(*alive(on), CLOCK.c.measure == DUTY, running_for(reach), left_out.condition)
        .group_by(one)
        .order_by(one)
    )
    if team is not None:
        query = query.where(CLOCK.c.team == team)
    if is_without_team:
        query = query.where(CLOCK.c.team.is_(None))
    return db.execute(query).all()


def last_event_at(db: Connection) -> Any:
    """When the last event came in; None before the first."""
    return db.execute(select(EVENT.c.received_at).order_by(EVENT.c.seq.desc()).limit(1)).scalar()


def conditions(wanted: Wanted, on: date) -> list[ColumnElement[bool]]:
    """What makes a clock one of those that are wanted."""
    found = [running_for(wanted.reach), wanted.left_out.condition]
    if wanted.status is not None:
        found.append(_has_status(wanted.status, on))
    for column, value in (
        (CLOCK.c.team, wanted.team),
        (CLOCK.c.worker, wanted.worker),
        (CLOCK.c.timescale, wanted.timescale),
        (CLOCK.c.measure, wanted.measure),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.due_before is not None:
        found.append(CLOCK.c.due_on < wanted.due_before)
    if wanted.due_from is not None:
        found.append(CLOCK.c.due_on >= wanted.due_from)
    if wanted.with_problem:
        found.append(CLOCK.c.problem.is_not(None))
    if wanted.is_running or wanted.is_target_missed:
        found += alive(on)
    if wanted.is_target_missed:
        found += [CLOCK.c.target_due_on < on, CLOCK.c.due_on >= on]
    if wanted.is_without_team:
        found.append(CLOCK.c.team.is_(None))
    if wanted.is_undated:
        found.append(CLOCK.c.due_on.is_(None))
    if wanted.timescales is not None:
        found.append(CLOCK.c.timescale.in_(sorted(wanted.timescales)))
    if wanted.planning is not None:
        found.append(_is_planned(wanted.planning, on))
    return found


def alike(column: ColumnElement[str]) -> ColumnElement[str]:
    """A column to group by, not known to SQLite as one: it would walk an index of every clock there ever was, in that
    column's order, and not the one of those that run.
    """
    return column.concat(literal_column("''"))


def plan_until() -> ColumnElement[date]:
    """The next date of the plan that counts for a clock: its latest. Null where it has none."""
    own = select(_PLAN.c.next_on).where(_PLAN.c.clock_id == CLOCK.c.id).order_by(_PLAN.c.seq.desc()).limit(1)
    return own.correlate(CLOCK).scalar_subquery()


def _is_planned(planning: Planning, on: date) -> ColumnElement[bool]:
    if planning is Planning.NONE:
        return plan_until().is_(None)
    if planning is Planning.NOT_IN_FORCE:
        return func.coalesce(plan_until() < on, true())
    return plan_until() >= on if planning is Planning.IN_FORCE else plan_until() < on


def _has_status(status: Status, on: date) -> ColumnElement[bool]:
    """The stored dates that make ``Clock.status(on)`` this status; a test holds the two to one another."""
    if status is Status.OVERDUE:
        return and_(*alive(on), CLOCK.c.due_on < on)
    if status is Status.DUE_TODAY:
        return and_(*alive(on), CLOCK.c.due_on == on)
    if status is Status.RUNNING:
        return and_(*alive(on), or_(CLOCK.c.due_on > on, CLOCK.c.due_on.is_(None)))
    has_lapsed = and_(CLOCK.c.stopped_on.is_(None), CLOCK.c.lapses_on <= on)
    if status is Status.NOT_STARTED:
        return and_(CLOCK.c.stopped_on.is_(None), CLOCK.c.started_on > on, not_(func.coalesce(has_lapsed, false())))
    if status is Status.ENDED:
        return or_(CLOCK.c.outcome == status.value, has_lapsed)
    return CLOCK.c.outcome == status.value
