"""The self-check as it runs by itself: reads what came in, asks every check, tells what is new, sends the heartbeat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service import clock
from service.checking import alarms
from service.checking.asking import ask
from service.checking.declared import CHECKS
from service.checking.finding import Answer
from service.checking.numbers import HEARTBEAT_TIMEOUT, SELF_CHECK, USUAL
from service.council import Council
from service.notify import heartbeat
from service.posts.known import ADMINISTRATOR
from service.store import sources, watch
from service.store.session import hold
from service.timing import Timed


def check_itself(council: Council, jobs: Sequence[Timed], *, now: datetime) -> Answer | None:
    """Looks at the service itself, if that is due and nobody else does. Raises Busy where the database is away.

    1. Claimed: of several replicas one looks, and not again before the interval ends.
    2. What came in since the last check is read into what is known of each source.
    3. Every check is asked; each only reads.
    4. What was found is remembered, and told where it is to be told, in one transaction.
    5. The heartbeat is sent where nothing stands in its way, outside any transaction.
    """
    with council.writing() as db:
        if not watch.claim(db, watch.BEGUN, every=SELF_CHECK.every, now=now):
            return None
    read_arrivals(council, now=now)
    answer = ask(council, CHECKS, jobs, now=now)
    with council.writing() as db:
        hold(db, {"self-check"})
        told = council.directory(db, clock.local(now).date()).recipient(ADMINISTRATOR, None)
        alarms.settle(db, answer, council.settings, address=told.address if told else None, now=now)
        watch.note(db, watch.SELF_CHECK, now=now)
    if answer.is_clean:
        send_heartbeat(council, now=now)
    return answer


def read_arrivals(council: Council, *, now: datetime) -> None:
    """Reads events that have settled into what is known of their sources: a bounded number, the oldest first."""
    with council.reading() as db:
        read = sources.unread(db, most=USUAL.read_at_most, now=now, until=now - USUAL.settled)
    if read.arrivals:
        with council.writing() as db:
            hold(db, {"self-check"})
            sources.fold(db, read, remember=USUAL.remember)


def send_heartbeat(council: Council, *, now: datetime) -> None:
    """Sends the outside heartbeat, if one is set, and notes whether it was taken."""
    url = heartbeat.url_of(council.settings)
    if not url:
        return
    went_wrong = heartbeat.beat(url, patience=HEARTBEAT_TIMEOUT)
    with council.writing() as db:
        if went_wrong:
            watch.note_first(db, watch.HEARTBEAT_FAILING, now=now, detail=went_wrong)
        else:
            watch.forget(db, watch.HEARTBEAT_FAILING)
            watch.note(db, watch.HEARTBEAT, now=now)
