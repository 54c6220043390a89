"""Who did or read what, and when: rows that are only ever added."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from service import clock
from service.store.prepared import Prepared
from service.store.tables import AuditRow, table

_INSERT = Prepared(insert(table(AuditRow)), keys=("at", "actor", "action", "subject", "detail"))


def note(db: Connection, actor: str, action: str, *, subject: str | None = None, detail: str = "") -> None:
    """One row. ``actor`` is a key's or post's name, ``detail`` holds counts and kinds, never a fact about a child."""
    row = {"at": clock.now(), "actor": actor, "action": action, "subject": subject, "detail": detail}
    _INSERT.run(db, [row])
