"""From a planned alert to a mail in an inbox: what is said, and to whom. When it goes is in ``test_mail_days``."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest

from service import flow
from service.acknowledging import Planned, acknowledge
from service.store import people
from service.store.telling import messages, told
from service.store.telling.told import Unowned
from tests.service.mail_cast import (
    ASSESSMENT,
    CONFERENCE,
    GROUP_ADDRESS,
    HEAD_ADDRESS,
    MANAGER,
    NORTH,
    NORTH_ADDRESS,
    SERVICE_ADDRESS,
    SERVICE_MANAGER,
    SOUTH,
    SOUTH_ADDRESS,
    all_states,
    an_alert,
    council_with,
    fill_the_line,
    plan_alerts,
    settings_for,
    states,
)
from tests.service.mail_room import DROP_AFTER_DATA, Authority, MailServer

FRIDAY = date(2026, 2, 27)
"""What is due then is told as late on the Monday on which most of this happens."""
NEWS = re.compile(r"^(Newly overdue|Overdue, and passed on to you now) ", re.MULTILINE)

ASKED = "Record what was done, or say what is planned and by when."


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


def unowned(council, wall):
    with council.reading() as db:
        return told.unowned(db, council.directory(db, wall.now.date()), now=wall.now)


def text_of(letter) -> str:
    return letter.get_body(("plain",)).get_content()


def words_of_html(html: str) -> str:
    body = html[html.index("<body") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


# ---- what is said ----------------------------------------------------------------------------------------------------


def test_a_due_alert_is_a_mail_in_an_inbox_and_is_marked(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("c2", due_on=FRIDAY)])
    assert send(council, wall) == flow.Sent(written=1, sent=1)
    (letter,) = server.letters
    assert letter["To"] == NORTH_ADDRESS
    assert letter["Subject"] == "2 timescales overdue – Assessment Team North"
    assert states(council) == {"sent": 2}
    (message,) = all_messages(council)
    assert (message.state, message.sent_at, message.message_id) == ("sent", wall.now, letter["Message-ID"])


def test_what_is_told_is_not_told_again_and_goes_up_the_ladder_rung_by_rung(council, server, wall):
    fill_the_line(council)
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    told_on = []
    while wall.now < datetime(2026, 3, 20, 18, 0, tzinfo=UTC):
        send(council, wall)
        told_on += [(wall.now.date(), letter["To"]) for letter in server.letters if NEWS.search(text_of(letter))]
        server.letters.clear()
        wall.wait(hours=3)
    assert told_on == [
        (date(2026, 3, 2), NORTH_ADDRESS),
        (date(2026, 3, 4), SERVICE_ADDRESS),
        (date(2026, 3, 6), GROUP_ADDRESS),
        (date(2026, 3, 13), HEAD_ADDRESS),
    ]
    assert all_states(council) == {"sent": 4, "passed_over": 3}, "the three warnings that came too late to be any"


def test_an_alert_is_not_told_before_its_moment(council, server, wall):
    plan_alerts(council, [an_alert("c1", due_on=FRIDAY)])
    wall.now = datetime(2026, 3, 2, 7, 29, 59, tzinfo=UTC)
    assert send(council, wall) == flow.Sent()
    wall.wait(seconds=1)
    assert send(council, wall).sent == 1


def test_each_post_gets_one_message_that_counts_its_own(council, server, wall):
    plan_alerts(council, [an_alert(f"n{i}") for i in range(3)] + [an_alert("s1", team=SOUTH)])
    plan_alerts(council, [an_alert("n9", step="target-missed")], timescale=ASSESSMENT)
    send(council, wall)
    assert sorted((letter["To"], letter["Subject"]) for letter in server.letters) == [
        (NORTH_ADDRESS, "3 timescales overdue, 1 target missed – Assessment Team North"),
        (SOUTH_ADDRESS, "1 timescale overdue – Assessment Team South"),
    ]


def test_a_clock_that_missed_its_target_and_its_limit_counts_once_as_overdue(council, server, wall):
    target = an_alert("c1", step="target-missed", due_on=date(2026, 2, 10))
    plan_alerts(council, [target, an_alert("c1", due_on=FRIDAY)])
    send(council, wall)
    assert [letter["Subject"] for letter in server.letters] == ["1 timescale overdue – Assessment Team North"]
    assert states(council) == {"sent": 2}, "the target's row too, though the letter counts the clock once"
    assert all_states(council)["passed_over"] == 3


def test_text_and_html_say_the_same_words(council, server, wall):
    fill_the_line(council)
    plan_alerts(council, [an_alert("c1"), an_alert("c2", due_on=date(2026, 2, 20))])
    plan_alerts(council, [an_alert("c3", step="target-missed")], timescale=ASSESSMENT)
    send(council, wall)
    assert len(server.letters) == 3
    for letter in server.letters:
        html = letter.get_body(("html",)).get_content()
        assert re.sub(r"^- ", "", text_of(letter), flags=re.M).split() == words_of_html(html).split()
    (letter,) = (letter for letter in server.letters if letter["To"] == NORTH_ADDRESS)
    text = text_of(letter)
    assert "Initial child protection conference: 2, the oldest overdue by 6 working days" in text
    assert "Single assessment: 1, past its target by 2 working days" in text
    assert re.findall(r"https://\S+", text) == [
        "https://timescales.council.example/?team=assessment-north",
        letter["List-Unsubscribe"].strip("<>"),
    ]
    assert "the post of team manager for Assessment Team North" in text
    assert "Monday 2 March 2026 at 09:00" in text
    assert text.startswith("2 timescales have newly become overdue and 1 target")


def lists_of(letter) -> dict[str, list[str]]:
    """The lists of a letter, by their headings."""
    found = re.findall(r"^(\S.* \([\d,]+\))\n((?:- .*\n)+)", text_of(letter).replace("\r", ""), flags=re.M)
    return {title: lines.replace("- ", "").splitlines() for title, lines in found}


def test_what_is_newly_overdue_is_not_listed_again_where_nothing_else_is_overdue(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("c2", due_on=FRIDAY)])
    plan_alerts(council, [an_alert("c3", due_on=FRIDAY)], timescale=ASSESSMENT)
    send(council, wall)
    (letter,) = server.letters
    assert lists_of(letter) == {
        "Newly overdue (3)": [
            "Initial child protection conference: 2, the oldest overdue by 2 working days",
            "Single assessment: 1, overdue by 1 working day",
        ]
    }
    assert letter["Subject"].startswith("3 timescales overdue")
    assert text_of(letter).startswith("3 timescales have newly become overdue")


def test_what_was_overdue_before_is_listed_apart_with_its_own_oldest_and_its_own_plans(council, server, wall):
    plan_alerts(council, [an_alert("c1", due_on=date(2026, 2, 20)), an_alert("c2", due_on=date(2026, 2, 24))])
    plan_alerts(council, [an_alert("a1", due_on=FRIDAY)], timescale=ASSESSMENT)
    send(council, wall)
    server.letters.clear()
    acknowledge(council, [Planned("c2", "child-ill", date(2026, 3, 9), MANAGER, "")], who="test")
    plan_alerts(council, [an_alert("c3", due_on=date(2026, 2, 18)), an_alert("c4", due_on=date(2026, 2, 24))])
    wall.wait(days=1)
    send(council, wall)
    (letter,) = (letter for letter in server.letters if letter["To"] == NORTH_ADDRESS)
    assert lists_of(letter) == {
        "Newly overdue (2)": ["Initial child protection conference: 2, the oldest overdue by 9 working days"],
        "Also overdue (3)": [
            "Initial child protection conference: 2, the oldest by 7 working days, 1 with a plan",
            "Single assessment: 1, by 2 working days",
        ],
    }
    assert letter["Subject"] == "5 timescales overdue – Assessment Team North"


def test_a_plan_whose_day_has_passed_is_listed_once_and_counted_as_no_plan_of_the_others(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("c2")])
    send(council, wall)
    server.letters.clear()
    acknowledge(council, [Planned("c1", "child-ill", date(2026, 3, 3), MANAGER, "")], who="test")
    wall.wait(days=2)
    send(council, wall)
    (letter,) = (letter for letter in server.letters if letter["To"] == NORTH_ADDRESS)
    lapsed, other = lists_of(letter).items()
    assert lapsed[0] == "Plans whose day has passed (1)"
    assert other == ("Also overdue (1)", ["Initial child protection conference: 1, by 4 working days"])
    assert letter["Subject"].startswith("2 timescales overdue")


def test_with_nothing_new_what_is_overdue_stands_in_a_list_of_its_own_and_nothing_is_asked(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    send(council, wall)
    server.letters.clear()
    wall.wait(weeks=1)
    send(council, wall)
    (letter,) = (letter for letter in server.letters if letter["To"] == NORTH_ADDRESS)
    assert lists_of(letter) == {"Overdue (1)": ["Initial child protection conference: 1, by 7 working days"]}
    assert ASKED not in text_of(letter)


def test_what_is_asked_stands_once_right_after_the_link_and_before_every_list(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("c2", due_on=date(2026, 2, 20))])
    plan_alerts(council, [an_alert("c3", step="target-missed")], timescale=ASSESSMENT)
    send(council, wall)
    (letter,) = server.letters
    link = "See which they are: https://timescales.council.example/?team=assessment-north"
    for words in (" ".join(text_of(letter).split()), words_of_html(letter.get_body(("html",)).get_content())):
        assert words.count(ASKED) == 1
        assert f"{link} {ASKED}" in words
        assert words.index(ASKED) < words.index("Newly overdue (2)")


def test_a_gap_is_said_and_a_fact_that_came_late_is_none(council, server, wall):
    wall.now = datetime(2026, 2, 26, 12, 0, tzinfo=UTC)
    plan_alerts(council, [an_alert("c1")])
    wall.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    plan_alerts(council, [an_alert("s1", team=SOUTH)])
    send(council, wall)
    texts = {letter["To"]: text_of(letter) for letter in server.letters}
    assert "Some of this was to be told from Friday 27 February 2026 on and could not be" in texts[NORTH_ADDRESS]
    assert "could not be" not in texts[SOUTH_ADDRESS]


def test_the_headers_say_that_no_answer_is_wanted(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    send(council, wall)
    letter = server.letters[0]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Id"] == "<digest.timescales.council.example>"
    assert letter["Date"].datetime == wall.now
    assert letter["Message-ID"].endswith("@council.example>")
    assert server.senders == ["timescales@council.example"]


def test_a_team_named_like_markup_or_a_header_stays_text(council, server, wall):
    with council.writing() as db:
        people.put_team(db, NORTH, "North <b>&\r\nBcc: all@council.example", None, {MANAGER: NORTH_ADDRESS})
    plan_alerts(council, [an_alert("c1")])
    assert send(council, wall).sent == 1
    letter = server.letters[0]
    assert letter["Bcc"] is None
    assert letter["Subject"] == "1 timescale overdue – North <b>& Bcc: all@council.example"
    assert "<b>" not in letter.get_body(("html",)).get_content()


def test_what_was_due_before_the_authority_began_is_held(council, server, wall):
    fill_the_line(council)
    plan_alerts(council, [an_alert("c1", due_on=date(2025, 12, 31)), an_alert("c2", due_on=date(2026, 1, 1))])
    assert states(council) == {"held": 1, "planned": 1}
    assert send(council, wall).sent == 4, "the whole line, of the one"
    assert states(council) == {"held": 1, "sent": 4}
    wall.wait(days=1)
    assert send(council, wall) == flow.Sent()


# ---- who is told -----------------------------------------------------------------------------------------------------


def test_without_an_address_it_is_listed_and_told_once_there_is_one(council, server, wall):
    alone = [an_alert("c1", team="court-team", due_on=FRIDAY), an_alert("c2", team=None, due_on=FRIDAY)]
    plan_alerts(council, [*alone, an_alert("c3")])
    assert send(council, wall) == flow.Sent(written=1, sent=1)
    assert unowned(council, wall) == [
        Unowned(None, MANAGER, CONFERENCE, 1, FRIDAY, "no address"),
        Unowned("court-team", MANAGER, CONFERENCE, 1, FRIDAY, "no address"),
    ]
    with council.writing() as db:
        people.put_team(db, "court-team", "Court Team", None, {MANAGER: "court@council.example"})
    send(council, wall)
    assert [letter["To"] for letter in server.letters] == [NORTH_ADDRESS, "court@council.example"]
    with council.writing() as db:
        people.put_posts(db, "", {MANAGER: "duty@council.example"})
    send(council, wall)
    assert server.letters[-1]["Subject"] == "1 timescale overdue – no team recorded"
    assert states(council) == {"sent": 3}
    assert unowned(council, wall) == []


def test_where_nobody_holds_the_post_the_one_above_is_told_and_it_stays_listed(council, server, wall):
    fill_the_line(council)
    plan_alerts(council, [an_alert("c1", team="court-team", due_on=FRIDAY)])
    assert send(council, wall).sent == 1
    (letter,) = server.letters
    assert letter["To"] == SERVICE_ADDRESS
    assert "Nobody holds the post of team manager (court-team): what it would be told comes to you." in text_of(letter)
    (listed,) = unowned(council, wall)
    assert (listed.team, listed.post, listed.told_post) == ("court-team", MANAGER, SERVICE_MANAGER)
    assert send(council, wall) == flow.Sent()


def test_a_message_that_waits_for_somebody_who_has_left_is_written_anew_for_who_came(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.faults = ["451 4.3.0 busy"]
    assert send(council, wall).waiting == 1
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {MANAGER: "successor@council.example"})
    wall.wait(minutes=1)
    tick_twice(council, wall)
    assert [letter["To"] for letter in server.letters] == ["successor@council.example"]
    assert sorted(message.state for message in all_messages(council)) == ["sent", "superseded"]
    assert states(council) == {"sent": 1}


def test_a_message_that_may_have_arrived_keeps_nobody_who_came_since_from_being_told(council, server, wall):
    """Whoever left may have it; whoever came has not, and it is theirs now."""
    plan_alerts(council, [an_alert("c1")])
    server.faults = [DROP_AFTER_DATA]
    assert send(council, wall).waiting == 1
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {MANAGER: "successor@council.example"})
    wall.wait(minutes=1)
    tick_twice(council, wall)
    assert [letter["To"] for letter in server.letters] == [NORTH_ADDRESS, "successor@council.example"]
    assert states(council) == {"sent": 1}


def test_a_waiting_message_whose_post_has_lost_its_address_waits_for_the_next_holder(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.faults = ["451 4.3.0 busy"]
    send(council, wall)
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {})
    wall.wait(minutes=1)
    tick_twice(council, wall)
    assert server.letters == []
    assert [one.clocks for one in unowned(council, wall)] == [1]
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {MANAGER: "next@council.example"})
    assert send(council, wall).sent == 1
    assert [letter["To"] for letter in server.letters] == ["next@council.example"]


def tick_twice(council, wall):
    """What is given up at one tick is written anew at the next."""
    send(council, wall)
    wall.wait(minutes=1)
    send(council, wall)


# ---- reports ---------------------------------------------------------------------------------------------------------


def publish(council) -> bool:
    return flow.mail_report(
        council,
        name="section-47",
        as_at=date(2026, 3, 2),
        title="Section 47 enquiries: the week to 1 March 2026",
        text="Nothing to report.",
        html="<p>Nothing to report.</p>",
        post="group-manager-fieldwork",
    )


def test_a_report_is_queued_once_and_waits_for_its_reader(council, server, wall):
    assert publish(council)
    assert not publish(council)
    assert send(council, wall) == flow.Sent()
    with council.writing() as db:
        people.put_posts(db, "", {"group-manager-fieldwork": "group-manager@council.example"})
    assert send(council, wall) == flow.Sent(sent=1)
    (letter,) = server.letters
    assert letter["To"] == "group-manager@council.example"
    assert "1 March 2026" in letter["Subject"]
    assert letter["List-Id"] == "<report.timescales.council.example>"
    wall.wait(days=1)
    assert not publish(council)
    assert send(council, wall) == flow.Sent()


def test_a_report_refused_at_one_address_goes_to_the_next(council, server, wall):
    with council.writing() as db:
        people.put_posts(db, "", {"group-manager-fieldwork": "gone@council.example"})
    publish(council)
    server.faults = ["550 5.1.1 gone at RCPT"]
    assert send(council, wall).undeliverable == 1
    with council.writing() as db:
        people.put_posts(db, "", {"group-manager-fieldwork": "new@council.example"})
    assert send(council, wall).sent == 1
