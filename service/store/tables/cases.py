"""Cases: what was told of a child, and the clocks that follow from it. Nothing here says that anything is overdue."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Column,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from service.store.tables.columns import Serial, moment, serial


class AuthorityRow(SQLModel, table=True):
    """Whose database this is. One row."""

    __tablename__ = "authority"

    id: int = Field(primary_key=True)
    name: str
    is_demonstration: bool
    alerts_from: date
    created_at: datetime = moment()
    law: str
    """The fingerprint of the packs that the stored clocks were last computed with."""


class SubjectRow(SQLModel, table=True):
    """Who events are about, once seen.

    ``is_linked``: a correction, withdrawal or merge touches the history, so it is always read and evaluated whole.
    ``has_problems``: something in it cannot be right.
    """

    __tablename__ = "subject"

    ref: str = Field(primary_key=True)
    is_linked: bool = False
    has_problems: bool = False


class LinkRow(SQLModel, table=True):
    """Two subjects whose histories must be read together: merged, or one corrected by an event about the other."""

    __tablename__ = "link"

    one: str = Field(primary_key=True)
    other: str = Field(primary_key=True)


_REVIEWED = text("reviewer IS NOT NULL")


class EventRow(SQLModel, table=True):
    """An event as it was sent. Never changed, and deleted only with everything else when its subject is erased."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index("ix_event_subject", "subject"),
        Index(
            "ix_event_target",
            "source",
            "target",
            sqlite_where=text("target IS NOT NULL"),
            postgresql_where=text("target IS NOT NULL"),
        ),
        Index("ix_event_received", "received_at"),
        Index("ix_event_reviewer", "reviewer", "subject", sqlite_where=_REVIEWED, postgresql_where=_REVIEWED),
    )

    seq: int | None = serial()
    source: str
    event_id: str
    type: str
    subject: str
    happened_on: date
    happened_at: datetime | None = moment(nullable=True)
    recorded_at: datetime | None = moment(nullable=True)
    received_at: datetime = moment()
    key: str | None = None
    worker: str | None = None
    team: str | None = None
    target: str | None = None
    data: str = Field(sa_column=Column(Text, nullable=False))
    digest: str
    reviewer: str | None = None
    """The conference chair or reviewing officer whom ``data`` names: they may see the child."""


_RUNNING = text("stopped_on IS NULL AND measure = 'duty'")


_FLAWED = text("problem IS NOT NULL")


_LISTED = (
    "team", "due_on", "id", "subject", "timescale", "worker", "started_on", "lapses_on", "target_due_on", "stopped_on",
    "measure",
)  # fmt: skip
"""All that a list of what runs is chosen, counted and put in order by: the index alone answers, whoever asks."""


class ClockRow(SQLModel, table=True):
    """A clock as last computed. It can be thrown away and made again from the events and the law."""

    __tablename__ = "clock"
    __table_args__ = (
        Index("ix_clock_subject", "subject"),
        Index("ix_clock_running", "due_on", "id", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
        Index("ix_clock_worklist", *_LISTED, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
        Index("ix_clock_figures", "timescale", "measure", "stopped_on"),
        Index("ix_clock_problem", "due_on", "id", sqlite_where=_FLAWED, postgresql_where=_FLAWED),
    )

    id: str = Field(primary_key=True)
    timescale: str
    measure: str
    subject: str
    key: str | None = None
    team: str | None = None
    worker: str | None = None
    started_on: date
    started_source: str
    started_id: str
    counted_from_on: date
    limit: str | None = None
    due_on: date | None = None
    target_due_on: date | None = None
    stopped_on: date | None = None
    stopped_source: str | None = None
    stopped_id: str | None = None
    outcome: str | None = None
    ended_because: str | None = None
    version_on: date
    is_provisional: bool
    problem: str | None = None
    flags: str
    due_at: datetime | None = moment(nullable=True)
    phase: str | None = None
    lapses_on: date | None = None
    answerable_team: str | None = None
    answerable_worker: str | None = None


class ChangeRow(SQLModel, table=True):
    """The journal: what happened to each clock, when, why, and which event did it."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_clock", "clock_id"), Index("ix_change_event", "event_seq"))

    seq: int | None = serial()
    at: datetime = moment()
    clock_id: str
    subject: str
    timescale: str
    measure: str
    kind: str
    reason: str
    event_seq: int | None = Field(default=None, sa_column=Column(Serial, nullable=True))
    """None where a change of law or calendar did it."""
    moved: str
    """JSON: field → [before, after]."""
    due_on: date | None = None


class ProblemRow(SQLModel, table=True):
    """What cannot be right in a subject's history, as last computed."""

    __tablename__ = "problem"
    __table_args__ = (Index("ix_problem_subject", "subject"),)

    seq: int | None = serial()
    subject: str
    code: str
    timescale: str
    source: str
    event_id: str
    words: str
