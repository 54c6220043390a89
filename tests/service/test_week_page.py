"""The first page: a manager lands on their own week, and reads who is late, who was told, and what comes next."""

from __future__ import annotations

import re
from datetime import date

import pytest

from service.acknowledging import Planned, acknowledge
from tests.service.pages_cast import NORTH, browser, clock_of, demonstration, populate, seen
from tests.service.worklist_cast import MANAGER, crowd, everything


@pytest.fixture
def council(database_url, tmp_path):
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        yield council


def test_a_team_manager_lands_on_their_own_team_without_choosing_it(council):
    words = seen(browser(council, MANAGER).get("/").text)
    assert "Assessment Team North: this week" in words
    assert "All teams" not in words
    assert "Care Management" not in words
    assert "c-untold" not in words


def test_beside_what_is_late_stands_who_was_told_and_who_is_next(council):
    words = seen(browser(council, MANAGER).get("/").text)
    assert "5 working days overdue" in words
    assert "Told Team manager Mon 23 Nov (not sent)" in words, "no mail server is set here: nobody has it in hand"
    assert re.search(r"Next the [\w ]+ (is|are) told \w+ \d+ \w+: ", words)
    assert "Say why, and by when" in words


def test_a_plan_in_force_stands_there_instead_of_the_question(council):
    asking = browser(council, MANAGER)
    id = clock_of(asking, "c-late").rpartition("/")[2]
    acknowledge(council, [Planned(id, "court-date", date(2026, 11, 27), "team-manager")], who="test")
    html = asking.get("/").text
    assert "Plan: court date, next step Fri 27 Nov" in seen(html)
    assert f"/clocks/{id}/plan" not in html


def test_nobody_is_asked_for_a_plan_whom_it_is_not_for(council):
    analyst = browser(council, ("performance-analyst", "", ""))
    assert "/plan" not in analyst.get("/").text


def test_what_counts_from_a_birthday_is_in_no_count_of_whoever_may_not_know_it(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as council:
        crowd(council)
        assert any(one.timescale == "pathway-assessment" and one.team == NORTH for one in everything(council))
        analyst = browser(council, ("performance-analyst", "", "")).get(f"/?team={NORTH}").text
        manager = browser(council, MANAGER).get("/").text
        assert "pathway-assessment" in manager
        assert "pathway-assessment" not in analyst
