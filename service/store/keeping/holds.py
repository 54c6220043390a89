"""Children who must not be erased, whatever the time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from service.store.prepared import chunks
from service.store.tables import HoldRow, table

HOLD = table(HoldRow)


class Hold(NamedTuple):
    """A hold as it stands: whom it keeps, why (a code), who placed it and when."""

    subject: str
    reason: str
    who: str
    placed_at: datetime


_COLUMNS = [HOLD.c[name] for name in Hold._fields]


def place(db: Connection, hold: Hold) -> None:
    """Keeps somebody. Several holds may stand at once, for different reasons."""
    db.execute(insert(HOLD).values({**hold._asdict(), "lifted_at": None}))


def lift(db: Connection, subject: str, reason: str | None, *, now: datetime) -> int:
    """Lifts the holds that stand on somebody, or those for one reason. Returns how many."""
    standing: list[Any] = [HOLD.c.subject == subject, HOLD.c.lifted_at.is_(None)]
    if reason is not None:
        standing.append(HOLD.c.reason == reason)
    return db.execute(update(HOLD).where(*standing).values(lifted_at=now)).rowcount


def standing(db: Connection) -> list[Hold]:
    """Every hold that stands, the oldest first."""
    return [Hold(*row) for row in db.execute(select(*_COLUMNS).where(HOLD.c.lifted_at.is_(None)).order_by(HOLD.c.seq))]


def held(db: Connection, subjects: Collection[str]) -> dict[str, list[Hold]]:
    """Those of these subjects who are held, with the holds on each."""
    found: dict[str, list[Hold]] = {}
    for chunk in chunks(sorted(subjects)):
        query = select(*_COLUMNS).where(HOLD.c.subject.in_(chunk), HOLD.c.lifted_at.is_(None)).order_by(HOLD.c.seq)
        for row in db.execute(query):
            found.setdefault(row.subject, []).append(Hold(*row))
    return found
