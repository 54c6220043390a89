"""The service itself: what has run, what arrived, what stands still, what was published."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from service.store.tables.columns import Moment, Serial, moment, serial


class CheckedRow(SQLModel, table=True):
    """When something that runs by itself last ran well: the tick, the self-check. ``detail``: a count or a kind."""

    __tablename__ = "checked"

    name: str = Field(primary_key=True)
    at: datetime = moment()
    detail: str = ""


class SourceRow(SQLModel, table=True):
    """Where events come from, as far as the self-check has read them; what is expected of it, where that was said.

    ``last_seq``: the number of its last event that was read; the highest of all sources is how far was read.
    """

    __tablename__ = "source"

    name: str = Field(primary_key=True)
    first_at: datetime | None = moment(nullable=True)
    last_at: datetime | None = moment(nullable=True)
    last_seq: int = Field(default=0, sa_column=Column(Serial, nullable=False))
    events: int = Field(default=0, sa_column=Column(Serial, nullable=False))
    every: str = ""
    """``24 hours``, ``2 working_days``; empty: as it usually does."""
    expected_at: datetime | None = moment(nullable=True)
    """When that was said."""
    retired_at: datetime | None = moment(nullable=True)


class ArrivalRow(SQLModel, table=True):
    """An hour (UTC) in which something came from a source. A few weeks of them say how it usually sends."""

    __tablename__ = "arrival"

    source: str = Field(primary_key=True)
    hour: datetime = Field(sa_column=Column(Moment, primary_key=True))
    first_at: datetime = moment()
    last_at: datetime = moment()
    events: int = Field(default=0, sa_column=Column(Serial, nullable=False))


class AlarmRow(SQLModel, table=True):
    """Something the self-check found, kept when it has ended: since when, and what the administrator was told of it.

    ``worst``: the highest count that was told.
    """

    __tablename__ = "alarm"

    id: str = Field(primary_key=True)
    title: str
    since: datetime = moment()
    count: int = 1
    worst: int = 0
    told_at: datetime | None = moment(nullable=True)
    ended_at: datetime | None = moment(nullable=True)


class JobRunRow(SQLModel, table=True):
    """One run of one job, claimed by insert: whoever inserts the row runs it. ``slot`` is a local date."""

    __tablename__ = "job_run"

    job: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    claimed_at: datetime = moment()
    lease_until: datetime = moment()
    finished_at: datetime | None = moment(nullable=True)
    outcome: str | None = None


class ReportRow(SQLModel, table=True):
    """A report as it was published, frozen."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("name", "as_at", "known_at"),)

    seq: int | None = serial()
    name: str
    as_at: date
    known_at: datetime = moment()
    published_at: datetime = moment()
    content: Any = Field(sa_column=Column(JSON, nullable=False))
