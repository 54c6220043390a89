"""Webhooks: who is told, how it is signed, and whether anybody answers there."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from time import monotonic
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, and_, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.store.tables import WebhookRow, table
from service.store.telling import deliveries

_KNOWN_FOR_S = 5.0

_HOOK = table(WebhookRow)
_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Hook(NamedTuple):
    """A webhook as it stands."""

    seq: int
    name: str
    url: str
    secret: str
    types: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None
    failures: int
    failing_since: datetime | None
    quiet_until: datetime | None
    last_error: str | None
    looked_at: datetime | None
    looked_seq: int


_COLUMNS = [_HOOK.c[name] for name in Hook._fields]
_known: WeakKeyDictionary[Engine, tuple[float, tuple[Hook, ...]]] = WeakKeyDictionary()


def add(db: Connection, name: str, url: str, secret: str, types: Collection[str], *, now: datetime) -> bool:
    """Makes a webhook; False where there has been one of this name. Call ``forget`` once it is committed."""
    row = {
        **dict.fromkeys(("revoked_at", "failing_since", "quiet_until", "last_error", "looked_at")),
        **{"name": name, "url": url, "secret": secret, "types": " ".join(sorted(types)), "created_at": now},
        **{"failures": 0, "looked_seq": 0},
    }
    added = _INSERT[db.dialect.name](_HOOK).on_conflict_do_nothing(index_elements=[_HOOK.c.name])
    return db.execute(added.values(row).returning(_HOOK.c.seq)).first() is not None


def revoke(db: Connection, name: str, *, now: datetime) -> bool:
    """Tells a webhook nothing more, not even what waits; False where none of this name is in use."""
    in_use = and_(_HOOK.c.name == name, _HOOK.c.revoked_at.is_(None))
    seq = db.scalar(update(_HOOK).where(in_use).values(revoked_at=now).returning(_HOOK.c.seq))
    if seq is not None:
        deliveries.drop(db, seq, deliveries.SUPERSEDED, error="revoked")
    return seq is not None


def every(db: Connection) -> list[Hook]:
    """Every webhook there has been, first to last."""
    return [_hook(row) for row in db.execute(select(*_COLUMNS).order_by(_HOOK.c.seq))]


def in_use(db: Connection) -> tuple[Hook, ...]:
    """The webhooks in use, looked up again after a few seconds: every event that comes in asks.

    So another process learns of a new webhook within those seconds, and is not told of what changes before.
    """
    known = _known.get(db.engine)
    if known is None or monotonic() - known[0] > _KNOWN_FOR_S:
        known = _known[db.engine] = (monotonic(), tuple(one for one in every(db) if one.revoked_at is None))
    return known[1]


def forget(engine: Engine) -> None:
    """Has this process look up the webhooks anew."""
    _known.pop(engine, None)


def looked(db: Connection, hook: Hook, newest: int, *, now: datetime) -> None:
    """Notes that what a webhook should be told by now was worked out, when this was the newest change of any clock."""
    db.execute(update(_HOOK).where(_HOOK.c.seq == hook.seq).values(looked_at=now, looked_seq=newest))


def leave_alone(db: Connection, hook: Hook, error: str, *, until: datetime, now: datetime) -> None:
    """Calls a webhook no more until then: nobody answers, or it asked for that."""
    failed = {"failures": _HOOK.c.failures + 1, "quiet_until": until, "last_error": error}
    since = func.coalesce(_HOOK.c.failing_since, literal(now, _HOOK.c.failing_since.type))
    db.execute(update(_HOOK).where(_HOOK.c.seq == hook.seq).values(failing_since=since, **failed))


def answers(db: Connection, hook: Hook) -> None:
    """Notes that a webhook answers again."""
    if hook.failures:
        fine = dict.fromkeys(("failing_since", "quiet_until", "last_error"))
        db.execute(update(_HOOK).where(_HOOK.c.seq == hook.seq).values(failures=0, **fine))


def _hook(row: Any) -> Hook:
    return Hook(*row)._replace(types=frozenset(row.types.split()))
