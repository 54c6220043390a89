"""Calendars that posts may subscribe to, and the due dates in them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, func, insert, literal, select, update

from rules.model import DUTY
from service.store.clocks import CHANGE, CLOCK, alive
from service.store.prepared import Prepared, chunks
from service.store.tables import CalendarFeedRow, HoldingRow, PostRow, TeamRow, table

_FEED, _TEAM = table(CalendarFeedRow), table(TeamRow)


class Feed(NamedTuple):
    """A calendar of a post: of a team, of a service, or (both empty) of the whole authority."""

    seq: int
    post: str
    team: str
    service: str
    created_at: datetime
    revoked_at: datetime | None


class Due(NamedTuple):
    """A due date as a calendar shows it: nothing in it says whose it is."""

    clock_id: str
    timescale: str
    team: str | None
    due_on: date
    due_at: datetime | None
    is_provisional: bool


_COLUMNS = [_FEED.c[name] for name in Feed._fields]
_BY_DIGEST = Prepared(
    select(*_COLUMNS).where(
        _FEED.c.digest == bindparam("digest", type_=_FEED.c.digest.type), _FEED.c.revoked_at.is_(None)
    )
)


def add(db: Connection, digest: str, post: str, team: str, service: str, *, now: datetime) -> None:
    """Makes a calendar, known by the digest of its secret."""
    row = {"post": post, "team": team, "service": service, "digest": digest, "created_at": now, "revoked_at": None}
    db.execute(insert(_FEED), row)


def revoke(db: Connection, seq: int, *, now: datetime) -> Feed | None:
    """Ends a calendar; None where none of this number is in use."""
    in_use = and_(_FEED.c.seq == seq, _FEED.c.revoked_at.is_(None))
    row = db.execute(update(_FEED).where(in_use).values(revoked_at=now).returning(*_COLUMNS)).first()
    return Feed(*row) if row else None


def every(db: Connection) -> list[Feed]:
    """Every calendar there has been, first to last."""
    return [Feed(*row) for row in db.execute(select(*_COLUMNS).order_by(_FEED.c.seq))]


def with_digest(db: Connection, digest: str) -> Feed | None:
    """The calendar in use whose secret has this digest."""
    rows = _BY_DIGEST.rows(db, {"digest": digest})
    return Feed(*rows[0]) if rows else None


def is_there(db: Connection, post: str, team: str, service: str) -> bool:
    """Whether there is such a post: with an address of its own, or held by somebody."""
    return any(
        db.execute(
            select(one.c.seq).where(one.c.post == post, one.c.team == team, one.c.service == service).limit(1)
        ).first()
        for one in (table(PostRow), table(HoldingRow))
    )


def due(db: Connection, feed: Feed, first: date, last: date, *, on: date, most: int) -> Sequence[Due]:
    """The duties that run on the day ``on`` in the feed's teams, due from one day to another, in order of due date."""
    query = (
        select(*(CLOCK.c[name] if name != "clock_id" else CLOCK.c.id for name in Due._fields))
        .where(
            *alive(on),
            CLOCK.c.measure == literal(DUTY, literal_execute=True),
            CLOCK.c.due_on.between(first, last),
        )
        .order_by(CLOCK.c.due_on, CLOCK.c.id)
        .limit(most)
    )
    return [Due(*row) for row in db.execute(_in_scope(query, feed)).all()]


def changed_at(db: Connection, clock_ids: Collection[str]) -> dict[str, datetime]:
    """When each clock last changed."""
    found: dict[str, datetime] = {}
    for chunk in chunks(list(clock_ids)):
        query = select(CHANGE.c.clock_id, func.max(CHANGE.c.at, type_=CHANGE.c.at.type))
        found.update(db.execute(query.where(CHANGE.c.clock_id.in_(chunk)).group_by(CHANGE.c.clock_id)).all())
    return found


def _in_scope(query: Select[Any], feed: Feed) -> Select[Any]:
    if feed.team:
        return query.where(CLOCK.c.team == feed.team)
    if feed.service:
        return query.where(CLOCK.c.team.in_(select(_TEAM.c.id).where(_TEAM.c.service == feed.service)))
    return query
