"""When it cannot be said: tried again, shown, folded together, and never lost."""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from rules.plan import Plan
from service import flow
from service.notify import outgoing
from service.store import alerts, messages, people
from tests.service.mail_cast import (
    ASSESSMENT,
    MANAGER,
    NORTH,
    NORTH_ADDRESS,
    SOUTH,
    an_alert,
    apply_plan,
    council_with,
    plan_alerts,
    settings_for,
    states,
)
from tests.service.mail_room import (
    DROP_AFTER_250,
    DROP_AFTER_DATA,
    DROP_BEFORE_DATA,
    Authority,
    MailServer,
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(authority):
    with MailServer(authority) as running:
        yield running


@pytest.fixture
def council(database_url, tmp_path, server, authority, wall):
    with council_with(settings_for(database_url, tmp_path, server, authority)) as opened:
        yield opened


def send(council, wall):
    return flow.send_due(council, now=wall.now)


def all_messages(council):
    with council.reading() as db:
        return messages.newest(db, limit=100)


@pytest.mark.parametrize("fault", ["451 4.3.0 busy", "450 4.2.0 greylisted at RCPT", DROP_BEFORE_DATA, DROP_AFTER_DATA])
def test_what_is_not_taken_is_tried_again_with_the_same_message_id(council, server, wall, fault):
    plan_alerts(council, [an_alert("c1")])
    server.faults = [fault]
    assert send(council, wall) == flow.Sent(written=1, waiting=1)
    assert states(council) == {"queued": 1}
    (before,) = all_messages(council)
    assert send(council, wall) == flow.Sent(), "it waits a minute first"
    wall.wait(minutes=1)
    assert send(council, wall).sent == 1
    assert set(server.ids) == {before.message_id}
    assert len(server.ids) == (2 if fault == DROP_AFTER_DATA else 1)
    assert len({letter.as_bytes() for letter in server.letters}) == 1
    assert states(council) == {"sent": 1}


def test_a_server_that_hangs_up_after_its_yes_has_the_letter(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.faults = [DROP_AFTER_250]
    assert send(council, wall).sent == 1
    wall.wait(days=1)
    send(council, wall)
    assert len(server.letters) == 1


def test_a_refused_address_is_shown_at_once_and_told_when_the_post_has_another(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("s1", team=SOUTH)])
    server.faults = ["550 5.1.1 no such user at RCPT"]
    assert send(council, wall) == flow.Sent(written=2, sent=1, undeliverable=1)
    assert states(council) == {"undeliverable": 1, "sent": 1}
    with council.reading() as db:
        (shown,) = alerts.unowned(db, now=wall.now)
        refused = next(one for one in messages.newest(db, limit=9) if one.state == "undeliverable")
    assert (shown.team, shown.why, refused.last_error) == (NORTH, "address refused", "refused: 550 5.1.1 at RCPT")
    wall.wait(days=1)
    assert send(council, wall) == flow.Sent()
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {MANAGER: "right@council.example"})
    assert send(council, wall).sent == 1
    assert server.letters[-1]["To"] == "right@council.example"
    assert states(council) == {"sent": 2}


def test_an_address_put_off_for_four_days_counts_as_refused(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.faults = ["452 4.2.2 mailbox full"] * 20
    began, waits = wall.now, []
    for _ in range(8):
        assert send(council, wall).waiting == 1
        (message,) = all_messages(council)
        waits.append((message.try_at - wall.now) // timedelta(minutes=1))
        wall.now = message.try_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    wall.now = began + timedelta(days=4, seconds=-1)
    assert send(council, wall).waiting == 1
    wall.wait(hours=1)
    assert send(council, wall).undeliverable == 1
    assert states(council) == {"undeliverable": 1}


def test_half_a_day_without_a_mail_server_ends_in_one_message_a_post(council, server, wall):
    plan_alerts(council, [an_alert(f"n{i}") for i in range(5)] + [an_alert("s1", team=SOUTH)])
    server.stop()
    for hour in range(12):
        send(council, wall)
        wall.wait(hours=1)
        plan_alerts(council, [an_alert(f"late{hour}", send_at=wall.now)])
    assert server.letters == []
    server.start()
    for _ in range(13):
        send(council, wall)
        wall.wait(minutes=5)
    assert sorted(letter["Subject"] for letter in server.letters) == [
        "1 timescale overdue – Assessment Team South",
        "17 timescales overdue – Assessment Team North",
    ]
    assert states(council) == {"sent": 18}


def test_a_letter_that_may_have_arrived_is_never_folded_into_another(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.faults = [DROP_AFTER_DATA]
    send(council, wall)
    plan_alerts(council, [an_alert("c2")])
    wall.wait(minutes=1)
    assert send(council, wall) == flow.Sent(written=1, sent=2)
    assert sorted(server.ids.count(id) for id in set(server.ids)) == [1, 2]


def test_a_mail_server_that_stays_away_is_never_given_up(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.stop()
    for _ in range(6):
        send(council, wall)
        wall.wait(days=1)
    assert states(council) == {"queued": 1}
    server.start()
    assert send(council, wall).sent == 1


def test_what_was_put_right_while_it_waited_is_not_told(council, server, wall):
    wanted = an_alert("c1")
    plan_alerts(council, [wanted])
    server.faults = ["451 4.3.0 busy"]
    send(council, wall)
    apply_plan(council, Plan((), (), (wanted.key,)))
    wall.wait(minutes=1)
    assert send(council, wall) == flow.Sent()
    assert server.letters == []
    assert [message.state for message in all_messages(council)] == ["superseded"]
    assert states(council) == {"cancelled": 1}


def test_a_message_with_something_still_true_goes_as_it_was_written(council, server, wall):
    one, other = an_alert("c1"), an_alert("c2")
    plan_alerts(council, [one, other])
    server.faults = ["451 4.3.0 busy"]
    send(council, wall)
    apply_plan(council, Plan((), (), (one.key,)))
    wall.wait(minutes=1)
    send(council, wall)
    assert server.letters[0]["Subject"].startswith("2 timescales overdue")
    assert states(council) == {"sent": 2}, "both were told, so neither is told again"


def test_an_alert_that_moves_to_another_team_while_it_waits_is_told_there(council, server, wall):
    wanted = an_alert("c1")
    plan_alerts(council, [wanted])
    server.faults = ["451 4.3.0 busy"]
    send(council, wall)
    apply_plan(council, Plan((), (wanted._replace(team=SOUTH),), ()))
    wall.wait(minutes=1)
    send(council, wall)
    assert [letter["Subject"] for letter in server.letters] == ["1 timescale overdue – Assessment Team South"]


def test_a_letter_that_cannot_be_written_keeps_nobody_else_waiting(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("s1", team=SOUTH)])
    with council.writing() as db:
        people.put_posts(db, NORTH, {MANAGER: "two\n@addresses"})
    assert send(council, wall) == flow.Sent(written=2, sent=1, waiting=1)
    bad = next(message for message in all_messages(council) if message.state == "waiting")
    assert bad.last_error.startswith("failed: ")
    assert bad.try_at == wall.now + timedelta(minutes=1)
    with council.writing() as db:
        people.put_posts(db, NORTH, {MANAGER: NORTH_ADDRESS})
    wall.wait(minutes=1)
    assert send(council, wall).sent == 1


def test_a_message_that_cannot_be_composed_keeps_nobody_else_waiting(council, server, wall):
    plan_alerts(council, [an_alert("s1", team=SOUTH)])
    plan_alerts(council, [an_alert("c1")], timescale=ASSESSMENT)
    broken = replace(council.law, timescales={ASSESSMENT: SimpleNamespace(is_enabled=False)})
    assert flow.send_due(replace(council, law=broken), now=wall.now) == flow.Sent(written=1, sent=1, failed=1)
    assert send(council, wall) == flow.Sent(), "it was pushed back"
    wall.wait(hours=1)
    assert send(council, wall).sent == 1


def test_what_waits_or_came_back_can_still_be_cancelled_or_moved(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("c2")])
    server.faults = ["451 4.3.0 busy"]
    send(council, wall)
    with council.reading() as db:
        told = alerts.told(db, ["c1", "c2", "c3"])
    assert {state for own in told.values() for state, _team in own.values()} == {"planned"}
    assert told["c3"] == {}


def test_a_clock_that_is_taken_back_and_starts_again_is_told_once(council, server, wall):
    wanted = an_alert("c1")
    plan_alerts(council, [wanted])
    apply_plan(council, Plan((), (), (wanted.key,)))
    plan_alerts(council, [wanted])
    assert states(council) == {"planned": 1}
    assert send(council, wall).sent == 1
    plan_alerts(council, [wanted])
    assert states(council) == {"sent": 1}


def test_a_claim_is_for_one_sender_until_its_lease_ends(council, wall):
    plan_alerts(council, [an_alert("c1")])
    with council.writing() as db:
        outgoing.write_breaches(db, council.law, council.settings, now=wall.now)
    with council.writing() as db:
        assert messages.claim(db, due_by=wall.now, now=wall.now) is not None
    with council.writing() as db:
        assert messages.claim(db, due_by=wall.now, now=wall.now) is None
    wall.wait(minutes=10)
    with council.writing() as db:
        again = messages.claim(db, due_by=wall.now, now=wall.now)
        assert again is not None
        assert again.attempts == 2


def test_a_clock_set_back_sends_nothing_twice(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    due = wall.now
    wall.wait(hours=-3)
    server.faults = ["451 4.3.0 busy"]
    assert flow.send_due(council, now=due) == flow.Sent(written=1, waiting=1)
    assert server.connections == 1
    wall.now = datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
    assert send(council, wall).sent == 1


def test_a_claim_made_by_a_clock_set_back_still_reaches_past_the_tick(council, wall):
    """Else the same tick would take the same message again and again."""
    plan_alerts(council, [an_alert("c1")])
    with council.writing() as db:
        outgoing.write_breaches(db, council.law, council.settings, now=wall.now)
        letter = outgoing.take(db, due_by=wall.now, now=wall.now - timedelta(hours=3))
    assert letter.try_at == wall.now + messages.LEASE


def test_intake_and_sending_do_not_wait_for_one_another(postgres_url, tmp_path, server, authority, wall, seed):
    """Corrections change a message's alerts while it is being marked: neither side fails, and each is told in the end.

    On PostgreSQL, where both run at once; SQLite has one writer at a time.
    """
    with council_with(settings_for(postgres_url, tmp_path, server, authority)) as council:
        correct_while_sending(council, wall, seed)


def correct_while_sending(council, wall, seed):
    every = [an_alert(f"c{i}") for i in range(60)]
    plan_alerts(council, every)
    stop, trouble = threading.Event(), []

    def correct(chance: random.Random) -> None:
        try:
            while not stop.is_set():
                some = chance.sample(every, 30)
                apply_plan(council, Plan((), (), tuple(alert.key for alert in some)))
                apply_plan(council, Plan((), tuple(chance.sample(some, 30)), ()))
        except Exception as error:
            trouble.append(error)

    threads = [threading.Thread(target=correct, args=(random.Random(seed + nth),)) for nth in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        send(council, wall)
        wall.wait(minutes=1)
    stop.set()
    for thread in threads:
        thread.join()
    assert trouble == []
    apply_plan(council, Plan((), tuple(every), ()))
    send(council, wall)
    assert states(council) == {"sent": 60}
