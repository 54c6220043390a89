"""What webhooks have to be told: written with the change it tells of, sent later, marked after.

    waiting ──▶ delivered     the receiver answered 2xx
        ├─────▶ given_up      nobody took it for days
        └─────▶ superseded    not true any more before it was sent, or the webhook was revoked

Who may send a delivery is decided by one conditional update, as with messages: it moves ``try_at`` past a lease, and a
sender that dies is followed by another, with the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from rules.model import DUTY, Clock
from service.store.clocks import CHANGE, CLOCK, alive, clock_of
from service.store.prepared import chunks
from service.store.tables import DeliveryRow, WebhookRow, table

WAITING, DELIVERED, GIVEN_UP, SUPERSEDED = "waiting", "delivered", "given_up", "superseded"

LEASE = timedelta(minutes=2)
"""Longer than any attempt can take: see the patience of the wire."""

_HOOK, _DELIVERY = table(WebhookRow), table(DeliveryRow)
_STILL = literal(WAITING, literal_execute=True)  # as the index of what waits says it
_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class New(NamedTuple):
    """An event to be told to one webhook. ``due_on``: the due date it is about, where it is about one."""

    webhook: int
    event_id: str
    type: str
    clock_id: str
    due_on: date | None
    body: str


class Delivery(NamedTuple):
    """An event on its way."""

    seq: int
    webhook: int
    event_id: str
    type: str
    clock_id: str
    due_on: date | None
    body: str
    attempts: int
    tried_at: datetime


_COLUMNS = [_DELIVERY.c[name] for name in Delivery._fields]


# ── what is to be told ───────────────────────────────────────────────────────────────────────────────────────────────


def queue(db: Connection, news: Sequence[New], *, now: datetime) -> None:
    """Writes what is to be told as soon as may be. What stands already stays as it is, unless it was superseded."""
    if not news:
        return
    waiting = {"state": WAITING, "attempts": 0, "created_at": now, "try_at": now}
    empty = dict.fromkeys(("tried_at", "sent_at", "last_error"))
    added = _INSERT[db.dialect.name](_DELIVERY)
    renewed = added.on_conflict_do_update(
        index_elements=[_DELIVERY.c.webhook, _DELIVERY.c.event_id],
        set_={name: added.excluded[name] for name in ("body", *waiting, *empty)},
        where=_DELIVERY.c.state == literal(SUPERSEDED),
    )
    db.execute(renewed, [{**one._asdict(), **waiting, **empty} for one in news])


def last_changes(db: Connection, clock_ids: Collection[str]) -> dict[str, int]:
    """The number of each clock's latest change in the journal."""
    found: dict[str, int] = {}
    for chunk in chunks(list(clock_ids)):
        query = select(CHANGE.c.clock_id, func.max(CHANGE.c.seq)).where(CHANGE.c.clock_id.in_(chunk))
        found.update(db.execute(query.group_by(CHANGE.c.clock_id)).all())
    return found


def newest_change(db: Connection) -> int:
    """The number of the latest change of any clock."""
    return db.scalar(select(func.max(CHANGE.c.seq))) or 0


def untold(
    db: Connection, webhook: int, type: str, due: tuple[date, date], *, on: date, after: tuple[date, str], most: int
) -> list[Clock]:
    """Duties that run on the day ``on``, due from one day to another, of which this webhook was never told so.

    In order of due date and id, following ``after``; at most so many.
    """
    told = exists().where(
        _DELIVERY.c.clock_id == CLOCK.c.id,
        _DELIVERY.c.type == type,
        _DELIVERY.c.webhook == webhook,
        _DELIVERY.c.due_on == CLOCK.c.due_on,
        _DELIVERY.c.state != SUPERSEDED,
    )
    query = (
        select(CLOCK)
        .where(*_is_running(on), CLOCK.c.due_on.between(*due), ~told)
        .where(tuple_(CLOCK.c.due_on, CLOCK.c.id) > tuple_(literal(after[0]), literal(after[1])))
        .order_by(CLOCK.c.due_on, CLOCK.c.id)
        .limit(most)
    )
    return [clock_of(row) for row in db.execute(query)]


# ── sending it ───────────────────────────────────────────────────────────────────────────────────────────────────────


def claim(db: Connection, webhook: int, *, due_by: datetime, now: datetime) -> Delivery | None:
    """A webhook's next delivery to try, taken for the length of a lease; none while it is to be left alone."""
    may_be_called = exists().where(
        _HOOK.c.seq == webhook,
        _HOOK.c.revoked_at.is_(None),
        or_(_HOOK.c.quiet_until.is_(None), _HOOK.c.quiet_until <= due_by),
    )
    is_due = and_(
        _DELIVERY.c.webhook == webhook, _DELIVERY.c.state == _STILL, _DELIVERY.c.try_at <= due_by, may_be_called
    )
    first = select(_DELIVERY.c.seq).where(is_due).order_by(_DELIVERY.c.try_at, _DELIVERY.c.seq).limit(1)
    taken = (
        update(_DELIVERY)
        .where(_DELIVERY.c.seq == first.with_for_update(skip_locked=True).scalar_subquery(), is_due)
        .values(
            try_at=now + LEASE,
            attempts=_DELIVERY.c.attempts + 1,
            tried_at=func.coalesce(_DELIVERY.c.tried_at, literal(now, _DELIVERY.c.tried_at.type)),
            last_error=None,
        )
        .returning(*_COLUMNS)
    )
    row = db.execute(taken).first()
    return Delivery(*row) if row else None


def still_runs(db: Connection, delivery: Delivery, on: date) -> bool:
    """Whether the clock that a delivery is about still runs towards the same due date."""
    query = select(CLOCK.c.id).where(
        CLOCK.c.id == delivery.clock_id, CLOCK.c.due_on == delivery.due_on, *_is_running(on)
    )
    return db.execute(query).first() is not None


def finish(db: Connection, delivery: Delivery, state: str, *, now: datetime, error: str | None = None) -> None:
    """Marks a delivery that nothing more will be sent of, and empties its body. Only a waiting one."""
    values: Mapping[str, Any] = {"state": state, "body": "", "last_error": error}
    is_waiting = and_(_DELIVERY.c.seq == delivery.seq, _DELIVERY.c.state == WAITING)
    db.execute(update(_DELIVERY).where(is_waiting).values(sent_at=now if state == DELIVERED else None, **values))


def put_off(db: Connection, delivery: Delivery, error: str, *, until: datetime) -> None:
    """Tries a delivery again later, and no other. Only for the sender that holds it."""
    is_ours = and_(
        _DELIVERY.c.seq == delivery.seq,
        _DELIVERY.c.state == WAITING,
        _DELIVERY.c.attempts == delivery.attempts,
    )
    db.execute(update(_DELIVERY).where(is_ours).values(try_at=until, last_error=error))


def drop(db: Connection, webhook: int, state: str, *, error: str, written_by: datetime | None = None) -> int:
    """Ends what waits for a webhook, or what has waited since before a moment; how many that is."""
    waits = [_DELIVERY.c.webhook == webhook, _DELIVERY.c.state == WAITING]
    if written_by is not None:
        waits.append(_DELIVERY.c.created_at <= written_by)
    return db.execute(update(_DELIVERY).where(*waits).values(state=state, body="", last_error=error)).rowcount


def drop_what_nobody_wants(db: Connection) -> None:
    """Ends what was written for a webhook while it was being revoked."""
    revoked = select(_HOOK.c.seq).where(_HOOK.c.revoked_at.is_not(None))
    waits = (_DELIVERY.c.webhook.in_(revoked), _DELIVERY.c.state == _STILL)
    db.execute(update(_DELIVERY).where(*waits).values(state=SUPERSEDED, body="", last_error="revoked"))


def counted(db: Connection) -> dict[int, dict[str, int]]:
    """For each webhook how many deliveries are in each state."""
    found: dict[int, dict[str, int]] = {}
    query = select(_DELIVERY.c.webhook, _DELIVERY.c.state, func.count()).group_by(
        _DELIVERY.c.webhook, _DELIVERY.c.state
    )
    for webhook, state, count in db.execute(query):
        found.setdefault(webhook, {})[state] = count
    return found


def _is_running(on: date) -> tuple[ColumnElement[bool], ...]:
    """A duty that has begun, and neither stopped nor lapsed. The words are those of the index that covers such."""
    return (*alive(on), CLOCK.c.measure == literal(DUTY, literal_execute=True))
