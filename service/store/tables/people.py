"""People: teams, posts, who holds them, who is away."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import (
    Index,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from service.store.tables.columns import serial


class TeamRow(SQLModel, table=True):
    """A team, as events name it."""

    __tablename__ = "team"

    id: str = Field(primary_key=True)
    name: str
    service: str | None = None


class PostRow(SQLModel, table=True):
    """Where a post is reached whoever holds it: a mailbox of its own. Of a team, of a service, or (neither) of all."""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("post", "team", "service"),)

    seq: int | None = serial()
    post: str
    team: str = ""
    service: str = ""
    address: str


class PersonRow(SQLModel, table=True):
    """Somebody who works here, under the reference that events give them: where they read, and from which hour."""

    __tablename__ = "person"

    id: str = Field(primary_key=True)
    address: str
    digest_at: time | None = None


class HoldingRow(SQLModel, table=True):
    """Who holds a post, or is its deputy, from one day to another, both included; ``to_on`` None: until further."""

    __tablename__ = "holding"
    __table_args__ = (Index("ix_holding_post", "post", "team", "service"), Index("ix_holding_person", "person"))

    seq: int | None = serial()
    post: str
    team: str = ""
    service: str = ""
    person: str
    from_on: date
    to_on: date | None = None
    is_deputy: bool = False


class AbsenceRow(SQLModel, table=True):
    """Days, both included, on which a person is away, and who covers; None: the deputy of each post."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_person", "person"),)

    seq: int | None = serial()
    person: str
    from_on: date
    to_on: date
    cover: str | None = None
