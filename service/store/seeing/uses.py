"""What each timescale comes to here: how many clocks run and are overdue, and how many were met in time of late."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from rules.model import DUTY, Outcome
from service.store.clocks import CLOCK
from service.store.seeing import caseload
from service.store.seeing.reach import Reach, ever_for


class Use(NamedTuple):
    """One timescale: what runs now, and of those met since a day, in time or late, how many were met in time."""

    running: int = 0
    overdue: int = 0
    in_time: int = 0
    met: int = 0


def uses(db: Connection, timescales: Collection[str], on: date, since: date, *, reach: Reach) -> dict[str, Use]:
    """The use of these timescales within a reach; a timescale that nothing is known of is left out.

    A clock whose dates cannot be true is in no figure of what was met: see ``Clock.is_in_figures``.
    """
    running = {row.timescale: row for row in caseload.by_timescale(db, on, on, reach=reach)}
    judged = (Outcome.MET.value, Outcome.LATE.value)
    query = (
        select(CLOCK.c.timescale, func.sum(case((CLOCK.c.outcome == judged[0], 1), else_=0)), func.count())
        .where(CLOCK.c.timescale.in_(sorted(timescales)), CLOCK.c.measure == DUTY)  # by ix_clock_figures
        .where(CLOCK.c.stopped_on >= since, CLOCK.c.stopped_on <= on)
        .where(CLOCK.c.outcome.in_(judged), CLOCK.c.problem.is_(None), ever_for(reach))
        .group_by(CLOCK.c.timescale)
    )
    met = {timescale: (in_time, count) for timescale, in_time, count in db.execute(query)}
    return {
        id: Use(
            running[id].running if id in running else 0,
            (running[id].overdue or 0) if id in running else 0,
            *met.get(id, (0, 0)),
        )
        for id in timescales
        if id in running or id in met
    }
