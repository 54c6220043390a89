"""Stories from a case event to a mail in a manager's inbox: this message in this window, and no other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rules.model import Event
from service import flow
from service.scheduler import tick
from service.store import people
from service.store.telling import messages
from service.timetable import timetable
from tests.service.mail_cast import NORTH, SOUTH, all_states, council_with, settings_for, states, wall_at
from tests.service.mail_room import Authority, MailServer

DISCUSSED_ON = date(2026, 2, 2)
CONFERENCE_DUE_ON = date(2026, 2, 23)
TOLD_AT = datetime(2026, 2, 24, 7, 30, tzinfo=UTC)
CANARIES = ("canary-child-4711", "canary-enquiry-99", "canary-worker-7")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(authority):
    with MailServer(authority) as running:
        yield running


@pytest.fixture
def wall():
    with wall_at(datetime(2026, 2, 2, 12, 0, tzinfo=UTC)) as moved_by_hand:
        yield moved_by_hand


@pytest.fixture
def council(database_url, tmp_path, server, authority, wall):
    with council_with(settings_for(database_url, tmp_path, server, authority)) as opened:
        yield opened


def event(type: str, on: date, *, id: str = "", target: str | None = None, team: str | None = NORTH, **data) -> Event:
    child, enquiry, worker = CANARIES
    return Event(
        source="case-system",
        id=id or f"{type}-{on}",
        type=type,
        subject=child,
        happened_on=on,
        key=enquiry,
        worker=worker,
        team=team,
        target=target,
        data=data,
    )


def discussion(**more) -> Event:
    return event("strategy-discussion.held", DISCUSSED_ON, id="discussion", outcome="section_47", **more)


def hear(council, *events: Event) -> None:
    flow.receive(council, events, actor="case system")


def tick_until(council, wall, moment: datetime, every=timedelta(hours=1), jobs=()) -> None:
    while wall.now < moment:
        wall.now = min(wall.now + every, moment)
        tick(council, jobs)


def test_a_conference_not_held_is_told_on_the_first_working_morning_after(council, server, wall):
    hear(council, discussion())
    wall.now = TOLD_AT - timedelta(hours=8)
    tick_until(council, wall, TOLD_AT - timedelta(seconds=1))
    assert server.letters == [], "the whole of the due day counts, and nobody is woken"
    tick_until(council, wall, TOLD_AT)
    assert [letter["Subject"] for letter in server.letters] == ["1 timescale overdue – Assessment Team North"]
    text = server.letters[0].get_body(("plain",)).get_content()
    assert "Initial child protection conference: 1, overdue by 1 working day" in text
    tick_until(council, wall, TOLD_AT + timedelta(days=3), every=timedelta(hours=6))
    assert len(server.letters) == 1


def test_a_conference_held_in_time_is_told_to_nobody(council, server, wall):
    hear(council, discussion())
    hear(council, event("icpc.held", CONFERENCE_DUE_ON))
    wall.now = TOLD_AT
    tick(council, ())
    assert server.letters == []
    assert states(council)["cancelled"] == 1


def test_one_recorded_late_but_before_the_morning_is_told_to_nobody(council, server, wall):
    hear(council, discussion())
    wall.now = TOLD_AT - timedelta(minutes=1)
    hear(council, event("icpc.held", CONFERENCE_DUE_ON))
    wall.now = TOLD_AT
    tick(council, ())
    assert server.letters == []


def test_a_discussion_that_was_withdrawn_is_told_to_nobody_and_its_return_is(council, server, wall):
    hear(council, discussion())
    hear(council, event("event.withdrawn", DISCUSSED_ON, id="withdrawal", target="discussion"))
    assert all_states(council) == {"cancelled": 1}
    hear(council, event("event.withdrawn", DISCUSSED_ON, id="second-thoughts", target="withdrawal"))
    assert all_states(council) == {"planned": 1}
    wall.now = TOLD_AT
    tick(council, ())
    assert len(server.letters) == 1


def test_a_case_that_moves_is_told_to_the_new_team(council, server, wall):
    hear(council, discussion())
    hear(council, event("case.allocated", date(2026, 2, 10), team=SOUTH))
    wall.now = TOLD_AT
    tick(council, ())
    assert [letter["Subject"] for letter in server.letters] == ["1 timescale overdue – Assessment Team South"]


def test_nothing_about_a_child_leaves_in_a_mail_or_a_log(council, server, wall, capsys):
    hear(council, discussion())
    wall.now = TOLD_AT
    server.faults = ["451 4.3.0 busy", "550 5.1.1 gone at RCPT"]
    for _ in range(3):
        tick(council, ())
        wall.wait(minutes=2)
    server.faults = []
    hear(council, discussion(), event("strategy-discussion.held", DISCUSSED_ON, id="two", outcome="section_47"))
    tick(council, ())
    with council.reading() as db:
        kept = str(messages.newest(db, limit=100))
    said = capsys.readouterr()
    everything = kept + said.out + said.err + "".join(letter.as_string() for letter in server.letters)
    assert "a message was not taken" in everything
    assert [canary for canary in CANARIES if canary in everything] == []


def test_a_history_that_was_already_late_when_it_came_is_told_the_same_morning(council, server, wall):
    wall.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    hear(council, discussion())
    tick(council, ())
    text = server.letters[0].get_body(("plain",)).get_content()
    assert "overdue by 5 working days" in text


def test_mondays_report_lands_with_the_group_manager_and_names_no_child(council, server, wall, tmp_path, capsys):
    hear(council, discussion())
    with council.writing() as db:
        people.put_posts(db, "", {"group-manager-fieldwork": "group-manager@council.example"})
    wall.now = datetime(2026, 3, 2, 6, 30, tzinfo=UTC)
    tick(council, ())
    server.letters.clear()
    wall.now = datetime(2026, 3, 2, 6, 45, tzinfo=UTC)
    tick_until(council, wall, wall.now + timedelta(minutes=45), every=timedelta(minutes=5), jobs=timetable())
    server.letters[:] = [letter for letter in server.letters if letter["List-Id"].startswith("<report.")]
    assert {letter["To"] for letter in server.letters} == {"group-manager@council.example"}
    conferences = [letter for letter in server.letters if "conference" in letter["Subject"]]
    beside = [letter["Subject"].partition(":")[0] for letter in server.letters if letter not in conferences]
    assert len(conferences) == 2
    assert sorted(beside) == [*["Children in pre-proceedings"] * 2, *["Visits to children"] * 2], (
        "of two weeks; and the list of two months, which is the service manager's, whom nobody is here"
    )
    texts = [letter.get_body(("plain",)).get_content() for letter in conferences]
    assert "Sunday 22 February 2026" in texts[0], "the one that was missed while nothing ran"
    assert "Sunday 1 March 2026" in texts[1]
    said = capsys.readouterr()
    mailed = "".join(
        part.get_content() for letter in server.letters for part in letter.walk() if not part.is_multipart()
    )
    assert [canary for canary in CANARIES if canary in mailed + said.out + said.err] == []
    kept = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert [name for name in kept if name.startswith("section-47-2026-03-02")]
