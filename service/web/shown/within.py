"""A clock for somebody who may see it: for anybody else there is none."""

from __future__ import annotations

from sqlalchemy import Connection

from rules.model import Clock
from service.errors import NotFound
from service.explaining import clock_named
from service.store import clocks
from service.store.seeing.reach import Reach, may_see


def clock_within(db: Connection, reach: Reach, id: str) -> Clock:
    """The clock of this id. Raises NotFound alike where there is none, and where its child is out of reach."""
    subject = clocks.subject_of(db, id)
    if subject is None or not may_see(db, reach, subject):
        raise NotFound("there is no clock of this id", fix="the list of clocks shows those there are")
    return clock_named(db, id)
