"""The tracker of pre-proceedings: who has stood still, what was held and is due, and who was told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service import reports
from service.council import Council
from service.reports.pre_proceedings.cases import STEPS
from tests.service.intake_parts import document, send
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, seen
from tests.service.trackers_cast import REVIEWER, TODAY, children, manager, picked, populate, rows, running

LATE = {"p-south", "p-edge"}


@pytest.fixture
def council(database_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as made:
        populate(made)
        yield made


@pytest.fixture
def one(sqlite_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(sqlite_url, tmp_path) as made:
        populate(made)
        yield made


def past_a_limit(council: Council) -> set[str]:
    """The children with any step that is overdue, by looking at every clock there is."""
    steps = [clock for clock in running(council) if clock.timescale in STEPS]
    return {clock.subject for clock in steps if clock.due_on and clock.due_on < TODAY}


def test_those_longest_without_progress_come_first(council):
    assert children(browser(council).get("/pre-proceedings").text) == ["p-south", "p-still", "p-edge", "p-moving"]
    assert picked(browser(council).get("/pre-proceedings").text) == {
        "in pre-proceedings": 4,
        "standing still": 2,
        "moved lately": 2,
        "past a limit": len(past_a_limit(council)),
        "with a concern that stands": 1,
    }
    assert set(children(browser(council).get("/pre-proceedings?show=late").text)) == past_a_limit(council) == LATE


def test_it_lists_the_children_of_the_report_and_says_the_same_of_each(one):
    table = reports.build(one, "pre-proceedings", as_at=TODAY).children
    names = [column.id for column in table.columns[1:]]
    told = {row[1]: dict(zip(names, row[1:], strict=True)) for row in table.rows if row[0] != "cannot be right"}
    taken = {row["subject"]: row for row in rows(browser(one), "/pre-proceedings.csv")}
    assert {child: {name: row[name] for name in names} for child, row in taken.items()} == told


def test_four_weeks_to_the_day_is_not_yet_still(one):
    assert children(manager(one).get("/pre-proceedings?show=still").text) == ["p-still"]
    assert children(manager(one).get("/pre-proceedings?show=moving").text) == ["p-edge", "p-moving"]
    assert "For 1 of 3 children nothing has moved" in seen(manager(one).get("/pre-proceedings").text)


def test_each_step_is_said_with_its_dates(one):
    words = seen(manager(one).get("/pre-proceedings?show=still").text)
    for said in (
        "Standing still 63 days since the last progress: pre-proceedings meeting, Mon 21 Sep",
        "Departmental meeting Held Tue 1 Sep",
        "Legal planning Held Tue 8 Sep",
        "Letter Sent Mon 14 Sep",
        "Meeting with parents Held Mon 21 Sep",
        "To be decided Due Mon 4 Jan 2027 10 weeks in",
        "Concern raised 12 Oct by the reviewing officer (=no plan): open",
    ):
        assert said in words


def test_the_rung_that_was_told_last_is_named(one):
    [row] = rows(manager(one), "/pre-proceedings.csv?show=still")
    assert row["told_last"] == "Team manager"
    assert row["told_last_on"] == "2026-11-23"
    assert "Told last: team manager, Mon 23 Nov (not sent)" in seen(
        manager(one).get("/pre-proceedings?show=still").text
    )


def test_what_is_decided_is_no_longer_listed(one):
    assert "p-court" not in browser(one).get("/pre-proceedings").text


def test_another_team_is_neither_listed_nor_counted_nor_named(council):
    asking = manager(council, NORTH)
    for path in ("/pre-proceedings", f"/pre-proceedings?team={SOUTH}", "/pre-proceedings.csv"):
        text = asking.get(path).text
        assert "p-south" not in text
        assert "Care Management" not in text
    assert asking.get(f"/pre-proceedings?team={SOUTH}").status_code == 404
    assert children(manager(council, SOUTH).get("/pre-proceedings").text) == ["p-south"]


def test_a_reviewer_sees_the_children_they_are_named_for_and_no_other(council):
    asking = browser(council, ("reviewing-officer", "", ""), person=REVIEWER)
    html = asking.get("/pre-proceedings").text
    assert children(html) == ["p-still"]
    assert picked(html)["in pre-proceedings"] == 1
    other = browser(council, ("reviewing-officer", "", ""), person="iro-2").get("/pre-proceedings").text
    assert children(other) == []
    assert "No child whom you review is in pre-proceedings" in seen(other)


def test_an_unheard_of_part_is_refused(one):
    assert browser(one).get("/pre-proceedings?show=none").status_code == 422
    assert browser(one).get("/pre-proceedings.csv?show=none").status_code == 422


def test_with_nobody_in_pre_proceedings_it_says_so(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as empty:
        assert "No child is in pre-proceedings" in seen(browser(empty).get("/pre-proceedings").text)


def test_a_team_may_be_chosen(one):
    assert children(browser(one).get(f"/pre-proceedings?team={NORTH}").text) == ["p-still", "p-edge", "p-moving"]


def test_a_team_out_of_reach_is_not_offered_though_it_has_a_later_step_of_a_child(one):
    for nth, (on, team) in enumerate((("2026-11-02", NORTH), ("2026-11-09", SOUTH))):
        said = {"key": f"k-shared-{nth}", "team": team}
        send(one, document("departmental-planning-meeting.held", "p-shared", f"shared-{nth}", on, **said))
    assert {clock.team for clock in running(one) if clock.subject == "p-shared"} == {NORTH, SOUTH}
    html = manager(one, NORTH).get("/pre-proceedings").text
    assert "p-shared" in children(html)
    assert f'value="{SOUTH}"' not in html
    assert f'value="{SOUTH}"' in browser(one).get("/pre-proceedings").text
