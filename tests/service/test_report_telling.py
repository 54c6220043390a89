"""The report of telling: the page's figures, mailed to the head of service once a month, and no child in the mail."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import select

from service import clock, reports
from service.council import Council
from service.errors import Refused
from service.reports.report import Value
from service.scheduler import tick
from service.store.tables import MessageRow, table
from service.timetable import timetable
from service.web.pages.office import fatigue
from tests.service import telling_rows as rows
from tests.service.mail_cast import council_with, settings_for, wall_at
from tests.service.pages_cast import demonstration
from tests.service.telling_counts import read
from tests.service.telling_rows import DAY, TODAY, at, put_alert, put_clock, put_mail, put_plan

DUE = date(2026, 10, 5)
NOW = at(TODAY, 9)


@pytest.fixture
def council(database_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council, wall_at(NOW):
        yield council


def tables_of(report) -> dict[str, dict[str, tuple]]:
    return {one.id: {row[0]: row[1:] for row in one.rows} for one in report.tables}


def test_with_nothing_told_it_says_so(council):
    report = reports.build(council, "telling", as_at=TODAY)
    assert report.is_empty
    assert report.opening == "Nothing to report: nobody was told of anything in these weeks."
    assert [one.rows for one in report.tables] == [(), (), ()]


def test_every_figure_is_that_of_the_page_and_of_a_slow_count(council, seed):
    rows.fill_at_random(council, seed)
    slow, page = read(council), fatigue.view(council)
    report = reports.build(council, "telling", as_at=TODAY)
    found = tables_of(report)
    by_post, _weeks = slow.loads()
    assert found["mails"] == {
        post.replace("-", " ").capitalize(): tuple(
            Value(float(amount)) for amount in (round(each, 1), most, readers, mails)
        )
        for post, (readers, mails, each, most) in by_post.items()
    }
    by_rung, told, untold, missed = slow.warned()
    acted = list(found["acted-on"].values())
    assert [(one[0].whole, one[1].amount, one[2].amount) for one in acted[-2:]] == [told, untold]
    assert sorted((one[0].whole, one[1].amount, one[2].amount) for one in acted[:-2]) == sorted(by_rung.values())
    assert all(share.part == met.amount + planned.amount for share, met, planned in acted)
    assert sorted((share.whole, share.part) for _so, share in found["rungs-after"].values()) == sorted(
        slow.rungs().values()
    )
    assert len(report.children.rows) == len(missed)
    assert sum(row[0].startswith("warned") for row in report.children.rows) == sum(warned for _, warned in missed)
    assert list(report.lines) == page["advice"]


@pytest.mark.parametrize("days", range(7))
def test_on_whatever_day_it_is_asked_for_it_speaks_of_whole_weeks(council, days):
    with wall_at(NOW + timedelta(days=days)):
        report = reports.build(council, "telling", as_at=TODAY + days * DAY)
    assert (report.this_period.starts_on, report.this_period.ends_on) == (rows.FIRST, rows.LAST)
    assert report.last_period.ends_on == rows.FIRST - DAY
    assert "12 weeks of Monday 31 August to Sunday 22 November 2026" in " ".join(reports.as_text(report).split())


def test_no_child_and_no_address_is_in_what_is_mailed(council):
    put_clock(council, "late", DUE, subject="q7x-child", key="k9z-case", team="team-a", worker="w5y-worker")
    put_alert(council, "late", "first-warning", DUE, at(DUE - 7 * DAY), post="team-manager")
    put_mail(council, "1", "team-manager", "someone@council.example", DUE)
    report = reports.build(council, "telling", as_at=TODAY)
    own = reports.as_html(report, with_children=True)
    assert "q7x-child" in own
    assert "k9z-case" in reports.children_csv(report)
    mailed = reports.as_html(report, with_children=False) + reports.as_text(report)
    for secret in ("q7x-child", "k9z-case", "w5y-worker", "@council"):
        assert secret not in mailed + reports.as_csv(report) + reports.as_json(report)
    assert "w5y-worker" not in own
    assert "@council" not in own


def test_what_was_missed_stands_with_the_team_of_its_last_day_beside_the_one_that_has_it_now(council):
    moved = {"team": "team-new", "answerable_team": "team-old"}
    put_clock(council, "owed", DUE, subject="c-owed", **moved)
    put_clock(council, "late", DUE, subject="c-late", outcome="late", stopped_on=DUE + DAY, **moved)
    put_clock(council, "nobodys", DUE, subject="c-nobodys")
    rows_of = reports.build(council, "telling", as_at=TODAY).children.rows
    assert {row[1]: row[4:] for row in rows_of} == {
        "c-owed": ("team-old", "team-new", "2026-10-05", ""),
        "c-late": ("team-old", "", "2026-10-05", "2026-10-06"),
        "c-nobodys": ("No team recorded", "No team recorded", "2026-10-05", ""),
    }


def test_the_plain_copy_reads_like_this(council):
    for number, outcome in enumerate(["met", "met", None, None]):
        put_clock(council, f"c{number}", DUE, outcome=outcome, stopped_on=DUE if outcome else None)
        put_alert(council, f"c{number}", "first-warning", DUE, at(DUE - 7 * DAY), post="team-manager")
    put_plan(council, "c2", at(DUE - DAY), DUE)
    put_mail(council, "1", "team-manager", "a@council.example", DUE)
    report = reports.build(council, "telling", as_at=TODAY)
    text = " ".join(reports.as_text(report).split())
    assert (
        "1 mail about clocks went in 12 weeks; of what posts were warned of ahead of its date, "
        "3 of 4 acted on (75%): 2 met in time, 1 planned for." in text
    )
    assert "Team manager: Each, a week 1; Most for one 1; Readers 1; Mails 1." in text
    assert "First warning, team manager: Acted on 75% (3 of 4); Met in time 2; Planned for 1." in text
    assert "MEASURES" not in text
    figures = list(csv.DictReader(StringIO(reports.as_csv(report))))
    [acted] = [one for one in figures if one["row"].startswith("First warning") and one["measure"] == "acted_on"]
    assert (acted["part"], acted["whole"], acted["amount"]) == ("3", "4", "75")


def test_what_was_told_cannot_be_had_as_recorded_earlier(council):
    with pytest.raises(Refused, match="only as it is recorded now"):
        reports.build(council, "telling", as_at=TODAY, known_at=NOW - timedelta(hours=1))
    assert reports.build(council, "telling", as_at=TODAY, known_at=NOW)


def test_what_was_published_is_kept_whatever_is_told_later(council):
    published = reports.publish(council, "telling", as_at=TODAY, now=NOW).report
    put_mail(council, "1", "team-manager", "a@council.example", DUE)
    again = reports.publish(council, "telling", as_at=TODAY, now=clock.now())
    assert (again.is_new, again.report) == (False, published)
    assert reports.build(council, "telling", as_at=TODAY).tables != published.tables


def test_on_the_first_monday_of_a_month_it_is_written_to_the_head_of_service_and_to_nobody_else(
    database_url, tmp_path, wall
):
    jobs = [job for job in timetable() if job.name == "report telling"]
    message = table(MessageRow)
    with council_with(settings_for(database_url, tmp_path)) as council:
        for monday in (date(2026, 10, 5), date(2026, 10, 12), date(2026, 11, 2)):
            wall.now = datetime.combine(monday, datetime.min.time(), clock.LOCAL) + timedelta(hours=7, minutes=30)
            tick(council, jobs)
        with council.reading() as db:
            query = select(message.c.post, message.c.subject).where(message.c.kind == "report").order_by(message.c.seq)
            sent = [(row.post, row.subject) for row in db.execute(query)]
    assert [post for post, _ in sent] == ["head-of-service"] * 2
    assert ["12 weeks to 4 October 2026" in sent[0][1], "12 weeks to 1 November 2026" in sent[1][1]] == [True, True]
