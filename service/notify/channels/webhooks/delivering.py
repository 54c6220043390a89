"""The way of an event to a webhook: what is due is written, taken, sent outside any transaction, and marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from time import monotonic

import structlog

from service import clock as wall
from service.council import Council
from service.errors import told_of
from service.notify.channels import by_webhook
from service.notify.channels.by_webhook import Outcome, Reply
from service.notify.channels.webhooks.cloud_events import BREACHED, DUE_SOON
from service.notify.channels.webhooks.limits import LIMITS
from service.notify.channels.webhooks.queueing import morning, queue_due
from service.notify.channels.webhooks.wire import Wire
from service.store.keeping import audit
from service.store.telling import deliveries, webhooks
from service.store.telling.deliveries import DELIVERED, GIVEN_UP, SUPERSEDED, WAITING, Delivery
from service.store.telling.webhooks import Hook

log = structlog.get_logger()

ACTOR = "webhooks"


def deliver(
    council: Council, *, now: datetime, wire: Wire | None = None, seconds: float = LIMITS.a_tick
) -> Mapping[str, int]:
    """Tells every webhook what is due to be told by ``now``; how many deliveries ended in which state.

    One event a webhook in turn, until none is due or the tick's share of ``seconds`` is gone; the rest waits for the
    next tick. A webhook that does not answer is left alone for a while, longer each time. Only one look at one table
    where there are no webhooks.
    """
    with council.reading() as db:
        if not any(hook.revoked_at is None for hook in webhooks.every(db)):
            return {}
    wire = wire or Wire(council.settings)
    came_to: Counter[str] = Counter(written=queue_due(council, now=now))
    with council.reading() as db:
        turn = [hook for hook in webhooks.every(db) if hook.revoked_at is None]
    until = monotonic() + seconds
    while turn and monotonic() < until:
        hook = turn.pop(0)
        delivery = _next(council, hook, now)
        if delivery is not None:
            state, is_answering = _deliver(council, hook, delivery, wire, now)
            came_to[state] += 1
            turn += [hook._replace(failures=0)] if is_answering else []
    if came_to.total():
        log.info("webhooks", **{state: count for state, count in came_to.items() if count})
    return came_to


def _next(council: Council, hook: Hook, now: datetime) -> Delivery | None:
    """The next delivery that still says something true, claimed for this sender alone."""
    at = max(now, wall.now())  # the clock may have been set back meanwhile: a claim must always reach past this tick
    on = wall.local(now).date()
    with council.writing() as db:
        while (delivery := deliveries.claim(db, hook.seq, due_by=now, now=at)) is not None:
            if _is_true(delivery, council, now) and (
                delivery.type not in (DUE_SOON, BREACHED) or deliveries.still_runs(db, delivery, on)
            ):
                return delivery
            deliveries.finish(db, delivery, SUPERSEDED, now=at, error="not true any more")
    return None


def _is_true(delivery: Delivery, council: Council, now: datetime) -> bool:
    """Once it is late, nobody needs to hear that it is due soon."""
    if delivery.type != DUE_SOON or delivery.due_on is None:
        return True
    return delivery.due_on >= morning(council.calendar, now)


def _deliver(council: Council, hook: Hook, delivery: Delivery, wire: Wire, now: datetime) -> tuple[str, bool]:
    """What became of one delivery, and whether the webhook may be tried with the next."""
    try:
        reply = by_webhook.send(wire, hook, delivery.event_id, delivery.body, now=max(now, wall.now()))
    except Exception as defect:  # a defect of this event, whatever it is: recorded with it, and it keeps no other back
        log.error("an event could not be sent", webhook=hook.name, id=delivery.event_id, **told_of(defect))
        reply = Reply(Outcome.REFUSED, f"failed: {type(defect).__name__}")
    if reply.outcome is not Outcome.TAKEN:
        log.warning("an event was not taken", webhook=hook.name, id=delivery.event_id, answer=reply.words)
    return _record(council, hook, delivery, reply, max(now, wall.now()))


def _record(council: Council, hook: Hook, delivery: Delivery, reply: Reply, now: datetime) -> tuple[str, bool]:
    with council.writing() as db:
        if reply.outcome is Outcome.TAKEN:
            deliveries.finish(db, delivery, DELIVERED, now=now)
            webhooks.answers(db, hook)
            return DELIVERED, True
        if reply.outcome is Outcome.GONE:
            webhooks.revoke(db, hook.name, now=now)
            audit.note(db, ACTOR, "webhook.revoked", detail=f"{hook.name}: it answered {reply.words}")
            webhooks.forget(council.engine)
            return SUPERSEDED, False
        is_away = reply.outcome is Outcome.AWAY
        if is_away:
            wait = max(_wait(hook.failures + 1), timedelta(seconds=reply.wait_s or 0))
            webhooks.leave_alone(db, hook, reply.words, until=now + min(wait, LIMITS.longest_wait), now=now)
            if hook.failing_since is not None and now - hook.failing_since >= LIMITS.give_up_after:
                given_up_by = now - LIMITS.give_up_after
                deliveries.drop(db, hook.seq, GIVEN_UP, error=reply.words, written_by=given_up_by)
        if now - delivery.tried_at >= LIMITS.give_up_after:
            deliveries.finish(db, delivery, GIVEN_UP, now=now, error=reply.words)
            return GIVEN_UP, not is_away
        deliveries.put_off(db, delivery, reply.words, until=now + _wait(delivery.attempts))
        return WAITING, not is_away


def _wait(failures: int) -> timedelta:
    """A minute, doubling up to an hour."""
    wait: timedelta = min(LIMITS.first_wait * 2 ** min(failures - 1, 10), LIMITS.longest_wait)
    return wait
