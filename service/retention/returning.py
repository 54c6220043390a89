"""What is sent again about somebody who was erased: refused, until somebody says that they are known here again.

Only an HMAC of a reference is kept, under the secret of this service: enough to know it again when it is sent, and
nothing from which anybody could tell who it was.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import Connection

from rules.catalogue import MERGED
from rules.model import Event
from service.access.keys import digest
from service.council import Council
from service.errors import NotFound
from service.store.keeping import audit, erasures

_PURPOSE = "erased "
"""Said before what is hashed, so that no other secret of this service is worth anything here."""


def digest_of(council: Council, subject: str) -> str:
    """What is remembered of somebody erased."""
    return digest(council, _PURPOSE + subject)


def barred(db: Connection, council: Council, arriving: Sequence[Event]) -> frozenset[int]:
    """The places of those events that are about somebody erased, or merge somebody into one."""
    if not erasures.is_anybody_erased(db):
        return frozenset()
    digests = {subject: digest_of(council, subject) for event in arriving for subject in _named(event)}
    known = erasures.erased(db, set(digests.values()))
    return frozenset(
        nth
        for nth, event in enumerate(arriving)
        if any(_is_closed(known, digests[subject], event.happened_on) for subject in _named(event))
    )


def reopen(council: Council, subject: str, *, from_on: date, actor: str) -> None:
    """Takes in again what happens to somebody from a day on. Raises NotFound where nobody of this name was erased."""
    with council.writing() as db:
        if not erasures.open_from(db, digest_of(council, subject), from_on):
            raise NotFound("nobody of this reference was erased", fix="check the reference with the case system")
        audit.note(db, actor, "subject.reopened", subject=subject, detail=f"from {from_on.isoformat()}")


def _named(event: Event) -> Collection[str]:
    return (event.subject, str(event.data["into"])) if event.type == MERGED else (event.subject,)


def _is_closed(known: dict[str, date | None], digest: str, on: date) -> bool:
    if digest not in known:
        return False
    open_from = known[digest]
    return open_from is None or on < open_from
