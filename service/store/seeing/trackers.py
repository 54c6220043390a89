"""Running duties as the trackers ask for them: within somebody's reach, counted by the database, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, or_, select, tuple_

from rules.model import DUTY, Clock
from service.store.clocks import CLOCK, alive, clock_of
from service.store.prepared import chunks
from service.store.seeing.reach import Reach, running_for
from service.store.tables import AlertRow, table
from service.store.telling.alerts import TOLD

_ALERT = table(AlertRow)
_OTHER = CLOCK.alias("other")


class Part(StrEnum):
    """Where a running duty stands: each stands in exactly one of these."""

    OVERDUE = "overdue"
    TODAY = "due_today"
    WEEK = "due_this_week"
    LATER = "due_later"
    UNSET = "no_limit"


@dataclass(frozen=True, slots=True)
class Tracked:
    """Which duties (none named: all), and whose: ``team`` None means every team within reach."""

    timescales: tuple[str, ...]
    reach: Reach
    team: str | None = None
    is_without_team: bool = False


def duties(tracked: Tracked, on: date) -> list[ColumnElement[bool]]:
    """Duties that run on a day: not stopped, not lapsed by a birthday, and begun."""
    return [*_whose(tracked), *alive(on)]


def running(tracked: Tracked, on: date) -> list[ColumnElement[bool]]:
    """Those of them whose dates can be right."""
    return [*duties(tracked, on), CLOCK.c.problem.is_(None)]


def flawed(tracked: Tracked, on: date) -> list[ColumnElement[bool]]:
    """Those of them whose dates cannot be right."""
    return [*duties(tracked, on), CLOCK.c.problem.is_not(None)]


def finished(tracked: Tracked, since: date) -> list[ColumnElement[bool]]:
    """Duties that were met, or fell away, on a day or after it, and whose dates can be right."""
    return [*_whose(tracked), CLOCK.c.stopped_on >= since, CLOCK.c.problem.is_(None)]


def part(which: Part, on: date, week_ends_on: date) -> ColumnElement[bool]:
    """The dates that put a running duty in a part."""
    due_on = CLOCK.c.due_on
    return {
        Part.OVERDUE: due_on < on,
        Part.TODAY: due_on == on,
        Part.WEEK: and_(due_on > on, due_on <= week_ends_on),
        Part.LATER: and_(due_on > on, due_on > week_ends_on),
        Part.UNSET: due_on.is_(None),
    }[which]


def hidden(timescale: str, measure: str, on: date) -> ColumnElement[bool]:
    """Running and past the limit, and not past it by another measure of the same thing.

    Asked as one list of what is in time by the other measure: asked row by row, SQLite looks through all of it anew.
    """
    same = (_OTHER.c.subject, func.coalesce(_OTHER.c.key, ""))
    still = (_OTHER.c.timescale == timescale, _OTHER.c.measure == measure, _OTHER.c.stopped_on.is_(None))
    in_time = select(*same).where(*still, _OTHER.c.due_on >= on)
    return and_(CLOCK.c.due_on < on, tuple_(CLOCK.c.subject, func.coalesce(CLOCK.c.key, "")).in_(in_time))


def counted(db: Connection, conditions: Iterable[ColumnElement[bool]]) -> int:
    """How many clocks that is."""
    return db.execute(select(func.count()).select_from(CLOCK).where(*conditions)).scalar_one()


def tallied(
    db: Connection, conditions: Iterable[ColumnElement[bool]], parts: Mapping[str, ColumnElement[bool]]
) -> dict[str, dict[str, int]]:
    """For each timescale how many clocks there are in each part."""
    sums = [func.sum(case((condition, 1), else_=0)) for condition in parts.values()]
    query = select(CLOCK.c.timescale, *sums).where(*conditions).group_by(CLOCK.c.timescale)
    return {row[0]: dict(zip(parts, row[1:], strict=True)) for row in db.execute(query)}


def listed(
    db: Connection,
    conditions: Iterable[ColumnElement[bool]],
    *,
    most: int | None = None,
    skip: int = 0,
    is_newest_first: bool = False,
) -> list[Clock]:
    """The clocks, earliest due date first and those with none last; or those that stopped last first."""
    order = (
        (CLOCK.c.stopped_on.desc(), CLOCK.c.id)
        if is_newest_first
        else (func.coalesce(CLOCK.c.due_on, date.max), CLOCK.c.id)
    )
    query = select(CLOCK).where(*conditions).order_by(*order).limit(most).offset(skip)
    return [clock_of(row) for row in db.execute(query)]


def subjects(db: Connection, conditions: Iterable[ColumnElement[bool]]) -> list[str]:
    """Whom the clocks are about."""
    return list(db.scalars(select(CLOCK.c.subject).where(*conditions).distinct().order_by(CLOCK.c.subject)))


def of_children(db: Connection, subjects: Collection[str], timescales: Collection[str]) -> list[Clock]:
    """Every clock of these timescales, whatever its measure, of a few children.

    Found by the child: SQLite, which does not know how few that is, would rather go through the whole timescale.
    """
    found: list[Clock] = []
    is_of_these = func.coalesce(CLOCK.c.timescale, "").in_(sorted(timescales))
    for chunk in chunks(sorted(subjects)):
        query = select(CLOCK).where(CLOCK.c.subject.in_(chunk), is_of_these)
        found += [clock_of(row) for row in db.execute(query.order_by(CLOCK.c.id))]
    return found


def outside(timescales: Collection[str], reach: Reach) -> ColumnElement[bool]:
    """No clock of these timescales, but for those within another reach."""
    return or_(CLOCK.c.timescale.not_in(sorted(timescales)), running_for(reach))


def teams(db: Connection, conditions: Iterable[ColumnElement[bool]]) -> set[str | None]:
    """The teams that have the clocks; None among them where some have no team."""
    return set(db.scalars(select(CLOCK.c.team).where(*conditions).distinct()))


def load(db: Connection, conditions: Iterable[ColumnElement[bool]], on: date, to_on: date) -> Sequence[Row[Any]]:
    """How many duties fall due on each day from ``on`` to another: day, timescale, team, duties.

    ``day`` None: they are overdue already. One question for both, in the order of due dates that the index has.
    """
    day = case((CLOCK.c.due_on < on, None), else_=CLOCK.c.due_on)
    columns = (day.label("day"), CLOCK.c.timescale, CLOCK.c.team)
    query = select(*columns, func.count().label("duties")).where(*conditions, CLOCK.c.due_on <= to_on)
    return db.execute(query.group_by(*columns)).all()


def told(db: Connection, clock_ids: Collection[str]) -> dict[str, list[Any]]:
    """What was told of each clock for the dates it has now: with its step, post, state and timescale."""
    found: dict[str, list[Any]] = {}
    is_current = and_(CLOCK.c.id == _ALERT.c.clock_id, _ALERT.c.due_on.in_((CLOCK.c.due_on, CLOCK.c.target_due_on)))
    columns = [_ALERT.c[name] for name in ("clock_id", "step", "post", "told_post", "told_at", "state")]
    for chunk in chunks(sorted(clock_ids)):
        query = select(*columns, _ALERT.c.timescale).join(CLOCK, is_current)
        wanted = query.where(_ALERT.c.clock_id.in_(chunk), _ALERT.c.state.in_(TOLD), _ALERT.c.told_at.is_not(None))
        for row in db.execute(wanted.order_by(_ALERT.c.told_at, _ALERT.c.seq)):
            found.setdefault(row.clock_id, []).append(row)
    return found


def _whose(tracked: Tracked) -> list[ColumnElement[bool]]:
    conditions = [CLOCK.c.measure == DUTY, running_for(tracked.reach)]
    if tracked.timescales:
        conditions.append(CLOCK.c.timescale.in_(tracked.timescales))
    if tracked.team is not None:
        conditions.append(CLOCK.c.team == tracked.team)
    if tracked.is_without_team:
        conditions.append(CLOCK.c.team.is_(None))
    return conditions
