"""Which run of which job is whose: claimed by inserting its row, so that of several replicas one runs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.store.tables import JobRunRow, table

LEASE = timedelta(minutes=10)
DONE = "done"
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)

_RUN = table(JobRunRow)
_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Run(NamedTuple):
    """One run of a job as it stands. ``outcome``: ``done``, or how it last failed; None while it has done neither."""

    claimed_at: datetime
    finished_at: datetime | None
    outcome: str | None


def claim(db: Connection, job: str, slot: date, *, now: datetime) -> bool:
    """Takes a run for the length of a lease. True for one caller, and for one more where that lease ends unfinished."""
    row = {"job": job, "slot": slot.isoformat(), "claimed_at": now, "lease_until": now + LEASE}
    added = _INSERT[db.dialect.name](_RUN).on_conflict_do_nothing().values(row).returning(_RUN.c.slot)
    if db.execute(added).first() is not None:
        return True
    is_left_over = and_(_of(job, slot), _RUN.c.finished_at.is_(None), _RUN.c.lease_until <= now)
    return db.execute(update(_RUN).where(is_left_over).values(lease_until=now + LEASE)).rowcount == 1


def finish(db: Connection, job: str, slot: date, *, now: datetime) -> None:
    """Records that a run is done: nobody runs it again."""
    db.execute(update(_RUN).where(_of(job, slot)).values(finished_at=now, outcome=DONE))


def fail(db: Connection, job: str, slot: date, outcome: str, *, now: datetime) -> None:
    """Records why a run failed. It is tried again after a minute, then when as long again has passed, up to an hour."""
    unfinished = and_(_of(job, slot), _RUN.c.finished_at.is_(None))
    first = db.scalar(select(_RUN.c.claimed_at).where(unfinished))
    if first is not None:
        wait = min(max(now - first, _FIRST_WAIT), _LONGEST_WAIT)
        db.execute(update(_RUN).where(unfinished).values(lease_until=now + wait, outcome=outcome))


def is_finished(db: Connection, job: str, slot: date) -> bool:
    """Whether a run is done."""
    return db.scalar(select(_RUN.c.finished_at).where(_of(job, slot))) is not None


def runs(db: Connection) -> dict[tuple[str, date], Run]:
    """Every run there has been, by its job and its local date."""
    rows = db.execute(select(_RUN.c.job, _RUN.c.slot, _RUN.c.claimed_at, _RUN.c.finished_at, _RUN.c.outcome))
    return {(job, date.fromisoformat(slot)): Run(*run) for job, slot, *run in rows}


def _of(job: str, slot: date) -> ColumnElement[bool]:
    return and_(_RUN.c.job == job, _RUN.c.slot == slot.isoformat())
