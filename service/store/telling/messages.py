"""Messages: written before they are sent, marked after, so that a crash repeats one and never loses one.

    waiting ──▶ sent            the mail server accepted it
        ├─────▶ not_sent        written to the outbox folder, because no mail server is set
        ├─────▶ undeliverable   its address was refused, or put off for four days
        └─────▶ superseded      nothing in it is true any more, or a later message of the same post says it all

Who may send a message is decided by one conditional update: it moves ``try_at`` past a lease. A sender that dies is
followed by another when the lease ends, with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from rules.plan import PLANNED
from service.store.tables import MessageRow, table
from service.store.telling import alerts

WAITING, SENT, NOT_SENT, UNDELIVERABLE, SUPERSEDED = "waiting", "sent", "not_sent", "undeliverable", "superseded"
DIGEST, AT_ONCE, REPORT, ALARM = "digest", "at-once", "report", "alarm"
OF_ALERTS = (DIGEST, AT_ONCE)
"""The kinds that carry alerts."""
UNOWNED = "unowned: nobody holds the post"

LEASE = timedelta(minutes=10)
"""Longer than any attempt can take: see the timeouts of the senders."""
GIVE_UP_AFTER = timedelta(days=4)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)

_MESSAGE = table(MessageRow)
_INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
# Recorded only where the mail server cannot have taken the message, so that its words may go into a later one instead.
_CERTAINLY_NOT_TAKEN = ("unreachable:", "later:", "failed:", "unowned:")
_IS_UNTAKEN = and_(
    _MESSAGE.c.state == WAITING,
    _MESSAGE.c.kind.in_(OF_ALERTS),
    or_(
        _MESSAGE.c.attempts == 0,
        *(func.coalesce(_MESSAGE.c.last_error, "").startswith(start) for start in _CERTAINLY_NOT_TAKEN),
    ),
)


class New(NamedTuple):
    """A message to be sent. ``team`` is None for a post of the whole authority; ``address`` is looked up again then."""

    message_id: str
    kind: str
    post: str
    team: str | None
    address: str
    subject: str
    text: str
    html: str
    day: date | None = None
    """The local day of a digest."""
    unsubscribe: str | None = None


class Message(NamedTuple):
    """A message as it stands."""

    seq: int
    message_id: str
    kind: str
    post: str
    team: str | None
    address: str
    subject: str
    text: str
    html: str
    state: str
    attempts: int
    created_at: datetime
    try_at: datetime
    sent_at: datetime | None
    last_error: str | None
    day: date | None = None
    provider_id: str | None = None
    delivered_at: datetime | None = None
    unsubscribe: str | None = None


_COLUMNS = [_MESSAGE.c[name] for name in Message._fields]


def write(db: Connection, new: New, *, now: datetime) -> bool:
    """Writes a message to be sent as soon as may be. False where one with its Message-ID stands already."""
    row = new._asdict() | {"state": WAITING, "attempts": 0, "created_at": now, "try_at": now}
    insert = _INSERT[db.dialect.name](_MESSAGE).on_conflict_do_nothing(index_elements=[_MESSAGE.c.message_id])
    return db.execute(insert.values(row).returning(_MESSAGE.c.seq)).first() is not None


def is_written_for(db: Connection, address: str, subject: str, *, but: int | None = None) -> bool:
    """Whether a report of this subject was written for this address, under whichever post; sent or not.

    ``but``: the message that is asked about.
    """
    same = and_(
        _MESSAGE.c.kind == REPORT,
        _MESSAGE.c.subject == subject,
        func.lower(_MESSAGE.c.address) == address.lower(),
        _MESSAGE.c.state.in_((WAITING, SENT, NOT_SENT)),
        _MESSAGE.c.seq != (but or 0),
    )
    return db.execute(select(_MESSAGE.c.seq).where(same).limit(1)).first() is not None


def claim(
    db: Connection, *, due_by: datetime, now: datetime, but: Collection[str] = (), day: date | None = None
) -> Message | None:
    """The next message to try, taken for the length of a lease: nobody else gets it before that ends.

    ``but``: kinds that have to wait. ``day``: of those that carry alerts, only what was written on this day.
    """
    is_due = and_(_MESSAGE.c.state == WAITING, _MESSAGE.c.try_at <= due_by, _MESSAGE.c.kind.not_in(but))
    if day is not None:
        is_due = and_(is_due, or_(_MESSAGE.c.kind.not_in(OF_ALERTS), _MESSAGE.c.day == day))
    first = select(_MESSAGE.c.seq).where(is_due).order_by(_MESSAGE.c.try_at, _MESSAGE.c.seq).limit(1)
    taken = (
        update(_MESSAGE)
        .where(_MESSAGE.c.seq == first.with_for_update(skip_locked=True).scalar_subquery(), is_due)
        .values(try_at=now + LEASE, attempts=_MESSAGE.c.attempts + 1, last_error=None)
        .returning(*_COLUMNS)
    )
    row = db.execute(taken).first()
    return Message(*row) if row else None


def readdress(db: Connection, message: Message, address: str) -> Message:
    """Sends a waiting message to who holds the post now."""
    db.execute(update(_MESSAGE).where(_MESSAGE.c.seq == message.seq).values(address=address))
    return message._replace(address=address)


def finish(
    db: Connection, message: Message, state: str, *, now: datetime, error: str | None = None, provider_id: str = ""
) -> set[str]:
    """Marks a message and the alerts in it. Only a waiting one: what another sender has marked stays as it is.

    Returns the clocks that it was about.
    """
    is_waiting = and_(_MESSAGE.c.seq == message.seq, _MESSAGE.c.state == WAITING)
    sent_at = now if state in (SENT, NOT_SENT) else None
    marked = update(_MESSAGE).where(is_waiting).values(state=state, sent_at=sent_at, last_error=error)
    if provider_id:
        marked = marked.values(provider_id=provider_id)
    if not db.execute(marked).rowcount:
        return set()
    return alerts.settle(db, message.message_id, _STATES_OF_ALERTS[state], now=sent_at)


def put_off(db: Connection, message: Message, error: str, *, now: datetime, may_give_up: bool = False) -> str:
    """Tries a message again later: after a minute, doubling up to an hour. Returns its state.

    ``may_give_up``: its own address is what is put off, so after four days it counts as refused and somebody is shown
    it, be it one message in those days or one that gave way to the next. Where no server answers at all nothing was
    refused, and it is tried until one does.
    """
    if may_give_up and now - _put_off_since(db, message) >= GIVE_UP_AFTER:
        finish(db, message, UNDELIVERABLE, now=now, error=error)
        return UNDELIVERABLE
    wait = min(_FIRST_WAIT * 2 ** min(message.attempts - 1, 10), _LONGEST_WAIT)
    is_ours = and_(_MESSAGE.c.seq == message.seq, _MESSAGE.c.state == WAITING, _MESSAGE.c.attempts == message.attempts)
    db.execute(update(_MESSAGE).where(is_ours).values(try_at=now + wait, last_error=error))
    return WAITING


def make_way(db: Connection, *, before: date | None = None, readers: Collection[str] | None = None) -> int:
    """Drops waiting digests that no server can have taken: of days ``before``, of ``readers`` (lower case), or, where
    neither is said, those of which something is no longer so.

    Their alerts are planned again. So an outage ends in one message to a reader that says it all, and only what is so.
    """
    if before is not None:
        which = _MESSAGE.c.day < before
    elif readers is not None:
        which = func.lower(_MESSAGE.c.address).in_(sorted(readers))
    else:
        which = _MESSAGE.c.message_id.in_(alerts.of_which_some_is_cancelled())
    dropped = update(_MESSAGE).where(_IS_UNTAKEN, which).values(state=SUPERSEDED).returning(_MESSAGE.c.message_id)
    message_ids = sorted(db.scalars(dropped))
    for message_id in message_ids:
        alerts.settle(db, message_id, PLANNED)
    return len(message_ids)


def _put_off_since(db: Connection, message: Message) -> datetime:
    """Since when this address has taken nothing: the first of the messages that gave way, one to the next, to this."""
    not_long_ago = (message.created_at - 3 * GIVE_UP_AFTER).date()
    before = and_(_MESSAGE.c.day >= not_long_ago, _MESSAGE.c.address == message.address, _MESSAGE.c.seq < message.seq)
    is_over = _MESSAGE.c.state.in_((SENT, NOT_SENT, UNDELIVERABLE))
    last = db.scalar(select(func.max(_MESSAGE.c.seq)).where(before, is_over)) or 0
    gave_way = and_(_MESSAGE.c.state == SUPERSEDED, _MESSAGE.c.last_error.startswith("later:"), _MESSAGE.c.seq > last)
    first: datetime | None = db.scalar(select(func.min(_MESSAGE.c.created_at)).where(before, gave_way))
    return first or message.created_at


def oldest_waiting(db: Connection) -> date | None:
    """The earliest day of a digest that still waits to be sent."""
    query = select(func.min(_MESSAGE.c.day)).where(_MESSAGE.c.state == WAITING, _MESSAGE.c.kind.in_(OF_ALERTS))
    day: date | None = db.scalar(query)
    return day


def readers_since(db: Connection, day: date, *, but_untaken: bool = False) -> set[str]:
    """The addresses that a digest was written to on this day or after it, in lower case.

    ``but_untaken``: less those whose digest still waits and can be dropped for a newer one.
    """
    query = select(_MESSAGE.c.address).where(
        _MESSAGE.c.day >= day, _MESSAGE.c.kind == DIGEST, _MESSAGE.c.state != SUPERSEDED
    )
    if but_untaken:
        query = query.where(not_(_IS_UNTAKEN))
    return {address.casefold() for address in db.scalars(query)}


def try_now(db: Connection, post: str, team: str) -> None:
    """Tries what waits for a holder of this post without further delay; a refused report is tried at the new address.

    Breaches that were refused need no more than their alerts planned again: they go into a new message.
    """
    of_post = _MESSAGE.c.post == post if not team else _of_post(post, team)
    waits = and_(_MESSAGE.c.state == WAITING, _MESSAGE.c.last_error == UNOWNED)
    refused = and_(_MESSAGE.c.state == UNDELIVERABLE, _MESSAGE.c.kind.not_in(OF_ALERTS))
    again = update(_MESSAGE).where(of_post, or_(waits, refused))
    db.execute(again.values(state=WAITING, try_at=_MESSAGE.c.created_at, last_error=None, attempts=0))


def one(db: Connection, message_id: str) -> Message | None:
    """One message by its Message-ID."""
    row = db.execute(select(*_COLUMNS).where(_MESSAGE.c.message_id == message_id)).first()
    return Message(*row) if row else None


def newest(db: Connection, *, limit: int) -> list[Message]:
    """The latest messages, newest first, in whatever state: the page of outgoing mail."""
    rows = db.execute(select(*_COLUMNS).order_by(_MESSAGE.c.seq.desc()).limit(limit))
    return [Message(*row) for row in rows]


def _of_post(post: str, team: str | None) -> ColumnElement[bool]:
    return and_(_MESSAGE.c.post == post, func.coalesce(_MESSAGE.c.team, "") == (team or ""))


_STATES_OF_ALERTS = {
    SENT: alerts.SENT,
    NOT_SENT: alerts.NOT_SENT,
    UNDELIVERABLE: alerts.UNDELIVERABLE,
    SUPERSEDED: PLANNED,
}
