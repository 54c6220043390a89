"""Sending again, giving up, and several who send: at least once, with the same id, and nobody held up by another."""

from __future__ import annotations

import threading
import time as real_time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from service.notify.channels.webhooks.limits import LIMITS
from service.notify.channels.webhooks.wire import Wire
from service.store.tables import AuditRow, DeliveryRow, WebhookRow, table
from service.store.telling import deliveries, webhooks
from tests.service.hook_room import HANG_UP, MADE_AT, Receiver, discussed, hear, hook, rows, tell, telling
from tests.service.mail_cast import wall_at
from tests.service.mail_room import Authority, nobody_listening

DELIVERY, HOOK = table(DeliveryRow), table(WebhookRow)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def receiver(authority):
    with Receiver(authority) as running:
        yield running


@pytest.fixture
def wall():
    with wall_at(MADE_AT) as moved_by_hand:
        yield moved_by_hand


@pytest.fixture
def council(database_url, tmp_path, authority, wall):
    with telling(database_url, tmp_path, authority) as opened:
        yield opened


def states(council):
    return Counter(row.state for row in rows(council))


def the_hook(council):
    with council.reading() as db:
        (one,) = webhooks.every(db)
    return one


def start(council, count=1, name="c"):
    """Clocks that start, each with one event to be told."""
    hear(council, *(discussed(f"{name}-{nth}", "2026-03-02") for nth in range(count)))


def test_an_event_that_was_not_taken_is_sent_again_later_under_its_id(council, receiver, wall):
    hook(council, receiver, "clock.started")
    start(council)
    receiver.faults = [500, 404, HANG_UP]
    assert tell(council, wall.now) == {"waiting": 1}
    tell(council, wall.now)
    assert len(receiver.calls) == 1, "a minute first"
    waits = []
    while "delivered" not in states(council):
        begun = wall.now
        tried = len(receiver.calls)
        while len(receiver.calls) == tried:
            tell(council, wall.wait(seconds=20))
        waits.append(round((wall.now - begun).total_seconds() / 60))
    assert waits == [1, 2, 4]
    assert len(set(receiver.ids)) == 1
    assert len({call.headers["webhook-timestamp"] for call in receiver.calls}) == 4, "signed anew each time"
    (row,) = rows(council)
    assert (row.state, row.body, row.attempts, row.sent_at) == ("delivered", "", 4, wall.now)


def test_an_event_that_nobody_can_take_is_pushed_back_alone_and_given_up_after_days(council, receiver, wall):
    hook(council, receiver, "clock.started")
    start(council, 5)
    receiver.refused_ids = {rows(council)[2].event_id}
    assert tell(council, wall.now) == {"waiting": 1, "delivered": 4}
    while states(council)["waiting"]:
        tell(council, wall.wait(hours=4))
    assert LIMITS.give_up_after <= wall.now - MADE_AT < LIMITS.give_up_after + timedelta(hours=5)
    assert states(council) == {"delivered": 4, "given_up": 1}
    (row,) = [row for row in rows(council) if row.state == "given_up"]
    assert (row.last_error, row.body) == ("500", "")
    assert row.attempts == len(receiver.calls) - 4


def test_an_event_that_cannot_even_be_sent_keeps_no_other_waiting(council, receiver, wall, capsys):
    hook(council, receiver, "clock.started")
    start(council, 3)
    with council.writing() as db:
        db.execute(update(DELIVERY).where(DELIVERY.c.seq == 1).values(event_id="id\r\nwith: a line break"))
    assert tell(council, wall.now) == {"waiting": 1, "delivered": 2}
    assert rows(council)[0].last_error is not None
    said = capsys.readouterr()
    assert "could not be sent" in said.out + said.err


def test_a_receiver_that_is_away_is_left_alone_and_everything_comes_when_it_is_back(council, receiver, wall):
    hook(council, receiver, "clock.started")
    start(council, 20)
    receiver.faults = [HANG_UP]
    assert tell(council, wall.now) == {"waiting": 1}, "the others are not tried: it would not take them either"
    assert the_hook(council).quiet_until == wall.now + timedelta(minutes=1)
    assert tell(council, wall.wait(seconds=59)) == {}
    receiver.faults = [HANG_UP]
    tell(council, wall.wait(seconds=1))
    assert the_hook(council).quiet_until == wall.now + timedelta(minutes=2)
    assert tell(council, wall.wait(minutes=2)) == {"delivered": 20}
    assert (the_hook(council).failures, the_hook(council).failing_since) == (0, None)
    assert Counter(Counter(receiver.ids).values()) == {1: 18, 2: 2}, "each time another is tried"


def test_a_receiver_that_asks_for_time_is_given_it_up_to_an_hour(council, receiver, wall):
    hook(council, receiver, "clock.started")
    start(council, 2)
    receiver.faults = [429]
    tell(council, wall.now)
    assert the_hook(council).quiet_until == wall.now + timedelta(seconds=600)
    assert tell(council, wall.wait(minutes=10)) == {"delivered": 2}


def test_what_waited_for_days_for_a_receiver_that_never_came_back_is_given_up(council, receiver, wall):
    hook(council, receiver, "clock.started")
    start(council, 30)
    with nobody_listening() as port, council.writing() as db:
        db.execute(update(HOOK).values(url=f"https://localhost:{port}/"))
    while states(council)["waiting"] and wall.now < MADE_AT + timedelta(days=6):
        tell(council, wall.wait(hours=3))
    assert states(council) == {"given_up": 30}
    assert wall.now - MADE_AT >= LIMITS.give_up_after
    wall.wait(hours=1)
    start(council, name="later")
    assert states(council)["waiting"] == 1, "what comes later is tried for as long"


def test_after_our_own_outage_what_waited_is_tried_before_it_is_given_up(council, receiver, wall):
    hook(council, receiver, "clock.started")
    start(council, 2)
    wall.wait(days=10)
    receiver.faults = [HANG_UP, 500]
    tell(council, wall.now)
    assert states(council) == {"waiting": 2}
    tell(council, wall.wait(minutes=1))
    tell(council, wall.wait(minutes=1))
    assert states(council) == {"delivered": 2}


def test_410_revokes_and_is_noted(council, receiver, wall):
    hook(council, receiver, "clock.started")
    start(council, 3)
    receiver.faults = [410]
    assert tell(council, wall.now) == {"superseded": 1}
    assert the_hook(council).revoked_at == wall.now
    start(council, 1, name="later")
    assert tell(council, wall.wait(minutes=5)) == {}
    assert (len(receiver.calls), set(states(council))) == (1, {"superseded"})
    with council.reading() as db:
        actions = list(db.scalars(select(table(AuditRow).c.action).where(table(AuditRow).c.actor == "webhooks")))
    assert actions == ["webhook.revoked"]


def test_one_receiver_that_is_away_holds_up_no_other(council, receiver, authority, wall):
    with nobody_listening() as port:
        hook(council, receiver, "clock.started", name="there")
        with council.writing() as db:
            url = f"https://localhost:{port}/"
            webhooks.add(db, "away", url, the_hook(council).secret, ["clock.started"], now=wall.now)
        webhooks.forget(council.engine)
        start(council, 10)
        assert tell(council, wall.now) == {"delivered": 10, "waiting": 1}


def test_a_slow_receiver_has_a_tick_s_share_and_the_rest_waits(council, receiver, wall):
    def slowly(_host, _port):
        real_time.sleep(0.2)
        return ["127.0.0.1"]

    hook(council, receiver, "clock.started")
    start(council, 6)
    came_to = tell(council, wall.now, wire=Wire(council.settings, resolve=slowly), seconds=0.3)
    assert came_to["delivered"] in (1, 2)
    assert tell(council, wall.now) == {"delivered": 6 - came_to["delivered"]}


# ---- several who send ------------------------------------------------------------------------------------------------


def test_of_several_replicas_one_sends_each_event(council, receiver, wall):
    hook(council, receiver, "clock.started", "clock.breached")
    start(council, 30)
    wall.wait(days=30)
    threads = [threading.Thread(target=tell, args=(council, wall.now)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states(council) == {"delivered": 60}
    assert Counter(receiver.ids).most_common(1)[0][1] == 1
    assert len(receiver.ids) == 60


def test_a_sender_that_dies_is_followed_by_another_with_the_same_id(council, receiver, wall):
    hook(council, receiver, "clock.started")
    start(council)
    with council.writing() as db:
        taken = deliveries.claim(db, 1, due_by=wall.now, now=wall.now)
    assert tell(council, wall.now) == {}
    wall.now += deliveries.LEASE
    assert tell(council, wall.now) == {"delivered": 1}
    assert receiver.ids == [taken.event_id]
    with council.writing() as db:  # and if it only slept, it changes nothing any more
        deliveries.put_off(db, taken, "500", until=wall.now)
        deliveries.finish(db, taken, deliveries.GIVEN_UP, now=wall.now)
    assert states(council) == {"delivered": 1}


def test_a_clock_on_the_wall_that_is_set_back_loses_and_doubles_nothing(council, receiver, wall):
    hook(council, receiver, "clock.started")
    start(council, 3)
    receiver.faults = [500]
    tell(council, wall.now)
    wall.wait(hours=-2)
    start(council, 1, name="earlier")
    for _ in range(40):
        tell(council, wall.wait(minutes=5))
    assert states(council) == {"delivered": 4}
    assert Counter(Counter(receiver.ids).values()) == {1: 3, 2: 1}
