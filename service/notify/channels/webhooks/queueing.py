"""What webhooks are told: of changes with the change itself, of time's passing by set, on each tick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from rules.model import DUTY, Change, Clock
from rules.workdays import WorkingCalendar
from service import clock as wall
from service.council import Council
from service.notify.channels.webhooks.cloud_events import (
    BREACHED,
    DUE_SOON,
    body_of,
    change_data,
    data_of,
    id_of,
    types_of,
)
from service.notify.channels.webhooks.limits import LIMITS
from service.store.session import hold
from service.store.telling import deliveries, webhooks
from service.store.telling.deliveries import New
from service.store.telling.webhooks import Hook

_AT_A_TIME = 500
_DAY = timedelta(days=1)
_FIRST = (date.min, "")


def queue_changes(db: Connection, council: Council, changes: Sequence[Change], *, now: datetime) -> None:
    """Writes, for each webhook, what these changes are told as, in their own transaction; the journal stands already.

    What was over before a webhook was made is not told to it, so a history imported later does not flood it.
    """
    hooks = webhooks.in_use(db)
    moved = [change for change in changes if change.clock.measure == DUTY] if hooks else []
    if not moved:
        return
    on = wall.local(now).date()
    told = [(change, type) for change in moved for type in types_of(change, council.law, on)]
    seqs = deliveries.last_changes(db, {change.clock.id for change, _type in told})
    news = []
    for change, type in told:
        listening = [hook for hook in hooks if type in hook.types and _concerns(change, _made_on(hook))]
        if listening:
            id = id_of(change.clock.id, type, str(seqs[change.clock.id]))
            body = body_of(council.settings.address, type, id, change_data(change, council.law, on), at=now)
            news += [New(hook.seq, id, type, change.clock.id, change.clock.due_on, body) for hook in listening]
    deliveries.queue(db, news, now=now)


def queue_due(council: Council, *, now: datetime) -> int:
    """Writes what each webhook should have been told by now and was not: what is due soon, and what is late.

    Worked out from the clocks, so an outage loses nothing, and what stopped meanwhile is told to nobody. Looked at
    where a clock has changed since, on a new working morning, and every hour; returns how many were written.
    """
    with council.reading() as db:
        newest = deliveries.newest_change(db)
        known = [hook for hook in webhooks.every(db) if hook.revoked_at is None]
    written = 0
    for hook in (one for one in known if _is_stale(one, council, newest, now)):
        written += _tell_by_set(council, hook, now)
        with council.writing() as db:
            deliveries.drop_what_nobody_wants(db)
            webhooks.looked(db, hook, newest, now=now)
    return written


def morning(calendar: WorkingCalendar, now: datetime) -> date:
    """The latest working day whose hour of telling has come."""
    local = wall.local(now)
    on = local.date() if local.time() >= LIMITS.at else local.date() - _DAY
    return on if calendar.is_working(on) else calendar.subtract(on, 1)


def _is_stale(hook: Hook, council: Council, newest: int, now: datetime) -> bool:
    looked_at = hook.looked_at
    return (
        looked_at is None
        or hook.looked_seq != newest
        or not looked_at <= now < looked_at + LIMITS.look_again_after
        or morning(council.calendar, looked_at) != morning(council.calendar, now)
    )


def _tell_by_set(council: Council, hook: Hook, now: datetime) -> int:
    """Late: the working day after the due date has had its morning. Due soon: not more than so many are left."""
    at_hand = morning(council.calendar, now)
    first = _made_on(hook)
    late, soon = at_hand - _DAY, council.calendar.add(at_hand, LIMITS.due_soon_working_days)
    written = 0
    if BREACHED in hook.types:
        written += _tell(council, hook, BREACHED, (first, late), now)
    if DUE_SOON in hook.types:
        written += _tell(council, hook, DUE_SOON, (max(first, at_hand), soon), now)
    return written


def _tell(council: Council, hook: Hook, type: str, due: tuple[date, date], now: datetime) -> int:
    """A few hundred at a time, so that what comes in meanwhile need not wait."""
    written, after = 0, _FIRST
    on = wall.local(now).date()
    while True:
        with council.writing() as db:
            hold(db, {f"webhook {hook.seq}"})  # of two replicas one writes it
            found = deliveries.untold(db, hook.seq, type, due, on=on, after=after, most=_AT_A_TIME)
            news = [_of_clock(council, hook, type, one, now) for one in found if _is_news(council, type, one)]
            deliveries.queue(db, news, now=now)
        written += len(news)
        if len(found) < _AT_A_TIME:
            return written
        after = (found[-1].due_on or date.min, found[-1].id)


def _is_news(council: Council, type: str, clock: Clock) -> bool:
    """A clock that starts with so few days left is told as started: it was never long before its due date."""
    if type != DUE_SOON or clock.due_on is None:
        return True
    return clock.started_on < council.calendar.subtract(clock.due_on, LIMITS.due_soon_working_days)


def _of_clock(council: Council, hook: Hook, type: str, clock: Clock, now: datetime) -> New:
    assert clock.due_on is not None
    id = id_of(clock.id, type, clock.due_on.isoformat())
    data = data_of(clock, council.law, wall.local(now).date())
    return New(hook.seq, id, type, clock.id, clock.due_on, body_of(council.settings.address, type, id, data, at=now))


def _concerns(change: Change, first: date) -> bool:
    """Whether the clock was running, or stopped on this day or later, before the change or after it."""
    return any(
        one is not None and (one.stopped_on is None or one.stopped_on >= first) for one in (change.before, change.after)
    )


def _made_on(hook: Hook) -> date:
    return wall.local(hook.created_at).date()
