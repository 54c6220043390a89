"""How reports are laid out: the plain copy says what the page says, and the children are never dear or mailed."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import pytest

from rules.model import Event
from service import clock, flow, reports
from service.council import Council, open_council
from service.reports.paper import chart
from service.reports.paper.styles import OF_A_COPY, OF_THE_SITE
from service.reports.report import LATE, MET, Chart, Part, Stack
from service.settings import Settings
from service.web.rendering import STATIC
from tests.service.pages_cast import seen

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
    read = reports.as_part(report, "/subjects/").rest
    listed = read[read.index(report.children.title) : read.index("What the words mean")]
    assert listed.count("<td") == cells
    assert cells == sum(listed.count(f"<td{has}>") for has in ("", ' class="whole"', ' class="report__long"'))


@pytest.mark.parametrize("name", reports.NAMES)
def test_a_page_of_the_site_and_the_page_to_keep_have_the_same_words(council: Council, name: str):
    report = replace(reports.build(council, name, as_at=MONDAY), is_demonstration=False)
    kept, part = reports.as_html(report, with_children=True), reports.as_part(report, "/subjects/")
    assert f"<title>{part.title}</title>" in kept
    assert seen(part.top + part.rest) == seen(kept[kept.index("<main") :])
    drawn = [re.findall(r"<svg.*?</svg>", html, flags=re.S) for html in (part.rest, kept)]
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("name", reports.NAMES)
def test_a_page_of_the_site_has_no_looks_of_its_own(council: Council, name: str):
    part = reports.as_part(reports.build(council, name, as_at=MONDAY), "/subjects/")
    assert not re.search(r"<[^>]*\sstyle=|<style|<script|<[^>]*\son\w+=", part.top + part.rest)


def test_more_children_than_a_few_are_opened_and_the_link_says_which(council: Council):
    report = reports.build(council, "visits", as_at=MONDAY)
    assert report.children.rows
    many = replace(report, children=replace(report.children, rows=report.children.rows[:1] * 9))
    few = replace(many, children=replace(many.children, rows=many.children.rows[:8]))
    [title] = re.findall(r"<h3[^>]*>(.*?)</h3>", reports.as_part(many, "/subjects/").rest)
    assert f"Show all 9 : {title}" in seen(reports.as_part(many, "/subjects/").rest)
    assert "Show all" not in reports.as_part(few, "/subjects/").rest
    assert "Show all" not in reports.as_html(many, with_children=True)


def test_every_piece_has_its_looks_and_no_looks_are_left_over():
    folder = Path(chart.__file__).with_name("templates")
    used = {name for file in folder.glob("*.html.j2") for name in re.findall(r"\blook\.(\w+)", file.read_text("utf-8"))}
    assert used == set(OF_A_COPY) == set(OF_THE_SITE)


def test_every_class_of_a_report_is_in_the_style_sheet_and_none_is_left_over():
    pages = Path(STATIC["site.css"]).parents[1] / "templates"
    named = " ".join(OF_THE_SITE.values()) + (pages / "report.html.j2").read_text("utf-8")
    known = set(re.findall(r"\.(report__[\w-]+)", STATIC["site.css"].read_text("utf-8")))
    assert set(re.findall(r"report__[\w-]+", named)) == known


@pytest.mark.parametrize("width", [chart.WIDE, chart.NARROW])
def test_the_words_at_a_mark_stay_inside_the_drawing(width: int):
    stacks = tuple(Stack(str(at), "", (1, 0)) for at in range(32))
    drawn = chart.draw(
        Chart(
            "days", "Days", "", "Days", (Part("In time", MET), Part("Late", LATE)), stacks, 16, "Limit: 15 working days"
        ),
        width,
    )
    [(x, anchor)] = re.findall(r'<text x="([\d.]+)" y="15.0" text-anchor="(\w+)"[^>]*>Limit: 15', drawn)
    # an average letter of bold Arial at 14 pixels is a little under 8 pixels wide
    ends = float(x) + (22 * 8 if anchor == "start" else 0)
    assert ends <= width
