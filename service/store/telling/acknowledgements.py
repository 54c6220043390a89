"""Plans for what is late or will be: why, whose, and by which day something happens. Rows that are only ever added.

The latest plan of a clock counts, until its next date has passed; then the ladder goes on by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from rules.model import DUTY
from service.store.clocks import CLOCK as _CLOCK
from service.store.clocks import alive
from service.store.prepared import chunks
from service.store.tables import AcknowledgementRow, table

_PLAN = table(AcknowledgementRow)


class New(NamedTuple):
    """A plan as it is made. ``words`` may be empty; ``who`` is the key or person who made it, for which ``post``."""

    clock_id: str
    due_on: date
    reason: str
    words: str
    post: str
    who: str
    next_on: date


class Acknowledgement(NamedTuple):
    """A plan as it stands."""

    seq: int
    clock_id: str
    due_on: date
    reason: str
    words: str
    post: str
    who: str
    next_on: date
    made_at: datetime

    def is_in_force(self, on: date) -> bool:
        """Whether the ladder waits for it: to the end of the day that it names."""
        return on <= self.next_on


_COLUMNS = [_PLAN.c[name] for name in Acknowledgement._fields]


def add(db: Connection, new: New, *, now: datetime) -> Acknowledgement:
    """Keeps a plan. It takes the place of any made before it for the same clock."""
    row = {**new._asdict(), "made_at": now}
    seq = db.execute(insert(_PLAN).values(row).returning(_PLAN.c.seq)).scalar_one()
    return Acknowledgement(seq, *new, now)


def latest(db: Connection, clock_ids: Collection[str]) -> dict[str, Acknowledgement]:
    """The plan that counts for each clock that has one."""
    found: dict[str, Acknowledgement] = {}
    for chunk in chunks(sorted(clock_ids)):
        for row in db.execute(select(*_COLUMNS).where(_PLAN.c.clock_id.in_(chunk)).order_by(_PLAN.c.seq)):
            found[row.clock_id] = Acknowledgement(*row)
    return found


def of_clock(db: Connection, clock_id: str) -> list[Acknowledgement]:
    """Every plan made for a clock, first to last."""
    return [
        Acknowledgement(*row)
        for row in db.execute(select(*_COLUMNS).where(_PLAN.c.clock_id == clock_id).order_by(_PLAN.c.seq))
    ]


def planned_clocks(db: Connection, on: date) -> dict[tuple[str | None, str], int]:
    """How many running clocks have a plan in force on a day, by team and timescale."""
    last = select(func.max(_PLAN.c.seq)).group_by(_PLAN.c.clock_id)
    query = (
        select(_CLOCK.c.team, _CLOCK.c.timescale, func.count())
        .join(_PLAN, _PLAN.c.clock_id == _CLOCK.c.id)
        .where(_PLAN.c.next_on >= on, _PLAN.c.seq.in_(last))
        .where(*alive(on), _CLOCK.c.measure == DUTY, _CLOCK.c.due_on < on)
        .group_by(_CLOCK.c.team, _CLOCK.c.timescale)
    )
    return {(team, timescale): count for team, timescale, count in db.execute(query)}
