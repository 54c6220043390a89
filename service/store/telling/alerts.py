"""Alerts: what each post must be told, what has been told, and what nobody could be told.

    planned ──▶ queued ──▶ sent            written into a message, then accepted by the mail server
       ▲   │        ├────▶ not_sent        written to the outbox folder, because no mail server may be used
       │   │        └────▶ undeliverable   the address was refused; planned again when the post is given an address
       │   ├─▶ cancelled                   no longer true before it was told (planned again where it is true again)
       │   └─▶ passed_over                 a later rung of the same post says more, or its reader has turned it off
       └── held                            of a team that has not been released, or due before it was released

    sent ──▶ taken_back                    it has turned out untrue, and a correction goes to whoever was told

A planned alert whose line of posts has nobody stays planned: it is listed as unowned, and told once somebody holds one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, null, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from rules.model import Alert, AlertKey
from rules.plan import CANCELLED, CORRECTED, HELD, PLANNED, SAID, TAKEN_BACK, WRITTEN, Plan, Told
from service.store.prepared import Prepared, by_length, chunks, filled, one_of
from service.store.tables import AlertRow, MessageRow, ReleaseRow, table
from service.store.telling.releases import EVERY_TEAM, NO_TEAM, Releases

QUEUED, SENT, NOT_SENT, UNDELIVERABLE = "queued", "sent", "not_sent", "undeliverable"
PASSED_OVER = "passed_over"
TOLD = (SENT, NOT_SENT)

_CHUNK = 500  # SQLite allows 32,766 variables in a statement, and older libraries 999
_UNTOLD = (PLANNED, HELD, QUEUED, UNDELIVERABLE)
_KNOWN_AS = {QUEUED: WRITTEN, UNDELIVERABLE: WRITTEN, SENT: SAID, NOT_SENT: SAID}
"""What waits inside a message, or came back from a refused address, has not been told: it can be cancelled or move."""
_ALERT, _MESSAGE, _RELEASE = table(AlertRow), table(MessageRow), table(ReleaseRow)
_KEY = (_ALERT.c.clock_id, _ALERT.c.step, _ALERT.c.due_on, _ALERT.c.post)
_BY_KEY = and_(
    _ALERT.c.clock_id == bindparam("of_clock"),
    _ALERT.c.step == bindparam("of_step"),
    _ALERT.c.due_on == bindparam("of_due_on"),
    _ALERT.c.post == bindparam("of_post"),
)
_RENEWED = ("team", "send_at", "state", "planned_at", "message_id", "told_post", "told_at")
_T = TypeVar("_T")


def _is_one_of(*states: str) -> ColumnElement[bool]:
    """For statements that are executed for many rows at once, where IN cannot be used."""
    return or_(*(_ALERT.c.state == state for state in states))


_MAY_BE_RENEWED = or_(
    _is_one_of(*_UNTOLD, CANCELLED, TAKEN_BACK), and_(_is_one_of(*TOLD), _ALERT.c.step.startswith(CORRECTED))
)
"""Of what was told, a correction alone is ever told again."""


def _insert_or_renew(insert: Callable[..., Any]) -> Any:
    """A clock that was taken back and starts again keeps its id, so its alerts may stand there already, cancelled.

    One that leaves a message keeps its Message-ID until it is in another: so a message knows what has left it.
    """
    added = insert(_ALERT)
    renewed: dict[str, Any] = {name: added.excluded[name] for name in _RENEWED}
    renewed["message_id"] = func.coalesce(added.excluded.message_id, _ALERT.c.message_id)
    return added.on_conflict_do_update(index_elements=_KEY, set_=renewed, where=_MAY_BE_RENEWED)


_PUT = Prepared(
    lambda dialect: _insert_or_renew(sqlite.insert if dialect == "sqlite" else postgresql.insert),
    keys=[column.name for column in _ALERT.c if column.name != "seq"],
)
_CANCEL = Prepared(update(_ALERT).where(_BY_KEY, _is_one_of(*_UNTOLD)).values(state=CANCELLED))


class DueAlert(NamedTuple):
    """An alert whose moment has come."""

    seq: int
    key: AlertKey
    team: str | None
    timescale: str
    send_at: datetime
    planned_at: datetime


class Carried(NamedTuple):
    """An alert as a message is to carry it, or as it stands otherwise: ``state`` says which."""

    key: AlertKey
    team: str | None
    timescale: str
    send_at: datetime
    state: str
    message_id: str | None = None
    told_post: str | None = None
    known_at: datetime | None = None
    """Since when it could have been told; None: from now on."""


def told(db: Connection, clock_ids: Collection[str]) -> dict[str, dict[AlertKey, Told]]:
    """What has been told or planned about each of these clocks, in the states that ``rules.plan`` knows.

    Every clock asked for is in the answer.
    """
    found: dict[str, dict[AlertKey, Told]] = {clock_id: {} for clock_id in clock_ids}
    for chunk in chunks(sorted(found)):
        for row in _told(len(chunk)).rows(db, filled(chunk)):
            clock_id, step, due_on, post, state, team, send_at, timescale, told_at = row
            known = Told(_KNOWN_AS.get(state, state), team, send_at, timescale, told_at)
            found[clock_id][AlertKey(clock_id, step, due_on, post)] = known
    return found


def apply(db: Connection, plan: Plan, *, timescales: Mapping[str, str], told_from: Releases, now: datetime) -> None:
    """Writes what was planned. ``timescales`` names the timescale of each clock.

    What belongs to a team that has not been released, or was due before, is held: nobody is told of it.
    """
    changed = [alert.key for alert in plan.to_renew] + [*plan.to_cancel, *plan.to_correct, *plan.to_restore]
    _lock(db, changed)
    if plan.to_cancel:  # what was sent since we looked stays sent
        _CANCEL.run(db, [_of(key) for key in plan.to_cancel])
    _mark(db, plan.to_correct, TAKEN_BACK, TOLD)
    _mark(db, plan.to_restore, SENT, (TAKEN_BACK,))
    added = [
        Carried(alert.key, alert.team, timescales[alert.key.clock], alert.send_at, _first_state(alert, told_from))
        for alert in (*plan.to_add, *plan.to_renew)
    ]
    put(db, added, now=now)


def put(db: Connection, rows: Iterable[Carried], *, now: datetime) -> None:
    """Writes alerts as they are to stand. One that was told stays told."""
    written = [
        {
            "clock_id": row.key.clock,
            "step": row.key.step,
            "due_on": row.key.due_on,
            "post": row.key.post,
            "team": row.team,
            "timescale": row.timescale,
            "send_at": row.send_at,
            "state": row.state,
            "planned_at": row.known_at or now,
            "message_id": row.message_id,
            "told_post": row.told_post,
            "told_at": None,
        }
        for row in rows
    ]
    if written:
        _PUT.run(db, written)


def due(db: Connection, *, now: datetime) -> list[DueAlert]:
    """Every planned alert whose moment has come, oldest first.

    On PostgreSQL the rows are locked, and those that an intake is changing at this moment are left for the next tick.
    """
    query = (
        select(_ALERT.c.seq, *_KEY, _ALERT.c.team, _ALERT.c.timescale, _ALERT.c.send_at, _ALERT.c.planned_at)
        .where(_ALERT.c.state == PLANNED, _ALERT.c.send_at <= now)
        .order_by(_ALERT.c.due_on, _ALERT.c.seq)
        .with_for_update(of=_ALERT, skip_locked=True)
    )
    return [DueAlert(row[0], AlertKey(*row[1:5]), *row[5:]) for row in db.execute(query)]


def told_at(db: Connection, keys: Collection[AlertKey]) -> dict[AlertKey, str]:
    """The address at which each of these was told."""
    found: dict[AlertKey, str] = {}
    for chunk in _chunks(sorted(keys)):
        query = (
            select(*_KEY, _MESSAGE.c.address)
            .join(_MESSAGE, _MESSAGE.c.message_id == _ALERT.c.message_id)
            .where(tuple_(*_KEY).in_(chunk))
        )
        found |= {AlertKey(*row[:4]): row[4] for row in db.execute(query)}
    return found


def in_message(db: Connection, message_id: str) -> list[tuple[AlertKey, str | None, str]]:
    """Each alert that a message carries, with its team and state."""
    query = select(*_KEY, _ALERT.c.team, _ALERT.c.state).where(_ALERT.c.message_id == message_id)
    return [(AlertKey(*row[:4]), row[4], row[5]) for row in db.execute(query)]


def of_which_some_is_cancelled() -> Select[Any]:
    """The messages of which something was cancelled after they were written, or is told elsewhere by now."""
    has_left = _ALERT.c.state.in_((CANCELLED, PLANNED, HELD))
    return select(_ALERT.c.message_id).where(has_left, _ALERT.c.message_id.is_not(None))


def push_back(db: Connection, seqs: Sequence[int], *, until: datetime) -> None:
    """Puts off alerts that no message could be made of, so that they do not stand in the way of others."""
    for chunk in _chunks(seqs):
        db.execute(update(_ALERT).where(_ALERT.c.seq.in_(chunk)).values(send_at=until))


def settle(db: Connection, message_id: str, state: str, *, now: datetime | None = None) -> set[str]:
    """Records what became of a message for every alert in it. Returns the clocks that it was about.

    One that was cancelled while the message waited, or planned anew, was told all the same if the message went; else it
    stays as it is.
    """
    carried = (QUEUED, CANCELLED, PLANNED) if state in TOLD else (QUEUED,)
    is_carried = and_(_ALERT.c.message_id == message_id, _ALERT.c.state.in_(carried))
    rows = db.execute(select(_ALERT.c.seq, _ALERT.c.clock_id).where(is_carried).order_by(*_KEY).with_for_update())
    clock_of = dict(rows.all())
    for chunk in _chunks(list(clock_of)):
        db.execute(update(_ALERT).where(_ALERT.c.seq.in_(chunk), is_carried).values(state=state, told_at=now))
    return set(clock_of.values())


def leave_message(db: Connection, clock_id: str) -> None:
    """Takes what is written of a clock out of its message again, so that it is judged anew; see ``put`` for its id."""
    db.execute(update(_ALERT).where(_ALERT.c.clock_id == clock_id, _ALERT.c.state == QUEUED).values(state=PLANNED))


def cancel(db: Connection, keys: Sequence[AlertKey]) -> None:
    """Takes back what has not been told."""
    _lock(db, keys)
    if keys:
        _CANCEL.run(db, [_of(key) for key in keys])


def release_held(db: Connection, team: str, told_from: date, *, now: datetime) -> int:
    """Plans what was held of a team that is released now (see ``releases``). Returns how many that is."""
    own = _of_team(team)
    freed = update(_ALERT).where(_ALERT.c.state == HELD, _ALERT.c.due_on >= told_from, *own)
    return db.execute(freed.values(state=PLANNED, planned_at=now)).rowcount


def hold_planned(db: Connection, team: str) -> int:
    """Holds what waits to be told of a team that is silenced. Returns how many that is."""
    own = _of_team(team)
    return db.execute(update(_ALERT).where(_ALERT.c.state == PLANNED, *own).values(state=HELD)).rowcount


def held_by_team(db: Connection) -> dict[str | None, int]:
    """Of how many clocks something is held, by team."""
    query = select(_ALERT.c.team, func.count(_ALERT.c.clock_id.distinct())).where(_ALERT.c.state == HELD)
    return dict(db.execute(query.group_by(_ALERT.c.team)).all())


def try_again(db: Connection, post: str, team: str) -> None:
    """Plans again what a refused address left untold, for now the post has another. No team: the whole authority."""
    of_post = [_ALERT.c.state == UNDELIVERABLE, _ALERT.c.post == post]
    if team:
        of_post.append(_ALERT.c.team == team)
    db.execute(update(_ALERT).where(*of_post).values(state=PLANNED, message_id=null()))


def _of_team(team: str) -> list[ColumnElement[bool]]:
    if team == EVERY_TEAM:  # those that have a release of their own keep to it
        named = select(_RELEASE.c.team).where(_RELEASE.c.team != EVERY_TEAM)
        return [or_(_ALERT.c.team.is_(None), _ALERT.c.team.not_in(named))]
    return [_ALERT.c.team.is_(None) if team == NO_TEAM else _ALERT.c.team == team]


def _mark(db: Connection, keys: Sequence[AlertKey], state: str, was: Sequence[str]) -> None:
    if keys:
        marked = update(_ALERT).where(_BY_KEY, _is_one_of(*was))
        db.execute(marked.values(state=state), [_of(key) for key in keys])


def _lock(db: Connection, keys: Sequence[AlertKey]) -> None:
    """Takes many rows in the one order everybody takes them in, so that no two transactions wait for one another."""
    if db.dialect.name == "sqlite" or len(keys) < 2:
        return
    for chunk in _chunks(sorted(keys)):
        db.execute(select(_ALERT.c.seq).where(tuple_(*_KEY).in_(chunk)).order_by(*_KEY).with_for_update())


@by_length
def _told(length: int) -> Select[Any]:
    columns = (*_KEY, _ALERT.c.state, _ALERT.c.team, _ALERT.c.send_at, _ALERT.c.timescale, _ALERT.c.told_at)
    return select(*columns).where(one_of(_ALERT.c.clock_id, length))


def _first_state(alert: Alert, told_from: Releases) -> str:
    return PLANNED if told_from.is_told(alert.team, alert.key.due_on) else HELD


def _of(key: AlertKey) -> dict[str, Any]:
    return {"of_clock": key.clock, "of_step": key.step, "of_due_on": key.due_on, "of_post": key.post}


def _chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[at : at + _CHUNK] for at in range(0, len(items), _CHUNK))
