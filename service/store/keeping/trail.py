"""The trail as it is read: in batches by number for whoever checks it, a page at a time for whoever looks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select

from service.store.keeping.audit import ACCOUNT, AUDIT, ERASED, head

Reading = Callable[[], AbstractContextManager[Connection]]
"""Opens a transaction to read in."""

_AT_ONCE = 5_000
SIFTED = 100_000
"""Rows looked through for one page, where nothing but looking tells which are wanted."""
_ASIDE = 1_000
_COLUMNS = tuple(AUDIT.c)


class Numbered(NamedTuple):
    """A row as it stands; ``None`` for ``row`` where somebody wrote into it what cannot be read."""

    seq: int
    row: Row[Any] | None


class Wanted(NamedTuple):
    """Which rows somebody wants to see. ``actor``: a part of who it was; ``from_at`` is included, ``before_at`` not."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    from_at: datetime | None = None
    before_at: datetime | None = None


class Found(NamedTuple):
    """Rows, newest first. ``older``: the number to go on below, None at the end. ``is_cut``: more was not looked at."""

    rows: list[Row[Any]]
    older: int | None
    is_cut: bool


def in_order(reading: Reading) -> Iterator[list[Numbered]]:
    """Every row by its number, a batch at a time, each in a transaction of its own."""
    after: int | None = None
    while True:
        with reading() as db:
            batch = _after(db, after)
        if not batch:
            return
        yield batch
        after = batch[-1].seq


def _after(db: Connection, number: int | None) -> list[Numbered]:
    query = select(*_COLUMNS).order_by(AUDIT.c.seq).limit(_AT_ONCE)
    numbers = select(AUDIT.c.seq).order_by(AUDIT.c.seq).limit(_AT_ONCE)
    if number is not None:
        query, numbers = query.where(AUDIT.c.seq > number), numbers.where(AUDIT.c.seq > number)
    try:
        return [Numbered(row.seq, row) for row in db.execute(query)]
    except (ValueError, TypeError):  # SQLite keeps whatever is written into a column, such as a day that is none
        return [_alone(db, number) for number in db.scalars(numbers).all()]


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


def newest(db: Connection, wanted: Wanted, *, most: int, before: int | None = None, sift: int = SIFTED) -> Found:
    """Rows with a number below ``before``. Of a trail of millions only so many rows are sifted at a time."""
    first, below = _numbers(db, wanted)
    below = min(below, before) if before is not None else below
    is_sifted = bool(wanted.actor or wanted.action) and not wanted.subject
    floor = max(first, below - sift) if is_sifted else first
    query = select(*_COLUMNS).where(*_conditions(wanted), AUDIT.c.seq < below, AUDIT.c.seq >= floor)
    rows = list(db.execute(query.order_by(AUDIT.c.seq.desc()).limit(most + 1)))
    if len(rows) > most:
        return Found(rows[:most], rows[most - 1].seq, is_cut=False)
    return Found(rows, floor if floor > first else None, is_cut=floor > first)


def last_noted(db: Connection, actors: Collection[str]) -> dict[str, datetime]:
    """When each of these last did anything, among the newest rows; whoever is not there did nothing for long."""
    newest = head(db).number
    recent = (AUDIT.c.seq > newest - SIFTED, AUDIT.c.actor.in_(sorted(actors)))
    query = select(AUDIT.c.actor, func.max(AUDIT.c.seq)).where(*recent).group_by(AUDIT.c.actor)
    numbers = {number: actor for actor, number in db.execute(query)}
    moments = db.execute(select(AUDIT.c.seq, AUDIT.c.at).where(AUDIT.c.seq.in_(sorted(numbers))))
    return {numbers[number]: at for number, at in moments}


def _numbers(db: Connection, wanted: Wanted) -> tuple[int, int]:
    """The first number to look at, and the one below which to look.

    Numbers rise with time, so a span of days is a span of numbers, and its ends are found by halving. Some rows are
    left on either side: a row's moment is that of its deed, and its number that of the commit.
    """
    end = head(db).number + 1
    first = _first_at(db, wanted.from_at, end) - _ASIDE if wanted.from_at is not None else 1
    below = _first_at(db, wanted.before_at, end) + _ASIDE if wanted.before_at is not None else end
    return max(first, 1), min(below, end)


def _first_at(db: Connection, moment: datetime, end: int) -> int:
    low, high = 1, end
    while low < high:
        middle = (low + high) // 2
        at = db.execute(select(AUDIT.c.at).where(AUDIT.c.seq >= middle).order_by(AUDIT.c.seq).limit(1)).scalar()
        if at is None or at >= moment:
            high = middle
        else:
            low = middle + 1
    return low


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.actor:
        yield func.lower(AUDIT.c.actor).contains(wanted.actor.lower(), autoescape=True)
    if wanted.action:
        yield AUDIT.c.action == wanted.action
    if wanted.subject:
        yield AUDIT.c.subject == wanted.subject
    if wanted.from_at is not None:
        yield AUDIT.c.at >= wanted.from_at
    if wanted.before_at is not None:
        yield AUDIT.c.at < wanted.before_at


def _alone(db: Connection, number: int) -> Numbered:
    try:
        return Numbered(number, db.execute(select(*_COLUMNS).where(AUDIT.c.seq == number)).one())
    except (ValueError, TypeError):
        return Numbered(number, None)
