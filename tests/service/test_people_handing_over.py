"""A new list of people: what it changes is said before, said again after, and is what happens."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from rules.plan import HELD, PLANNED
from service import clock, posts
from service.posts import ListRefused
from service.store import people
from service.store.tables import METADATA, AlertRow, AuditRow, ClockRow, table
from service.store.telling.alerts import UNDELIVERABLE
from tests.conftest import ROOT
from tests.service.intake_parts import opened
from tests.service.mail_cast import MONDAY, wall_at
from tests.service.people_cast import HEAD

MANAGER = "team-manager"
WEDNESDAY, NEXT_MONDAY = date(2026, 3, 4), date(2026, 3, 9)
BEFORE = (
    "team-manager,north,North,Fieldwork,north@council.example",
    "team-manager,south,South,Fieldwork,south@council.example",
    "team-manager,north,,,p-1@council.example,p-1",
    "head-of-service,,,,p-9@council.example,p-9",
)


@pytest.fixture
def council(database_url, tmp_path):
    with wall_at(MONDAY):
        council = opened(database_url, tmp_path)
        take(council, *BEFORE)
        yield council
        council.engine.dispose()


def read(council, *lines):
    said = people.import_csv([HEAD, *lines], posts.bounds(council))
    assert said.refusals == ()
    return said


def take(council, *lines):
    return posts.take_list(council, read(council, *lines), actor="test")


def rehearse(council, *lines):
    return posts.rehearse(council, read(council, *lines))


def moves(done):
    return [
        (one.post, one.on, one.teams, one.before and one.before.person, one.after and one.after.person)
        for one in done.moves
    ]


def plan_alerts(council, *wanted):
    """Alerts as rows: post, team, the worker of the clock, when, state."""
    with council.writing() as db:
        for nth, (post, team, worker, on, state) in enumerate(wanted):
            id = f"{nth:020x}"
            ran = {"id": id, "timescale": "t", "measure": "duty", "subject": "c", "started_on": on, "team": team}
            told = {"started_source": "s", "started_id": "e", "counted_from_on": on, "version_on": on, "flags": ""}
            db.execute(insert(table(ClockRow)).values(**ran, **told, worker=worker, is_provisional=False))
            said = {"clock_id": id, "step": "breach", "due_on": on, "post": post, "team": team, "timescale": "t"}
            at = datetime.combine(on, datetime.min.time(), clock.LOCAL) + timedelta(hours=7, minutes=30)
            db.execute(insert(table(AlertRow)).values(**said, send_at=at, state=state, planned_at=MONDAY))


def everything(council):
    with council.reading() as db:
        return {name: sorted(map(repr, db.execute(select(of)))) for name, of in METADATA.tables.items()}


def test_a_preview_says_what_a_real_run_says_and_stores_nothing(council):
    lines = (
        "team-manager,north,North,Fieldwork,p-2@council.example,p-2",
        "team-manager,east,East,,east@council.example",
    )
    plan_alerts(council, (MANAGER, "north", None, WEDNESDAY, PLANNED), (MANAGER, "east", None, WEDNESDAY, PLANNED))
    before = everything(council)
    foretold = rehearse(council, *lines)
    assert everything(council) == before
    done = take(council, *lines)
    assert done == foretold
    assert everything(council) != before
    assert moves(done) == [
        (MANAGER, MONDAY.date(), ("east",), None, None),
        (MANAGER, MONDAY.date(), ("north",), "p-1", "p-2"),
    ]


def test_a_post_that_changes_hands_later_says_from_when(council):
    done = rehearse(
        council,
        "team-manager,north,North,Fieldwork,p-1@council.example,p-1,,2026-03-03",
        "team-manager,north,North,Fieldwork,p-2@council.example,p-2,2026-03-04",
    )
    assert moves(done) == [(MANAGER, WEDNESDAY, ("north",), "p-1", "p-2")]
    assert done.until == NEXT_MONDAY


def test_teams_that_change_alike_are_told_together(council):
    done = rehearse(council, "head-of-service,,,,p-8@council.example,p-8")
    assert moves(done) == [("head-of-service", MONDAY.date(), ("", "north", "south"), "p-9", "p-8")]


def test_posts_with_nobody_are_named_with_who_is_told_in_their_place(council):
    done = rehearse(council, "team-manager,east,East,,p-2@council.example,p-2,,2026-02-27")
    found = {(one.post, one.teams): one.told for one in done.nobody}
    assert found[MANAGER, ("east",)] == "head-of-service"
    assert found["service-manager", ("east", "north", "south")] == "head-of-service"
    assert found["administrator", ()] is None
    assert not any(post == "head-of-service" for post, _teams in found)


def test_an_absence_moves_the_alerts_of_its_days_and_no_others(council):
    plan_alerts(
        council,
        (MANAGER, "north", None, date(2026, 3, 2), PLANNED),
        (MANAGER, "north", None, date(2026, 3, 4), PLANNED),
        (MANAGER, "north", None, date(2026, 3, 5), PLANNED),
        (MANAGER, "south", None, date(2026, 3, 4), PLANNED),
        (MANAGER, "north", None, date(2026, 3, 10), PLANNED),
    )
    done = rehearse(
        council,
        ",,,,p-2@council.example,p-2",
        ",,,,p-1@council.example,p-1,,,,2026-03-04,2026-03-04,p-2",
    )
    assert done.due == (4, 1, 0, 0)


def test_held_alerts_and_those_with_nobody_are_counted(council):
    plan_alerts(
        council,
        (MANAGER, "north", None, date(2026, 1, 5), HELD),
        (MANAGER, "south", None, date(2026, 1, 5), HELD),
        ("principal-reviewing-officer", None, None, date(2026, 3, 2), PLANNED),
        ("principal-reviewing-officer", None, None, date(2026, 2, 2), UNDELIVERABLE),
        (MANAGER, "north", None, date(2026, 2, 2), "sent"),
    )
    done = rehearse(
        council,
        "team-manager,north,North,Fieldwork,p-2@council.example,p-2",
        "principal-reviewing-officer,,,,pro@council.example",
    )
    assert done.held == (2, 1, 0, 0)
    assert done.due == (2, 0, 2, 0)


def test_alerts_that_lose_the_only_one_they_had_are_counted(council):
    plan_alerts(council, ("head-of-service", "north", None, WEDNESDAY, PLANNED))
    assert rehearse(council, "head-of-service,,,,p-9@council.example,p-9,,2026-03-03").due == (1, 0, 0, 1)


def test_a_workers_alerts_go_to_the_worker_once_they_are_known(council):
    plan_alerts(council, ("worker", "north", "w-1", WEDNESDAY, PLANNED), ("worker", "north", "w-2", WEDNESDAY, PLANNED))
    assert rehearse(council, ",,,,w-1@council.example,w-1").due == (2, 1, 0, 0)


def test_a_list_that_cannot_be_right_as_a_whole_stores_nothing_and_names_its_lines(council):
    before = everything(council)
    for attempt in (rehearse, take):
        with pytest.raises(ListRefused) as refused:
            attempt(council, "team-manager,east,East,,east@council.example", "service-manager,,,Care,a@council.example")
        assert [(one.line, one.reason) for one in refused.value.refusals] == [(3, "no team belongs to this service")]
        assert everything(council) == before


def test_an_import_is_audited_by_its_lines_and_names_nobody(council):
    with council.reading() as db:
        rows = db.execute(select(table(AuditRow).c.action, table(AuditRow).c.detail)).all()
    assert ("people.imported", "4 lines") in [tuple(row) for row in rows]


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_previews_and_then_does_it_in_the_same_words(command, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("\n".join([HEAD, *BEFORE]) + "\n", "utf-8-sig")
    before = command.run("people", "import", str(path), "--preview")
    assert before.returncode == 0, before.stderr
    assert before.stdout.startswith("Preview of 4 lines: nothing is stored\n")
    after = command.run("people", "import", str(path))
    assert after.stdout.startswith("4 lines imported\n")
    assert before.stdout.splitlines()[1:] == after.stdout.splitlines()[1:]
    assert "  team manager (North): nobody → p-1 (holder)" in after.stdout
    assert "  head of service (every team): nobody → p-9 (holder)" in after.stdout
    assert "  service manager (every team): head of service is told in its place" in after.stdout
    assert "  administrator (the whole authority): nobody is told at all" in after.stdout
    assert "  group manager fieldwork (every team): head of service is told in its place" in after.stdout
    assert "0 of 0 go to somebody else" in after.stdout
    again = command.run("people", "import", str(path), "--preview")
    assert "No post changes hands." in again.stdout


def test_the_command_refuses_by_line_and_repeats_no_address(command, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(
        "\n".join([HEAD, "team-manger,north,North,,secret@x.example", "service-manager,,,Care,secret@x.example"])
    )
    wrong = command.run("people", "import", str(path))
    assert wrong.returncode == 1
    assert "people.csv, line 2: no ladder, line of posts or report knows this post" in wrong.stderr
    assert "write team-manager" in wrong.stderr
    assert wrong.stderr.endswith("nothing was stored\n")
    path.write_text("\n".join([HEAD, "service-manager,,,Care,secret@x.example"]))
    later = command.run("people", "import", str(path), "--preview")
    assert (later.returncode, later.stdout) == (1, "")
    assert "people.csv, line 2: no team belongs to this service: say first which teams belong to it" in later.stderr
    assert "secret" not in wrong.stderr + later.stderr


def test_the_list_that_the_page_of_documentation_shows_is_one(command, tmp_path):
    page = (ROOT / "docs" / "people-and-posts.md").read_text()
    path = tmp_path / "people.csv"
    path.write_text(page.partition("```csv\n")[2].partition("```")[0])
    done = command.run("people", "import", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("11 lines imported\n")
    assert "  service manager (every team): nobody → person-031 (holder)" in done.stdout
