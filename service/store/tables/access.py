"""Access: keys, sessions, the sealed trail, and what is held or erased."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Column,
    Index,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from service.store.tables.columns import Serial, moment, serial


class ApiKeyRow(SQLModel, table=True):
    """A key to the API: only its HMAC is kept."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("digest"))

    seq: int | None = serial()
    name: str
    digest: str
    scopes: str
    created_at: datetime = moment()
    revoked_at: datetime | None = moment(nullable=True)


class AuditRow(SQLModel, table=True):
    """Who did or read what, when and from where. Only ever added to, each row sealed onto the one before (``chain``).

    ``salt`` goes with ``subject`` when a child is erased; ``subject_digest`` is what the chain holds of it.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject"),)

    seq: int | None = serial()
    at: datetime = moment()
    actor: str
    action: str
    subject: str | None = None
    detail: str = ""
    origin: str = ""
    salt: str | None = None
    subject_digest: str | None = None
    chain: str


class HoldRow(SQLModel, table=True):
    """A child who must not be erased, whatever the time: why (a code), since when, and until when that was so."""

    __tablename__ = "hold"
    __table_args__ = (Index("ix_hold_subject", "subject"),)

    seq: int | None = serial()
    subject: str
    reason: str
    who: str
    placed_at: datetime = moment()
    lifted_at: datetime | None = moment(nullable=True)


class ErasedRow(SQLModel, table=True):
    """Somebody who was erased, known by nothing but an HMAC of the reference: so that a repeat does not bring it back.

    ``open_from``: what happened from this day on is taken in again; None: nothing is.
    """

    __tablename__ = "erased"

    digest: str = Field(primary_key=True)
    erased_at: datetime = moment()
    open_from: date | None = None


class AuditErasureRow(SQLModel, table=True):
    """Which rows of the trail lost a child's reference, and the row that says so: every loss is accounted for."""

    __tablename__ = "audit_erasure"
    __table_args__ = (Index("ix_audit_erasure_account", "erasure_seq"),)

    audit_seq: int = Field(sa_column=Column(Serial, primary_key=True, autoincrement=False))
    erasure_seq: int = Field(sa_column=Column(Serial, nullable=False))


class SessionRow(SQLModel, table=True):
    """Somebody signed in. Only a digest of what their browser holds is kept; what they may do is asked anew each time.

    ``person``: who they are in the list of people, by whom the posts are found; ``groups``: what the sign-in service
    said they belong to, ``asked_at``: when it said so last; ``posts``: those chosen in the demonstration, and nowhere
    else.
    """

    __tablename__ = "session"

    digest: str = Field(primary_key=True)
    account: str
    groups: str = Field(sa_column=Column(Text, nullable=False))
    posts: str = Field(sa_column=Column(Text, nullable=False))
    began_at: datetime = moment()
    asked_at: datetime = moment()
    ends_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
