"""How fresh a page is, and the trail of who has read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from service import clock
from service.access.viewers import Viewer
from service.council import Council
from service.store.keeping import audit
from service.store.seeing import browsing, caseload
from service.web.words import ago


def freshness(db: Connection, council: Council) -> dict[str, Any]:
    """When this was looked up, when the last event came in, and by which law the clocks stand."""
    now, last = clock.now(), caseload.last_event_at(db)
    return {
        "at": now,
        "last_event": ago(last, now) if last else None,
        "law": browsing.computed_with(db) or council.law.fingerprint,
    }


def note_read(db: Connection, viewer: Viewer, action: str, subjects: Iterable[str]) -> None:
    """One audit row for each child that a page shows."""
    for subject in sorted(set(subjects)):
        audit.note(db, viewer.actor, action, subject=subject, origin=viewer.origin)
