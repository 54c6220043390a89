"""A report as its reader takes it away: the same figures in each form, and the children they answer for alone."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select
from starlette.testclient import TestClient

from service import clock, reports
from service.council import Council
from service.store.tables import AuditRow, table
from tests.service.intake_parts import discussion, document, send
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, populate, seen

FORMS = ["xlsx", "csv", "children.csv", "json", "html"]


@pytest.fixture
def council(sqlite_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(sqlite_url, tmp_path) as council:
        populate(council)
        yield council


def rows_of(asking: TestClient, path: str) -> list[dict[str, str]]:
    answer = asking.get(path)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(StringIO(answer.content.decode())))


def workbook(council: Council, name: str) -> Workbook:
    return load_workbook(BytesIO(browser(council).get(f"/reports/{name}/xlsx").content))


def under_header(sheet: Worksheet) -> Iterator[dict[str, Any]]:
    """The rows of a sheet, each under its header."""
    header, *rows = sheet.iter_rows(values_only=True)
    return (dict(zip((str(name) for name in header), row, strict=True)) for row in rows)


def test_every_form_is_offered_on_the_page_and_opens(council: Council):
    asking = browser(council)
    page = asking.get("/reports/section-47").text
    for form in FORMS:
        address = f"/reports/section-47/{form}?as_at={clock.today().isoformat()}"
        assert f'href="{address}"' in page
        answer = asking.get(address)
        assert answer.status_code == 200
        assert "attachment; filename=" in answer.headers["content-disposition"]
    assert asking.get("/reports/section-47/doc").status_code == 404


def test_a_workbook_says_what_the_report_says_and_runs_nothing(council: Council):
    send(council, discussion("=c-1", "formula-1", "2026-10-20", key="=HYPERLINK(1)", team=NORTH))
    book = load_workbook(BytesIO(browser(council).get("/reports/section-47/xlsx").content))
    report = reports.build(council, "section-47", as_at=clock.today())
    measures = list(book["Measures"].iter_rows(values_only=True))
    assert len(measures) - 1 == len(report.measures)
    for row, one in zip(measures[1:], report.measures, strict=True):
        assert row[:2] == (one.id, one.title)
        assert row[4:7] == (one.this_period.amount, one.this_period.part, one.this_period.whole)
        assert row[10:13] == (one.all_periods.amount, one.all_periods.part, one.all_periods.whole)
    children = book["children"]
    assert children.max_row - 1 == len(report.children.rows)
    cells = [cell for row in children.iter_rows() for cell in row]
    assert "=c-1" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}, "a formula"


def test_the_whole_window_and_each_period_of_it_are_in_the_workbook_with_what_they_are_of(council: Council):
    book = workbook(council, "section-47")
    said = json.loads(browser(council).get("/reports/section-47/json").text)
    measures = list(under_header(book["Measures"]))
    series = list(under_header(book["Series"]))
    assert any(row["all_whole"] != row["this_whole"] for row in measures), "the window is more than its last week"
    for row, one in zip(measures, said["measures"], strict=True):
        whole = one["all_periods"]
        assert (row["all_periods"], row["all_part"], row["all_whole"]) == (
            whole["amount"], whole["part"], whole["whole"]
        )  # fmt: skip
        assert [
            (row["ends_on"].date().isoformat(), row["amount"], row["part"], row["whole"])
            for row in series
            if row["measure"] == one["id"]
        ] == [(at["ends_on"], *(at["value"][name] for name in ("amount", "part", "whole"))) for at in one["series"]]
    assert len(series) == sum(len(one["series"]) for one in said["measures"]) > len(measures)


@pytest.mark.parametrize("name", reports.NAMES)
def test_a_sheet_has_its_tables_short_name_and_the_contents_its_whole_title(council: Council, name: str):
    book = workbook(council, name)
    report = reports.build(council, name, as_at=clock.today())
    tables = [*report.tables, *report.own, report.children]
    assert book.sheetnames == [
        "About", "Contents", "Measures", "Series", *(one.id for one in tables), "Definitions"
    ]  # fmt: skip
    contents = {row["sheet"]: (row["title"], row["words"]) for row in under_header(book["Contents"])}
    assert list(contents) == [one for one in book.sheetnames if one != "Contents"]
    for one in tables:
        assert contents[one.id] == (one.title, " ".join(one.words) or None)


def test_the_moment_it_is_recorded_at_is_a_local_one_to_the_minute(council: Council):
    """In summer, when that is not the moment of UTC."""
    moment = datetime(2026, 7, 6, 6, 59, 31, 250_000, tzinfo=UTC)
    report = reports.build(council, "section-47", as_at=date(2026, 7, 6), known_at=moment)
    book = load_workbook(BytesIO(reports.as_xlsx(report, with_children=False)))
    about = {row["what"]: row["is"] for row in under_header(book["About"])}
    assert about["as recorded at"] == datetime(2026, 7, 6, 7, 59)
    assert about["as at"] == datetime(2026, 7, 6)
    assert about["published and frozen at"] == "not published"
    assert about["all periods begin"].date() == report.all_periods.starts_on


def test_the_json_and_the_csv_hold_the_figures_of_the_page(council: Council):
    asking = browser(council)
    report = reports.build(council, "section-47", as_at=clock.today())
    said = json.loads(asking.get("/reports/section-47/json").text)
    assert [one["this_period"]["amount"] for one in said["measures"]] == [
        one.this_period.amount for one in report.measures
    ]
    lines = [row for row in rows_of(asking, "/reports/section-47/csv") if row["window"] == "this"]
    assert [row["measure"] for row in lines] == [one.id for one in report.measures]


def test_a_team_manager_reads_all_figures_and_sees_only_the_teams_own_children(council: Council):
    whole = rows_of(browser(council), "/reports/section-47/children.csv")
    north = browser(council, ("team-manager", NORTH, ""))
    own = rows_of(north, "/reports/section-47/children.csv")
    theirs = {"c-late", "c-met", "c-early", "c-stray", "c-target", "c-gone"}
    assert {row["subject"] for row in own} == {row["subject"] for row in whole} & theirs != set()
    page = seen(north.get("/reports/section-47").text)
    assert "c-late" in page
    assert "c-friday" not in page
    assert "c-untold" not in page
    assert f"{len(own)} of {len(whole)} rows" in page
    assert "By worker" not in seen(north.get("/reports/visits").text)
    headline = reports.build(council, "section-47", as_at=clock.today()).opening
    assert seen(headline) in page


def test_a_child_stands_as_a_link_to_its_page_and_each_read_is_noted(council: Council):
    south = browser(council, ("team-manager", SOUTH, ""))
    page = south.get("/reports/section-47").text
    assert 'href="/subjects/c-friday"' in page
    assert south.get("/subjects/c-friday").status_code == 200
    with council.reading() as db:
        audit = table(AuditRow)
        query = select(audit.c.subject).where(audit.c.action == "report.read", audit.c.subject.is_not(None))
        noted = set(db.scalars(query))
    assert "c-friday" in noted
    assert "c-late" not in noted


def test_the_list_of_reports_works_nothing_out_and_shows_what_was_published(council: Council):
    asking = browser(council)
    assert "Not published yet" in asking.get("/reports").text
    made = reports.publish(council, "section-47", as_at=clock.today(), now=clock.now())
    send(
        council,
        document("icpc.held", "c-late", "late-held", "2026-11-20", key="s47-late", team=NORTH, outcome="no_plan"),
    )
    assert seen(made.report.opening) in seen(asking.get("/reports").text)
