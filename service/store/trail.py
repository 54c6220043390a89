"""The trail as it is read: in batches by number for whoever checks it, a page at a time for whoever looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select

from service.store.audit import ACCOUNT, AUDIT, ERASED

_AT_ONCE = 5_000
_COLUMNS = tuple(AUDIT.c)


class Numbered(NamedTuple):
    """A row as it stands; ``None`` for ``row`` where somebody wrote into it what cannot be read."""

    seq: int
    row: Row[Any] | None


class Asked(NamedTuple):
    """Which rows somebody wants to see. ``from_at`` is included, ``before_at`` is not."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    from_at: datetime | None = None
    before_at: datetime | None = None


def in_order(db: Connection) -> Iterator[list[Numbered]]:
    """Every row by its number, a batch at a time."""
    after: int | None = None
    while True:
        query = select(*_COLUMNS).order_by(AUDIT.c.seq).limit(_AT_ONCE)
        numbers = select(AUDIT.c.seq).order_by(AUDIT.c.seq).limit(_AT_ONCE)
        if after is not None:
            query, numbers = query.where(AUDIT.c.seq > after), numbers.where(AUDIT.c.seq > after)
        try:
            batch = [Numbered(row.seq, row) for row in db.execute(query)]
        except (ValueError, TypeError):  # SQLite keeps whatever is written into a column, such as a day that is none
            batch = [_alone(db, number) for number in db.scalars(numbers).all()]
        if not batch:
            return
        yield batch
        after = batch[-1].seq


def how_many(db: Connection) -> int:
    """How many rows there are."""
    return db.execute(select(func.count()).select_from(AUDIT)).scalar_one()


def accounts(db: Connection) -> dict[int, int]:
    """Of each row that lost a child's reference the number of the row that accounts for it."""
    return dict(db.execute(select(ACCOUNT.c.audit_seq, ACCOUNT.c.erasure_seq)).all())


def erasures(db: Connection) -> dict[int, str]:
    """The rows that account for erasures: number → what they say."""
    return dict(db.execute(select(AUDIT.c.seq, AUDIT.c.detail).where(AUDIT.c.action == ERASED)).all())


def digests(db: Connection, *, every: int) -> list[tuple[int, str, datetime]]:
    """The seal of every so many rows, and of the last: what an export holds."""
    last = select(func.max(AUDIT.c.seq)).scalar_subquery()
    wanted = (AUDIT.c.seq % every == 0) | (AUDIT.c.seq == last)
    rows = db.execute(select(AUDIT.c.seq, AUDIT.c.chain, AUDIT.c.at).where(wanted).order_by(AUDIT.c.seq))
    return [(number, chain, at) for number, chain, at in rows]


def newest(db: Connection, asked: Asked, *, most: int, before: int | None = None) -> list[Row[Any]]:
    """Rows, newest first, with a number below ``before``."""
    query = select(*_COLUMNS).where(*_conditions(asked)).order_by(AUDIT.c.seq.desc()).limit(most)
    return list(db.execute(query if before is None else query.where(AUDIT.c.seq < before)))


def _conditions(asked: Asked) -> Iterator[ColumnElement[bool]]:
    """Numbers rise with time, so that a span of days is a span of numbers: found by halving, not by reading it all."""
    if asked.actor is not None:
        yield AUDIT.c.actor == asked.actor
    if asked.action is not None:
        yield AUDIT.c.action == asked.action
    if asked.subject is not None:
        yield AUDIT.c.subject == asked.subject
    if asked.from_at is not None:
        yield AUDIT.c.at >= asked.from_at
    if asked.before_at is not None:
        yield AUDIT.c.at < asked.before_at


def _alone(db: Connection, number: int) -> Numbered:
    try:
        return Numbered(number, db.execute(select(*_COLUMNS).where(AUDIT.c.seq == number)).one())
    except (ValueError, TypeError):
        return Numbered(number, None)
