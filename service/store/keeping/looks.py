"""The trail of one child: what was read of the child and done about it, by whom, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from service.store.keeping.audit import AUDIT


def looks_at(db: Connection, subject: str, *, most: int, before: int | None = None) -> Sequence[Any]:
    """At most ``most`` rows about a child, older than the row numbered ``before``: seq, at, actor, action."""
    query = select(AUDIT.c.seq, AUDIT.c.at, AUDIT.c.actor, AUDIT.c.action).where(AUDIT.c.subject == subject)
    if before is not None:
        query = query.where(AUDIT.c.seq < before)
    return db.execute(query.order_by(AUDIT.c.seq.desc()).limit(most)).all()
