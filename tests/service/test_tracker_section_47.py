"""The tracker of section 47 enquiries: what is listed and counted, what the wrong start hides, and for whom."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from rules.model import DUTY, Clock
from service.council import Council
from service.store.tables import AuditRow, table
from tests.service.intake_parts import discussion, send
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, seen
from tests.service.trackers_cast import (
    CONFERENCE,
    NORTHS,
    TODAY,
    children,
    every_clock,
    manager,
    picked,
    populate,
    rows,
    running,
    scatter,
)

BY_MEETING = "first_strategy_meeting"
SUNDAY = TODAY + timedelta(days=6)


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


def slowly(council: Council, team: str | None) -> dict[str, set[str]]:
    """The children of each part of the list, by looking at every clock there is."""
    clocks = [clock for clock in every_clock(council) if clock.timescale == CONFERENCE and clock.problem is None]
    duties = [clock for clock in clocks if clock.measure == DUTY and team in (None, clock.team)]
    others = {(clock.subject, clock.key): clock for clock in clocks if clock.measure == BY_MEETING}
    is_open = [clock for clock in duties if clock.stopped_on is None]

    def looks_in_time(clock: Clock) -> bool:
        other = others.get((clock.subject, clock.key))
        return other is not None and other.due_on is not None and other.due_on >= TODAY

    def who(found: list[Clock]) -> set[str]:
        return {clock.subject for clock in found}

    late = [clock for clock in is_open if clock.due_on and clock.due_on < TODAY]
    since = TODAY - timedelta(weeks=4)
    return {
        "open": who(is_open),
        "overdue": who(late),
        "due_today": who([clock for clock in is_open if clock.due_on == TODAY]),
        "due_this_week": who([clock for clock in is_open if clock.due_on and TODAY < clock.due_on <= SUNDAY]),
        "due_later": who([clock for clock in is_open if clock.due_on and clock.due_on > SUNDAY]),
        "hidden": who([clock for clock in late if looks_in_time(clock)]),
        "finished": who([clock for clock in duties if clock.stopped_on and clock.stopped_on >= since]),
    }


WORDS = {
    "open": "open",
    "overdue": "overdue",
    "due_today": "due today",
    "due_this_week": "more due by Sunday",
    "due_later": "due later",
    "hidden": "hidden by the wrong start",
    "finished": "finished in the last 4 weeks",
}


def test_every_part_lists_and_counts_what_a_slow_look_at_every_clock_finds(council, seed):
    scatter(council, random.Random(seed), 30)
    for team, asking in ((None, browser(council)), (NORTH, manager(council, NORTH)), (SOUTH, manager(council, SOUTH))):
        expected = slowly(council, team)
        for show, who in expected.items():
            html = asking.get(f"/section-47?show={show}").text
            assert set(children(html)) == who, (team, show)
            assert picked(html) == {WORDS[part]: len(found) for part, found in expected.items()}, (team, show)
            assert {row["child"] for row in rows(asking, f"/section-47.csv?show={show}")} == who, (team, show)


def test_the_parts_of_what_is_open_add_up(one):
    counts = picked(browser(one).get("/section-47").text)
    assert counts["open"] == sum(counts[part] for part in ("overdue", "due today", "more due by Sunday", "due later"))


def test_a_child_is_hidden_who_is_late_by_the_law_and_in_time_by_the_first_meeting(one):
    html = manager(one).get("/section-47").text
    assert "1 child is late by the law, and would look in time" in seen(html)
    assert children(manager(one).get("/section-47?show=hidden").text) == ["s-hidden"]
    by_child = {row["child"]: row for row in rows(manager(one), "/section-47.csv")}
    hidden = by_child["s-hidden"]
    assert (hidden["strategy_discussion_on"], hidden["conference_due_on"]) == ("2026-10-30", "2026-11-20")
    assert (hidden["first_strategy_meeting_on"], hidden["due_on_counted_from_first_meeting"]) == (
        "2026-11-06",
        "2026-11-27",
    )
    assert (hidden["working_days"], hidden["working_days_discussion_to_first_meeting"]) == ("16", "5")
    assert {child for child, row in by_child.items() if row["hidden_by_the_wrong_start"] == "yes"} == {"s-hidden"}
    assert by_child["s-late-unmet"]["due_on_counted_from_first_meeting"] == ""


def test_one_that_was_held_late_and_looked_in_time_is_marked_among_those_finished(one):
    finished = {
        row["child"]: row["hidden_by_the_wrong_start"] for row in rows(browser(one), "/section-47.csv?show=finished")
    }
    assert finished == {"s-was-hidden": "yes", "s-met": "no", "s-not-needed": "no", "s-four-weeks": "no"}


def test_a_row_says_what_was_met_when_what_is_booked_and_who_has_it(one):
    words = seen(manager(one).get("/section-47?show=due_this_week").text)
    for said in (
        "Fri 27 Nov due in 4 working days",
        "Booked for Thu 26 Nov",
        "Discussion Fri 6 Nov 11 working days ago First meeting Tue 10 Nov",
        "Review meeting Fri 13 Nov in time: it was due Tue 17 Nov",
        "It would be due Tue 1 Dec counted from a start 2 working days later",
        "Assessment Team North",
    ):
        assert said in words


def test_dates_that_cannot_be_right_stand_apart(one):
    html = manager(one).get("/section-47").text
    assert "s-flawed" not in html
    assert "1 more enquiry has dates that cannot be right" in seen(html)


def test_another_team_is_neither_listed_nor_counted_nor_named(council):
    asking = manager(council, NORTH)
    for path in (
        "/section-47",
        "/section-47?show=hidden",
        f"/section-47?team={SOUTH}",
        f"/section-47.csv?team={SOUTH}",
    ):
        text = asking.get(path).text
        assert "s-south-hidden" not in text
        assert "Care Management" not in text
    others, unheard_of = (asking.get(f"/section-47?team={team}") for team in (SOUTH, "no-such-team"))
    assert (others.status_code, others.text) == (404, unheard_of.text)


def test_a_team_may_be_chosen_by_somebody_who_sees_several(one):
    asking = browser(one)
    assert "s-south-hidden" in children(asking.get("/section-47").text)
    assert children(asking.get(f"/section-47?team={SOUTH}").text) == ["s-south-hidden"]
    assert len(rows(asking, f"/section-47.csv?team={NORTH}")) == len(running_of(one, NORTH))


def running_of(council: Council, team: str) -> list[Clock]:
    return [clock for clock in running(council, team) if clock.timescale == CONFERENCE and clock.problem is None]


def test_every_child_shown_or_taken_away_is_noted_once(one):
    already = len(_audit(one))
    browser(one, NORTHS).get("/section-47?show=hidden")
    browser(one, NORTHS).get("/section-47.csv?show=hidden")
    assert _audit(one)[already:] == [
        ("session.began", None, ""),
        ("section-47.listed", "s-hidden", ""),
        ("session.began", None, ""),
        ("section-47.exported", None, "1 rows"),
        ("section-47.listed", "s-hidden", ""),
    ]


def test_what_would_run_as_a_formula_is_text_in_a_spreadsheet(one):
    send(one, discussion("=1+1", "formula", "2026-11-17", key="@k", team=NORTH, worker="-w"))
    row = next(row for row in rows(manager(one), "/section-47.csv?show=due_later") if "1+1" in row["child"])
    assert (row["child"], row["enquiry"], row["worker"]) == ("'=1+1", "'@k", "'-w")


def test_the_pages_of_a_long_list_are_the_list_cut_up(one, seed):
    scatter(one, random.Random(seed), 140)
    asking = browser(one)
    whole = [row["child"] for row in rows(asking, "/section-47.csv")]
    pages = [children(asking.get(f"/section-47?page={nth}").text) for nth in range(1, -(-len(whole) // 50) + 1)]
    assert len(whole) > 50
    assert len(pages[0]) == 50
    assert [child for page in pages for child in page] == whole
    assert f"Enquiries 1 to 50 of {len(whole)}" in seen(asking.get("/section-47").text)
    assert children(asking.get("/section-47?page=999").text) == whole[(len(whole) - 1) // 50 * 50 :]


@pytest.mark.parametrize("query", ["show=nothing", "page=0", "page=x", "team=%00"])
def test_what_cannot_be_asked_is_refused(one, query):
    assert browser(one).get(f"/section-47?{query}").status_code == 422
    assert browser(one).get(f"/section-47.csv?{query}").status_code == 422


def test_with_nothing_open_it_says_so(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as empty:
        assert "No section 47 enquiry is open" in seen(browser(empty).get("/section-47").text)
        assert rows(browser(empty), "/section-47.csv") == []


def _audit(council: Council) -> list[tuple[str, str | None, str]]:
    audit = table(AuditRow)
    with council.reading() as db:
        found = db.execute(select(audit.c.action, audit.c.subject, audit.c.detail).order_by(audit.c.seq))
        return [(row.action, row.subject, row.detail) for row in found]
