"""Which clocks and children somebody may see, as conditions of a query: asked of the database, never filtered after.

A list shows what somebody answers for now. A child's page opens for whoever has or had a clock of the child, so that a
case that was handed over can still be accounted for by the team that had it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, false, not_, or_, select, true

from rules.model import DUTY
from service.store.clocks import CLOCK
from service.store.events import EVENT
from service.store.prepared import chunks
from service.store.tables import TeamRow, table

_TEAM = table(TeamRow)

_LATER = EVENT.alias("later")


class Reach(NamedTuple):
    """How far somebody sees: everything, some teams, their own cases, the children whom they review. Else nothing."""

    is_all: bool = False
    teams: frozenset[str] = frozenset()
    worker: str | None = None
    reviewer: str | None = None

    @property
    def is_none(self) -> bool:
        """Whether no child at all is within it."""
        return self == NOTHING


EVERYTHING = Reach(is_all=True)
NOTHING = Reach()


def running_for(reach: Reach) -> ColumnElement[bool]:
    """Clocks that this somebody answers for now, or reviews."""
    if reach.is_all:
        return true()
    conditions: list[ColumnElement[bool]] = []
    if reach.teams:
        conditions.append(CLOCK.c.team.in_(sorted(reach.teams)))
    if reach.worker is not None:
        conditions.append(CLOCK.c.worker == reach.worker)
    if reach.reviewer is not None:
        conditions.append(CLOCK.c.subject.in_(_reviewed(reach.reviewer)))
    return or_(false(), *conditions)


def ever_for(reach: Reach) -> ColumnElement[bool]:
    """Clocks that they answer for, answered for on the due day, or review."""
    if reach.is_all:
        return true()
    conditions = [running_for(reach)]
    if reach.teams:
        conditions.append(CLOCK.c.answerable_team.in_(sorted(reach.teams)))
    if reach.worker is not None:
        conditions.append(CLOCK.c.answerable_worker == reach.worker)
    return or_(*conditions)


def about(reach: Reach, subject: ColumnElement[str]) -> ColumnElement[bool]:
    """That a column names a child whom they may see by a clock: for what is kept of children beside clocks."""
    if reach.is_all:
        return true()
    return select(CLOCK.c.id).where(CLOCK.c.subject == subject, ever_for(reach)).correlate_except(CLOCK).exists()


def sees_team(db: Connection, reach: Reach, team: str) -> bool:
    """Whether a team is one whose clocks they may see: one that they answer for, that is known, or that has theirs."""
    if team in reach.teams:
        return True
    if reach.is_all and db.execute(select(_TEAM.c.id).where(_TEAM.c.id == team)).first() is not None:
        return True
    has_clocks = (CLOCK.c.team == team, CLOCK.c.stopped_on.is_(None), CLOCK.c.measure == DUTY, running_for(reach))
    return db.execute(select(CLOCK.c.id).where(*has_clocks).limit(1)).first() is not None


def may_see(db: Connection, reach: Reach, subject: str) -> bool:
    """Whether a child is within somebody's reach: by a clock of the child, or by an event that names team or worker."""
    return subject in those_seen(db, reach, [subject])


def those_seen(db: Connection, reach: Reach, subjects: Collection[str]) -> set[str]:
    """Of these children, those within somebody's reach."""
    if reach.is_all:
        return set(subjects)
    found: set[str] = set()
    for chunk in () if reach.is_none else chunks(sorted(subjects)):
        by_clock = select(CLOCK.c.subject).where(CLOCK.c.subject.in_(chunk), ever_for(reach))
        by_event = select(EVENT.c.subject).where(EVENT.c.subject.in_(chunk), _named_by(reach))
        found.update(db.scalars(by_clock.union(by_event)))
    return found


def _named_by(reach: Reach) -> ColumnElement[bool]:
    """Events that name one of their teams, or themselves."""
    conditions: list[ColumnElement[bool]] = [EVENT.c.team.in_(sorted(reach.teams))] if reach.teams else []
    if reach.worker is not None:
        conditions.append(EVENT.c.worker == reach.worker)
    if reach.reviewer is not None:
        conditions.append(_names(reach.reviewer))
    return or_(false(), *conditions)


def _reviewed(reviewer: str) -> ColumnElement[str]:
    return select(EVENT.c.subject).where(_names(reviewer)).scalar_subquery()


def _names(reviewer: str) -> ColumnElement[bool]:
    """Events that name a reviewer and that nothing corrects or withdraws: a name typed in wrong opens nothing.

    What stands again because its correction was taken back opens nothing either, until it is sent anew: rather that.
    """
    is_aimed_at = select(_LATER.c.seq).where(_LATER.c.source == EVENT.c.source, _LATER.c.target == EVENT.c.event_id)
    return and_(EVENT.c.reviewer == reviewer, not_(is_aimed_at.correlate(EVENT).exists()))
