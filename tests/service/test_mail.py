"""From a planned alert to a mail in an inbox: what is said, to whom, and what happens when it cannot be said."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

import pytest

from service import flow
from service.store import alerts, messages, people
from tests.service.mail_cast import (
    ASSESSMENT,
    CONFERENCE,
    MANAGER,
    NORTH,
    NORTH_ADDRESS,
    SOUTH,
    an_alert,
    council_with,
    plan_alerts,
    settings_for,
    states,
)
from tests.service.mail_room import (
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


def words_of_html(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


# ---- what is said ----------------------------------------------------------------------------------------------------


def test_a_due_alert_is_a_mail_in_an_inbox_and_is_marked(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("c2", due_on=date(2026, 2, 20))])
    assert send(council, wall) == flow.Sent(written=1, sent=1)
    (letter,) = server.letters
    assert letter["To"] == NORTH_ADDRESS
    assert letter["Subject"] == "2 timescales overdue – Assessment Team North"
    assert states(council) == {"sent": 2}
    (message,) = all_messages(council)
    assert (message.state, message.sent_at, message.message_id) == ("sent", wall.now, letter["Message-ID"])


def test_what_is_told_is_not_told_again(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    send(council, wall)
    wall.wait(days=1)
    assert send(council, wall) == flow.Sent()
    assert len(server.letters) == 1


def test_an_alert_is_not_told_before_its_moment(council, server, wall):
    plan_alerts(council, [an_alert("c1", send_at=wall.now + timedelta(seconds=1))])
    assert send(council, wall) == flow.Sent()
    wall.wait(seconds=1)
    assert send(council, wall).sent == 1


def test_each_post_gets_one_message_that_counts_its_own(council, server, wall):
    plan_alerts(council, [an_alert(f"n{i}") for i in range(3)] + [an_alert("s1", team=SOUTH)])
    plan_alerts(council, [an_alert("n9", step="target-missed")], timescale=ASSESSMENT)
    send(council, wall)
    assert sorted(letter["Subject"] for letter in server.letters) == [
        "1 timescale overdue – Assessment Team South",
        "3 timescales overdue, 1 target missed – Assessment Team North",
    ]


def test_a_clock_that_missed_its_target_and_its_limit_counts_once_as_overdue(council, server, wall):
    plan_alerts(council, [an_alert("c1", step="target-missed", due_on=date(2026, 2, 10)), an_alert("c1")])
    send(council, wall)
    assert [letter["Subject"] for letter in server.letters] == ["1 timescale overdue – Assessment Team North"]
    assert states(council) == {"sent": 2}


def test_text_and_html_say_the_same_words(council, server, wall):
    plan_alerts(council, [an_alert("c1"), an_alert("c2", due_on=date(2026, 2, 20))])
    plan_alerts(council, [an_alert("c3", step="target-missed")], timescale=ASSESSMENT)
    send(council, wall)
    text = server.letters[0].get_body(("plain",)).get_content()
    html = server.letters[0].get_body(("html",)).get_content()
    assert re.sub(r"^- ", "", text, flags=re.M).split() == words_of_html(html).split()
    assert "Initial child protection conference: 2, the oldest overdue by 6 working days" in text
    assert "Single assessment: 1, past its target by 2 working days" in text
    assert text.count("https://") == 1
    assert "https://timescales.council.example/?team=assessment-north" in text
    assert "the post of team manager for Assessment Team North" in text
    assert "Monday 2 March 2026 at 09:00" in text
    assert text.startswith("2 timescales have newly become overdue and 1 target")


def test_the_headers_say_that_no_answer_is_wanted(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    send(council, wall)
    letter = server.letters[0]
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["List-Id"] == "<breach.timescales.council.example>"
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
    plan_alerts(council, [an_alert("c1", due_on=date(2025, 12, 31)), an_alert("c2", due_on=date(2026, 1, 1))])
    assert states(council) == {"held": 1, "planned": 1}
    assert send(council, wall).sent == 1
    assert states(council) == {"held": 1, "sent": 1}


# ---- who is told -----------------------------------------------------------------------------------------------------


def test_without_an_address_it_is_listed_and_told_once_there_is_one(council, server, wall):
    plan_alerts(council, [an_alert("c1", team="court-team"), an_alert("c2", team=None), an_alert("c3")])
    assert send(council, wall) == flow.Sent(written=1, sent=1)
    with council.reading() as db:
        listed = alerts.unowned(db, now=wall.now)
    due_on = date(2026, 2, 26)
    assert listed == [
        alerts.Unowned(None, MANAGER, CONFERENCE, 1, due_on, "no address"),
        alerts.Unowned("court-team", MANAGER, CONFERENCE, 1, due_on, "no address"),
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


def test_the_address_is_looked_up_when_it_is_sent(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.faults = ["451 4.3.0 busy"]
    assert send(council, wall).waiting == 1
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {MANAGER: "successor@council.example"})
    wall.wait(minutes=1)
    assert send(council, wall).sent == 1
    assert [letter["To"] for letter in server.letters] == ["successor@council.example"]


def test_a_waiting_message_whose_post_has_lost_its_address_waits_for_the_next_holder(council, server, wall):
    plan_alerts(council, [an_alert("c1")])
    server.faults = ["451 4.3.0 busy"]
    send(council, wall)
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {})
    wall.wait(minutes=1)
    assert send(council, wall) == flow.Sent()
    with council.reading() as db:
        assert [one.clocks for one in alerts.unowned(db, now=wall.now)] == [1]
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", None, {MANAGER: "next@council.example"})
    assert send(council, wall).sent == 1
    assert [letter["To"] for letter in server.letters] == ["next@council.example"]


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
