"""Telling: what is due to be told, how it left, and what people asked for."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from service.store.tables.columns import Serial, moment, serial

_PLANNED = text("state = 'planned'")


_CARRIED = text("message_id IS NOT NULL")
"""Without it the index has an entry for each alert that waits, all alike, and SQLite takes it for useless."""


class AlertRow(SQLModel, table=True):
    """One thing one post must be told about one clock at one step. A planned row is the queue, a sent one the proof."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("clock_id", "step", "due_on", "post"),
        Index("ix_alert_due", "send_at", sqlite_where=_PLANNED, postgresql_where=_PLANNED),
        Index("ix_alert_message", "message_id", sqlite_where=_CARRIED, postgresql_where=_CARRIED),
    )

    seq: int | None = serial()
    clock_id: str
    step: str
    due_on: date
    post: str
    team: str | None = None
    timescale: str
    send_at: datetime = moment()
    state: str
    planned_at: datetime = moment()
    message_id: str | None = None
    told_at: datetime | None = moment(nullable=True)
    told_post: str | None = None
    """Who was told in place of ``post``, because nobody held it: the next rung of its line."""


_WAITING = text("state = 'waiting'")


class MessageRow(SQLModel, table=True):
    """A mail: written before it is sent, marked after. Its Message-ID never changes, so a repeat can be recognised."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_message_waiting", "try_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_message_day", "day", "address"),
    )

    seq: int | None = serial()
    message_id: str
    kind: str
    post: str
    team: str | None = None
    address: str
    subject: str
    text: str = Field(sa_column=Column(Text, nullable=False))
    html: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    attempts: int = 0
    created_at: datetime = moment()
    try_at: datetime = moment()
    sent_at: datetime | None = moment(nullable=True)
    last_error: str | None = None
    day: date | None = None
    """The local day of a digest: one a reader a day."""
    provider_id: str | None = None
    """What the way of sending calls it, where it has a name of its own for it: receipts come by that name."""
    delivered_at: datetime | None = moment(nullable=True)
    unsubscribe: str | None = None
    """Where its reader turns off what may be turned off."""


class PreferenceRow(SQLModel, table=True):
    """What a reader has turned off, of what may be; the token stands in their mail so that they can do it there."""

    __tablename__ = "preference"
    __table_args__ = (UniqueConstraint("token"),)

    address: str = Field(primary_key=True)
    token: str
    turned_off: str = ""


class ReleaseRow(SQLModel, table=True):
    """A team whose posts are told, and from which due date on; a team without a row is silent. Empty: no team."""

    __tablename__ = "release"

    team: str = Field(primary_key=True)
    told_from: date
    released_at: datetime = moment()
    who: str


class AcknowledgementRow(SQLModel, table=True):
    """A plan for a clock that is late or will be: why, whose, and the day by which something happens. Never changed."""

    __tablename__ = "acknowledgement"
    __table_args__ = (Index("ix_acknowledgement_clock", "clock_id"),)

    seq: int | None = serial()
    clock_id: str
    due_on: date
    reason: str
    words: str
    post: str
    who: str
    next_on: date
    made_at: datetime = moment()


class WebhookRow(SQLModel, table=True):
    """A system that is told of what happens to clocks. Its secret has to be readable: every call is signed with it.

    ``failures`` in a row, since ``failing_since``: it rests until ``quiet_until``. ``looked_at``, ``looked_seq``:
    when it was last worked out what it should be told by now, and the newest change of any clock then.
    """

    __tablename__ = "webhook"
    __table_args__ = (UniqueConstraint("name"),)

    seq: int | None = serial()
    name: str
    url: str
    secret: str
    types: str
    created_at: datetime = moment()
    revoked_at: datetime | None = moment(nullable=True)
    failures: int = 0
    failing_since: datetime | None = moment(nullable=True)
    quiet_until: datetime | None = moment(nullable=True)
    last_error: str | None = None
    looked_at: datetime | None = moment(nullable=True)
    looked_seq: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


class DeliveryRow(SQLModel, table=True):
    """One event for one webhook: a waiting row is the queue, a delivered one the proof. Its id never changes.

    The body is emptied once nothing more will be sent.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("webhook", "event_id"),
        Index("ix_delivery_waiting", "webhook", "try_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ix_delivery_clock", "clock_id", "type"),
    )

    seq: int | None = serial()
    webhook: int = Field(sa_column=Column(Serial, nullable=False))
    event_id: str
    type: str
    clock_id: str
    due_on: date | None = None
    body: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    attempts: int = 0
    created_at: datetime = moment()
    try_at: datetime = moment()
    tried_at: datetime | None = moment(nullable=True)
    """When it was first tried."""
    sent_at: datetime | None = moment(nullable=True)
    last_error: str | None = None


class CalendarFeedRow(SQLModel, table=True):
    """A calendar of due dates that a post may subscribe to: of a team, of a service, or (neither) of all.

    Only the HMAC of its secret is kept.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (UniqueConstraint("digest"),)

    seq: int | None = serial()
    post: str
    team: str = ""
    service: str = ""
    digest: str
    created_at: datetime = moment()
    revoked_at: datetime | None = moment(nullable=True)
