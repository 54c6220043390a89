"""The children in need census: every row is accounted for, taken or refused, whatever the file looks like."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.feeds.cin_census import layout, open_return
from service.feeds.facts import Row
from tests.service.census_making import (
    census,
    child,
    facts_of,
    module,
    referral,
    rows_of,
    said,
    types,
)


def one(folder: Path, *inside: str, **columns: str) -> list[Row]:
    return rows_of(folder, census(child(referral(*inside, **columns))))


EVERYTHING = (
    module("Assessments", AssessmentActualStartDate="2026-05-05"),
    module("Section47", S47ActualStartDate="2026-05-05"),
    module("CINPlanDates", CINPlanStartDate="2026-05-05"),
    module(
        "ChildProtectionPlans",
        "<Reviews><CPPreviewDate>2026-08-05</CPPreviewDate></Reviews>",
        CPPstartDate="2026-05-05",
    ),
    module("PreProceedingsandFGDM", PPStartDate="2026-05-05"),
)
ROWS = (
    "ChildIdentifiers",
    "CINdetails",
    "Assessments",
    "Section47",
    "CINPlanDates",
    "ChildProtectionPlans",
    "Reviews",
    "PreProceedingsandFGDM",
)


@pytest.mark.parametrize("id", [None, "", "A B", "x" * 41, "A\u200bB"])
def test_every_row_of_a_child_without_a_usable_reference_is_refused(tmp_path, id):
    rows = rows_of(tmp_path, census(child(referral(*EVERYTHING), id=id), child(referral(), id="X-2")))
    refused = [row for row in rows if row.refused]
    assert sorted(row.module for row in refused) == sorted(ROWS)
    assert {row.refused.column for row in refused if row.refused} == {"LAchildID"}
    assert {fact.subject for fact in facts_of(rows)} == {"X-2"}


def test_every_row_is_found_once_with_its_line(tmp_path):
    rows = one(tmp_path, *EVERYTHING)
    assert sorted(row.module for row in rows) == sorted(ROWS)
    text = (tmp_path / "census.xml").read_text().splitlines()
    for row in rows:
        assert row.module in text[row.line - 1]
    assert not [row for row in rows if row.refused]


@pytest.mark.parametrize("name", layout.UNDER_A_REFERRAL)
@pytest.mark.parametrize("text", [None, "nonsense"])
def test_a_row_without_any_date_is_refused(tmp_path, name, text):
    column = layout.MODULES[name].first_column
    rows = one(tmp_path, module(name, "" if text is None else f"<{column}>{text}</{column}>"))
    assert rows[2].refused
    assert rows[2].refused.column == column
    assert not rows[2].facts


def test_what_no_layout_has_is_refused_by_name_a_module_each_time_and_a_column_once(tmp_path):
    inside = (
        module("Supervision", Held="2026-05-05"),
        module("CINPlanDates", CINPlanStartDate="2026-05-05", Chair="x"),
    )
    rows = one(tmp_path, *inside, *inside)
    assert [row.module for row in rows if row.refused] == ["Supervision", "Chair", "Supervision"]


def test_a_referral_that_stands_in_the_file_twice_is_taken_once(tmp_path):
    rows = rows_of(
        tmp_path, census(child(referral(EVERYTHING[0])), child(referral(*EVERYTHING), referral(on="2026-06-06")))
    )
    assert sum(row.refused is not None for row in rows) == len(ROWS)
    assert len({fact.id for fact in facts_of(rows)}) == len(facts_of(rows))
    assert ("referral.received", "2026-06-06") in said(rows)


def test_pre_proceedings_under_the_child_itself_are_read(tmp_path):
    rows = rows_of(tmp_path, census(child(EVERYTHING[4], referral())))
    assert "pre-proceedings.started" in types(rows)
    assert not [row for row in rows if row.refused]


def test_every_row_of_every_file_beside_the_repository_is_accounted_for(shared_data: Path):
    """Counted a second time by plain text search: an opening tag is a row, and of reviews each date is."""
    for path in sorted((shared_data / "cin").glob("*.xml")):
        text, rows = path.read_text("utf-8"), list(open_return(path).rows)
        for name in layout.MODULES:
            tag = "<CPPreviewDate>" if name == layout.REVIEW else f"<{name}>"
            assert sum(row.module == name for row in rows) == text.count(tag), (path.name, name)
        assert not [row for row in rows if row.refused], path.name
