"""What the service finds of itself, check by check: each finds what it is for, and nothing where all is well."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from service.checking.asking import ask
from service.checking.declared import CHECKS, ONLOOKERS
from service.checking.examining import look_at
from service.checking.finding import Answer, Check, Finding, Looked, Weight
from service.council import note_law
from service.scheduler import Job, tick
from service.store import people, watch
from service.store.session import open_store
from service.store.tables import AuthorityRow, ProblemRow, table
from service.store.telling import messages, webhooks
from tests.service.intake_parts import document, send
from tests.service.mail_cast import MONDAY, an_alert, plan_alerts
from tests.service.mail_room import Authority, MailServer, nobody_listening
from tests.service.watch_cast import MESSAGE, arrive, at, check, found, name_administrator, ticked, watched_council

SEVEN = time(7, 0)
WEEKLY = Job("report weekly", 0, SEVEN, lambda _council, _slot: None)


@pytest.fixture
def council(database_url, tmp_path, wall):
    with watched_council(database_url, tmp_path) as opened:
        yield opened


def looked(council, wall, jobs: Any = ()) -> Answer:
    """As a person looks, at the moment on the wall."""
    return look_at(council, jobs, now=wall.now)


def ids(council, wall, jobs: Any = ()) -> set[str]:
    return found(looked(council, wall, jobs)) - {ONLOOKERS.id}


def the(answer: Answer, id: str) -> Finding:
    (finding,) = (one.finding for one in answer.found if one.finding.id == id)
    return finding


def a_message(council, wall, *, kind: str = messages.REPORT, post: str = "head", **more: Any) -> None:
    """A message that waits, as it stands after an attempt."""
    new = messages.New(f"<{kind}-{post}-{wall.now}@x>", kind, post, None, "head@council.example", "s", "t", "<p>h</p>")
    with council.writing() as db:
        messages.write(db, new, now=wall.now)
        db.execute(update(MESSAGE).where(MESSAGE.c.message_id == new.message_id).values(attempts=1, **more))


# ---- all of them -----------------------------------------------------------------------------------------------------


def test_where_all_is_well_each_check_says_so_in_a_line(council, wall):
    check(council, wall)
    answer = looked(council, wall)
    assert found(answer) == set()
    assert len(answer.well) == len(CHECKS), "all but that there is no way to send mail, and that the service looks"
    assert all(said.endswith(".") for _check, said in answer.well)


def test_every_check_has_an_id_of_its_own_and_every_finding_words_that_help(council, wall):
    assert len({one.id for one in CHECKS}) == len(CHECKS)
    name_administrator(council, "")
    plan_alerts(council, [an_alert("c1", team="nobodys", due_on=date(2026, 2, 25))])
    wall.wait(hours=2)
    a_message(council, wall, last_error="later: 451")
    wall.wait(hours=2)
    answer = looked(council, wall, [WEEKLY])
    assert len(answer.found) > 5
    for asked, finding in answer.found:
        assert finding.check == asked.id
        assert finding.what.endswith(".")
        assert finding.fix.endswith((".", "list"))
        assert finding.count >= 1
        assert finding.since is None or finding.since.tzinfo is not None
    weights = [list(Weight).index(asked.weight) for asked, _finding in answer.found]
    assert weights == sorted(weights), "the worst first"


def test_looking_changes_nothing(council, wall):
    arrive(council, wall)
    with council.reading() as db:
        before = watch.checked(db), watch.alarms(db)
    looked(council, wall, [WEEKLY])
    with council.reading() as db:
        assert (watch.checked(db), watch.alarms(db)) == before


def test_a_broken_check_is_a_finding_and_hides_no_other(council, wall, capsys):
    def broken(look):
        look.db.exec_driver_sql("SELECT secret_4711 FROM nowhere")

    def finds(look):
        return Looked((Finding("other.check", "Found", "It was found.", "Do this."),))

    asked = [
        Check("broken.check", "test", "Well.", Weight.SOON, broken),
        Check("other.check", "test", "Well.", Weight.SOON, finds),
        Check("well.check", "test", "Well.", Weight.SOON, lambda _look: Looked()),
    ]
    answer = ask(council, asked, (), now=wall.now)
    assert {one.finding.id for one in answer.found} == {"watch.check-broken/broken.check", "other.check"}
    assert [said.id for said, _words in answer.well] == ["well.check"]
    assert answer.unsure == {"broken.check"}
    assert not answer.is_clean
    said = capsys.readouterr()
    assert "a check is broken" in said.out + said.err
    assert "secret_4711" not in said.out + said.err + str(answer)


def test_where_the_database_is_away_that_is_the_one_finding(council, wall, tmp_path):
    away = replace(council, engine=open_store(f"sqlite:///{tmp_path}"))  # a folder is no database
    answer = look_at(away, (), now=wall.now)
    assert [one.finding.id for one in answer.found] == ["watch.database-away"]
    assert not answer.is_clean
    assert {check.id for check in CHECKS} <= answer.unsure, "what was found before neither stands nor has ended"


# ---- what runs by itself ---------------------------------------------------------------------------------------------


def test_a_tick_notes_that_it_ran_and_at_most_once_a_minute(council, wall):
    wall.wait(hours=1)
    tick(council, ())
    first = wall.now
    wall.wait(seconds=59)
    tick(council, ())
    with council.reading() as db:
        noted = watch.checked(db)
    assert (noted[watch.TICK].at, noted[watch.SEND].at) == (first, first)
    wall.wait(seconds=1)
    tick(council, ())
    with council.reading() as db:
        assert watch.checked(db)[watch.TICK].at == wall.now


def test_clocks_that_nobody_looks_at_are_a_finding_and_the_hour_of_silence_is_none(council, wall):
    wall.now = datetime(2026, 3, 3, 0, 59, tzinfo=UTC)
    ticked(council)
    wall.now = datetime(2026, 3, 3, 2, 13, tzinfo=UTC)
    assert ids(council, wall) == set()
    wall.wait(minutes=2)
    assert ids(council, wall) == {"watch.tick-late", "watch.send-late"}
    assert the(looked(council, wall), "watch.tick-late").since == datetime(2026, 3, 3, 0, 59, tzinfo=UTC)
    ticked(council)
    assert ids(council, wall) == set()


def test_the_hour_that_comes_twice_is_silent_for_two_hours(council, wall):
    wall.now = datetime(2026, 10, 24, 23, 59, tzinfo=UTC)  # 00:59 in summer time
    ticked(council)
    wall.now = datetime(2026, 10, 25, 2, 10, tzinfo=UTC)  # 02:10, more than two hours later
    assert ids(council, wall) == set()
    wall.wait(minutes=5)
    assert "watch.tick-late" in ids(council, wall)


def test_a_tick_that_cannot_send_is_told_from_one_that_does_not_run(database_url, tmp_path, wall):
    settings = {"smtp_url": "smtp://localhost", "smtp_ca_file": tmp_path / "ca.pem"}
    with watched_council(database_url, tmp_path, **settings) as council:
        wall.wait(hours=1)
        tick(council, ())
        assert ids(council, wall) - {"setup.mail"} == {"watch.send-late"}, "its certificates cannot be read"


def test_a_service_that_does_not_look_at_itself_is_found_by_whoever_else_looks(council, wall):
    check(council, wall)
    wall.wait(minutes=21)
    ticked(council)
    assert found(looked(council, wall)) == {"watch.self-check-late"}


def test_a_run_that_was_missed_is_shown_until_it_is_made(council, wall):
    at(council, wall, "2026-03-09T08:20")
    assert ids(council, wall, [WEEKLY]) == set(), "it has an hour and a half"
    at(council, wall, "2026-03-09T08:40")
    missed = the(looked(council, wall, [WEEKLY]), "watch.run-missed/report weekly")
    assert "of Monday 9 March 2026 at 07:00 has not been made" in missed.what
    tick(council, [WEEKLY])
    assert ids(council, wall, [WEEKLY]) == set()


def test_a_run_of_a_day_before_anybody_was_to_be_told_is_not_missed(database_url, tmp_path, wall):
    with watched_council(database_url, tmp_path, administrator="") as council:
        wall.now = datetime(2026, 1, 2, 12, tzinfo=UTC)
        assert not any("run-missed" in id for id in ids(council, wall, [WEEKLY]))


def test_a_run_that_fails_says_how_and_is_not_called_missed_too(council, wall):
    def fails(_council, _slot):
        raise ValueError("child-4711")

    failing = WEEKLY._replace(run=fails)
    at(council, wall, "2026-03-09T12:00")
    tick(council, [failing])
    assert ids(council, wall, [failing]) == {"watch.run-failed/report weekly"}
    finding = the(looked(council, wall, [failing]), "watch.run-failed/report weekly")
    assert "failed: ValueError" in finding.what
    assert "4711" not in finding.what
    wall.wait(hours=1)
    tick(council, [WEEKLY])
    assert ids(council, wall, [WEEKLY]) == set()


def test_a_clock_that_was_set_back_is_found(council, wall):
    arrive(council, wall)
    assert ids(council, wall) == set()
    wall.wait(hours=-3)
    finding = the(looked(council, wall), "watch.clock-set-back")
    assert "3 hours behind" in finding.what
    wall.wait(hours=3)
    assert ids(council, wall) == set()


# ---- who is told -----------------------------------------------------------------------------------------------------


def test_a_post_without_a_holder_is_counted_with_its_oldest_date(council, wall):
    due = date(2026, 2, 20)
    plan_alerts(council, [an_alert("c1", team="nobodys", due_on=due), an_alert("c2", team="nobodys")])
    finding = the(looked(council, wall), "watch.unowned/team-manager/nobodys")
    assert finding.count == 2
    assert finding.since is not None
    assert finding.since.date() == due
    assert "post team manager of nobodys, which has 2 clocks to hear of" in finding.what


def test_a_report_that_waits_for_somebody_to_hold_its_post_is_found(council, wall):
    a_message(council, wall, post="head", last_error=messages.UNOWNED)
    finding = the(looked(council, wall), "watch.unowned/report/head/")
    assert "1 report waits for somebody who does" in finding.what
    with council.writing() as db:
        people.put_posts(db, "", {"administrator": "a@council.example", "head": "head@council.example"})
    assert ids(council, wall) == set()


def test_a_refused_address_is_found_until_a_later_message_arrives_there(council, wall):
    a_message(council, wall, state=messages.UNDELIVERABLE, last_error="refused: 550 at RCPT")
    assert ids(council, wall) == {"watch.undeliverable/report/head/"}
    wall.wait(minutes=1)
    a_message(council, wall, state=messages.SENT)
    assert ids(council, wall) == set()


def test_with_a_mail_server_away_that_is_found_within_the_hour_and_not_told_by_mail(database_url, tmp_path, wall):
    with nobody_listening() as port:
        settings = {"smtp_url": f"smtp://localhost:{port}"}
        with watched_council(database_url, tmp_path, **settings) as council:
            plan_alerts(council, [an_alert("c1")])
            tick(council, ())
            assert ids(council, wall) == set()
            for _ in range(13):
                answer = check(council, wall)
            tick(council, ())
            finding = the(answer, "watch.mail-away")
            assert "1 message waits, the oldest since Monday 2 March 2026 at 09:00" in finding.what
            assert not answer.is_clean
            with council.reading() as db:
                assert {one.kind for one in messages.newest(db, limit=9)} == {messages.DIGEST}


def test_messages_that_wait_though_others_go_are_told_apart_from_a_server_that_is_away(council, wall):
    a_message(council, wall, last_error="later: 451 at RCPT")
    wall.wait(minutes=61)
    ticked(council)
    assert ids(council, wall) == {"watch.mail-waiting"}


def test_what_no_message_could_be_made_of_is_counted_until_it_can_be(council, wall):
    with council.writing() as db:
        watch.note(db, watch.NOT_COMPOSED, now=wall.now, detail="3")
    finding = the(looked(council, wall), "watch.not-composed")
    assert (finding.count, "3 messages could not be written" in finding.what) == (3, True)
    wall.wait(minutes=71)  # it is tried each hour, and would have been noted again
    ticked(council)
    assert ids(council, wall) == set()


def test_a_webhook_that_nobody_answers_at_is_found(council, wall):
    with council.writing() as db:
        webhooks.add(
            db, "data-warehouse", "https://warehouse.example/in", "s3cret-4711", ["clock.breached"], now=wall.now
        )
        (hook,) = webhooks.every(db)
        webhooks.leave_alone(db, hook, "answered 500", until=wall.now, now=wall.now)
    assert ids(council, wall) == set()
    wall.wait(hours=1)
    ticked(council)
    answer = looked(council, wall)
    assert "data-warehouse" in the(answer, "watch.webhook-failing/data-warehouse").what
    assert "4711" not in str(answer.found)
    assert "warehouse.example" not in str(answer.found)


def test_nobody_as_administrator_is_a_finding_of_its_own(council, wall):
    name_administrator(council, "")
    assert ids(council, wall) == {"watch.no-administrator"}


# ---- what comes in, and how it is set up -----------------------------------------------------------------------------


def test_histories_that_cannot_be_worked_out_are_counted_by_child(council, wall):
    row = {"code": "cannot-evaluate", "timescale": "", "source": "s", "event_id": "e", "words": "w"}
    with council.writing() as db:
        db.execute(insert(table(ProblemRow)), [{**row, "subject": subject} for subject in ("c-4711", "c-4711", "c-2")])
    finding = the(looked(council, wall), "watch.cannot-evaluate")
    assert (finding.count, "2 children" in finding.what) == (2, True)
    assert "4711" not in str(finding)


def test_an_ordinary_data_problem_is_none_of_the_administrators(council, wall):
    send(council, document("icpc.held", "c-1", "e-1", "2026-02-20", key="k", outcome="no_plan"))
    assert ids(council, wall) == set()


def test_law_that_changed_and_is_not_applied_is_found_until_it_is(council, wall):
    with council.writing() as db:
        db.execute(update(table(AuthorityRow)).values(law="another"))
    assert ids(council, wall) == {"watch.law-not-applied"}
    with council.writing() as db:
        note_law(db, council.law)
    assert ids(council, wall) == set()


def test_a_calendar_that_ends_within_a_year_is_worth_knowing(council, wall):
    ends_on = council.calendar.covered_until
    wall.now = datetime.combine(ends_on - timedelta(days=364), SEVEN, UTC)
    ticked(council)
    assert f"watch.calendar-ends/{council.calendar.id}" in ids(council, wall)
    wall.wait(days=-2)
    ticked(council)
    assert not any("calendar" in id for id in ids(council, wall))


def test_a_database_that_a_newer_version_was_started_on_is_found(council, wall):
    with council.writing() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert ids(council, wall) == {"watch.database-form"}


def test_an_authority_that_can_send_no_mail_is_told_so_and_the_demonstration_is_not(council, wall):
    assert "setup.mail" in {one.finding.id for one in looked(council, wall).found}


def test_a_trial_and_links_that_lead_nowhere_are_found_where_mail_is_sent(tmp_path, sqlite_url, wall):
    with MailServer(authority := Authority(tmp_path / "ca")) as server:
        told = {"server": server, "authority": authority, "environment": "trial"}
        with watched_council(sqlite_url, tmp_path, **told) as council:
            assert ids(council, wall) == {"setup.environment"}
        told["environment"] = "production"
        with watched_council(sqlite_url, tmp_path, **told) as council:
            assert ids(council, wall) == set()


def test_a_way_to_send_mail_that_may_not_be_used_says_why(tmp_path, sqlite_url, wall):
    with watched_council(sqlite_url, tmp_path, smtp_url="smtp+plaintext://mail.example") as council:
        finding = the(looked(council, wall), "setup.mail")
        assert "without TLS" in finding.what


def test_when_it_began_is_the_moment_of_the_tests_cast():
    assert datetime(2026, 3, 2, 9, tzinfo=UTC) == MONDAY, "sentences above name that day"
