"""Rungs after the date on the page of telling: when one has changed something, and what is said of one that has not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from service.council import Council
from service.reports.telling.window import NUMBERS
from service.web.pages.office import fatigue
from tests.service.pages_cast import browser, demonstration, seen
from tests.service.telling_rows import DAY, FIRST, TODAY, at, put_alert, put_change, put_clock, put_plan

DUE = date(2026, 10, 5)
TOLD = date(2026, 10, 8)
SERVICE_MANAGER = "to-service-manager"


@pytest.fixture
def council(database_url: str, tmp_path: Path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council:
        yield council


def words_of(council: Council) -> str:
    return seen(browser(council).get("/telling").text)


def rungs_of(council: Council) -> dict[str, tuple[int, int]]:
    return {one.step.id: (one.told, one.changed) for one, _when, _verdict in fatigue.view(council)["after"]}


# Told on Thursday 8 October: the fifth working day after is Thursday the 15th.


@pytest.mark.parametrize(
    ("why", "stopped_on", "heard_at", "planned_at", "next_on", "has_changed"),
    [
        ("nothing happened", None, None, None, None, False),
        ("done on the very day", TOLD, None, None, None, True),
        ("done on the fifth working day", TOLD + 7 * DAY, None, None, None, True),
        ("done on the sixth", TOLD + 8 * DAY, None, None, None, False),
        ("done at the weekend before the next rung", TOLD + 2 * DAY, None, None, TOLD + 4 * DAY, True),
        ("done on the day of the next rung", TOLD + 4 * DAY, None, None, TOLD + 4 * DAY, False),
        ("another rung told on the same day is none that follows", TOLD + DAY, None, None, TOLD, True),
        ("done before, and recorded after", DUE + DAY, at(TOLD + DAY), None, None, True),
        ("done before, and recorded a fortnight after", DUE + DAY, at(TOLD + 14 * DAY), None, None, False),
        ("said to be done, and it was not", None, at(TOLD + DAY), None, None, False),
        ("a plan made that day", None, None, at(TOLD, 9), None, True),
        ("a plan made before it was told", None, None, at(TOLD, 7), None, False),
        ("a plan made after the next rung", None, None, at(TOLD + 5 * DAY), TOLD + 4 * DAY, False),
    ],
)
def test_a_rung_changed_something_where(council, why, stopped_on, heard_at, planned_at, next_on, has_changed):
    put_clock(council, "one", DUE, outcome="late" if stopped_on else None, stopped_on=stopped_on)
    put_alert(council, "one", SERVICE_MANAGER, DUE, at(TOLD))
    if heard_at:
        put_change(council, "one", "stopped", heard_at)
    if planned_at:
        put_plan(council, "one", planned_at)
    if next_on:
        put_alert(council, "one", "to-group-manager", DUE, at(next_on, 15), post="group-manager-fieldwork")
    assert rungs_of(council)[SERVICE_MANAGER] == (1, int(has_changed)), why


@pytest.mark.parametrize(
    ("why", "told_on", "clock_due_on", "step", "state"),
    [
        ("told before these weeks", FIRST - DAY, DUE, SERVICE_MANAGER, "sent"),
        ("told so lately that the days are not over", TODAY - 7 * DAY, DUE, SERVICE_MANAGER, "sent"),
        ("told of a date that has moved since", TOLD, DUE + DAY, SERVICE_MANAGER, "sent"),
        ("a plan that was told", TOLD, DUE, "plan:1", "sent"),
        ("a rung that the ladder has no longer", TOLD, DUE, "to-nobody", "sent"),
        ("what was never told", TOLD, DUE, SERVICE_MANAGER, "passed_over"),
    ],
)
def test_not_counted_is(council, why, told_on, clock_due_on, step, state):
    put_clock(council, "one", clock_due_on)
    put_alert(council, "one", step, DUE, at(told_on), state=state)
    assert rungs_of(council) == {}, why


@pytest.mark.parametrize(("told", "changed", "is_said"), [(20, 1, True), (20, 2, False), (19, 0, False), (34, 0, True)])
def test_a_rung_that_changes_next_to_nothing_is_spoken_of_once_it_was_told_often_enough(
    council, told, changed, is_said
):
    assert (NUMBERS.fewest_told, NUMBERS.changes_little_below_percent) == (20, 10)
    for number in range(told):
        is_done = number < changed
        put_clock(council, f"c{number}", DUE, outcome="late" if is_done else None, stopped_on=TOLD if is_done else None)
        put_alert(council, f"c{number}", "to-head-of-service", DUE, at(TOLD), post="head-of-service")
    words = words_of(council)
    cases = f"{told} cases" if not changed else f"{told - changed} of {told} cases"
    sentence = (
        "telling the head of service 10 working days after it was due has changed nothing in "
        f"{cases}: think about dropping or moving it."
    )
    assert (sentence in words) is is_said


def test_nobody_is_advised_to_drop_the_rung_that_says_first_that_it_is_late(council):
    for number in range(20):
        put_clock(council, f"c{number}", DUE)
        put_alert(council, f"c{number}", "breach", DUE, at(TOLD), post="team-manager")
    words = words_of(council)
    assert "has changed nothing in 20 cases: ask why; somebody has to be told of it." in words
    assert "dropping" not in words


@pytest.mark.parametrize(("changed", "is_doubted"), [(0, True), (2, False)])
def test_where_no_rung_at_all_changes_anything_none_is_spoken_against(council, changed, is_doubted):
    for number in range(40):
        is_done = number < changed
        put_clock(council, f"c{number}", DUE, outcome="late" if is_done else None, stopped_on=TOLD if is_done else None)
        step, post = (SERVICE_MANAGER, "service-manager") if number % 2 else ("to-head-of-service", "head-of-service")
        put_alert(council, f"c{number}", step, DUE, at(TOLD), post=post)
    words = words_of(council)
    assert ("look whether what is done is recorded at all" in words) is is_doubted
    assert ("has changed nothing in" in words) is not is_doubted
