"""A new authority is silent; its backlog can be seen; a release tells what it would send, and then sends just that."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, update

from rules.model import Event
from service import flow, going_live
from service.council import open_council
from service.settings import Settings
from service.store import people
from service.store.tables import METADATA, AlertRow, ClockRow, table
from service.store.telling import told
from service.store.telling.releases import EVERY_TEAM
from tests.service.mail_cast import MANAGER, NORTH, NORTH_ADDRESS, SOUTH, SOUTH_ADDRESS, states, wall_at
from tests.service.mail_room import Authority, MailServer

BACKLOG = {NORTH: 3, SOUTH: 2}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def server(authority):
    with MailServer(authority) as running:
        yield running


@pytest.fixture
def wall():
    with wall_at(datetime(2026, 3, 3, 9, tzinfo=UTC)) as moved_by_hand:
        yield moved_by_hand


@pytest.fixture
def council(database_url, tmp_path, server, authority, wall):
    """A council that has just begun, with years of history taken in, and nobody released."""
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        environment="production",
        mail_domains="council.example",
        mail_from="timescales@council.example",
        smtp_url=server.url,
        smtp_ca_file=authority.ca_file,
    )
    council = open_council(settings)
    with council.writing() as db:
        people.put_team(db, NORTH, "Assessment Team North", "Assessment", {MANAGER: NORTH_ADDRESS})
        people.put_team(db, SOUTH, "Assessment Team South", "Assessment", {MANAGER: SOUTH_ADDRESS})
        people.put_posts(db, "", {"service-manager": "services@council.example"})
    for team, count in BACKLOG.items():
        flow.receive(council, [discussion(f"{team}-{nth}", team) for nth in range(count)], actor="case system")
    yield council
    council.engine.dispose()


def discussion(child: str, team: str, on: date = date(2026, 2, 4)) -> Event:
    """Its conference is due on 25 February 2026, so three working days have passed on 2 March."""
    data = {"outcome": "section_47"}
    return Event(
        "case-system", f"d-{child}-{on}", "strategy-discussion.held", child, on, key=child, team=team, data=data
    )


def a_day(council, server, wall, *, hours: int = 24) -> list[str]:
    """Ticks by the hour; who got what."""
    server.letters.clear()
    for _ in range(hours):
        flow.send_due(council, now=wall.now)
        wall.wait(hours=1)
    return sorted(f"{letter['To']}: {letter['Subject']}" for letter in server.letters)


def test_a_new_authority_is_silent_and_its_backlog_is_counted_by_team(council, server, wall):
    assert a_day(council, server, wall) == []
    counted = {one.name: (one.told_from, one.overdue, one.held) for one in going_live.backlog(council)}
    assert counted == {"Assessment Team North": (None, 3, 3), "Assessment Team South": (None, 2, 2)}


def test_a_preview_says_who_would_receive_what_and_changes_nothing(council, server, wall):
    before = everything(council)
    letters = going_live.preview(council, NORTH, going_live.BEGINNING)
    assert sorted((one.address, one.post) for one in letters) == [
        (NORTH_ADDRESS, MANAGER),
        ("services@council.example", "service-manager"),
    ]
    assert everything(council) == before
    assert a_day(council, server, wall) == []


def test_a_release_sends_what_its_preview_said_one_digest_each_and_nothing_of_other_teams(council, server, wall):
    wall.now = datetime(2026, 3, 4, 6, tzinfo=UTC)
    promised = sorted(f"{one.address}: {one.subject}" for one in going_live.preview(council, NORTH, date.min))
    assert going_live.release(council, NORTH, going_live.BEGINNING, actor="test") == 3
    assert a_day(council, server, wall, hours=12) == promised
    assert promised[0].startswith(f"{NORTH_ADDRESS}: 3 timescales overdue")
    text = server.letters[0].get_body(("plain",)).get_content()
    assert "could not be" not in text, "a release is no gap"
    assert states(council).get("held") == 2


def test_a_release_from_a_day_tells_nothing_that_was_due_before(council, server, wall):
    going_live.release(council, NORTH, date(2026, 3, 1), actor="test")
    flow.receive(council, [discussion("new", NORTH, date(2026, 2, 12))], actor="case system")
    letters = a_day(council, server, wall)
    assert letters == [f"{NORTH_ADDRESS}: 3 timescales overdue, 1 due this week – Assessment Team North"]
    assert "Due in the rest of this week (1)" in server.letters[0].get_body(("plain",)).get_content()


def test_every_team_can_be_released_at_once_and_one_silenced_again(council, server, wall):
    going_live.release(council, EVERY_TEAM, going_live.BEGINNING, actor="test")
    assert states(council).get("held") is None
    going_live.release(council, SOUTH, going_live.BEGINNING, actor="test")
    assert going_live.silence(council, SOUTH, actor="test") == 0, "every team still is released"
    assert going_live.silence(council, EVERY_TEAM, actor="test") == 5
    assert a_day(council, server, wall) == []


def test_what_comes_in_after_a_release_is_told_and_of_silent_teams_held(council, server, wall):
    going_live.release(council, NORTH, going_live.BEGINNING, actor="test")
    a_day(council, server, wall)
    events = [discussion("n-late", NORTH), discussion("s-late", SOUTH)]
    flow.receive(council, events, actor="case system")
    letters = a_day(council, server, wall)
    assert [line.split(":")[0] for line in letters] == [NORTH_ADDRESS, "services@council.example"]


def everything(council):
    with council.reading() as db:
        return {name: sorted(map(str, db.execute(table.select()))) for name, table in METADATA.tables.items()}


def test_a_duty_that_a_birthday_has_ended_is_told_to_nobody_however_late_it_was_before(council, server, wall):
    """Its rungs came while the team was silent; by the time it is told of anything, there is nothing left to do."""
    grown_up = f"{NORTH}-0"
    with council.writing() as db:
        clock = table(ClockRow)
        db.execute(update(clock).where(clock.c.subject == grown_up).values(lapses_on=date(2026, 3, 1)))
    going_live.release(council, NORTH, going_live.BEGINNING, actor="test")
    a_day(council, server, wall)
    with council.reading() as db:
        alert, clock = table(AlertRow), table(ClockRow)
        told = select(clock.c.subject).join(alert, alert.c.clock_id == clock.c.id).where(alert.c.state == "sent")
        assert set(db.scalars(told)) == {f"{NORTH}-1", f"{NORTH}-2"}


def test_what_was_told_before_a_birthday_ended_it_is_counted_as_overdue_no_more(council, server, wall):
    going_live.release(council, NORTH, going_live.BEGINNING, actor="test")
    a_day(council, server, wall)
    today = wall.now.date()
    with council.writing() as db:
        before = told.escalated(db, today)
        gone = next(one.clock for one in before)
        clock = table(ClockRow)
        db.execute(update(clock).where(clock.c.id == gone).values(lapses_on=today))
        after = told.escalated(db, today)
        rows = told.standing(db, today, today)
    assert {one.clock for one in before} - {one.clock for one in after} == {gone}
    assert sum(one.overdue for one in rows[NORTH].values()) == BACKLOG[NORTH] - 1
