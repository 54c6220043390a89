"""Data problems: what to fix, who has to, how many: the same on the page, in the file, and counted slowly."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from io import StringIO

import pytest
from sqlalchemy import select

from service.council import Council
from service.store.clocks import CLOCK, PROBLEM
from service.store.tables import AuditRow, table
from tests.service.intake_parts import discussion, document, send
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, populate, seen

OF_NORTH, OF_SOUTH = ("team-manager", NORTH, ""), ("team-manager", SOUTH, "")
AUDIT = table(AuditRow)


@pytest.fixture
def council(database_url, tmp_path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        send(council, *_wrong())
        yield council


def _wrong() -> Iterator[object]:
    """One more of each team, and one event that names no team about a child whose clock does."""
    yield discussion("c-south", "south-1", "2026-11-16", key="s47-south", team=SOUTH)
    yield document("icpc.held", "c-south", "south-2", "2026-11-12", key="s47-south", team=SOUTH, outcome="no_plan")
    yield document("icpc.held", "c-south", "south-3", "2026-03-02", key="s47-else", outcome="no_plan")


def _file(council: Council, post: tuple[str, str, str], query: str = "") -> list[dict[str, str]]:
    answer = browser(council, post).get(f"/problems.csv{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(StringIO(answer.text)))


def _page(council: Council, post: tuple[str, str, str], query: str = "") -> tuple[int, list[str]]:
    """The count in the heading, and the children in the tables."""
    html = browser(council, post).get(f"/problems{query}").text
    heading = re.search(r"<h1[^>]*>Data problems: ([\d,]+)</h1>", html)
    assert heading
    return int(heading[1]), re.findall(r'<th scope="row"[^>]*><a[^>]*href="/subjects/([^"]+)"', html)


HEAD = ("head-of-service", "", "")


@pytest.mark.parametrize("query", ["", f"?team={NORTH}", f"?team={SOUTH}"])
def test_heading_tables_file_and_a_slow_count_agree(council, query):
    count, children = _page(council, HEAD, query)
    rows = _file(council, HEAD, query)
    assert Counter(children) == Counter(row["child"] for row in rows)
    assert count == len(rows)
    if not query:
        with council.reading() as db:
            clocks = db.execute(select(CLOCK).where(CLOCK.c.problem.is_not(None), CLOCK.c.measure == "duty")).all()
            histories = db.execute(select(PROBLEM)).all()
        assert count == len(clocks) + len(histories) == 4


def test_each_team_is_counted_with_what_it_has_to_put_right(council):
    words = seen(browser(council).get("/problems").text)
    assert "All teams : 4 Assessment Team North : 2 Care Management Team South : 2" in words
    for team, name in ((NORTH, "Assessment Team North"), (SOUTH, "Care Management Team South")):
        rows = _file(council, HEAD, f"?team={team}")
        assert [(row["team"], row["team name"]) for row in rows] == [(team, name)] * 2


def test_an_event_that_names_no_team_is_for_the_team_that_has_the_child(council):
    rows = _file(council, HEAD)
    assert {row["team"] for row in rows if row["child"] == "c-south"} == {SOUTH}


def test_a_team_is_shown_its_own_and_no_count_of_anybody_elses(council):
    count, children = _page(council, OF_SOUTH)
    assert (count, set(children)) == (2, {"c-south"})
    words = seen(browser(council, OF_SOUTH).get("/problems").text)
    assert "North" not in words
    assert {row["child"] for row in _file(council, OF_NORTH)} == {"c-early", "c-stray"}


def test_another_teams_problems_are_as_those_of_a_team_that_is_not_there(council):
    for team in (NORTH, "unheard-of"):
        assert browser(council, OF_SOUTH).get(f"/problems?team={team}").status_code == 404
    assert browser(council, OF_SOUTH).get(f"/problems.csv?team={NORTH}").status_code == 404


def test_what_to_fix_is_said_once_a_kind_and_in_every_row_of_the_file(council):
    html = browser(council).get("/problems").text
    assert html.count("What to fix.") == 2
    assert all(row["what to fix"].startswith("In the case system:") for row in _file(council, HEAD))
    assert not re.search(r"icpc\.held of \d{4}", html), "said as people say it"


def test_taking_the_list_away_is_noted_of_every_child_in_it(council):
    _file(council, OF_SOUTH)
    with council.reading() as db:
        noted = db.scalars(select(AUDIT.c.subject).where(AUDIT.c.action == "problems.exported")).all()
    assert set(noted) == {"c-south"}
