"""Who has cases: for the list of people that the demonstration lets one be."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from rules.model import DUTY
from service.store.clocks import CLOCK
from service.store.events import EVENT


def busiest_workers(db: Connection) -> dict[str, str]:
    """Of each team, the worker with most running duties."""
    running = (
        CLOCK.c.stopped_on.is_(None),
        CLOCK.c.measure == DUTY,
        CLOCK.c.worker.is_not(None),
        CLOCK.c.team.is_not(None),
    )
    query = select(CLOCK.c.team, CLOCK.c.worker).where(*running).group_by(CLOCK.c.team, CLOCK.c.worker)
    found: dict[str, str] = {}
    for team, worker in db.execute(query.order_by(func.count(), CLOCK.c.worker)):
        found[team] = worker  # the last is the busiest
    return found


def reviewers(db: Connection, *, most: int) -> list[str]:
    """The chairs and reviewing officers who are named most."""
    query = select(EVENT.c.reviewer).where(EVENT.c.reviewer.is_not(None)).group_by(EVENT.c.reviewer)
    return list(db.scalars(query.order_by(func.count().desc(), EVENT.c.reviewer).limit(most)))
