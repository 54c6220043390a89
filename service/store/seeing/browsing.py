"""What the pages look up and nothing else does: problems, messages, who was told, what was published."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from rules.model import DUTY
from rules.plan import PLANNED, TAKEN_BACK
from service.store.clocks import CLOCK, PROBLEM
from service.store.events import EVENT
from service.store.seeing.reach import EVERYTHING, Reach, about, running_for
from service.store.tables import AlertRow, AuthorityRow, MessageRow, ReportRow, table
from service.store.telling.alerts import QUEUED, TOLD, UNDELIVERABLE

_ALERT, _MESSAGE, _REPORT = table(AlertRow), table(MessageRow), table(ReportRow)
_ALERTS = select(
    _ALERT,
    _MESSAGE.c.seq.label("message_seq"),
    _MESSAGE.c.sent_at,
    _MESSAGE.c.delivered_at,
    _MESSAGE.c.address,
    _MESSAGE.c.attempts,
    _MESSAGE.c.last_error,
).join(_MESSAGE, _MESSAGE.c.message_id == _ALERT.c.message_id, isouter=True)
"""Alerts, each with the message that carries it where there is one."""
_IS_ITS_EVENT = and_(EVENT.c.source == PROBLEM.c.source, EVENT.c.event_id == PROBLEM.c.event_id)
_NEWEST_CLOCK = (
    select(CLOCK.c.team)
    .where(CLOCK.c.subject == PROBLEM.c.subject)
    .order_by(CLOCK.c.started_on.desc(), CLOCK.c.id)
    .limit(1)
    .scalar_subquery()
)
_TEAM = func.coalesce(EVENT.c.team, _NEWEST_CLOCK)


def problems(
    db: Connection,
    *,
    most: int | None,
    reach: Reach = EVERYTHING,
    team: str | None = None,
    is_without_team: bool = False,
) -> Sequence[Row[Any]]:
    """What is wrong with anybody's history, newest first: subject, code, timescale, words, team, happened_on, type.

    ``team``: that of the event, which has to put it right; of the child's newest clock where the event names none.
    """
    query = (
        select(PROBLEM, _TEAM.label("team"), EVENT.c.happened_on, EVENT.c.type)
        .join(EVENT, _IS_ITS_EVENT, isouter=True)
        .where(_problem_within(reach))
        .order_by(EVENT.c.happened_on.desc(), PROBLEM.c.seq)
        .limit(most)
    )
    if team is not None or is_without_team:
        query = query.where(_TEAM.is_(None) if team is None else _TEAM.in_([team]))
    return db.execute(query).all()


def problems_counted(db: Connection, *, reach: Reach = EVERYTHING) -> list[tuple[str | None, str, int]]:
    """How many of these problems each team has of each kind: team, code, count."""
    each = (
        select(_TEAM.label("team"), PROBLEM.c.code)
        .join(EVENT, _IS_ITS_EVENT, isouter=True)
        .where(_problem_within(reach))
        .subquery()
    )
    query = select(each.c.team, each.c.code, func.count()).group_by(each.c.team, each.c.code)
    return [(team, code, count) for team, code, count in db.execute(query)]


def flawed_counted(db: Connection, *, reach: Reach = EVERYTHING) -> list[tuple[str | None, str, int]]:
    """How many duties each team has whose dates cannot be right, by what is wrong: team, code, count."""
    query = (
        select(CLOCK.c.team, CLOCK.c.problem, func.count())
        .where(CLOCK.c.problem.is_not(None), CLOCK.c.measure == DUTY, running_for(reach))
        .group_by(CLOCK.c.team, CLOCK.c.problem)
    )
    return [(team, code, count) for team, code, count in db.execute(query)]


def _problem_within(reach: Reach) -> ColumnElement[bool]:
    return or_(about(reach, PROBLEM.c.subject), EVENT.c.team.in_(sorted(reach.teams)))


def messages_before(db: Connection, before: int | None, *, most: int) -> Sequence[Row[Any]]:
    """Messages, newest first, older than the sequence number ``before``."""
    query = select(_MESSAGE).order_by(_MESSAGE.c.seq.desc()).limit(most)
    return db.execute(query if before is None else query.where(_MESSAGE.c.seq < before)).all()


def messages_by_state(db: Connection) -> dict[str, int]:
    """How many messages are in each state."""
    return dict(db.execute(select(_MESSAGE.c.state, func.count()).group_by(_MESSAGE.c.state)).all())


def message(db: Connection, seq: int) -> Row[Any] | None:
    """One message by its number."""
    return db.execute(select(_MESSAGE).where(_MESSAGE.c.seq == seq)).first()


def alerts_in(db: Connection, message_id: str) -> Sequence[Row[Any]]:
    """The alerts that a message carries, with the clock, step and due date of each; several of a clock."""
    own = select(_ALERT).where(_ALERT.c.message_id == message_id)
    return db.execute(own.order_by(_ALERT.c.due_on, _ALERT.c.send_at, _ALERT.c.seq)).all()


def alerts_of(db: Connection, clock_id: str) -> Sequence[Row[Any]]:
    """Every alert about one clock, first to last, with the message that carries it where there is one."""
    return db.execute(_ALERTS.where(_ALERT.c.clock_id == clock_id).order_by(_ALERT.c.send_at, _ALERT.c.seq)).all()


def alerts_about(db: Connection, subject: str, now: datetime, *, most: int) -> Sequence[Row[Any]]:
    """What was told about any clock of a child, or should have been by now, with its message; the newest first."""
    own = select(CLOCK.c.id).where(CLOCK.c.subject == subject).scalar_subquery()
    was_due = and_(_ALERT.c.state == PLANNED, _ALERT.c.send_at <= now)
    has_been = or_(_ALERT.c.state.in_((*TOLD, TAKEN_BACK, QUEUED, UNDELIVERABLE)), was_due)
    at = func.coalesce(_ALERT.c.told_at, _MESSAGE.c.sent_at, _ALERT.c.send_at)
    query = _ALERTS.where(_ALERT.c.clock_id.in_(own), has_been).order_by(at.desc(), _ALERT.c.seq.desc())
    return db.execute(query.limit(most)).all()


def events_by_seq(db: Connection, seqs: Collection[int]) -> dict[int, Row[Any]]:
    """Events by the number under which they were stored."""
    rows = db.execute(select(EVENT).where(EVENT.c.seq.in_(sorted(seqs))))
    return {row.seq: row for row in rows}


def published(db: Connection, *, most: int) -> Sequence[Any]:
    """The reports that were published, newest first: name, as_at, published_at."""
    query = select(_REPORT.c.name, _REPORT.c.as_at, _REPORT.c.published_at)
    return db.execute(query.order_by(_REPORT.c.as_at.desc(), _REPORT.c.name).limit(most)).all()


def published_content(db: Connection, name: str, as_at: date) -> Any:
    """What a report said when it was published as at a day; None where it was not."""
    query = select(_REPORT.c.content).where(_REPORT.c.name == name, _REPORT.c.as_at == as_at)
    return db.execute(query.order_by(_REPORT.c.seq).limit(1)).scalar()


def latest_content(db: Connection, name: str) -> str | None:
    """What a report said when it was last published; None where it never was."""
    query = select(_REPORT.c.content).where(_REPORT.c.name == name)
    return db.execute(query.order_by(_REPORT.c.as_at.desc(), _REPORT.c.seq.desc()).limit(1)).scalar()


def computed_with(db: Connection) -> str:
    """The fingerprint of the law that the stored clocks were last computed with; empty where nothing says."""
    return db.execute(select(table(AuthorityRow).c.law)).scalar() or ""
