"""Who is signed in, by digests of what their browsers hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from service.store.prepared import Prepared
from service.store.tables import SessionRow, table

_SESSION = table(SessionRow)
_KEPT_ENDED = timedelta(days=30)
_BY_DIGEST = Prepared(
    select(*(_SESSION.c[name] for name in ("account", "groups", "posts", "ends_at", "asked_at", "ended_at"))).where(
        _SESSION.c.digest == bindparam("digest", type_=_SESSION.c.digest.type)
    )
)


class Session(NamedTuple):
    """Somebody signed in: under which account, in which groups of the sign-in service, or with which chosen posts.

    ``asked_at``: when the sign-in service said so last.
    """

    account: str
    groups: tuple[str, ...]
    posts: tuple[tuple[str, str, str], ...]
    ends_at: datetime
    asked_at: datetime


class Running(NamedTuple):
    """An account that is signed in: in how many browsers, when it last signed in, and when the last of them ends."""

    account: str
    sessions: int
    began_at: datetime
    ends_at: datetime


def begin(db: Connection, digest: str, session: Session, *, now: datetime) -> None:
    """Keeps a new session, and forgets those that ended a month ago."""
    db.execute(delete(_SESSION).where(_SESSION.c.ends_at < now - _KEPT_ENDED))
    row = {
        "digest": digest,
        "account": session.account,
        "groups": json.dumps(session.groups),
        "posts": json.dumps(session.posts),
        "began_at": now,
        "asked_at": session.asked_at,
        "ends_at": session.ends_at,
        "ended_at": None,
    }
    db.execute(insert(_SESSION), row)


def find(db: Connection, digest: str, *, now: datetime) -> Session | None:
    """The session of this digest; None where there is none, or it has ended."""
    for account, groups, posts, ends_at, asked_at, ended_at in _BY_DIGEST.rows(db, {"digest": digest}):
        if ended_at is None and now < ends_at:
            chosen = tuple((post, team, service) for post, team, service in json.loads(posts))
            return Session(account, tuple(json.loads(groups)), chosen, ends_at, asked_at)
    return None


def confirm(db: Connection, digest: str, groups: Sequence[str], *, now: datetime) -> None:
    """The sign-in service has said again who this is, and in which groups."""
    confirmed = {"groups": json.dumps(list(groups)), "asked_at": now}
    db.execute(update(_SESSION).where(_SESSION.c.digest == digest).values(confirmed))


def end(db: Connection, digests: Sequence[str], *, now: datetime) -> int:
    """Ends these sessions from the next request on; gives how many were running."""
    running = (_SESSION.c.digest.in_(digests), _SESSION.c.ended_at.is_(None))
    return db.execute(update(_SESSION).where(*running).values(ended_at=now)).rowcount


def end_of_account(db: Connection, account: str, *, now: datetime) -> int:
    """Ends every session of an account, in any case of letters, from the next request on; gives how many there were."""
    mine = func.lower(_SESSION.c.account) == account.lower()
    return db.execute(update(_SESSION).where(mine, *_running(now)).values(ended_at=now)).rowcount


def running(db: Connection, *, now: datetime) -> list[Running]:
    """Who is signed in, and how often."""
    columns = (_SESSION.c.account, func.count(), func.max(_SESSION.c.began_at), func.max(_SESSION.c.ends_at))
    rows = db.execute(select(*columns).where(*_running(now)).group_by(_SESSION.c.account).order_by(_SESSION.c.account))
    return [Running(*row) for row in rows]


def _running(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _SESSION.c.ended_at.is_(None), _SESSION.c.ends_at > now
