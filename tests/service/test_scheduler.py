"""The tick and the timetable: each run once, whatever the clocks, the replicas and the outages do."""

from __future__ import annotations

import threading
import time as real_time
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from service import clock, flow, reports
from service import timetable as times
from service.errors import NotReady
from service.scheduler import Job, latest_slot, tick, ticking
from service.store import jobs, people
from service.store.seeing import browsing
from service.store.tables import JobRunRow, table
from tests.service.mail_cast import an_alert, council_with, plan_alerts, settings_for, states

MONDAY_SEVEN = time(7, 0)


@pytest.fixture
def council(database_url, tmp_path, wall):
    with council_with(settings_for(database_url, tmp_path)) as opened:
        yield opened


class Runs(list):
    """The local dates that a job was run for; ``faults`` are raised first."""

    faults: tuple[Exception, ...] = ()

    def __call__(self, _council, slot):
        self.append(slot)
        if self.faults:
            fault, *rest = self.faults
            self.faults = tuple(rest)
            raise fault


@pytest.fixture
def runs():
    return Runs()


def timetable(runs):
    return (Job("weekly", 0, MONDAY_SEVEN, runs),)


def outcome_states(council):
    with council.reading() as db:
        return set(db.scalars(select(table(JobRunRow).c.outcome)))


def test_it_runs_on_monday_at_seven_and_once(council, wall, runs):
    wall.now = datetime(2026, 3, 9, 6, 59, 59, tzinfo=UTC)
    tick(council, timetable(runs))
    assert runs == [date(2026, 3, 2)], "the run that was missed, and only that"
    wall.wait(seconds=1)
    for _ in range(5):
        tick(council, timetable(runs))
        wall.wait(hours=5)
    assert runs == [date(2026, 3, 2), date(2026, 3, 9)]
    assert outcome_states(council) == {"done"}


def test_after_an_outage_only_the_latest_missed_run_is_run(council, wall, runs):
    tick(council, timetable(runs))
    wall.wait(weeks=5, hours=30)
    tick(council, timetable(runs))
    tick(council, timetable(runs))
    assert runs == [date(2026, 3, 2), date(2026, 4, 6)]


def test_nothing_runs_for_a_day_before_anybody_is_to_be_told(council, wall, runs):
    wall.now = datetime(2026, 1, 3, 12, 0, tzinfo=UTC)
    tick(council, timetable(runs))
    assert runs == []


def test_a_job_that_fails_is_recorded_tried_again_and_stops_nothing(council, wall, runs, capsys):
    secret = "child-4711"
    runs.faults = (ValueError(secret), ValueError(secret))
    other = Runs()
    plan_alerts(council, [an_alert("c1")])
    both = (*timetable(runs), Job("other", 0, MONDAY_SEVEN, other))
    tick(council, both)
    assert (len(runs), len(other), states(council)) == (1, 1, {"not_sent": 1})
    with council.reading() as db:
        failed = db.execute(select(table(JobRunRow)).where(table(JobRunRow).c.job == "weekly")).one()
    assert (failed.outcome, failed.finished_at) == ("failed: ValueError", None)
    tick(council, both)
    assert len(runs) == 1, "it waits a minute first"
    wall.wait(minutes=1)
    tick(council, both)
    wall.wait(minutes=1)
    tick(council, both)
    assert (len(runs), len(other)) == (3, 1)
    assert outcome_states(council) == {"done"}
    said = capsys.readouterr()
    assert "weekly" in said.out + said.err
    assert secret not in said.out + said.err


def test_a_run_cut_off_is_taken_over_when_its_lease_ends(council, wall, runs):
    with council.writing() as db:
        assert jobs.claim(db, "weekly", date(2026, 3, 2), now=wall.now)
    tick(council, timetable(runs))
    assert runs == []
    wall.wait(minutes=10)
    tick(council, timetable(runs))
    assert runs == [date(2026, 3, 2)]


def test_of_several_replicas_one_runs_it(council, runs):
    ready = threading.Barrier(5)

    def replica():
        ready.wait()
        tick(council, timetable(runs))

    threads = [threading.Thread(target=replica) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs == [date(2026, 3, 2)]


def test_of_several_replicas_one_tells_each_alert(council, tmp_path, wall):
    plan_alerts(council, [an_alert(f"c{i}", team=f"team-{i % 20}") for i in range(400)])
    with council.writing() as db:
        for nth in range(20):
            people.put_posts(db, f"team-{nth}", {"team-manager": f"team-{nth}@council.example"})
    threads = [threading.Thread(target=tick, args=(council, ())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states(council) == {"not_sent": 400}
    assert len(list((tmp_path / "outbox").iterdir())) == 20


@pytest.mark.parametrize(("day", "quiet_ticks"), [(date(2026, 3, 29), 0), (date(2026, 10, 25), 4)])
def test_on_days_when_the_clocks_change_nothing_runs_from_one_to_two(sqlite_url, tmp_path, wall, day, quiet_ticks):
    """Every half hour from six in the evening before: sent at once except in the quiet hour, and then right after it.

    In spring that hour does not exist; in autumn it comes twice.
    """
    wall.now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=6)
    quiet = []
    with council_with(settings_for(sqlite_url, tmp_path)) as council:
        for half in range(24):
            queue_report(council, f"report {half}")
            tick(council, ())
            if "waiting" in messages_by_state(council):
                quiet.append(clock.local(wall.now))
            wall.wait(minutes=30)
        assert messages_by_state(council) == {"not_sent": 24}
    assert len(quiet) == quiet_ticks
    assert {(moment.date(), moment.hour) for moment in quiet} <= {(day, 1)}


def test_on_an_ordinary_day_too(council, wall):
    wall.now = datetime(2026, 3, 3, 1, 59, 59, tzinfo=UTC)
    queue_report(council, "report")
    tick(council, ())
    assert messages_by_state(council) == {"waiting": 1}
    wall.wait(seconds=1)
    tick(council, ())
    assert messages_by_state(council) == {"not_sent": 1}


def queue_report(council, name):
    """Something to send that does not wait for a morning."""
    with council.writing() as db:
        people.put_posts(db, "", {"group-manager-fieldwork": "gm@council.example"})
    day = date(2026, 3, 2)
    flow.mail_report(council, name=name, as_at=day, title=name, text=".", html=".", post="group-manager-fieldwork")


def messages_by_state(council):
    with council.reading() as db:
        return browsing.messages_by_state(db)


@pytest.mark.parametrize("change", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_monday_after_the_clocks_change_runs_once_at_seven_local_time(council, wall, runs, change):
    wall.now = datetime(change.year, change.month, change.day, 20, 0, tzinfo=UTC) - timedelta(days=1)
    ran_at = []
    for _ in range(60 * 2):
        before = len(runs)
        tick(council, timetable(runs))
        ran_at += [clock.local(wall.now)] * (len(runs) - before)
        wall.wait(minutes=30)
    monday = change + timedelta(days=1)
    assert runs == [monday - timedelta(days=7), monday]
    assert (ran_at[1].date(), ran_at[1].time()) == (monday, MONDAY_SEVEN)


def test_a_clock_set_back_a_week_and_put_right_runs_nothing_twice(council, wall, runs):
    tick(council, timetable(runs))
    wall.wait(weeks=1)
    tick(council, timetable(runs))
    wall.wait(weeks=-1)
    tick(council, timetable(runs))
    wall.wait(weeks=1)
    tick(council, timetable(runs))
    assert runs == [date(2026, 3, 2), date(2026, 3, 9)]


@pytest.mark.parametrize(
    ("moment", "slot"),
    [
        (datetime(2026, 3, 30, 5, 59, tzinfo=UTC), date(2026, 3, 23)),  # 06:59 in summer time
        (datetime(2026, 3, 30, 6, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), date(2026, 3, 23)),  # Monday already, and not yet seven
        (datetime(2026, 4, 5, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
    ],
)
def test_a_slot_is_a_local_date(moment, slot):
    assert latest_slot(Job("weekly", 0, MONDAY_SEVEN, print), moment) == slot


@pytest.mark.parametrize(
    ("moment", "slot"),
    [
        (datetime(2026, 11, 2, 6, 59, tzinfo=UTC), date(2026, 10, 5)),
        (datetime(2026, 11, 2, 7, 0, tzinfo=UTC), date(2026, 11, 2)),
        (datetime(2026, 11, 30, 23, 0, tzinfo=UTC), date(2026, 11, 2)),  # the fifth Monday is nobody's
        (datetime(2026, 5, 4, 6, 0, tzinfo=UTC), date(2026, 5, 4)),  # a bank holiday: it runs all the same
        (datetime(2026, 3, 31, 12, 0, tzinfo=UTC), date(2026, 3, 2)),  # after an outage of weeks: once, the latest
        (datetime(2027, 1, 3, 12, 0, tzinfo=UTC), date(2026, 12, 7)),
    ],
)
def test_a_monthly_slot_is_the_first_such_weekday_of_a_month(moment, slot):
    assert latest_slot(Job("monthly", 0, MONDAY_SEVEN, print, is_monthly=True), moment) == slot


def test_over_two_years_every_month_has_one_slot_whatever_the_clocks_do():
    job = Job("monthly", 0, MONDAY_SEVEN, print, is_monthly=True)
    hours = (datetime(2026, 1, 10, tzinfo=UTC) + timedelta(hours=nth) for nth in range(2 * 365 * 24))
    slots = sorted({latest_slot(job, hour) for hour in hours})
    assert [(slot.year, slot.month) for slot in slots[:13]] == [*((2026, month) for month in range(1, 13)), (2027, 1)]
    assert all(slot.weekday() == 0 and slot.day <= 7 for slot in slots)
    assert len(slots) == 25


def test_the_timetable_names_reports_there_are_and_no_two_jobs_alike():
    jobs_of = times.timetable()
    assert [(job.name, job.is_monthly) for job in jobs_of] == [
        ("report section-47", False),
        ("report visits", False),
        ("report visits-monthly", True),
        ("report pre-proceedings", True),
        ("report pre-proceedings for service-manager", True),
        ("report telling", True),
    ]
    assert {job.name.split()[1] for job in jobs_of} == set(reports.NAMES)


def test_the_scheduler_ticks_by_itself_and_stops(sqlite_url, tmp_path):
    settings = settings_for(sqlite_url, tmp_path, tick_seconds=0.05)
    # A noon gone by, whenever this runs: between one and two at night nothing ticks.
    noon = (clock.now() - timedelta(days=1)).replace(hour=12)
    with clock.substitute(lambda: noon), council_with(settings) as council:
        queue_report(council, "one")
        with ticking(council, ()):
            until = real_time.monotonic() + 10
            while messages_by_state(council) != {"not_sent": 1} and real_time.monotonic() < until:
                real_time.sleep(0.05)
        assert messages_by_state(council) == {"not_sent": 1}
        queue_report(council, "another")
        real_time.sleep(0.2)
        assert messages_by_state(council) == {"not_sent": 1, "waiting": 1}


def test_a_mail_setting_that_cannot_be_right_stops_the_start(sqlite_url, tmp_path):
    settings = settings_for(sqlite_url, tmp_path, smtp_url="mail.example")
    with council_with(settings) as council, pytest.raises(NotReady, match="TIMESCALES_SMTP_URL"), ticking(council, ()):
        pass
