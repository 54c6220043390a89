"""The report ``pre-proceedings``: every child in it, step by step, against what was sent by hand."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest

from rules.model import Event
from service import clock, flow, reports
from service.council import open_council
from service.reports.report import Report
from service.settings import Settings

MONDAY = date(2026, 11, 2)  # the first Monday of November
MORNING = datetime(2026, 11, 2, 7, tzinfo=UTC)


def sent(*rows: tuple) -> list[Event]:
    events = []
    for nth, (subject, type, on, *more) in enumerate(rows):
        data = dict(more[0]) if more else {}
        who = {"team": data.pop("team", None), "worker": data.pop("worker", None)}
        day = date.fromisoformat(on)
        events.append(Event("system", f"e-{nth:03d}", type, subject, day, key=f"case-{subject}", data=data, **who))
    return events


DPM, LPM = "departmental-planning-meeting.held", "legal-planning-meeting.held"
LETTER, MEETING = "letter-before-proceedings.sent", "pre-proceedings-meeting.held"
ENDED, ISSUED = "pre-proceedings.ended", "proceedings.issued"
GO = {"decision": "pre_proceedings"}
NORTH = {"team": "team-north", "worker": "worker-canary"}

EVENTS = sent(
    # waits for legal planning since 1 September, and nothing has moved
    ("child-a", DPM, "2026-09-01", NORTH),
    # everything held; the letter on 1 September: eight weeks in; a concern stands
    ("child-b", DPM, "2026-08-03", NORTH),
    ("child-b", LPM, "2026-08-14", GO | NORTH),
    ("child-b", LETTER, "2026-09-01", NORTH),
    ("child-b", MEETING, "2026-10-20", NORTH),
    ("child-b", "concern.raised", "2026-10-01", {"raised_by": "iro"}),
    # past sixteen weeks, no decision
    ("child-c", LPM, "2026-06-01", GO | {"team": "team-south"}),
    ("child-c", LETTER, "2026-06-08", {"team": "team-south"}),
    ("child-c", "concern.raised", "2026-09-01", {"raised_by": "cp_chair"}),
    ("child-c", "concern.resolved", "2026-09-20"),
    # decided in October, in time, and so not in it any more
    ("child-d", LPM, "2026-07-01", GO | NORTH),
    ("child-d", LETTER, "2026-07-06", NORTH),
    ("child-d", MEETING, "2026-07-16", NORTH),
    ("child-d", ISSUED, "2026-10-05", NORTH),
    # stepped down in spring, and back since October
    ("child-e", LETTER, "2026-02-02", NORTH),
    ("child-e", ENDED, "2026-04-01", {"outcome": "stepped_down"} | NORTH),
    ("child-e", DPM, "2026-10-12", NORTH),
)


def report_of(database_url: str, folder, events, authority="southend", *, demonstrate=True) -> Report:
    settings = Settings(data_dir=folder, database_url=database_url, authority=authority)
    council = open_council(settings, demonstrate=demonstrate)
    with clock.substitute(lambda: MORNING):
        flow.receive(council, events, actor="test")
        report = reports.build(council, "pre-proceedings", as_at=MONDAY)
    council.engine.dispose()
    return report


def rows_of(report: Report) -> dict[str, dict[str, str]]:
    return {row["subject"]: row for row in csv.DictReader(StringIO(reports.children_csv(report)))}


def measure(report: Report, id: str):
    return next(one for one in report.measures if one.id == id)


def test_every_child_in_it_stands_there_with_its_steps(database_url, tmp_path):
    rows = rows_of(report_of(database_url, tmp_path, EVENTS))
    assert rows.keys() == {"child-a", "child-b", "child-c", "child-e"}
    a, b, c, e = (rows[f"child-{name}"] for name in "abce")
    # ten working days from Tuesday 1 September; sixty-two days have passed
    assert (a["dpm_on"], a["lpm_due_on"], a["lpm_on"]) == ("2026-09-01", "2026-09-15", "")
    assert (a["days_to_lpm"], a["days_since"]) == ("62 so far", "62")
    assert "legal planning meetings 34 working days overdue" in a["note"]
    # eleven days to legal planning; five working days for the letter; ten for the meeting
    assert (b["lpm_on"], b["days_to_lpm"]) == ("2026-08-14", "11")
    assert (b["letter_due_on"], b["letter_on"]) == ("2026-08-21", "2026-09-01")
    assert (b["meeting_due_on"], b["meeting_on"]) == ("2026-09-15", "2026-10-20")
    assert (b["weeks_in"], b["decide_by_on"]) == ("8", "2026-12-22")
    assert (b["last_progress"], b["days_since"]) == ("pre-proceedings meeting", "13")
    assert (b["concern_since_on"], c["concern_since_on"]) == ("2026-10-01", "")
    assert (c["weeks_in"], c["decide_by_on"]) == ("21", "2026-09-28")
    # what was decided in spring is another case
    assert (e["dpm_on"], e["letter_on"], e["last_progress_on"]) == ("2026-10-12", "", "2026-10-12")


def test_the_figures_of_the_month_are_those_of_the_events(sqlite_url, tmp_path):
    report = report_of(sqlite_url, tmp_path, EVENTS)
    assert report.this_period.starts_on == date(2026, 10, 1)
    # due in October: child-d's decision, by 26 October, was made on the 5th
    decided = measure(report, "pre-proceedings-in-time")
    assert (decided.this_period.part, decided.this_period.whole) == (1, 1)
    # over the year also child-c's, by 28 September, not made; and child-e's, by 25 May, made on 1 April
    assert (decided.all_periods.part, decided.all_periods.whole) == (2, 3)
    assert measure(report, "open").this_period.amount == 4
    assert measure(report, "overrun").this_period.amount == 1
    assert measure(report, "days-to-legal-planning").all_periods.amount == 11
    assert report.opening.startswith("4 children are in pre-proceedings on 2 November 2026; for 2 of them nothing has")
    teams = next(one for one in report.tables if one.id == "teams")
    assert [(row[0], row[1].amount) for row in teams.rows] == [("team-north", 3), ("team-south", 1)]


def test_without_a_limit_of_the_authority_days_are_counted_and_nothing_is_late(sqlite_url, tmp_path):
    report = report_of(sqlite_url, tmp_path, EVENTS, demonstrate=False)
    row = rows_of(report)["child-a"]
    assert (row["lpm_due_on"], row["days_to_lpm"], row["note"]) == ("", "62 so far", "")
    assert "No limit is set for" in report.lines[0]


def test_the_copy_that_is_mailed_names_no_child_and_no_worker(sqlite_url, tmp_path):
    report = report_of(sqlite_url, tmp_path, EVENTS)
    assert "child-b" in reports.as_html(report, with_children=True)
    for text in (
        reports.as_html(report, with_children=False),
        reports.as_text(report),
        reports.as_json(report),
        reports.as_csv(report),
    ):
        assert "child-" not in text
        assert "case-" not in text
        assert "worker-canary" not in text


@pytest.mark.parametrize("authority", ["england", "southend"])
def test_a_month_with_nobody_says_so(database_url, tmp_path, authority):
    elsewhere = sent(("child-x", "referral.received", "2026-10-01"))
    report = report_of(database_url, tmp_path, elsewhere, authority, demonstrate=False)
    assert report.is_empty
    assert report.opening == "Nothing to report: no child was in pre-proceedings on 2 November 2026."


def test_published_figures_stay_though_more_is_recorded(sqlite_url, tmp_path):
    council = open_council(Settings(data_dir=tmp_path, database_url=sqlite_url, authority="southend"))
    with clock.substitute(lambda: MORNING):
        flow.receive(council, EVENTS, actor="test")
        published = reports.publish(council, "pre-proceedings", as_at=MONDAY, now=MORNING).report
    later = MORNING + timedelta(hours=2)
    with clock.substitute(lambda: later):
        more = Event("system", "more", DPM, "child-z", date(2026, 10, 1), key="case-child-z")
        flow.receive(council, [more], actor="test")
        again = reports.publish(council, "pre-proceedings", as_at=MONDAY, now=later).report
        anew = reports.build(council, "pre-proceedings", as_at=MONDAY)
    council.engine.dispose()
    assert again == published
    assert len(anew.children.rows) == len(published.children.rows) + 1
