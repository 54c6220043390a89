"""Every table. Dates only: nothing here says that anything is overdue.

Primary keys rise with time, and the indexes that queues and lists use cover only what is open: see DECISIONS.md.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel


class Moment(TypeDecorator[datetime]):
    """A moment in UTC, aware on both sides. SQLite would otherwise hand back a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must say its offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Serial = BigInteger().with_variant(Integer, "sqlite")


def _serial() -> Any:
    return Field(default=None, sa_column=Column(Serial, primary_key=True, autoincrement=True))


def _moment(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(Moment, nullable=nullable))


class AuthorityRow(SQLModel, table=True):
    """Whose database this is. One row."""

    __tablename__ = "authority"

    id: int = Field(primary_key=True)
    name: str
    is_demonstration: bool
    alerts_from: date
    created_at: datetime = _moment()
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

    seq: int | None = _serial()
    source: str
    event_id: str
    type: str
    subject: str
    happened_on: date
    happened_at: datetime | None = _moment(nullable=True)
    recorded_at: datetime | None = _moment(nullable=True)
    received_at: datetime = _moment()
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
    due_at: datetime | None = _moment(nullable=True)
    phase: str | None = None
    lapses_on: date | None = None
    answerable_team: str | None = None
    answerable_worker: str | None = None


class ChangeRow(SQLModel, table=True):
    """The journal: what happened to each clock, when, why, and which event did it."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_clock", "clock_id"), Index("ix_change_event", "event_seq"))

    seq: int | None = _serial()
    at: datetime = _moment()
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

    seq: int | None = _serial()
    subject: str
    code: str
    timescale: str
    source: str
    event_id: str
    words: str


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

    seq: int | None = _serial()
    clock_id: str
    step: str
    due_on: date
    post: str
    team: str | None = None
    timescale: str
    send_at: datetime = _moment()
    state: str
    planned_at: datetime = _moment()
    message_id: str | None = None
    told_at: datetime | None = _moment(nullable=True)
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

    seq: int | None = _serial()
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
    created_at: datetime = _moment()
    try_at: datetime = _moment()
    sent_at: datetime | None = _moment(nullable=True)
    last_error: str | None = None
    day: date | None = None
    """The local day of a digest: one a reader a day."""
    provider_id: str | None = None
    """What the way of sending calls it, where it has a name of its own for it: receipts come by that name."""
    delivered_at: datetime | None = _moment(nullable=True)
    unsubscribe: str | None = None
    """Where its reader turns off what may be turned off."""


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

    seq: int | None = _serial()
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

    seq: int | None = _serial()
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

    seq: int | None = _serial()
    person: str
    from_on: date
    to_on: date
    cover: str | None = None


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
    released_at: datetime = _moment()
    who: str


class AcknowledgementRow(SQLModel, table=True):
    """A plan for a clock that is late or will be: why, whose, and the day by which something happens. Never changed."""

    __tablename__ = "acknowledgement"
    __table_args__ = (Index("ix_acknowledgement_clock", "clock_id"),)

    seq: int | None = _serial()
    clock_id: str
    due_on: date
    reason: str
    words: str
    post: str
    who: str
    next_on: date
    made_at: datetime = _moment()


class CheckedRow(SQLModel, table=True):
    """When something that runs by itself last ran well: the tick, the self-check. ``detail``: a count or a kind."""

    __tablename__ = "checked"

    name: str = Field(primary_key=True)
    at: datetime = _moment()
    detail: str = ""


class SourceRow(SQLModel, table=True):
    """Where events come from, as far as the self-check has read them; what is expected of it, where that was said.

    ``last_seq``: the number of its last event that was read; the highest of all sources is how far was read.
    """

    __tablename__ = "source"

    name: str = Field(primary_key=True)
    first_at: datetime | None = _moment(nullable=True)
    last_at: datetime | None = _moment(nullable=True)
    last_seq: int = Field(default=0, sa_column=Column(Serial, nullable=False))
    events: int = Field(default=0, sa_column=Column(Serial, nullable=False))
    every: str = ""
    """``24 hours``, ``2 working_days``; empty: as it usually does."""
    expected_at: datetime | None = _moment(nullable=True)
    """When that was said."""
    retired_at: datetime | None = _moment(nullable=True)


class ArrivalRow(SQLModel, table=True):
    """An hour (UTC) in which something came from a source. A few weeks of them say how it usually sends."""

    __tablename__ = "arrival"

    source: str = Field(primary_key=True)
    hour: datetime = Field(sa_column=Column(Moment, primary_key=True))
    first_at: datetime = _moment()
    last_at: datetime = _moment()
    events: int = Field(default=0, sa_column=Column(Serial, nullable=False))


class AlarmRow(SQLModel, table=True):
    """Something the self-check found, kept when it has ended: since when, and what the administrator was told of it.

    ``worst``: the highest count that was told.
    """

    __tablename__ = "alarm"

    id: str = Field(primary_key=True)
    title: str
    since: datetime = _moment()
    count: int = 1
    worst: int = 0
    told_at: datetime | None = _moment(nullable=True)
    ended_at: datetime | None = _moment(nullable=True)


class ApiKeyRow(SQLModel, table=True):
    """A key to the API: only its HMAC is kept."""

    __tablename__ = "api_key"
    __table_args__ = (UniqueConstraint("name"), UniqueConstraint("digest"))

    seq: int | None = _serial()
    name: str
    digest: str
    scopes: str
    created_at: datetime = _moment()
    revoked_at: datetime | None = _moment(nullable=True)


class WebhookRow(SQLModel, table=True):
    """A system that is told of what happens to clocks. Its secret has to be readable: every call is signed with it.

    ``failures`` in a row, since ``failing_since``: it rests until ``quiet_until``. ``looked_at``, ``looked_seq``:
    when it was last worked out what it should be told by now, and the newest change of any clock then.
    """

    __tablename__ = "webhook"
    __table_args__ = (UniqueConstraint("name"),)

    seq: int | None = _serial()
    name: str
    url: str
    secret: str
    types: str
    created_at: datetime = _moment()
    revoked_at: datetime | None = _moment(nullable=True)
    failures: int = 0
    failing_since: datetime | None = _moment(nullable=True)
    quiet_until: datetime | None = _moment(nullable=True)
    last_error: str | None = None
    looked_at: datetime | None = _moment(nullable=True)
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

    seq: int | None = _serial()
    webhook: int = Field(sa_column=Column(Serial, nullable=False))
    event_id: str
    type: str
    clock_id: str
    due_on: date | None = None
    body: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    attempts: int = 0
    created_at: datetime = _moment()
    try_at: datetime = _moment()
    tried_at: datetime | None = _moment(nullable=True)
    """When it was first tried."""
    sent_at: datetime | None = _moment(nullable=True)
    last_error: str | None = None


class CalendarFeedRow(SQLModel, table=True):
    """A calendar of due dates that a post may subscribe to: of a team, of a service, or (neither) of all.

    Only the HMAC of its secret is kept.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (UniqueConstraint("digest"),)

    seq: int | None = _serial()
    post: str
    team: str = ""
    service: str = ""
    digest: str
    created_at: datetime = _moment()
    revoked_at: datetime | None = _moment(nullable=True)


class AuditRow(SQLModel, table=True):
    """Who did or read what, when and from where. Only ever added to, each row sealed onto the one before (``chain``).

    ``salt`` goes with ``subject`` when a child is erased; ``subject_digest`` is what the chain holds of it.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject"),)

    seq: int | None = _serial()
    at: datetime = _moment()
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

    seq: int | None = _serial()
    subject: str
    reason: str
    who: str
    placed_at: datetime = _moment()
    lifted_at: datetime | None = _moment(nullable=True)


class ErasedRow(SQLModel, table=True):
    """Somebody who was erased, known by nothing but an HMAC of the reference: so that a repeat does not bring it back.

    ``open_from``: what happened from this day on is taken in again; None: nothing is.
    """

    __tablename__ = "erased"

    digest: str = Field(primary_key=True)
    erased_at: datetime = _moment()
    open_from: date | None = None


class AuditErasureRow(SQLModel, table=True):
    """Which rows of the trail lost a child's reference, and the row that says so: every loss is accounted for."""

    __tablename__ = "audit_erasure"
    __table_args__ = (Index("ix_audit_erasure_account", "erasure_seq"),)

    audit_seq: int = Field(sa_column=Column(Serial, primary_key=True, autoincrement=False))
    erasure_seq: int = Field(sa_column=Column(Serial, nullable=False))


class JobRunRow(SQLModel, table=True):
    """One run of one job, claimed by insert: whoever inserts the row runs it. ``slot`` is a local date."""

    __tablename__ = "job_run"

    job: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    claimed_at: datetime = _moment()
    lease_until: datetime = _moment()
    finished_at: datetime | None = _moment(nullable=True)
    outcome: str | None = None


class ReportRow(SQLModel, table=True):
    """A report as it was published, frozen."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("name", "as_at", "known_at"),)

    seq: int | None = _serial()
    name: str
    as_at: date
    known_at: datetime = _moment()
    published_at: datetime = _moment()
    content: Any = Field(sa_column=Column(JSON, nullable=False))


METADATA = SQLModel.metadata


def table(row: type[SQLModel]) -> Table:
    """The table behind a row class, for statements that move many rows."""
    found: Table = row.__table__  # type: ignore[attr-defined]
    return found


class SessionRow(SQLModel, table=True):
    """Somebody signed in. Only a digest of what their browser holds is kept; what they may do is asked anew each time.

    ``person``: who they are in the list of people, by whom the posts are found; ``groups``: what the sign-in service
    said they belong to; ``posts``: those chosen in the demonstration, and nowhere else.
    """

    __tablename__ = "session"

    digest: str = Field(primary_key=True)
    account: str
    groups: str = Field(sa_column=Column(Text, nullable=False))
    posts: str = Field(sa_column=Column(Text, nullable=False))
    began_at: datetime = _moment()
    ends_at: datetime = _moment()
    ended_at: datetime | None = _moment(nullable=True)


class SignInRow(SQLModel, table=True):
    """A sign-in under way: what must come back from the sign-in service. Used once."""

    __tablename__ = "sign_in"

    digest: str = Field(primary_key=True)
    state: str
    nonce: str
    verifier: str
    back_to: str
    made_at: datetime = _moment()
