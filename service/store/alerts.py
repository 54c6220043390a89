"""Alerts: what each post must be told, what has been told, and what nobody could be told.

    planned ──▶ queued ──▶ sent            written into a message, then accepted by the mail server
       ▲   │        ├────▶ not_sent        written to the outbox folder, because no mail server is set
       │   │        └────▶ undeliverable   the address was refused; planned again when the post is given an address
       │   └─▶ cancelled                   no longer true before it was told (planned again where it is true again)
       └── held                            due before the authority began to tell anybody

A planned alert whose post has no address stays planned: it is listed as unowned, and told once somebody holds the post.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from rules.model import Alert, AlertKey
from rules.plan import CANCELLED, HELD, PLANNED, Plan
from service.store.prepared import Prepared, by_length, chunks, filled, one_of
from service.store.tables import AlertRow, MessageRow, PostRow, table

QUEUED, SENT, NOT_SENT, UNDELIVERABLE = "queued", "sent", "not_sent", "undeliverable"

NO_ADDRESS, ADDRESS_REFUSED = "no address", "address refused"

_CHUNK = 500  # SQLite allows 32,766 variables in a statement, and older libraries 999
_UNTOLD = (PLANNED, HELD, QUEUED, UNDELIVERABLE)
_ALERT, _POST = table(AlertRow), table(PostRow)
_KEY = (_ALERT.c.clock_id, _ALERT.c.step, _ALERT.c.due_on, _ALERT.c.post)
_BY_KEY = and_(
    _ALERT.c.clock_id == bindparam("of_clock"),
    _ALERT.c.step == bindparam("of_step"),
    _ALERT.c.due_on == bindparam("of_due_on"),
    _ALERT.c.post == bindparam("of_post"),
)

_RENEWED = ("team", "send_at", "state", "planned_at")


def _is_one_of(*states: str) -> ColumnElement[bool]:
    """For statements that are executed for many rows at once, where IN cannot be used."""
    return or_(*(_ALERT.c.state == state for state in states))


def _insert_or_renew(insert: Callable[..., Any]) -> Any:
    """A clock that was taken back and starts again keeps its id, so its alerts may stand there already, cancelled."""
    added = insert(_ALERT)
    return added.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: added.excluded[name] for name in _RENEWED} | {"message_id": null()},
        where=_is_one_of(*_UNTOLD, CANCELLED),
    )


_INSERT = Prepared(
    lambda dialect: _insert_or_renew(sqlite.insert if dialect == "sqlite" else postgresql.insert),
    keys=[column.name for column in _ALERT.c if column.name not in ("seq", "message_id")],
)
_T = TypeVar("_T")


class DueAlert(NamedTuple):
    """An alert whose moment has come, and whose post has an address."""

    seq: int
    clock: str
    step: str
    due_on: date
    post: str
    team: str | None
    timescale: str


class Unowned(NamedTuple):
    """What nobody could be told: how many clocks of a timescale, for which post, and the oldest due date among them."""

    team: str | None
    post: str
    timescale: str
    clocks: int
    oldest_due_on: date
    why: str
    """``no address`` or ``address refused``."""


def told(db: Connection, clock_ids: Collection[str]) -> dict[str, dict[AlertKey, tuple[str, str | None]]]:
    """What has been told or planned about each of these clocks, in the states that ``rules.plan`` knows.

    Every clock asked for is in the answer. What waits inside a message, or came back from a refused address, has not
    been told, so it counts as planned: it can still be cancelled, or move to another team.
    """
    found: dict[str, dict[AlertKey, tuple[str, str | None]]] = {clock_id: {} for clock_id in clock_ids}
    for chunk in chunks(sorted(found)):
        for clock_id, step, due_on, post, state, team in _told(len(chunk)).rows(db, filled(chunk)):
            known = PLANNED if state in (QUEUED, UNDELIVERABLE) else state
            found[clock_id][AlertKey(clock_id, step, due_on, post)] = (known, team)
    return found


def apply(db: Connection, plan: Plan, *, timescales: Mapping[str, str], alerts_from: date, now: datetime) -> None:
    """Adds, renews and cancels alerts as planned. ``timescales`` names the timescale of each clock.

    What is due before ``alerts_from`` is held: a first import tells nobody of old breaches.
    """
    _lock(db, [alert.key for alert in plan.to_renew] + list(plan.to_cancel))
    _cancel(db, plan.to_cancel)
    _renew(db, plan.to_renew, alerts_from, now)
    _add(db, plan.to_add, timescales, alerts_from, now)


def due(db: Connection, *, now: datetime) -> list[DueAlert]:
    """Every planned alert whose moment has come and whose post has an address, oldest first.

    On PostgreSQL the rows are locked, and those that an intake is changing at this moment are left for the next tick.
    """
    columns = (_ALERT.c.seq, *_KEY, _ALERT.c.team, _ALERT.c.timescale)
    query = (
        select(*columns)
        .where(_ALERT.c.state == PLANNED, _ALERT.c.send_at <= now, _is_held_by_somebody())
        .order_by(_ALERT.c.due_on, _ALERT.c.seq)
        .with_for_update(of=_ALERT, skip_locked=True)
    )
    return [
        DueAlert(seq, clock, step, due_on, post, team, timescale)
        for seq, clock, step, due_on, post, team, timescale in db.execute(query)
    ]


def posts_due(db: Connection, *, now: datetime) -> list[tuple[str, str | None]]:
    """Every post, with its team, that has something to be told now and an address to be told at."""
    query = (
        select(_ALERT.c.post, _ALERT.c.team)
        .distinct()
        .where(_ALERT.c.state == PLANNED, _ALERT.c.send_at <= now, _is_held_by_somebody())
    )
    return sorted(((post, team) for post, team in db.execute(query)), key=lambda one: (one[0], one[1] or ""))


def listed(
    db: Connection, *, clock_id: str | None = None, post: str | None = None, state: str | None = None, most: int
) -> list[dict[str, Any]]:
    """Who was told what, the latest first: the alert, and the message that carried it."""
    message = table(MessageRow)
    query = (
        select(
            *_KEY,
            _ALERT.c.team,
            _ALERT.c.timescale,
            _ALERT.c.state,
            _ALERT.c.send_at,
            _ALERT.c.message_id,
            message.c.state.label("message_state"),
            message.c.sent_at,
        )
        .outerjoin(message, message.c.message_id == _ALERT.c.message_id)
        .order_by(_ALERT.c.seq.desc())
        .limit(most)
    )
    for column, value in ((_ALERT.c.clock_id, clock_id), (_ALERT.c.post, post), (_ALERT.c.state, state)):
        if value is not None:
            query = query.where(column == value)
    return [dict(row) for row in db.execute(query).mappings()]


def unowned(db: Connection, *, now: datetime) -> list[Unowned]:
    """What should have been told by now and could not be: nobody's address, or an address that was refused."""
    no_address = and_(_ALERT.c.state.in_((PLANNED, QUEUED)), ~_is_held_by_somebody())
    refused = _ALERT.c.state == UNDELIVERABLE
    groups = (_ALERT.c.team, _ALERT.c.post, _ALERT.c.timescale, refused.label("is_refused"))
    query = (
        select(*groups, func.count(_ALERT.c.clock_id.distinct()), func.min(_ALERT.c.due_on))
        .where(_ALERT.c.send_at <= now, or_(no_address, refused))
        .group_by(*groups)
    )
    rows = [
        Unowned(team, post, timescale, clocks, oldest, ADDRESS_REFUSED if is_refused else NO_ADDRESS)
        for team, post, timescale, is_refused, clocks, oldest in db.execute(query)
    ]
    return sorted(rows, key=lambda row: (row.team or "", row.post, row.oldest_due_on, row.timescale))


def queue(db: Connection, seqs: Sequence[int], message_id: str) -> None:
    """Says which message carries these alerts."""
    for chunk in _chunks(seqs):
        carried = update(_ALERT).where(_ALERT.c.seq.in_(chunk))
        db.execute(carried.values(state=QUEUED, message_id=message_id))


def push_back(db: Connection, seqs: Sequence[int], *, until: datetime) -> None:
    """Puts off alerts that no message could be made of, so that they do not stand in the way of others."""
    for chunk in _chunks(seqs):
        db.execute(update(_ALERT).where(_ALERT.c.seq.in_(chunk)).values(send_at=until))


def settle(db: Connection, message_id: str, state: str) -> None:
    """Records what became of a message for every alert in it.

    One that was cancelled while the message waited was told all the same if the message went; else it stays cancelled.
    """
    carried = (QUEUED, CANCELLED) if state in (SENT, NOT_SENT) else (QUEUED,)
    is_carried = and_(_ALERT.c.message_id == message_id, _ALERT.c.state.in_(carried))
    seqs = list(db.scalars(select(_ALERT.c.seq).where(is_carried).order_by(*_KEY).with_for_update()))
    for chunk in _chunks(seqs):
        db.execute(update(_ALERT).where(_ALERT.c.seq.in_(chunk), is_carried).values(state=state))


def is_any_queued(db: Connection, message_id: str) -> bool:
    """Whether a waiting message still has something true to say."""
    query = select(_ALERT.c.seq).where(_ALERT.c.message_id == message_id, _ALERT.c.state == QUEUED).limit(1)
    return db.execute(query).first() is not None


def try_again(db: Connection, post: str, team: str) -> None:
    """Plans again what a refused address left untold, for now the post has another. No team: the whole authority."""
    of_post = [_ALERT.c.state == UNDELIVERABLE, _ALERT.c.post == post]
    if team:
        of_post.append(_ALERT.c.team == team)
    db.execute(update(_ALERT).where(*of_post).values(state=PLANNED, message_id=None))


def _add(
    db: Connection, alerts: Iterable[Alert], timescales: Mapping[str, str], alerts_from: date, now: datetime
) -> None:
    rows = [
        {
            "clock_id": alert.key.clock,
            "step": alert.key.step,
            "due_on": alert.key.due_on,
            "post": alert.key.post,
            "team": alert.team,
            "timescale": timescales[alert.key.clock],
            "send_at": alert.send_at,
            "state": _first_state(alert, alerts_from),
            "planned_at": now,
        }
        for alert in alerts
    ]
    if rows:
        _INSERT.run(db, rows)


def _renew(db: Connection, alerts: Iterable[Alert], alerts_from: date, now: datetime) -> None:
    rows = [
        _of(alert.key)
        | {
            "to_team": alert.team,
            "to_send_at": alert.send_at,
            "to_state": _first_state(alert, alerts_from),
            "to_planned_at": now,
        }
        for alert in alerts
    ]
    if rows:
        renewed = update(_ALERT).where(_BY_KEY, _is_one_of(*_UNTOLD, CANCELLED))
        values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in _RENEWED}
        db.execute(renewed.values(message_id=None, **values), rows)


def _cancel(db: Connection, keys: Iterable[AlertKey]) -> None:
    rows = [_of(key) for key in keys]
    if rows:  # what was sent since we looked stays sent
        _CANCEL.run(db, rows)


def _lock(db: Connection, keys: Sequence[AlertKey]) -> None:
    """Takes many rows in the one order everybody takes them in, so that no two transactions wait for one another."""
    if db.dialect.name == "sqlite" or len(keys) < 2:
        return
    for chunk in _chunks(sorted(keys)):
        db.execute(select(_ALERT.c.seq).where(tuple_(*_KEY).in_(chunk)).order_by(*_KEY).with_for_update())


@by_length
def _told(length: int) -> Select[Any]:
    return select(*_KEY, _ALERT.c.state, _ALERT.c.team).where(one_of(_ALERT.c.clock_id, length))


_CANCEL = Prepared(update(_ALERT).where(_BY_KEY, _is_one_of(*_UNTOLD)).values(state=CANCELLED))


def _is_held_by_somebody() -> ColumnElement[bool]:
    team = func.coalesce(_ALERT.c.team, "")
    return exists().where(_POST.c.post == _ALERT.c.post, or_(_POST.c.team == team, _POST.c.team == ""))


def _first_state(alert: Alert, alerts_from: date) -> str:
    return HELD if alert.key.due_on < alerts_from else PLANNED


def _of(key: AlertKey) -> dict[str, Any]:
    return {"of_clock": key.clock, "of_step": key.step, "of_due_on": key.due_on, "of_post": key.post}


def _chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[at : at + _CHUNK] for at in range(0, len(items), _CHUNK))
