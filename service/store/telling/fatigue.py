"""What telling comes to: how many mails reach one reader, and what became of the clocks that posts were told of.

Rows for the page and the report of telling; which rungs are warnings, the ladders say (``service/reports/telling``).
No address leaves this file.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select

from rules.model import DUTY, ChangeKind, Outcome
from rules.plan import CORRECTED, TAKEN_BACK
from service.store.tables import AcknowledgementRow, AlertRow, ChangeRow, ClockRow, MessageRow, table
from service.store.telling.alerts import TOLD
from service.store.telling.messages import NOT_SENT, OF_ALERTS, SENT

_ALERT, _CLOCK, _MESSAGE = table(AlertRow), table(ClockRow), table(MessageRow)
_CHANGE, _PLAN = table(ChangeRow), table(AcknowledgementRow)

_TOLD_AT = func.coalesce(_ALERT.c.told_at, _ALERT.c.send_at)
_STOPS = (ChangeKind.STOPPED.value, ChangeKind.ENDED.value)


class Mails(NamedTuple):
    """The mails of one week (0 is the first) of one post, or of all: to how many readers, and the most for one."""

    week: int
    post: str | None
    readers: int
    mails: int
    most: int


class Due(NamedTuple):
    """A duty whose last day has passed, and that was met, in time or late, or is owed still."""

    clock: str
    timescale: str
    subject: str
    key: str | None
    team: str | None
    """Who answers for it: whoever had the case on its last day."""
    holder: str | None
    """Who has it now, or had it when it stopped."""
    due_on: date
    stopped_on: date | None
    is_met: bool


class Said(NamedTuple):
    """That a post was told of a clock at a step, and when."""

    clock: str
    step: str
    post: str
    told_at: datetime


class ToldRung(NamedTuple):
    """A rung as it was told, and what became of its clock since.

    ``stopped_on``: the day on which it was stopped; ``heard_at``, ``planned_at``: when first, after it was told, we
    heard that it had stopped, and a plan was made for it.
    """

    clock: str
    timescale: str
    step: str
    post: str
    due_on: date
    told_at: datetime
    clock_due_on: date | None
    clock_target_due_on: date | None
    stopped_on: date | None
    heard_at: datetime | None
    planned_at: datetime | None


def mails(db: Connection, mondays: Sequence[date], last_on: date) -> list[Mails]:
    """Mails that carry alerts and went, by the week of their day and by post; then the same of all posts together.

    ``mondays``: the first day of each week, in order; ``last_on``: the last day of the last. Somebody who reads for two
    posts is one reader of each, and one reader of all.
    """
    last = len(mondays) - 1
    week = case(*((_MESSAGE.c.day < monday, at) for at, monday in enumerate(mondays[1:])), else_=last)
    went = (
        select(week.label("week"), _MESSAGE.c.post, func.lower(_MESSAGE.c.address).label("reader"))
        .where(_MESSAGE.c.day >= mondays[0], _MESSAGE.c.day <= last_on)
        .where(_MESSAGE.c.kind.in_(OF_ALERTS), _MESSAGE.c.state.in_((SENT, NOT_SENT)))
        .subquery()
    )
    found = []
    for of in ((went.c.week, went.c.post), (went.c.week,)):
        own = select(*of, func.count().label("mails")).group_by(*of, went.c.reader).subquery()
        names = [own.c[column.name] for column in of]
        counts = (func.count(), func.sum(own.c.mails), func.max(own.c.mails))
        for row in db.execute(select(*names, *counts).group_by(*names).order_by(*names)):
            found.append(Mails(row[0], row[1] if len(of) > 1 else None, *(int(count) for count in row[-3:])))
    return found


def due(db: Connection, first_on: date, last_on: date, today: date) -> list[Due]:
    """The duties that were due in these days, ``last_on`` being before ``today``, by the team that answers for them.

    Not what fell away, and not what has dates that cannot be right: neither says whether anybody acted.
    """
    team = func.coalesce(_CLOCK.c.answerable_team, _CLOCK.c.team)
    is_met = func.coalesce(_CLOCK.c.outcome == Outcome.MET.value, false())
    query = (
        select(_CLOCK.c.id, _CLOCK.c.timescale, _CLOCK.c.subject, _CLOCK.c.key, team)
        .add_columns(_CLOCK.c.team, _CLOCK.c.due_on, _CLOCK.c.stopped_on, is_met)
        .where(_is_judged(first_on, last_on, today))
        .order_by(_CLOCK.c.due_on, _CLOCK.c.id)
    )
    return [Due(*row) for row in db.execute(query)]


def told_of_due(db: Connection, first_on: date, last_on: date, today: date) -> list[Said]:
    """Of those: every time that a post was told of the very due date that the clock has now."""
    is_told = and_(_CLOCK.c.id == _ALERT.c.clock_id, _ALERT.c.due_on == _CLOCK.c.due_on, _ALERT.c.state.in_(TOLD))
    query = (
        select(_ALERT.c.clock_id, _ALERT.c.step, _ALERT.c.post, _TOLD_AT)
        .join(_CLOCK, is_told)
        .where(_is_judged(first_on, last_on, today))
    )
    return [Said(*row) for row in db.execute(query)]


def first_plans(db: Connection, first_on: date, last_on: date, today: date) -> dict[str, datetime]:
    """Of those: when the first plan was made for the very due date that the clock has now."""
    query = (
        select(_PLAN.c.clock_id, func.min(_PLAN.c.made_at).label("made_at"))
        .join(_CLOCK, and_(_CLOCK.c.id == _PLAN.c.clock_id, _PLAN.c.due_on == _CLOCK.c.due_on))
        .where(_is_judged(first_on, last_on, today))
        .group_by(_PLAN.c.clock_id)
    )
    return {row.clock_id: row.made_at for row in db.execute(query)}


def rungs(db: Connection, since: datetime) -> list[ToldRung]:
    """Every rung told since a moment, first to last, of clocks that are still there; what is no rung is left out.

    What has turned out untrue since, because it had been done and not been recorded, was told all the same.
    """
    told_at = _TOLD_AT.label("told_at")
    heard_at = (
        select(func.min(_CHANGE.c.at))
        .where(_CHANGE.c.clock_id == _ALERT.c.clock_id, _CHANGE.c.kind.in_(_STOPS), _CHANGE.c.at > _TOLD_AT)
        .correlate(_ALERT)
        .scalar_subquery()
    )
    planned_at = (
        select(func.min(_PLAN.c.made_at))
        .where(_PLAN.c.clock_id == _ALERT.c.clock_id, _PLAN.c.made_at > _TOLD_AT)
        .correlate(_ALERT)
        .scalar_subquery()
    )
    query = (
        select(_ALERT.c.clock_id, _CLOCK.c.timescale, _ALERT.c.step, _ALERT.c.post, _ALERT.c.due_on, told_at)
        .add_columns(_CLOCK.c.due_on, _CLOCK.c.target_due_on, _CLOCK.c.stopped_on, heard_at, planned_at)
        .join(_CLOCK, and_(_CLOCK.c.id == _ALERT.c.clock_id, _CLOCK.c.measure == DUTY))
        .where(_ALERT.c.state.in_((*TOLD, TAKEN_BACK)), since <= _TOLD_AT, _is_rung())
        .order_by(told_at, _ALERT.c.seq)
    )
    return [ToldRung(*row) for row in db.execute(query)]


def _is_judged(first_on: date, last_on: date, today: date) -> ColumnElement[bool]:
    """A duty that was due in these days and was either met, in time or late, or is owed still."""
    is_owed = and_(_CLOCK.c.outcome.is_(None), or_(_CLOCK.c.lapses_on.is_(None), _CLOCK.c.lapses_on > today))
    has_end = _CLOCK.c.outcome.in_((Outcome.MET.value, Outcome.LATE.value))
    is_due = and_(_CLOCK.c.due_on >= first_on, _CLOCK.c.due_on <= last_on)
    return and_(_CLOCK.c.measure == DUTY, _CLOCK.c.problem.is_(None), is_due, or_(has_end, is_owed))


def _is_rung() -> Any:
    """``rules.plan.is_rung`` in SQL."""
    return _ALERT.c.step.not_like(f"%{CORRECTED[-1]}%")
