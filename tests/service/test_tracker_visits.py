"""The tracker of visits: what is due next, when a child was last seen, and what was tried since."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from service.council import Council
from tests.service.intake_parts import document, send
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, seen
from tests.service.trackers_cast import TODAY, children, manager, picked, populate, rows, running

KINDS = {
    "child-protection-visit": "Children on a protection plan",
    "child-in-need-visit": "Children in need",
    "looked-after-visit": "Looked-after children",
}
SUNDAY = TODAY + timedelta(days=6)
WORDS = {
    "all": "waited for",
    "overdue": "overdue",
    "due_today": "due today",
    "due_this_week": "more due by Sunday",
    "due_later": "due later",
    "no_limit": "with no limit set",
}


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


def slowly(council: Council, team: str | None, kind: str | None) -> dict[str, list[tuple[str, str]]]:
    """The child and kind of every wait in each part, by looking at every clock there is."""
    found: dict[str, list[tuple[str, str]]] = {part: [] for part in WORDS}
    for clock in running(council, team):
        if clock.timescale not in KINDS or kind not in (None, clock.timescale) or clock.problem:
            continue
        part = "no_limit" if clock.due_on is None else "overdue" if clock.due_on < TODAY else "due_today"
        if clock.due_on and clock.due_on > TODAY:
            part = "due_this_week" if clock.due_on <= SUNDAY else "due_later"
        for name in ("all", part):
            found[name].append((clock.subject, KINDS[clock.timescale]))
    return {part: sorted(waits) for part, waits in found.items()}


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_every_part_lists_and_counts_what_a_slow_look_at_every_clock_finds(council, kind):
    also = f"&kind={kind}" if kind else ""
    for team, asking in ((None, browser(council)), (NORTH, manager(council, NORTH)), (SOUTH, manager(council, SOUTH))):
        expected = slowly(council, team, kind)
        for show, waits in expected.items():
            html = asking.get(f"/visits?show={show}{also}").text
            assert sorted(children(html)) == sorted({child for child, _kind in waits}), (team, show)
            assert picked(html) == {WORDS[part]: len(found) for part, found in expected.items()}, (team, show)
            taken = rows(asking, f"/visits.csv?show={show}{also}")
            assert sorted((row["child"], row["visits_to"]) for row in taken) == waits, (team, show)


def test_the_table_by_kind_adds_up_to_what_is_waited_for(one):
    html = browser(one).get("/visits").text
    table = html.partition("By kind of visit")[2]
    for kind, title in KINDS.items():
        row = table.partition(f">{title}<")[2].partition("</tr>")[0]
        expected = slowly(one, None, kind)
        numbers = [word for word in seen(row).split() if word.isdigit()]
        assert numbers == [str(len(expected[part])) for part in WORDS], title


def test_attempts_are_counted_since_the_child_was_last_seen(one):
    row = {row["child"]: row for row in rows(manager(one), "/visits.csv")}["v-sought"]
    assert (row["last_seen_on"], row["due_on"], row["sought_not_seen_since"]) == ("2026-10-28", "2026-11-11", "2")
    words = seen(manager(one).get("/visits?show=overdue").text)
    assert "Wed 28 Oct 2 attempts since, child not seen the last Mon 16 Nov" in words


def test_a_child_seen_at_a_visit_of_another_kind_was_seen(one):
    html = manager(one).get("/visits?kind=child-protection-visit").text
    row = html.partition('href="/subjects/v-two"')[2].partition("</tr>")[0]
    assert "Thu 12 Nov at a visit to: looked-after children" in seen(row)


def test_a_visit_that_was_taken_back_is_no_visit(one):
    row = {row["child"]: row for row in rows(manager(one), "/visits.csv")}["v-back"]
    assert (row["last_seen_on"], row["status"]) == ("2026-10-21", "overdue")


def test_the_law_and_the_plan_stand_side_by_side(one):
    html = manager(one).get("/visits").text

    def row(child: str) -> str:
        return seen(html.partition(f'href="/subjects/{child}"')[2].partition("</tr>")[0])

    assert "No limit in law Every 10 working days by Wed 11 Nov, set by the plan" in row("v-sought")
    assert "Every 1 week The placement has just begun, and this is its first visit No tighter target" in row("v-care")
    assert "No limit in law Nothing says how often" in row("v-unset")
    assert "No visit recorded waited for since Mon 2 Nov" in row("v-unset")


def test_what_is_booked_is_said(one):
    assert "Booked for Tue 24 Nov" in seen(manager(one).get("/visits").text)
    booked = {row["child"]: row["booked_on"] for row in rows(manager(one), "/visits.csv")}
    assert {child: on for child, on in booked.items() if on} == {"v-care": "2026-11-24"}


def test_another_team_is_neither_listed_nor_counted_nor_named(council):
    asking = manager(council, NORTH)
    for path in ("/visits", f"/visits?team={SOUTH}", "/visits.csv", f"/visits.csv?team={SOUTH}"):
        text = asking.get(path).text
        assert "v-south" not in text
        assert "Care Management" not in text
    assert asking.get(f"/visits?team={SOUTH}").status_code == 404
    assert children(manager(council, SOUTH).get("/visits").text) == ["v-south"]


def test_a_social_worker_sees_the_children_that_name_them(council):
    asking = browser(council, ("worker", "", ""), person=f"{SOUTH}-1")
    assert children(asking.get("/visits").text) == ["v-south"]
    assert picked(asking.get("/visits").text)["waited for"] == 1


def test_what_would_run_as_a_formula_is_text_in_a_spreadsheet(one):
    plan = document("child-protection-plan.started", "=2+2", "formula", "2026-11-17", key="+k", team=NORTH)
    send(one, plan)
    row = next(row for row in rows(manager(one), "/visits.csv") if "2+2" in row["child"])
    assert (row["child"], row["plan_or_placement"]) == ("'=2+2", "'+k")


def test_an_unheard_of_kind_filters_nothing_and_an_unheard_of_part_is_refused(one):
    asking = browser(one)
    assert picked(asking.get("/visits?kind=none").text) == picked(asking.get("/visits").text)
    assert asking.get("/visits?show=none").status_code == 422


def test_with_nobody_to_visit_it_says_so(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as empty:
        assert "No child is waiting for a visit" in seen(browser(empty).get("/visits").text)
