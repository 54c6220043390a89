"""How much waits, and for what: counts for whoever looks after the service, of alerts, messages and histories."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, not_, or_, select

from service.store.tables import AlertRow, DeliveryRow, MessageRow, ProblemRow, table
from service.store.telling.deliveries import GIVEN_UP
from service.store.telling.messages import OF_ALERTS, UNDELIVERABLE, UNOWNED, WAITING

UNREACHABLE = "unreachable:"
"""How the error of a message begins where no mail server could be spoken to (see ``notify.channels.sender``)."""

_ALERT, _MESSAGE, _PROBLEM, _DELIVERY = table(AlertRow), table(MessageRow), table(ProblemRow), table(DeliveryRow)


class Held(NamedTuple):
    """Messages of one kind for one post: how many, and since when."""

    kind: str
    post: str
    team: str | None
    messages: int
    since: datetime


def waiting(db: Connection, *, created_by: datetime, is_away: bool) -> tuple[int, datetime | None]:
    """How many messages have waited since a moment or longer, and the oldest of them.

    ``is_away``: because no mail server could be spoken to; otherwise for any other reason but that of an empty post.
    """
    error = func.coalesce(_MESSAGE.c.last_error, "")
    why = error.startswith(UNREACHABLE) if is_away else and_(not_(error.startswith(UNREACHABLE)), error != UNOWNED)
    query = select(func.count(), func.min(_MESSAGE.c.created_at)).where(
        _MESSAGE.c.state == WAITING, _MESSAGE.c.attempts > 0, _MESSAGE.c.created_at <= created_by, why
    )
    count, since = db.execute(query).one()
    return count, since


def waiting_for_a_holder(db: Connection) -> list[Held]:
    """What waits because nobody holds its post, post by post."""
    return _held(db, select().where(_MESSAGE.c.state == WAITING, _MESSAGE.c.last_error == UNOWNED))


def refused(db: Connection) -> list[Held]:
    """Posts whose last message of a kind came back, of the kinds that carry no alerts: theirs are planned again."""
    newest = select(func.max(_MESSAGE.c.seq)).group_by(_MESSAGE.c.kind, _MESSAGE.c.post, _MESSAGE.c.team)
    return _held(
        db,
        select().where(
            _MESSAGE.c.seq.in_(newest), _MESSAGE.c.state == UNDELIVERABLE, _MESSAGE.c.kind.not_in(OF_ALERTS)
        ),
    )


def alerts_by_state(db: Connection) -> dict[str, int]:
    """How many alerts are in each state."""
    return dict(db.execute(select(_ALERT.c.state, func.count()).group_by(_ALERT.c.state)).all())


def given_up(db: Connection, webhook: int, *, since: datetime) -> int:
    """How many calls of a webhook were given up of those that were written or tried since a moment."""
    is_since = or_(_DELIVERY.c.created_at >= since, _DELIVERY.c.tried_at >= since)
    query = select(func.count()).where(_DELIVERY.c.webhook == webhook, _DELIVERY.c.state == GIVEN_UP, is_since)
    return db.execute(query).scalar_one()


def subjects_with_problem(db: Connection, code: str) -> int:
    """How many subjects' histories have a problem of this kind."""
    return db.execute(select(func.count(_PROBLEM.c.subject.distinct())).where(_PROBLEM.c.code == code)).scalar_one()


def _held(db: Connection, those: Select[Any]) -> list[Held]:
    groups = (_MESSAGE.c.kind, _MESSAGE.c.post, _MESSAGE.c.team)
    query = those.add_columns(*groups, func.count(), func.min(_MESSAGE.c.created_at)).group_by(*groups)
    return sorted((Held(*row) for row in db.execute(query)), key=lambda one: (one.post, one.team or "", one.kind))
