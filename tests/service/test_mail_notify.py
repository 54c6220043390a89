"""Mail by GOV.UK Notify, the whole way: told once, whatever breaks."""

from __future__ import annotations

import pytest

from service import flow
from service.notify.outgoing import sender_for
from service.store.telling import messages
from tests.service.intake_parts import discussion
from tests.service.intake_parts import send as take_in
from tests.service.mail_cast import (
    NORTH,
    NORTH_ADDRESS,
    SOUTH,
    SOUTH_ADDRESS,
    council_with,
    settings_for,
    states,
)
from tests.service.notify_room import (
    ACCEPT_WITHOUT_ID,
    BREAK_AFTER_ACCEPTING,
    DROP_AFTER_ACCEPTING,
    DROP_BEFORE_ACCEPTING,
    NotifyRoom,
)


@pytest.fixture
def room():
    with NotifyRoom() as running:
        yield running


@pytest.fixture
def council(database_url, tmp_path, room, wall):
    with council_with(settings_for(database_url, tmp_path, **room.settings)) as opened:
        yield opened


def fall_due(council, *, team=NORTH):
    """A conference of a team that was due on Thursday: its manager is told on Monday."""
    take_in(council, discussion(f"c-{team}", f"e-{team}", "2026-02-05", team=team))


def send(council, wall):
    return flow.send_due(council, now=wall.now)


def told(council):
    """How many alerts are in each state, of those that have been in a message."""
    return {state: count for state, count in states(council).items() if state not in ("planned", "passed_over")}


def all_messages(council):
    with council.reading() as db:
        return messages.newest(db, limit=100)


def test_a_letter_that_is_taken_is_marked_with_what_notify_calls_it(council, room, wall):
    fall_due(council)
    assert send(council, wall).sent == 1
    (message,) = all_messages(council)
    assert (message.state, message.message_id) == ("sent", room.references[0])
    assert message.provider_id == room.taken[0]["id"]
    assert told(council) == {"sent": 1}


@pytest.mark.parametrize("fault", ["429 RateLimitError", "500", "503", DROP_BEFORE_ACCEPTING])
def test_what_is_not_taken_is_tried_again_with_the_same_reference(council, room, wall, fault):
    fall_due(council)
    room.faults = [fault]
    assert send(council, wall).waiting == 1
    (before,) = all_messages(council)
    wall.wait(minutes=1)
    assert send(council, wall).sent == 1
    assert room.references == [before.message_id]


@pytest.mark.parametrize("fault", [DROP_AFTER_ACCEPTING, ACCEPT_WITHOUT_ID, BREAK_AFTER_ACCEPTING])
def test_what_was_taken_without_our_hearing_so_is_not_sent_twice(council, room, wall, fault):
    fall_due(council)
    room.faults = [fault]
    send(council, wall)
    wall.wait(minutes=1)
    send(council, wall)
    assert len(room.taken) == 1
    (message,) = all_messages(council)
    assert (message.state, message.provider_id) == ("sent", room.taken[0]["id"])


def test_a_sender_that_dies_with_the_letter_taken_is_followed_by_one_that_does_not_send_it_again(council, room, wall):
    fall_due(council)
    room.faults = ["503"]
    send(council, wall)
    wall.wait(minutes=1)
    with council.writing() as db:
        letter = messages.claim(db, due_by=wall.now, now=wall.now)
    sender_for(council.settings).send(letter)  # and here it dies
    assert send(council, wall).sent == 0, "the letter is in its hands until the lease ends"
    wall.wait(minutes=11)
    assert send(council, wall).sent == 1
    assert len(room.taken) == 1


def test_beyond_the_days_limit_letters_wait_and_none_is_given_up(council, room, wall):
    fall_due(council)
    fall_due(council, team=SOUTH)
    room.day_limit = 1
    assert (send(council, wall).waiting, len(room.taken)) == (1, 1)
    for _ in range(4):  # to the Friday
        wall.wait(days=1)
        send(council, wall)
    (waiting,) = (one for one in all_messages(council) if one.state == "waiting")
    assert waiting.last_error.startswith("unreachable: 429 TooManyRequestsError")
    room.day_limit = 2
    wall.wait(hours=1)
    send(council, wall)
    assert sorted(one["email_address"] for one in room.taken) == [NORTH_ADDRESS, SOUTH_ADDRESS]


def test_an_address_that_a_team_only_key_may_not_send_to_is_shown_at_once(council, room, wall):
    fall_due(council)
    fall_due(council, team=SOUTH)
    room.guests = {NORTH_ADDRESS}
    came_to = send(council, wall)
    assert (came_to.sent, came_to.undeliverable) == (1, 1)
    assert told(council) == {"sent": 1, "undeliverable": 1}


def test_half_a_day_without_notify_tells_each_reader_once(council, room, wall):
    fall_due(council)
    room.stop()
    for _ in range(12):
        send(council, wall)
        wall.wait(hours=1)
    room.start()
    wall.wait(hours=1)
    send(council, wall)
    assert room.taken == [], "nobody is written to at ten in the evening"
    wall.wait(hours=11)
    send(council, wall)
    assert len(room.taken) == 1
    assert told(council) == {"sent": 1}


def test_a_tick_with_nothing_to_send_asks_nobody(council, room, wall):
    send(council, wall)
    assert room.connections == 0
