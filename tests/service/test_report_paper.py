"""How reports are laid out: the plain copy says what the page says, and the children are never dear or mailed."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from io import StringIO

import pytest

from rules.model import Event
from service import clock, flow, reports
from service.council import Council, open_council
from service.settings import Settings

MONDAY, MORNING = date(2026, 11, 2), datetime(2026, 11, 2, 7, tzinfo=UTC)


def sent(id: str, type: str, on: str, **data) -> Event:
    day = date.fromisoformat(on)
    return Event("system", id, type, f"q7x-{id[0]}", day, key=f"k9z-{id[0]}", team="team-a", data=data)


EVENTS = (
    sent("a1", "departmental-planning-meeting.held", "2026-09-01"),
    sent("a2", "legal-planning-meeting.held", "2026-09-14", decision="pre_proceedings"),
    sent("b1", "placement.started", "2026-10-01"),
    sent("b2", "looked-after.visited", "2026-10-20", seen=True),
    sent("c1", "strategy-discussion.held", "2026-09-28", outcome="section_47"),
    sent("c2", "icpc.held", "2026-10-26"),
)


@pytest.fixture
def council(sqlite_url, tmp_path):
    council = open_council(Settings(data_dir=tmp_path, database_url=sqlite_url, authority="southend"), demonstrate=True)
    with clock.substitute(lambda: MORNING):
        flow.receive(council, EVENTS, actor="test")
        yield council
    council.engine.dispose()


@pytest.mark.parametrize("name", reports.NAMES)
def test_the_plain_copy_says_every_word_above_a_table_that_the_page_says(council: Council, name: str):
    report = reports.build(council, name, as_at=MONDAY)
    plain = reports.as_text(report)
    assert [line for table in report.tables for line in table.words if line not in plain] == []
    assert sum(len(table.words) for table in report.tables) > len(report.tables) // 2


def test_the_plain_copy_owns_that_no_reason_was_asked_for(council: Council):
    assert "No other reason is recorded yet" in reports.as_text(reports.build(council, "visits", as_at=MONDAY))


def test_days_of_every_kind_are_not_written_down_as_working_days(council: Council):
    report = reports.build(council, "pre-proceedings", as_at=MONDAY)
    rows = list(csv.DictReader(StringIO(reports.as_csv(report))))
    [longest] = [row for row in rows if row["measure"] == "longest" and row["row"].startswith("Legal planning")]
    # Tuesday 1 to Monday 14 September: thirteen days, of which nine are working days
    assert (longest["amount"], longest["unit"]) == ("13", "days")
    assert "working_days" not in {row["unit"] for row in rows}


@pytest.mark.parametrize("name", reports.NAMES)
def test_a_child_costs_the_page_no_more_than_its_own_words(council: Council, name: str):
    """A page of thousands of children opens on an old machine: their looks stand once, in its style sheet."""
    report = reports.build(council, name, as_at=MONDAY)
    assert report.children.rows
    page = reports.as_html(report, with_children=True)
    listed = page[page.index(report.children.title) : page.index("What the words mean")]
    cells = listed.count("<td")
    assert cells >= len(report.children.rows)
    assert cells == listed.count("<td>") + listed.count('<td class="whole">')
