"""Which teams' posts are told: a new authority starts silent, and is released team by team."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from service.store.prepared import Prepared
from service.store.tables import ReleaseRow, table

EVERY_TEAM, NO_TEAM = "*", ""

_RELEASE = table(ReleaseRow)
_ALL = Prepared(select(_RELEASE.c.team, _RELEASE.c.told_from))


class Releases(NamedTuple):
    """From which due date on each team's posts are told; of a team that is not named, and with none for all, nobody."""

    told_from: dict[str, date]

    def is_told(self, team: str | None, due_on: date) -> bool:
        """Whether anybody is told of what was due on this day in a team (None: in no team)."""
        first = self.told_from.get(team or NO_TEAM) or self.told_from.get(EVERY_TEAM)
        return first is not None and due_on >= first


def releases(db: Connection) -> Releases:
    """Every release as it stands."""
    return Releases({row[0]: row[1] for row in _ALL.rows(db, {})})


def first_released_at(db: Connection) -> datetime:
    """When the first of the teams that are told of was released; there has to be one."""
    first: datetime = db.execute(select(func.min(_RELEASE.c.released_at))).scalar_one()
    return first


def release(db: Connection, team: str, told_from: date, *, who: str, now: datetime) -> None:
    """Lets a team's posts be told of what is due from a day on. The caller plans its held alerts again."""
    db.execute(delete(_RELEASE).where(_RELEASE.c.team == team))
    db.execute(insert(_RELEASE).values(team=team, told_from=told_from, released_at=now, who=who))


def silence(db: Connection, team: str) -> bool:
    """Takes a release back; False where there was none. What was told stays told."""
    return db.execute(delete(_RELEASE).where(_RELEASE.c.team == team)).rowcount > 0
