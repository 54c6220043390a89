"""Delivery receipts: believed in any order, and however often they come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select

from service.errors import Busy
from service.notify.outgoing import sender_for
from service.store import people
from service.store.tables import AuditRow, table
from service.store.telling import messages, receipts
from service.store.telling.receipts import Fate, Receipt
from tests.service.api_parts import refused
from tests.service.intake_parts import document
from tests.service.intake_parts import send as take_in
from tests.service.mail_cast import MANAGER, MONDAY, NORTH, NORTH_ADDRESS
from tests.service.notify_office import Office, opened
from tests.service.notify_room import DROP_AFTER_ACCEPTING


@pytest.fixture
def office(database_url, tmp_path, wall) -> Iterator[Office]:
    with opened(database_url, tmp_path, wall) as made:
        yield made


def test_what_arrived_is_marked_with_the_moment_at_which_we_heard(office):
    office.told()
    heard_at = office.wall.wait(minutes=3)
    assert office.say("delivered").status_code == 204
    assert (office.message.state, office.message.delivered_at) == ("sent", heard_at)
    assert office.alerts == {"sent": 1}


@pytest.mark.parametrize("status", ["delivered", "permanent-failure", "temporary-failure"])
def test_a_receipt_that_comes_again_changes_nothing(office, status):
    office.told()
    assert office.say(status).status_code == 204
    before = office.everything()
    office.wall.wait(minutes=5)
    assert office.say(status).status_code == 204
    assert office.everything() == before


def test_a_receipt_that_is_faster_than_our_own_marking_is_believed(office):
    office.fall_due()
    office.room.faults = ["503"]
    office.tick()
    office.wall.wait(minutes=1)
    with office.council.writing() as db:
        letter = messages.claim(db, due_by=office.wall.now, now=office.wall.now)
    answer = sender_for(office.council.settings).send(letter)
    assert office.say("delivered").status_code == 204
    arrived = office.message
    assert (arrived.state, arrived.provider_id, arrived.delivered_at) == ("sent", answer.provider_id, office.wall.now)
    with office.council.writing() as db:
        messages.finish(db, letter, messages.SENT, now=office.wall.now, provider_id=answer.provider_id)
    assert office.message == arrived
    assert office.alerts == {"sent": 1}
    office.wall.wait(minutes=11)
    office.tick()
    assert len(office.room.taken) == 1


@pytest.mark.parametrize("status", ["permanent-failure", "temporary-failure"])
def test_bad_news_of_a_letter_in_a_senders_hands_is_asked_to_come_again(office, status):
    office.fall_due()
    office.room.faults = ["503"]
    office.tick()
    office.wall.wait(minutes=1)
    with office.council.writing() as db:
        letter = messages.claim(db, due_by=office.wall.now, now=office.wall.now)
    answer = sender_for(office.council.settings).send(letter)
    before = office.everything()
    refused(office.say(status), 503, "busy")
    assert office.everything() == before
    with office.council.writing() as db:
        messages.finish(db, letter, messages.SENT, now=office.wall.now, provider_id=answer.provider_id)
    assert office.say(status).status_code == 204
    assert office.message.state == ("undeliverable" if status == "permanent-failure" else "waiting")


def test_what_came_back_is_shown_and_told_when_the_post_has_another_address(office):
    office.told()
    assert office.say("permanent-failure").status_code == 204
    assert (office.message.state, office.message.last_error) == ("undeliverable", "refused: permanent-failure")
    assert office.alerts == {"undeliverable": 1}
    office.wall.wait(hours=1)
    assert office.tick().sent == 0
    with office.council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {MANAGER: "right@council.example"})
    office.wall.wait(minutes=1)
    office.tick()
    assert [one["email_address"] for one in office.room.taken] == [NORTH_ADDRESS, "right@council.example"]
    assert office.alerts == {"sent": 1}


@pytest.mark.parametrize("status", ["temporary-failure", "technical-failure"])
def test_what_could_not_be_delivered_is_sent_again_with_the_same_reference(office, status):
    office.told()
    assert office.say(status).status_code == 204
    assert (office.message.state, office.message.last_error) == ("waiting", f"later: {status}")
    assert office.alerts == {"queued": 1}
    office.wall.wait(minutes=1)
    assert office.tick().sent == 1
    first, second = office.room.taken
    assert first["reference"] == second["reference"]
    assert office.message.provider_id == second["id"]
    assert office.alerts == {"sent": 1}


def test_a_late_receipt_of_an_earlier_attempt_says_nothing_of_the_one_that_stands(office):
    office.told()
    office.say("temporary-failure")
    office.wall.wait(minutes=1)
    office.tick()
    before = office.everything()
    for status in ("temporary-failure", "permanent-failure"):
        assert office.say(status, nth=0).status_code == 204
    assert office.everything() == before
    assert office.say("delivered", nth=0).status_code == 204, "but where it has arrived it has arrived"
    assert office.message.delivered_at == office.wall.now


def test_what_was_put_right_meanwhile_is_not_told_again(office):
    office.told()
    take_in(office.council, document("icpc.held", "c-1", "e-2", "2026-03-02", outcome="no_plan"))
    office.say("temporary-failure")
    assert set(office.alerts) == {"cancelled"}
    office.wall.wait(minutes=1)
    assert office.tick().sent == 0
    assert len(office.room.taken) == 1


def test_a_full_mailbox_is_given_up_after_four_days(office):
    office.told()
    office.wall.wait(days=4)
    office.say("temporary-failure")
    assert office.message.state == "undeliverable"
    assert office.alerts == {"undeliverable": 1}


def test_a_letter_whose_taking_was_not_heard_of_is_marked_by_its_receipt(office):
    office.fall_due()
    office.room.faults = [DROP_AFTER_ACCEPTING]
    assert office.tick().waiting == 1
    assert office.say("delivered").status_code == 204
    assert (office.message.state, office.message.provider_id) == ("sent", office.room.taken[0]["id"])
    assert office.alerts == {"sent": 1}
    office.wall.wait(minutes=1)
    office.tick()
    assert len(office.room.taken) == 1


def test_a_letter_whose_taking_was_not_heard_of_may_come_back(office):
    office.fall_due()
    office.room.faults = [DROP_AFTER_ACCEPTING]
    office.tick()
    assert office.say("permanent-failure").status_code == 204
    assert office.message.state == "undeliverable"
    assert office.alerts == {"undeliverable": 1}


MARK = "our own marking"
DELIVERED, BOUNCED, FAILED = (Receipt("", "one", fate, "a code") for fate in Fate)


@pytest.mark.parametrize(
    ("said", "state", "is_delivered"),
    [
        ((DELIVERED, DELIVERED), "sent", True),
        ((BOUNCED, BOUNCED), "undeliverable", False),
        ((FAILED, FAILED), "waiting", False),
        ((DELIVERED, BOUNCED, BOUNCED), "sent", True),
        ((DELIVERED, FAILED), "sent", True),
        ((BOUNCED, FAILED), "undeliverable", False),
        ((DELIVERED, BOUNCED, FAILED), "sent", True),
    ],
)
def test_receipts_and_our_marking_come_to_the_same_in_any_order(sqlite_council, wall, said, state, is_delivered):
    for nth, order in enumerate(permutations((MARK, *said))):
        message_id = f"<{nth}@council.example>"
        new = messages.New(message_id, messages.REPORT, MANAGER, NORTH, NORTH_ADDRESS, "subject", "text", "html")
        with sqlite_council.writing() as db:
            messages.write(db, new, now=MONDAY)
            letter = messages.claim(db, due_by=MONDAY, now=MONDAY)
        coming = list(order)
        while coming:
            with sqlite_council.writing() as db:
                one = coming.pop(0)
                if one is MARK:
                    messages.finish(db, letter, messages.SENT, now=MONDAY, provider_id="one")
                    continue
                try:
                    assert receipts.note(db, one._replace(reference=message_id), now=MONDAY) is not None
                except Busy:
                    coming.append(one)  # as Notify does
        with sqlite_council.reading() as db:
            message = messages.one(db, message_id)
        assert (message.state, message.delivered_at is not None) == (state, is_delivered), order


def test_each_change_leaves_a_row_of_audit_and_a_repeat_none(office):
    office.told()
    for status in ("temporary-failure", "temporary-failure", "delivered", "delivered"):
        office.say(status)
    with office.council.reading() as db:
        audit = table(AuditRow)
        rows = db.execute(select(audit.c.action, audit.c.detail).where(audit.c.actor == "notify")).all()
    reference = office.message.message_id
    assert [tuple(row) for row in rows] == [("message.failed", reference), ("message.delivered", reference)]


def test_what_waits_after_a_failure_gives_way_to_the_next_days_digest(office):
    """It would tell on Tuesday how things stood on Monday."""
    office.told()
    office.say("temporary-failure")
    office.wall.wait(days=1)
    office.tick()
    first, second = office.room.taken
    assert first["reference"] != second["reference"]
    assert office.wall.now - MONDAY == timedelta(days=1)
    assert office.alerts == {"sent": 1}
