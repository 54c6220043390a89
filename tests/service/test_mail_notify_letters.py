"""One letter and GOV.UK Notify: what goes, what its answers mean, and what is asked before it is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.notify.channels.account import account_of
from service.notify.channels.by_notify import Notify
from service.notify.channels.sender import Answer, Outcome
from service.settings import Settings
from service.store.telling import messages
from tests.service.mail_cast import (
    MONDAY,
    NORTH,
    NORTH_ADDRESS,
    Wall,
)
from tests.service.mail_room import Authority, nobody_listening
from tests.service.notify_room import (
    ACCEPT_WITHOUT_ID,
    BREAK_AFTER_ACCEPTING,
    DROP_AFTER_ACCEPTING,
    DROP_BEFORE_ACCEPTING,
    KEY,
    SECRET,
    SLOW,
    TEMPLATE,
    WORDS,
    NotifyRoom,
)

MESSAGE_ID = "<0123456789abcdef@council.example>"


@pytest.fixture
def room():
    with NotifyRoom() as running:
        yield running


@pytest.fixture
def notify(room, wall):
    """A sender as one tick has it, with little patience."""
    return Notify(account_of(Settings(**room.settings)), timeout_s=0.5)


def a_letter(**changes) -> messages.Message:
    words = {"subject": "2 timescales overdue", "text": "2 timescales overdue\n\n- Visits: 2\n", "html": "<p>2</p>"}
    letter = messages.Message(
        seq=1,
        message_id=MESSAGE_ID,
        kind="digest",
        post="team-manager",
        team=NORTH,
        address=NORTH_ADDRESS,
        **words,
        state=messages.WAITING,
        attempts=1,
        created_at=MONDAY,
        try_at=MONDAY,
        sent_at=None,
        last_error=None,
    )
    return letter._replace(**changes)


# ---- one letter ------------------------------------------------------------------------------------------------------


def test_a_letter_goes_as_text_with_its_message_id_as_the_reference(notify, room):
    answer = notify.send(a_letter())
    (taken,) = room.taken
    assert answer == Answer(Outcome.SENT, provider_id=taken["id"])
    assert {name: taken[name] for name in ("email_address", "reference", "subject", "body")} == {
        "email_address": NORTH_ADDRESS,
        "reference": MESSAGE_ID,
        "subject": "2 timescales overdue",
        "body": "2 timescales overdue\n\n- Visits: 2\n",
    }


@pytest.mark.parametrize(
    ("link", "sent"), [("https://t.example/off/1", "https://t.example/off/1"), ("http://t.example/off/1", "https://")]
)
def test_a_link_to_turn_a_message_off_goes_with_it_where_notify_would_take_it(notify, room, link, sent):
    """It refuses a letter with a link that is not https."""
    assert notify.send(a_letter(unsubscribe=link)).outcome is Outcome.SENT
    assert room.taken[0]["unsubscribe"] == sent


def test_the_template_is_looked_at_once_a_tick_and_the_connection_is_kept(notify, room):
    for nth in range(3):
        assert notify.send(a_letter(message_id=f"<{nth}@council.example>")).outcome is Outcome.SENT
    assert room.asked == [f"POST /v2/template/{TEMPLATE}/preview"] + ["POST /v2/notifications/email"] * 3
    assert room.connections == 1


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ({"subject": "((subject))", "body": "Something is overdue."}, "lacks ((subject)) as its subject, or ((body))"),
        ({"subject": "From the council", "body": "((body))"}, "lacks ((subject)) as its subject, or ((body))"),
        ({"subject": "((subject))", "body": "Dear ((name)), ((body))"}, "400 BadRequestError: the service has no such"),
        (None, "404 NoResultFound: the service has no such template"),
    ],
)
def test_a_template_in_which_our_words_do_not_arrive_holds_every_letter_and_refuses_none(notify, room, template, why):
    room.templates = {TEMPLATE: template} if template else {}
    answer = notify.send(a_letter())
    assert answer.outcome is Outcome.UNREACHABLE
    assert why in answer.detail
    assert room.taken == []


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("429 RateLimitError", "unreachable: 429 RateLimitError: more than the account may send in a minute"),
        ("429 TooManyRequestsError", "unreachable: 429 TooManyRequestsError: the account's limit for today is used up"),
        ("503", "unreachable: 503"),
        ("500", "unreachable: 500 Exception"),
        ("502", "unreachable: 502"),
        ("400 ValidationError", "refused: 400 ValidationError"),
        ("400 BadRequestError", "refused: 400 BadRequestError: not to this address: perhaps a team-only key"),
        ("403 AuthError", "unreachable: 403 AuthError: the key is unknown or was revoked"),
        ("404", "unreachable: 404 Exception: this is not the API of GOV.UK Notify: see TIMESCALES_NOTIFY_URL"),
        ("302", "unreachable: 302 Exception: this is not the API of GOV.UK Notify: see TIMESCALES_NOTIFY_URL"),
        ("413", "failed: 413"),
        ("400 canary.person@council.example", "refused: 400"),
        (DROP_AFTER_ACCEPTING, "lost: RemoteProtocolError"),
        (DROP_BEFORE_ACCEPTING, "lost: RemoteProtocolError"),
        (SLOW, "lost: ReadTimeout"),
        (ACCEPT_WITHOUT_ID, "lost: 201 without an id"),
    ],
)
def test_what_an_answer_means(notify, room, fault, answer):
    room.faults = [fault]
    words = notify.send(a_letter()).words
    assert words.startswith(answer)
    assert "canary" in WORDS
    assert "canary" not in words


def test_where_nobody_answers_nothing_has_left_us(wall):
    with nobody_listening() as port:
        settings = Settings(notify_api_key=KEY, notify_template_id=TEMPLATE, notify_url=f"http://127.0.0.1:{port}")
        assert Notify(account_of(settings)).send(a_letter()) == Answer(Outcome.UNREACHABLE, "ConnectError")


def test_a_server_that_breaks_over_a_letter_is_asked_at_once_whether_it_has_it(notify, room):
    room.faults = [BREAK_AFTER_ACCEPTING]
    assert notify.send(a_letter()) == Answer(Outcome.SENT, provider_id=room.taken[0]["id"])


def test_where_it_cannot_say_either_the_letter_may_have_arrived(notify, room):
    room.faults, room.look_up_faults = [BREAK_AFTER_ACCEPTING], ["502"]
    assert notify.send(a_letter()) == Answer(Outcome.LOST, "500 Exception")


def test_a_clock_that_is_wrong_is_named_and_not_the_key(room, wall):
    room.clock = Wall(wall.now + timedelta(seconds=95))
    answer = Notify(account_of(Settings(**room.settings))).send(a_letter())
    assert answer.words == (
        "unreachable: 403 AuthError: this machine's clock is 95 seconds slow, and Notify allows 30: set it right"
    )
    assert room.taken == []


def test_a_key_that_was_revoked_is_named(notify, room):
    room.secret = SECRET[::-1]
    assert "403 AuthError: the key is unknown or was revoked" in notify.send(a_letter()).detail
    assert room.taken == []


def test_no_certificate_of_nobody_we_trust_gets_a_letter(tmp_path, wall):
    with NotifyRoom(authority=Authority(tmp_path)) as room:
        answer = Notify(account_of(Settings(**room.settings))).send(a_letter())
        assert answer.words.startswith("unreachable: the server's certificate does not hold")
        assert room.asked == []


# ---- before a letter is tried again ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("created", Outcome.SENT),
        ("sending", Outcome.SENT),
        ("delivered", Outcome.SENT),
        ("permanent-failure", Outcome.REFUSED),
        ("temporary-failure", None),
        ("technical-failure", None),
    ],
)
def test_what_notify_has_already_is_not_sent_again_unless_it_failed(notify, room, status, outcome):
    first = notify.send(a_letter())
    room.taken[0]["status"] = status
    again = notify.send(a_letter(attempts=2))
    if outcome is None:
        assert room.references == [MESSAGE_ID] * 2
        assert again == Answer(Outcome.SENT, provider_id=room.taken[1]["id"])
    else:
        assert room.references == [MESSAGE_ID]
        assert (again.outcome, again.provider_id) == (outcome, first.provider_id)


def test_of_several_attempts_the_one_that_arrived_counts(notify, room):
    for nth in range(2):
        notify.send(a_letter(attempts=1 + nth))
        room.taken[-1]["status"] = "temporary-failure"
    room.taken[0]["status"] = "delivered"
    assert notify.send(a_letter(attempts=3)).provider_id == room.taken[0]["id"]
    assert len(room.taken) == 2


def test_what_the_last_holder_of_a_post_was_sent_its_new_one_has_not_had(notify, room):
    notify.send(a_letter())
    assert notify.send(a_letter(attempts=2, address="new@council.example")).outcome is Outcome.SENT
    assert [one["email_address"] for one in room.taken] == [NORTH_ADDRESS, "new@council.example"]
    assert notify.send(a_letter(attempts=3, address="NEW@council.example")).outcome is Outcome.SENT
    assert len(room.taken) == 2


def test_where_it_cannot_be_looked_up_it_is_not_sent(notify, room):
    notify.send(a_letter())
    room.look_up_faults = ["429 RateLimitError", "200"]
    assert notify.send(a_letter(attempts=2)).words.startswith("unreachable: 429 RateLimitError")
    assert notify.send(a_letter(attempts=2)).words.startswith("unreachable: 200 Exception: this is not the API")
    assert len(room.taken) == 1
