"""`timescales doctor`, `sources`, /readyz and the log of a start: one list of findings, told in several ways."""

from __future__ import annotations

import json
import re
import time
from datetime import date

import httpx
import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.checking.declared import CHECKS
from tests.service.mail_cast import an_alert, plan_alerts
from tests.service.mail_room import Authority, MailServer, nobody_listening
from tests.service.real_server import Command
from tests.service.watch_cast import arrive, at, check, nightly, reports_were_made, watched_council

_START_S = 60


@pytest.fixture
def council(database_url, tmp_path, wall):
    with watched_council(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def england(database_url, tmp_path):
    """The command for the council above: in a copy of this process, at the moment on its wall."""
    return Command(database_url, tmp_path, authority="england")


# ---- doctor ----------------------------------------------------------------------------------------------------------


def test_the_doctor_says_what_is_well_and_what_is_not_with_its_fix(council, england, wall):
    check(council, wall)
    reports_were_made(council)
    plan_alerts(council, [an_alert("c1", team="nobodys", due_on=date(2026, 2, 25))])
    done = england.run("doctor")
    assert done.returncode == 1
    assert done.stdout.startswith("2 things not well.\n")
    assert "Nobody holds the post team manager of nobodys, which has 1 clock to hear of." in done.stdout
    assert "Since Wednesday 25 February 2026 at 00:00." in done.stdout
    assert "What to do: Name who holds the post" in done.stdout
    assert "\nWell:\n" in done.stdout
    assert "  The clocks are looked at.\n" in done.stdout


def test_where_all_is_well_it_says_so_and_ends_with_nought(sqlite_url, tmp_path, wall):
    with MailServer(authority := Authority(tmp_path / "ca")) as server:
        told = {"server": server, "authority": authority}
        with watched_council(sqlite_url, tmp_path, **told) as council:
            check(council, wall)
            reports_were_made(council)
            settings = {"smtp_url": server.url, "smtp_ca_file": str(authority.ca_file), "environment": "production"}
            settings |= {"mail_domains": "council.example", "base_url": "https://timescales.council.example"}
            done = Command(sqlite_url, tmp_path, authority="england", **settings).run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("All is well.\n")
    assert len(done.stdout.splitlines()) == len(CHECKS) + 4, "a line for each, and for the self-check itself"


def test_for_programs_it_speaks_json(council, england, wall):
    check(council, wall)
    reports_were_made(council)
    done = england.run("doctor", "--format", "json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["is_well"]) == (1, False)
    (finding,) = said["findings"]
    assert (finding["id"], finding["area"], finding["stops_heartbeat"]) == ("setup.mail", "set-up", True)
    assert finding.keys() >= {"title", "what", "fix", "since", "count", "how_bad"}
    assert {one["check"] for one in said["well"]} > {"watch.tick-late", "watch.feed-silent"}


def test_it_changes_nothing_and_makes_no_database(tmp_path):
    done = Command(f"sqlite:///{tmp_path}/none/none.db", tmp_path).run("doctor")
    assert done.returncode == 1
    assert "There is no database yet" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_stays_empty(new_database, tmp_path, request):
    url = request.getfixturevalue("postgres_url")
    command = Command(url.replace("/test_", "/nowhere_", 1), tmp_path)
    done = command.run("doctor")
    assert done.returncode == 1
    assert "away" in done.stdout


def test_a_database_that_is_away_is_said_in_words(tmp_path):
    with nobody_listening() as port:
        done = Command(f"postgresql://nobody:secret-4711@127.0.0.1:{port}/none", tmp_path).run("doctor")
    assert (done.returncode, done.stderr) == (1, "")
    assert "The database is locked, full, read-only or away" in done.stdout
    assert "4711" not in done.stdout


def test_a_database_of_an_older_form_is_said_with_the_command_to_run(council, england):
    with council.writing() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    done = england.run("doctor")
    assert done.returncode == 1
    assert "made by an older version of this service" in done.stdout
    assert "timescales migrate" in done.stdout


def test_a_database_of_another_authority_is_said(council, database_url, tmp_path):
    done = Command(database_url, tmp_path, authority="southend").run("doctor")
    assert done.returncode == 1
    assert "belongs to the authority england" in done.stdout


# ---- sources ---------------------------------------------------------------------------------------------------------


def test_sources_are_listed_with_their_rhythm_and_what_is_silent(council, england, wall):
    nightly(council, wall, date(2026, 2, 18), date(2026, 3, 10))
    arrive(council, wall, "cin-census")
    at(council, wall, "2026-03-11T12:00")
    lines = [line.split("\t") for line in england.run("sources", "list").stdout.splitlines()]
    assert [line[:2] for line in lines] == [["case-system", "SILENT"], ["cin-census", "not watched"]]
    assert "last sent Tuesday 10 March 2026 at 02:00, 15 events" in lines[0][2]
    assert lines[0][3] == "never quiet for longer than 1 working day"
    assert "too little to learn from: it sent on 1 day of late" in lines[1][3]


def test_what_is_expected_of_a_source_is_said_and_unsaid(council, england, wall):
    arrive(council, wall)
    done = england.run("sources", "expect", "case-system", "--every", "24h")
    assert "to send every 24 hours, as was set" in done.stdout
    wall.wait(days=2)
    assert "SILENT" in england.run("sources", "list").stdout
    assert england.run("sources", "retire", "case-system").returncode == 0
    assert "retired" in england.run("sources", "list").stdout
    assert "too little to learn from" in england.run("sources", "expect", "case-system").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("expect", "case-system", "--every", "often"), "no length of time"),
        (("retire", "unheard-of"), "nothing has come from such a source"),
    ],
)
def test_what_cannot_be_right_is_refused(council, england, words, said):
    done = england.run("sources", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr


def test_no_sources_yet_is_said(council, england):
    assert england.run("sources", "list").stdout == "No events have come in yet.\n"


# ---- /readyz, and a service as it runs -------------------------------------------------------------------------------


def test_readyz_says_when_the_clocks_were_checked_and_stays_ready_whatever_was_found(council, wall):
    client = TestClient(create_app(council))
    before = client.get("/readyz").json()
    assert (before["self_checked_at"], before["findings"]) == (None, 0)
    plan_alerts(council, [an_alert("c1", team="nobodys", due_on=date(2026, 2, 25))])
    check(council, wall)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    said = answer.json()
    assert said["clocks_checked_at"] == said["self_checked_at"] == wall.now.isoformat(timespec="seconds")
    assert said["findings"] == 2
    assert "nobodys" not in answer.text


def test_a_running_service_checks_itself_and_its_start_says_what_is_not_well(database_url, tmp_path):
    command = Command(database_url, tmp_path, tick_seconds="0.2")
    with command.serving() as server:
        until = time.monotonic() + _START_S
        while not (said := httpx.get(f"{server.address}/readyz").json())["clocks_checked_at"]:
            assert time.monotonic() < until, server.written()
            time.sleep(0.1)
        assert said["status"] == "ok"
        assert server.stop() == 0
        log = server.written()
    for id in ("setup.mail", "watch.no-administrator"):
        assert re.search(rf'"check": "{re.escape(id)}", "fix": "[^"]+"', log), log


def test_a_heartbeat_address_that_cannot_be_right_stops_the_start(sqlite_url, tmp_path):
    done = Command(sqlite_url, tmp_path, heartbeat_url="http://watch.example/secret-4711").run_apart("serve")
    assert done.returncode != 0
    assert "TIMESCALES_HEARTBEAT_URL does not begin with https://" in done.stdout + done.stderr
    assert "4711" not in done.stdout + done.stderr
