"""What waits to be told, counted by whom it is for: so that a change of people can say what it would move."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select

from rules.plan import HELD, PLANNED
from service.store.tables import AlertRow, ClockRow, table
from service.store.telling.alerts import UNDELIVERABLE

_ALERT, _CLOCK = table(AlertRow), table(ClockRow)


class Waiting(NamedTuple):
    """So many alerts for one post of one team (and one worker), from one moment on; None: they are held."""

    post: str
    team: str | None
    worker: str | None
    send_at: datetime | None
    alerts: int


def waiting(db: Connection, *, until: datetime) -> list[Waiting]:
    """What is planned by a moment, or came back from a refused address; and all that is held."""
    whom = (_ALERT.c.post, _ALERT.c.team, _CLOCK.c.worker)
    of_clock = _ALERT.outerjoin(_CLOCK, _CLOCK.c.id == _ALERT.c.clock_id)
    is_planned = or_(_ALERT.c.state == PLANNED, _ALERT.c.state == UNDELIVERABLE)
    planned = (
        select(*whom, _ALERT.c.send_at, func.count())
        .select_from(of_clock)
        .where(is_planned, _ALERT.c.send_at <= until)
        .group_by(*whom, _ALERT.c.send_at)
    )
    held = select(*whom, func.count()).select_from(of_clock).where(_ALERT.c.state == HELD).group_by(*whom)
    return [Waiting(*row) for row in db.execute(planned)] + [
        Waiting(post, team, worker, None, alerts) for post, team, worker, alerts in db.execute(held)
    ]
