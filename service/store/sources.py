"""Where events come from and in which hours, as the self-check reads it from the events themselves.

They are read after they were stored, a bounded number at each check, so that taking them in costs nothing more. What
came in during the last minutes is looked at afresh each time and folded in later: a transaction that began earlier may
still be writing events with lower numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.store.events import EVENT
from service.store.tables import ArrivalRow, SourceRow, table

_SOURCE, _ARRIVAL = table(SourceRow), table(ArrivalRow)
_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Arrival(NamedTuple):
    """What came from a source within one hour: when it began, when it ended, how many events."""

    source: str
    first_at: datetime
    last_at: datetime
    events: int
    last_seq: int = 0

    @property
    def hour(self) -> datetime:
        return self.first_at.replace(minute=0, second=0, microsecond=0)


class Source(NamedTuple):
    """Where events come from. ``every``: what was said to be expected of it; empty: what it usually does."""

    name: str
    first_at: datetime | None = None
    last_at: datetime | None = None
    events: int = 0
    every: str = ""
    expected_at: datetime | None = None
    retired_at: datetime | None = None


class Unread(NamedTuple):
    """What came in after the event number ``after``. ``is_all``: nothing newer was left for another time."""

    after: int
    arrivals: tuple[Arrival, ...]
    is_all: bool


class Heard(NamedTuple):
    """Every source, and in which hours it sent. ``is_all``: up to this moment, and not only up to some time ago."""

    sources: tuple[Source, ...]
    arrivals: Mapping[str, list[Arrival]]
    is_all: bool


def unread(db: Connection, *, most: int, now: datetime, until: datetime | None = None) -> Unread:
    """What came in and was not folded yet: of at most so many events, and of none received after ``until``."""
    after = int(db.execute(select(func.coalesce(func.max(_SOURCE.c.last_seq), 0))).scalar_one())
    newest = int(db.execute(select(func.coalesce(func.max(EVENT.c.seq), 0))).scalar_one())
    upto = min(after + most, newest)
    if until is not None:
        is_settled = and_(EVENT.c.seq > after, EVENT.c.seq <= upto, EVENT.c.received_at <= until)
        upto = int(db.execute(select(func.coalesce(func.max(EVENT.c.seq), after)).where(is_settled)).scalar_one())
    first_at, last_at = func.min(EVENT.c.received_at), func.max(EVENT.c.received_at)
    hour = func.strftime("%Y-%m-%d %H", EVENT.c.received_at)
    if db.dialect.name == "postgresql":
        hour = func.date_trunc("hour", EVENT.c.received_at, "UTC")
    query = (
        select(EVENT.c.source, first_at, last_at, func.count(), func.max(EVENT.c.seq))
        .where(EVENT.c.seq > after, EVENT.c.seq <= upto)
        .group_by(EVENT.c.source, hour)
    )
    found = (Arrival(*row) for row in db.execute(query))
    # A moment to come is the work of a clock that was wrong: taken as it stands, the source could never fall silent.
    arrivals = [one._replace(first_at=min(one.first_at, now), last_at=min(one.last_at, now)) for one in found]
    return Unread(after, tuple(sorted(arrivals, key=lambda one: (one.source, one.first_at))), upto == newest)


def fold(db: Connection, read: Unread, *, remember: timedelta) -> None:
    """Adds what was read to what is remembered, unless another has; forgets hours so long before a source's last."""
    if db.execute(select(func.coalesce(func.max(_SOURCE.c.last_seq), 0))).scalar_one() != read.after:
        return
    for arrival in read.arrivals:
        _add(db, arrival)
    for name in {arrival.source for arrival in read.arrivals}:
        last_at = db.execute(select(_SOURCE.c.last_at).where(_SOURCE.c.name == name)).scalar_one()
        db.execute(delete(_ARRIVAL).where(_ARRIVAL.c.source == name, _ARRIVAL.c.hour < last_at - remember))


def heard(db: Connection, *, most: int, now: datetime) -> Heard:
    """Every source and its hours, those of the last minutes included; changes nothing."""
    sources = {row.name: Source(*row) for row in db.execute(select(*(_SOURCE.c[name] for name in Source._fields)))}
    kept: dict[tuple[str, datetime], Arrival] = {}
    rows = db.execute(select(_ARRIVAL.c.source, _ARRIVAL.c.first_at, _ARRIVAL.c.last_at, _ARRIVAL.c.events))
    read = unread(db, most=most, now=now)
    for arrival in (*(Arrival(*row) for row in rows), *read.arrivals):
        place = (arrival.source, arrival.hour)
        kept[place] = _joined(kept[place], arrival) if place in kept else arrival
    for arrival in read.arrivals:
        known = sources.get(arrival.source) or Source(arrival.source)
        sources[arrival.source] = known._replace(
            first_at=known.first_at or arrival.first_at,
            last_at=max(known.last_at or arrival.last_at, arrival.last_at),
            events=known.events + arrival.events,
        )
    hours: dict[str, list[Arrival]] = {name: [] for name in sources}
    for arrival in sorted(kept.values(), key=lambda one: one.first_at):
        hours[arrival.source].append(arrival)
    return Heard(tuple(sources[name] for name in sorted(sources)), hours, read.is_all)


def expect(db: Connection, name: str, every: str, *, now: datetime) -> None:
    """Says how often something is expected of a source; empty: as it usually sends. One that was retired is watched."""
    said = {"every": every, "expected_at": now, "retired_at": None}
    added = _INSERT[db.dialect.name](_SOURCE).values(name=name, last_seq=0, events=0, **said)
    db.execute(added.on_conflict_do_update(index_elements=["name"], set_=said))


def retire(db: Connection, name: str, *, now: datetime) -> None:
    """Says that nothing more is expected of a source."""
    said = {"retired_at": now}
    added = _INSERT[db.dialect.name](_SOURCE).values(name=name, last_seq=0, events=0, every="", **said)
    db.execute(added.on_conflict_do_update(index_elements=["name"], set_=said))


def _add(db: Connection, one: Arrival) -> None:
    hour = _INSERT[db.dialect.name](_ARRIVAL).values(
        source=one.source, hour=one.hour, first_at=one.first_at, last_at=one.last_at, events=one.events
    )
    longer = {
        "last_at": _later(_ARRIVAL.c.last_at, hour.excluded.last_at),
        "events": _ARRIVAL.c.events + hour.excluded.events,
    }
    db.execute(hour.on_conflict_do_update(index_elements=["source", "hour"], set_=longer))
    whole = _INSERT[db.dialect.name](_SOURCE).values(
        name=one.source, first_at=one.first_at, last_at=one.last_at, last_seq=one.last_seq, events=one.events, every=""
    )
    grown = {
        "first_at": func.coalesce(_SOURCE.c.first_at, whole.excluded.first_at),
        "last_at": _later(func.coalesce(_SOURCE.c.last_at, whole.excluded.last_at), whole.excluded.last_at),
        "last_seq": _later(_SOURCE.c.last_seq, whole.excluded.last_seq),
        "events": _SOURCE.c.events + whole.excluded.events,
    }
    db.execute(whole.on_conflict_do_update(index_elements=["name"], set_=grown))


def _later(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((one > other, one), else_=other)


def _joined(one: Arrival, other: Arrival) -> Arrival:
    return one._replace(
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
        events=one.events + other.events,
    )
