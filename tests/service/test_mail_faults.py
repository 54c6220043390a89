"""When it cannot be said: tried again, shown, folded together, and never lost."""

from __future__ import annotations

import itertools
import random
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from rules.model import Event
from service import flow
from service.notify import outgoing
from service.notify.letters import writing
from service.store import people
from service.store.telling import messages, told
from tests.service.mail_cast import (
    ASSESSMENT,
    CONFERENCE,
    MANAGER,
    NORTH,
    NORTH_ADDRESS,
    SERVICE_ADDRESS,
    SOUTH,
    SOUTH_ADDRESS,
    an_alert,
    change_clock,
    council_with,
    fill_the_line,
    plan_alerts,
    put_clock,
    put_right,
    settings_for,
    states,
    take_back,
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


FRIDAY = date(2026, 2, 27)
"""What is due then is told as late on the Monday on which most of this happens."""


def send(council, wall):
    return flow.send_due(council, now=wall.now)


def send_again(council, wall):
    """What is given up at one tick is written anew at the next: what the second came to."""
    send(council, wall)
    wall.wait(minutes=1)
    return send(council, wall)


def all_messages(council):
    with council.reading() as db:
        return messages.newest(db, limit=100)


def unowned(council, wall):
    with council.reading() as db:
        return told.unowned(db, council.directory(db, wall.now.date()), now=wall.now)


def rows(council, **wanted):
    """The alerts as they stand, with the messages that carry them."""
    with council.reading() as db:
        listed = told.listed(db, most=10**6)
    return [row for row in listed if all(row[name] == value for name, value in wanted.items())]


def inbox(server):
    """Whom each letter came to, and its subject, in the order in which they came."""
    return [(letter["To"], letter["Subject"]) for letter in server.letters]


# ---- tried again -----------------------------------------------------------------------------------------------------


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
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    server.faults = [DROP_AFTER_250]
    assert send(council, wall).sent == 1
    wall.wait(days=1)
    send(council, wall)
    assert len(server.letters) == 1


def test_a_refused_address_is_shown_at_once_and_told_when_the_post_has_another(council, server, wall):
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY), an_alert("s1", team=SOUTH, due_on=FRIDAY)])
    server.faults = ["550 5.1.1 no such user at RCPT"]
    assert send(council, wall) == flow.Sent(written=2, sent=1, undeliverable=1)
    assert states(council) == {"undeliverable": 1, "sent": 1}
    (shown,) = unowned(council, wall)
    refused = next(one for one in all_messages(council) if one.state == "undeliverable")
    assert (shown.team, shown.why, refused.last_error) == (NORTH, "address refused", "refused: 550 5.1.1 at RCPT")
    wall.wait(days=1)
    assert send(council, wall) == flow.Sent()
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {MANAGER: "right@council.example"})
    assert send(council, wall).sent == 1
    assert server.letters[-1]["To"] == "right@council.example"
    assert states(council) == {"sent": 2}


def test_what_an_address_refused_is_not_tried_there_again_when_the_next_rung_comes(council, server, wall):
    fill_the_line(council)
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    server.faults = ["550 5.1.1 no such user at RCPT"]
    assert send(council, wall).undeliverable == 1
    wall.wait(days=2)
    assert send(council, wall) == flow.Sent(written=1, sent=1)
    assert [to for to, _subject in inbox(server)] == [SERVICE_ADDRESS]
    assert states(council) == {"undeliverable": 1, "sent": 1}
    assert [one.why for one in unowned(council, wall)] == ["address refused"]


def test_an_address_put_off_for_four_days_counts_as_refused(council, server, wall):
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    server.faults = ["452 4.2.2 mailbox full"] * 20
    began, waits = wall.now, []
    for _ in range(8):
        assert send(council, wall).waiting == 1
        (message,) = all_messages(council)
        waits.append((message.try_at - wall.now) // timedelta(minutes=1))
        wall.now = message.try_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    wall.now = began + timedelta(days=4, seconds=-1)
    assert send(council, wall).waiting == 1, "each working day it is another message, and the same mailbox"
    assert len(all_messages(council)) == 2
    wall.wait(hours=1)
    assert send(council, wall).undeliverable == 1
    assert rows(council, step="breach")[0]["state"] == "undeliverable"
    assert [one.why for one in unowned(council, wall) if one.post == MANAGER] == ["address refused"]


def test_a_mailbox_that_was_full_for_days_and_took_a_letter_since_has_four_days_again(council, server, wall):
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    server.faults = ["452 4.2.2 mailbox full"] * 2
    send(council, wall)
    wall.wait(days=3)
    assert send(council, wall).waiting == 1
    wall.wait(minutes=2)
    assert send(council, wall).sent == 1
    wall.wait(days=1)
    plan_alerts(council, [an_alert("c2", due_on=date(2026, 3, 5))])
    server.faults = ["452 4.2.2 mailbox full"]
    assert send(council, wall) == flow.Sent(written=1, waiting=1)


# ---- no mail server --------------------------------------------------------------------------------------------------


def test_hours_without_a_mail_server_end_in_one_message_a_post(council, server, wall):
    plan_alerts(council, [an_alert(f"n{i}", due_on=FRIDAY) for i in range(5)])
    plan_alerts(council, [an_alert("s1", team=SOUTH, due_on=FRIDAY)])
    server.stop()
    for hour in range(6):
        send(council, wall)
        wall.wait(hours=1)
        plan_alerts(council, [an_alert(f"late{hour}", due_on=FRIDAY)])
    assert server.letters == []
    server.start()
    for _ in range(13):
        send(council, wall)
        wall.wait(minutes=5)
    assert sorted(inbox(server)) == [
        (NORTH_ADDRESS, "11 timescales overdue – Assessment Team North"),
        (SOUTH_ADDRESS, "1 timescale overdue – Assessment Team South"),
    ]
    assert states(council) == {"sent": 12}


def test_a_day_without_a_mail_server_ends_in_one_digest_each_that_says_there_was_a_gap(council, server, wall):
    fill_the_line(council)
    wall.now = datetime(2026, 2, 26, 12, 0, tzinfo=UTC)
    plan_alerts(council, [an_alert(f"n{i}") for i in range(5)])
    server.stop()
    wall.now = datetime(2026, 2, 27, 7, 30, tzinfo=UTC)
    while wall.now < datetime(2026, 3, 3, 7, 0, tzinfo=UTC):
        send(council, wall)
        wall.wait(hours=1)
    server.start()
    for _ in range(24):
        send(council, wall)
        wall.wait(minutes=30)
    assert sorted(inbox(server)) == [
        (NORTH_ADDRESS, "5 timescales overdue – Assessment Team North"),
        (SERVICE_ADDRESS, "5 timescales overdue – Assessment Team North"),
    ]
    texts = {letter["To"]: letter.get_body(("plain",)).get_content() for letter in server.letters}
    assert "to be told from Friday 27 February 2026 on and could not be" in texts[NORTH_ADDRESS]
    assert "could not be" not in texts[SERVICE_ADDRESS], "this was its own day"
    assert states(council) == {"sent": 10}


def test_a_mail_server_that_stays_away_is_never_given_up(council, server, wall):
    fill_the_line(council)
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    server.stop()
    for _ in range(7):
        send(council, wall)
        wall.wait(days=1)
    assert rows(council, step="breach")[0]["state"] in ("queued", "planned"), "in no message on a Sunday"
    server.start()
    send(council, wall)
    assert sorted(to for to, _subject in inbox(server)) == [
        "group@council.example",
        "head@council.example",
        NORTH_ADDRESS,
        SERVICE_ADDRESS,
        SOUTH_ADDRESS,
    ], "one each; it is a Monday again, so those with nothing to hear hear that"
    assert states(council) == {"sent": 3}


def test_a_letter_that_may_have_arrived_is_never_folded_into_another(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.faults = [DROP_AFTER_DATA]
    send(council, wall)
    plan_alerts(council, [an_alert("c2")])
    wall.wait(minutes=1)
    assert send(council, wall) == flow.Sent(written=1, sent=2)
    assert sorted(server.ids.count(id) for id in set(server.ids)) == [1, 2]
    assert states(council) == {"sent": 2}


def test_what_is_in_a_letter_that_may_have_arrived_goes_into_no_other_when_the_next_rung_comes(council, server, wall):
    """The next rung makes the clock be looked at again: what its letter says is not said a second time."""
    fill_the_line(council)
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    server.faults = [DROP_AFTER_DATA]
    assert send(council, wall).waiting == 1
    wall.now = datetime(2026, 3, 4, 7, 30, tzinfo=UTC)
    assert send(council, wall) == flow.Sent(written=1, sent=2)
    assert [to for to, _subject in inbox(server)] == [NORTH_ADDRESS, NORTH_ADDRESS, SERVICE_ADDRESS]
    assert len(set(server.ids)) == 2
    assert states(council) == {"sent": 2}


# ---- what changed while it waited ------------------------------------------------------------------------------------


def test_what_was_put_right_while_it_waited_is_not_told(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.faults = ["451 4.3.0 busy"]
    send(council, wall)
    put_right(council, "c1")
    wall.wait(minutes=1)
    assert send_again(council, wall) == flow.Sent()
    assert server.letters == []
    assert [message.state for message in all_messages(council)] == ["superseded"]
    assert states(council) == {"cancelled": 1}


def test_a_message_of_which_some_was_put_right_is_written_anew_with_what_is_still_true(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("c2")])
    server.faults = ["451 4.3.0 busy"]
    send(council, wall)
    put_right(council, "c1")
    wall.wait(minutes=1)
    send_again(council, wall)
    assert inbox(server) == [(NORTH_ADDRESS, "1 timescale overdue – Assessment Team North")]
    assert sorted(message.state for message in all_messages(council)) == ["sent", "superseded"]
    assert states(council) == {"cancelled": 1, "sent": 1}


def test_one_that_may_have_arrived_goes_as_it_was_written_and_is_corrected_next_morning(council, server, wall):
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY), an_alert("c2", due_on=FRIDAY)])
    server.faults = [DROP_AFTER_DATA]
    send(council, wall)
    put_right(council, "c1")
    wall.wait(minutes=1)
    send_again(council, wall)
    assert len(set(server.ids)) == 1
    assert len({letter.as_bytes() for letter in server.letters}) == 1
    assert server.letters[0]["Subject"].startswith("2 timescales overdue")
    assert [row["state"] for row in rows(council, step="breach", clock_id="c2")] == ["sent"]
    assert [row["state"] for row in rows(council, clock_id="c1", step="breach")] == ["taken_back"]
    server.letters.clear()
    wall.now = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
    send(council, wall)
    (correction,) = server.letters
    assert correction["To"] == NORTH_ADDRESS
    text = correction.get_body(("plain",)).get_content()
    assert "1 timescale you were told of was not overdue" in text
    assert "No longer so (1)" in text


@pytest.mark.parametrize("others", [0, 2])
def test_an_alert_that_moves_to_another_team_while_it_waits_is_told_there_alone(council, server, wall, others):
    plan_alerts(council, [an_alert("c1"), *(an_alert(f"n{nth}") for nth in range(others))])
    server.faults = ["451 4.3.0 busy"]
    send(council, wall)
    change_clock(council, "c1", team=SOUTH)
    wall.wait(minutes=1)
    send_again(council, wall)
    norths = [(NORTH_ADDRESS, f"{others} timescales overdue – Assessment Team North")] if others else []
    assert sorted(inbox(server)) == [*norths, (SOUTH_ADDRESS, "1 timescale overdue – Assessment Team South")]
    assert states(council) == {"sent": 1 + others}


def test_what_waits_or_came_back_can_still_be_cancelled_or_moved(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("c2"), an_alert("s1", team=SOUTH), an_alert("s2", team=SOUTH)])
    server.faults = ["451 4.3.0 busy", "550 5.1.1 no such user at RCPT"]
    assert send(council, wall) == flow.Sent(written=2, waiting=1, undeliverable=1)
    assert states(council) == {"queued": 2, "undeliverable": 2}
    put_right(council, "c1")
    put_right(council, "s1")
    change_clock(council, "s2", team=NORTH)
    assert {row["clock_id"]: row["state"] for row in rows(council, step="breach")} == {
        "c1": "cancelled",
        "c2": "queued",
        "s1": "cancelled",
        "s2": "planned",
    }
    wall.wait(minutes=1)
    send_again(council, wall)
    assert inbox(server) == [(NORTH_ADDRESS, "2 timescales overdue – Assessment Team North")]


def test_a_clock_that_is_taken_back_and_starts_again_is_told_once(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    known = take_back(council, "c1")
    assert states(council) == {"cancelled": 1}
    put_clock(council, known)
    assert send(council, wall).sent == 1
    assert rows(council, step="breach")[0]["state"] == "sent"
    put_clock(council, known)
    wall.wait(hours=1)
    assert send(council, wall) == flow.Sent()
    assert len(server.letters) == 1


# ---- what cannot be written ------------------------------------------------------------------------------------------


def test_a_letter_that_cannot_be_written_keeps_nobody_else_waiting(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("s1", team=SOUTH)])
    with council.writing() as db:
        people.put_posts(db, NORTH, {MANAGER: "two\naddresses@council.example"})
    assert send(council, wall) == flow.Sent(written=2, sent=1, waiting=1)
    bad = next(message for message in all_messages(council) if message.state == "waiting")
    assert bad.last_error.startswith("failed: ")
    assert bad.try_at == wall.now + timedelta(minutes=1)
    with council.writing() as db:
        people.put_posts(db, NORTH, {MANAGER: NORTH_ADDRESS})
    wall.wait(minutes=1)
    send_again(council, wall)
    assert sorted(to for to, _subject in inbox(server)) == [NORTH_ADDRESS, SOUTH_ADDRESS]
    assert states(council) == {"sent": 2}


def test_a_message_that_cannot_be_composed_keeps_nobody_else_waiting(council, server, wall):
    plan_alerts(council, [an_alert("s1", team=SOUTH)])
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)], timescale=ASSESSMENT)
    nameless = SimpleNamespace(area="assessment", is_enabled=False)
    broken = replace(council.law, timescales={ASSESSMENT: nameless})
    assert flow.send_due(replace(council, law=broken), now=wall.now) == flow.Sent(written=1, sent=1, failed=1)
    assert [to for to, _subject in inbox(server)] == [SOUTH_ADDRESS]
    assert send(council, wall) == flow.Sent(), "it was pushed back"
    wall.wait(hours=1)
    assert send(council, wall).sent == 1


# ---- whose turn it is ------------------------------------------------------------------------------------------------


def test_a_claim_is_for_one_sender_until_its_lease_ends(council, wall):
    plan_alerts(council, [an_alert("c1")])
    with council.writing() as db:
        writing.write_due(db, council.law, council.settings, now=wall.now)
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
        writing.write_due(db, council.law, council.settings, now=wall.now)
        an_hour_back = wall.now - timedelta(hours=3)
        letter = outgoing.take(db, council.law, council.settings, due_by=wall.now, now=an_hour_back)
    assert letter.try_at == wall.now + messages.LEASE


# ---- both at once ----------------------------------------------------------------------------------------------------


def test_intake_and_sending_do_not_wait_for_one_another(postgres_url, tmp_path, server, authority, wall, seed):
    """Corrections change a message's alerts while it is being marked: neither side fails, and each is told in the end.

    On PostgreSQL, where both run at once; SQLite has one writer at a time.
    """
    with council_with(settings_for(postgres_url, tmp_path, server, authority)) as council:
        correct_while_sending(council, wall, seed)


def correct_while_sending(council, wall, seed):
    children = [f"child-{nth}" for nth in range(60)]
    hear(council, *(happening("strategy-discussion.held", child, date(2026, 2, 6)) for child in children))
    stop, trouble = threading.Event(), []

    def correct(name: int) -> None:
        chance = random.Random(seed + name)
        try:
            for nth in itertools.count():
                if stop.is_set():
                    return
                some = chance.sample(children, 30)
                ended = [happening("icpc.held", child, FRIDAY, id=f"{name}-{nth}-{child}") for child in some]
                hear(council, *ended)
                hear(council, *(withdrawal(one) for one in chance.sample(ended, 30)))
        except Exception as error:
            trouble.append(error)

    threads = [threading.Thread(target=correct, args=(nth,)) for nth in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        send(council, wall)
        wall.wait(minutes=1)
    stop.set()
    for thread in threads:
        thread.join()
    assert trouble == []
    send_again(council, wall)
    breaches = rows(council, step="breach", timescale=CONFERENCE)
    assert len({row["clock_id"] for row in breaches}) == len(breaches) == 60
    assert {row["state"] for row in breaches} == {"sent"}
    waiting = {"planned", "queued", "held", "undeliverable"}
    assert [row for row in rows(council) if row["send_at"] <= wall.now and row["state"] in waiting] == []


def hear(council, *events):
    flow.receive(council, events, actor="case system")


def happening(type, child, on, *, id="", target=None):
    data = {"strategy-discussion.held": {"outcome": "section_47"}, "icpc.held": {"outcome": "no_plan"}}.get(type, {})
    id = id or f"{type}-{child}"
    return Event("case-system", id, type, child, on, key=f"of-{child}", team=NORTH, target=target, data=data)


def withdrawal(event):
    return happening("event.withdrawn", event.subject, event.happened_on, id=f"not-{event.id}", target=event.id)
