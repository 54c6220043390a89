"""What the self-check remembers beside where events come from: when things last ran, what was found, what was told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from service.store.tables import AlarmRow, CheckedRow, table

TICK, SEND, SELF_CHECK = "tick", "send", "self-check"
BEGUN = "self-check begun"
HEARTBEAT, HEARTBEAT_FAILING = "heartbeat", "heartbeat failing"
NOT_COMPOSED = "not composed"

_NOTED_EVERY = timedelta(minutes=1)
_CHECKED, _ALARM = table(CheckedRow), table(AlarmRow)
_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Checked(NamedTuple):
    """When something last ran well, and what it has to say of it."""

    at: datetime
    detail: str


class Alarm(NamedTuple):
    """Something found, as it stands. ``worst``: the highest count that was told, 0 where none was."""

    id: str
    title: str
    since: datetime
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody asks of an alarm
    worst: int
    told_at: datetime | None
    ended_at: datetime | None


def note(db: Connection, *names: str, now: datetime, detail: str = "") -> None:
    """Notes that these have just run well; within a minute of the last note it changes nothing."""
    rows = [{"name": name, "at": now, "detail": detail} for name in names]
    added = _INSERT[db.dialect.name](_CHECKED)
    is_older = or_(_CHECKED.c.at <= now - _NOTED_EVERY, _CHECKED.c.at > now, _CHECKED.c.detail != detail)
    values = {name: added.excluded[name] for name in ("at", "detail")}
    db.execute(added.values(rows).on_conflict_do_update(index_elements=["name"], set_=values, where=is_older))


def note_first(db: Connection, name: str, *, now: datetime, detail: str) -> None:
    """Notes since when something is so; the moment stays that of the first note until it is forgotten."""
    added = _INSERT[db.dialect.name](_CHECKED).values(name=name, at=now, detail=detail)
    db.execute(added.on_conflict_do_update(index_elements=["name"], set_={"detail": added.excluded.detail}))


def forget(db: Connection, name: str) -> None:
    """Takes a note away."""
    db.execute(delete(_CHECKED).where(_CHECKED.c.name == name))


def claim(db: Connection, name: str, *, every: timedelta, now: datetime) -> bool:
    """Whether something that runs so often is due; true for one caller, whoever comes first."""
    added = _INSERT[db.dialect.name](_CHECKED).values(name=name, at=now, detail="")
    is_due = or_(_CHECKED.c.at <= now - every, _CHECKED.c.at > now)  # later than now: the clock was set back
    taken = added.on_conflict_do_update(index_elements=["name"], set_={"at": now}, where=is_due)
    return db.execute(taken.returning(_CHECKED.c.name)).first() is not None


def checked(db: Connection) -> dict[str, Checked]:
    """When each thing last ran well."""
    return {name: Checked(at, detail) for name, at, detail in db.execute(select(_CHECKED))}


def alarms(db: Connection) -> dict[str, Alarm]:
    """Everything that stood when the self-check last looked, by its id."""
    columns = [_ALARM.c[name] for name in Alarm._fields]
    return {row.id: Alarm(*row) for row in db.execute(select(*columns).where(_ALARM.c.ended_at.is_(None)))}


def how_many_alarms(db: Connection) -> int:
    """How many that is."""
    return db.execute(select(func.count()).select_from(_ALARM).where(_ALARM.c.ended_at.is_(None))).scalar_one()


def put_alarm(db: Connection, alarm: Alarm) -> None:
    """Remembers something as it stands now; what stood under its id before, and has ended, gives way."""
    said = alarm._asdict()
    db.execute(_INSERT[db.dialect.name](_ALARM).values(said).on_conflict_do_update(index_elements=["id"], set_=said))
