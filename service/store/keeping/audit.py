"""Who did or read what, when and from where: rows that are only ever added, each sealed onto the one before.

A row's ``chain`` is a SHA-256 of the row before it and of what this one says, so that a row altered, taken out or put
in breaks the chain at its place. The rows of a transaction are added last in it, under one lock: their numbers have no
gaps, and nobody waits for anything while they hold it.

The reference of a child stands beside the chain, which holds only a salted digest of it: when a child is erased, the
reference and its salt go, the chain stays whole, and a row says which rows they went from.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, select, update

from service import clock
from service.store.prepared import Prepared
from service.store.session import at_the_end, hold_alone
from service.store.tables import AuditErasureRow, AuditRow, table

AUDIT, ACCOUNT = table(AuditRow), table(AuditErasureRow)
ERASED = "subject.erased"
"""What a row says that accounts for references taken out of the trail."""
_COLUMNS = [column.name for column in AUDIT.c]
_INSERT = Prepared(insert(AUDIT), keys=_COLUMNS)
_LAST = Prepared(select(AUDIT.c.seq, AUDIT.c.chain).order_by(AUDIT.c.seq.desc()).limit(1))
_SALT_BYTES = 8
BEGINNING = ""
"""What the first row follows."""


class Head(NamedTuple):
    """The last row: its number, and the seal of it and everything before it."""

    number: int
    chain: str


def note(
    db: Connection, actor: str, action: str, *, subject: str | None = None, detail: str = "", origin: str = ""
) -> None:
    """One row, added as the transaction ends. ``actor`` is a key's, a post's or a person's name, ``origin`` the address
    asked from; ``detail`` holds counts and kinds, never a fact about a child.
    """
    row = {"at": clock.now(), "actor": actor, "action": action, "subject": subject, "detail": detail, "origin": origin}
    at_the_end(db, "audit", _add).append(row)


def erase(db: Connection, actor: str, subject: str, *, detail: str, origin: str = "") -> None:
    """As the transaction ends, takes a child's reference out of every row; one more row says out of which."""
    row = {"at": clock.now(), "actor": actor, "subject": subject, "detail": detail, "origin": origin}
    at_the_end(db, "erasures", _erase).append(row)


def account_of(numbers: Sequence[int]) -> str:
    """What the row that accounts for an erasure ends with: how many rows, and a digest of their numbers in order."""
    listed = ",".join(str(number) for number in sorted(numbers))
    return f"{len(numbers)} rows of the trail, {sha256(listed.encode()).hexdigest()}"


def head(db: Connection) -> Head:
    """The last row there is; number 0 where there is none."""
    rows = _LAST.rows(db, {})
    return Head(*rows[0]) if rows else Head(0, BEGINNING)


def digest_of(salt: str, subject: str) -> str:
    """What the chain holds of a child's reference."""
    return sha256(f"{salt} {subject}".encode()).hexdigest()


def sealed(before: str, row: Any) -> str:
    """The chain's value for a row that follows ``before``. ``row`` has the columns as attributes."""
    said = (row.seq, spelt(row.at), row.actor, row.action, row.subject_digest, row.detail, row.origin)
    return sha256(json.dumps([before, *said], ensure_ascii=False).encode()).hexdigest()


def spelt(at: datetime) -> str:
    """A moment as the chain spells it: the same from either database."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _add(db: Connection, rows: Iterable[dict[str, Any]]) -> None:
    hold_alone(db, "audit")
    number, chain = head(db)
    added = []
    for row in rows:
        number += 1
        fields: dict[str, Any] = {**row, **_about(row["subject"])}
        made = SimpleNamespace(seq=number, **fields)  # a row of the model costs ten times as much, under the lock
        chain = sealed(chain, made)
        added.append({**vars(made), "chain": chain})
    _INSERT.run(db, added)


def _erase(db: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Under the lock of the trail: whatever was read of the child and committed by now is found."""
    hold_alone(db, "audit")
    for row in rows:
        subject = row.pop("subject")
        numbers = list(db.scalars(select(AUDIT.c.seq).where(AUDIT.c.subject == subject).order_by(AUDIT.c.seq)))
        db.execute(update(AUDIT).where(AUDIT.c.subject == subject).values(subject=None, salt=None))
        detail = f"{row['detail']}: {account_of(numbers)}"
        _add(db, [{**row, "action": ERASED, "subject": None, "detail": detail}])
        number = head(db).number
        if numbers:
            db.execute(insert(ACCOUNT), [{"audit_seq": one, "erasure_seq": number} for one in numbers])


def _about(subject: str | None) -> dict[str, str | None]:
    if subject is None:
        return {"salt": None, "subject_digest": None}
    salt = secrets.token_hex(_SALT_BYTES)
    return {"salt": salt, "subject_digest": digest_of(salt, subject)}
