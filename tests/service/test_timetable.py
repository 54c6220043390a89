"""The timetable with the real tick and the real reports: monthly runs, two posts for one report, outages."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from service import clock
from service.council import Council
from service.scheduler import Job, tick
from service.store import people
from service.store.tables import JobRunRow, MessageRow, table
from service.timetable import timetable
from tests.service.mail_cast import council_with, settings_for

SEVEN = time(7, 0)
MANAGERS = "children-services-management-team"


@pytest.fixture
def council(database_url, tmp_path, wall):
    with council_with(settings_for(database_url, tmp_path)) as opened:
        yield opened


class Runs(list):
    """The days a job was run for, and the local moment of each run."""

    def __call__(self, _council: Council, slot: date) -> None:
        self.append((slot, clock.local(clock.now())))


def monthly(runs: Runs) -> tuple[Job, ...]:
    return (Job("monthly", 0, SEVEN, runs, is_monthly=True),)


@pytest.mark.parametrize("monday", [date(2026, 4, 6), date(2026, 11, 2), date(2026, 5, 4)], ids=str)
def test_a_monthly_run_comes_at_seven_local_time_after_the_clocks_change_and_on_a_bank_holiday(council, wall, monday):
    """Easter Monday, eight days into summer time; the Monday eight days after it ended; the bank holiday in May."""
    wall.now = datetime(monday.year, monday.month, monday.day, 20, tzinfo=UTC) - timedelta(days=1)
    runs = Runs()
    for _ in range(2 * 24):
        tick(council, monthly(runs))
        wall.wait(minutes=30)
    for _ in range(3):
        wall.wait(weeks=1)
        tick(council, monthly(runs))
    assert [slot for slot, _ in runs[1:]] == [monday], "after the month before, which was missed"
    assert (runs[1][1].date(), runs[1][1].time()) == (monday, SEVEN)


def test_after_an_outage_of_months_the_latest_is_run_and_once(council, wall):
    wall.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
    runs = Runs()
    tick(council, monthly(runs))
    wall.now = datetime(2026, 8, 20, 12, tzinfo=UTC)
    for _ in range(5):
        tick(council, monthly(runs))
        wall.wait(hours=7)
    assert [slot for slot, _ in runs] == [date(2026, 3, 2), date(2026, 8, 3)]


def test_no_monthly_run_is_for_a_day_before_anybody_is_to_be_told(database_url, tmp_path, wall):
    settings = settings_for(database_url, tmp_path).model_copy(update={"alerts_from": date(2026, 3, 3)})
    runs = Runs()
    with council_with(settings) as council:
        for day in (date(2026, 3, 31), date(2026, 4, 5), date(2026, 4, 6)):
            wall.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            tick(council, monthly(runs))
    assert [slot for slot, _ in runs] == [date(2026, 4, 6)]


ROW = '[[reports]]\nname = "pre-proceedings"\nweekday = "monday"\nmonthly = true\nat = 07:00:00\npost = "{}"\n'


def test_one_report_for_two_posts_is_published_once_and_mailed_to_both(council, wall, tmp_path):
    file = tmp_path / "timetable.toml"
    file.write_text(ROW.format(MANAGERS) + ROW.format("group-manager-fieldwork"), "utf-8")
    jobs = timetable(file)
    assert len({job.name for job in jobs}) == 2
    with council.writing() as db:
        people.put_posts(db, "", {MANAGERS: "team@council.example", "group-manager-fieldwork": "gm@council.example"})
    wall.now = datetime(2026, 4, 6, 6, 30, tzinfo=UTC)
    for _ in range(3):
        tick(council, jobs)
        wall.wait(minutes=5)
    with council.reading() as db:
        runs = [run for run in db.execute(select(table(JobRunRow))) if run.job.startswith("report ")]
        mailed = db.execute(select(table(MessageRow)).where(table(MessageRow).c.kind == "report")).all()
    assert {(run.job, run.slot, run.outcome) for run in runs} == {(job.name, "2026-04-06", "done") for job in jobs}
    assert sorted(message.post for message in mailed) == [MANAGERS, "group-manager-fieldwork"]
    assert len({message.text for message in mailed}) == 1


def test_every_report_of_the_timetable_reaches_its_post_on_a_first_monday(council, wall):
    wall.now = datetime(2026, 4, 6, 6, 30, tzinfo=UTC)
    tick(council, timetable())
    with council.reading() as db:
        mailed = db.execute(select(table(MessageRow)).where(table(MessageRow).c.kind == "report")).all()
    posts = [MANAGERS] * 2 + ["group-manager-fieldwork"] * 2 + ["head-of-service", "service-manager"]
    assert sorted(message.post for message in mailed) == posts


# ---- whom a report reaches -------------------------------------------------------------------------------------------


@pytest.fixture
def services(council):
    """Two services with a manager each, one of whom is the whole authority's group manager too."""
    with council.writing() as db:
        people.put_team(db, "court", "Court Team", "Court", {})
        for person, *holdings in (
            ("p-1", people.Holding("service-manager", service="Assessment")),
            ("p-2", people.Holding("service-manager", service="Court"), people.Holding("group-manager-fieldwork")),
        ):
            people.put_person(db, people.Person(person, f"{person}@council.example", holdings=tuple(holdings)))
    return council


def mailed(council) -> list[tuple[str, str | None, str]]:
    with council.reading() as db:
        rows = db.execute(select(table(MessageRow)).where(table(MessageRow).c.kind == "report")).all()
    return sorted((row.post, row.team, row.address) for row in rows)


def test_a_report_for_the_service_managers_goes_to_each_of_them_and_to_nobody_above(services, wall, tmp_path):
    file = tmp_path / "timetable.toml"
    file.write_text(ROW.format("service-manager"), "utf-8")
    wall.now = datetime(2026, 4, 6, 6, 30, tzinfo=UTC)
    for _ in range(2):
        tick(services, timetable(file))
        wall.wait(minutes=5)
    to = {address: (post, team) for post, team, address in mailed(services)}
    assert to["p-2@council.example"] == ("service-manager", "court")
    assert to["p-1@council.example"][0] == "service-manager"
    assert len(mailed(services)) == 2


def test_a_service_without_one_of_its_own_is_answered_for_by_the_whole_authoritys(services, wall, tmp_path):
    file = tmp_path / "timetable.toml"
    file.write_text(ROW.format("service-manager"), "utf-8")
    with services.writing() as db:
        people.put_team(db, "leaving", "Leaving Care Team", "Care", {})
        everybodys = people.Holding("service-manager")
        people.put_person(db, people.Person("p-3", "p-3@council.example", holdings=(everybodys,)))
    wall.now = datetime(2026, 4, 6, 6, 30, tzinfo=UTC)
    tick(services, timetable(file))
    to = {address: team for _post, team, address in mailed(services)}
    assert (to.keys(), to["p-3@council.example"]) == ({f"p-{nth}@council.example" for nth in (1, 2, 3)}, "leaving")


def test_whoever_takes_a_post_over_that_waits_for_a_report_gets_no_second_copy(services, wall, tmp_path):
    file = tmp_path / "timetable.toml"
    file.write_text(ROW.format("group-manager-fieldwork") + ROW.format("director"), "utf-8")
    wall.now = datetime(2026, 4, 6, 6, 30, tzinfo=UTC)
    tick(services, timetable(file))
    with services.writing() as db:
        held = (people.Holding("group-manager-fieldwork"), people.Holding("director"))
        people.put_person(db, people.Person("p-2", "p-2@council.example", holdings=held))
    for _ in range(4):
        wall.wait(hours=1)
        tick(services, ())
    with services.reading() as db:
        rows = db.execute(select(table(MessageRow)).where(table(MessageRow).c.kind == "report")).all()
    assert sorted((row.post, row.state) for row in rows) == [
        ("director", "superseded"),
        ("group-manager-fieldwork", "not_sent"),
    ]


def test_somebody_with_two_posts_that_get_a_report_gets_one_copy(services, wall, tmp_path):
    file = tmp_path / "timetable.toml"
    file.write_text(ROW.format("group-manager-fieldwork") + ROW.format("service-manager"), "utf-8")
    wall.now = datetime(2026, 4, 6, 6, 30, tzinfo=UTC)
    tick(services, timetable(file))
    assert [address for _post, _team, address in mailed(services)] == ["p-2@council.example", "p-1@council.example"]
