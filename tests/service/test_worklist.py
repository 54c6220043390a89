"""The list a manager works from: its parts add up, orders and filters hold over the whole, its file is the list."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from rules.model import Status
from service.council import Council
from service.store.tables import AuditRow, table
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, seen
from tests.service.worklist_cast import (
    MANAGER,
    NAMES,
    TODAY,
    crowd,
    everything,
    in_order,
    listed,
    pages,
    planned_until,
    standing,
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def council(request, new_database, tmp_path_factory) -> Iterator[Council]:
    """A council that all tests of this file share: none of them may add to it."""
    with demonstration(new_database(request.param), tmp_path_factory.mktemp("council")) as council:
        crowd(council)
        yield council


@pytest.fixture
def head(council):
    return browser(council, ("head-of-service", "", ""))


@pytest.fixture
def manager(council):
    return browser(council, MANAGER)


def numbers(html: str) -> dict[str, int]:
    found = re.findall(r'class="pick[^"]*" href="[^"]*"[^>]*><span class="pick__count">([\d,]+)</span> ([\w ]+)', html)
    return {words.strip(): int(count.replace(",", "")) for count, words in found}


NORTHS = {"team": NORTH}
FILTERS = [{}, NORTHS, {"team": "(none)"}, {"worker": "worker-3"}, {"area": "front-door"}, {"due_to": "2026-11-25"}]


def filtered(clocks, law, *, team=None, worker=None, area=None, timescale=None, due_from=None, due_to=None):
    def is_so(one):
        return (
            (team is None or (one.team or "(none)") == team)
            and (worker is None or one.worker == worker)
            and (timescale is None or one.timescale == timescale)
            and (area is None or law.timescales[one.timescale].area == area)
            and (due_from is None or (one.due_on is not None and one.due_on >= date.fromisoformat(due_from)))
            and (due_to is None or (one.due_on is not None and one.due_on <= date.fromisoformat(due_to)))
        )

    return [one for one in clocks if is_so(one)]


# ---- what adds up ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", FILTERS, ids=str)
def test_the_parts_are_counted_right_and_add_up_to_all_that_runs(council, head, asked):
    found = numbers(next(pages(head, **asked)))
    slow = standing(filtered(everything(council), council.law, **asked))
    assert found.pop("All running") == sum(slow.values()) == sum(found.values())
    assert list(found.values()) == [count for name, count in slow.items() if count or name != "undated"]


def test_each_part_lists_exactly_what_it_counts(head):
    shown = numbers(next(pages(head)))
    parts = {
        "Overdue": "overdue",
        "Due today": "due_today",
        "More due by Sunday": "due_this_week",
        "Due later": "later",
    }
    for words, status in parts.items():
        assert len(listed(head, status=status)) == shown[words], words
    together = [id for status in parts.values() for id in listed(head, status=status)]
    assert sorted(together) == sorted(listed(head))


# ---- order and pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("falls", [False, True])
@pytest.mark.parametrize("by", ["due", "timescale", "child", "team", "worker", "started"])
def test_an_order_is_that_of_a_slow_sort_over_every_page(council, head, by, falls):
    titles = {one.id: one.title.casefold() for one in council.law.timescales.values()}
    keys = {
        "due": lambda one: one.due_on,
        "timescale": lambda one: titles[one.timescale],
        "child": lambda one: one.subject,
        "team": lambda one: NAMES[one.team].casefold() if one.team else None,
        "worker": lambda one: one.worker,
        "started": lambda one: one.started_on,
    }
    found = listed(head, sort=f"{'-' if falls else ''}{by}")
    assert len(found) > 100
    assert found == in_order(everything(council), keys[by], is_descending=falls)


def test_the_heading_says_in_which_order_the_list_is_and_turns_it(head):
    html = next(pages(head, sort="child"))
    assert html.count('aria-sort="ascending"') == 1
    turned = re.search(r'aria-sort="ascending"><a class="[^"]*" href="([^"]*)"', html)
    assert turned
    assert "sort=-child" in turned[1]


def test_the_words_say_which_rows_a_page_holds(council, head):
    count = len(everything(council))
    first, *_between, last = [seen(html) for html in pages(head)]
    assert f"Clocks 1 to 50 of {count}, earliest due date first" in first
    assert f"to {count} of {count}" in last
    assert "No clock" not in seen(head.get("/clocks?page=99999").text), "past the end is the last page"


@pytest.mark.parametrize("order", ["due", "-due", "child", "-child"])
def test_child_by_child_each_stands_once_with_all_its_clocks_the_worst_first(council, head, order):
    clocks = everything(council)
    own = {ref: sorted((one.due_on or date.max, one.id) for one in clocks if one.subject == ref)
           for ref in {one.subject for one in clocks}}  # fmt: skip
    falls, by = order.startswith("-"), order.removeprefix("-")
    names = sorted(own, reverse=falls and by == "child")
    if by == "due":
        names.sort(key=lambda ref: own[ref][0][0], reverse=falls)
    assert listed(head, view="child", sort=order) == [id for ref in names for _due, id in own[ref]]


def test_timescale_by_timescale_each_heading_counts_its_own(council, head):
    clocks = everything(council)
    html = "".join(pages(head, view="timescale"))
    for id in {one.timescale for one in clocks}:
        own = [one for one in clocks if one.timescale == id]
        late = sum(one.status(TODAY) is Status.OVERDUE for one in own)
        says = f"{council.law.timescales[id].title}: {len(own)} clock{'' if len(own) == 1 else 's'}"
        assert says + (f", {late} overdue" if late else "") in seen(html)


# ---- filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked", [*FILTERS, {"team": SOUTH, "area": "child-protection", "due_from": "2026-11-24"}], ids=str
)
def test_a_filter_leaves_what_a_slow_one_leaves(council, head, asked):
    slow = filtered(everything(council), council.law, **asked)
    assert sorted(listed(head, **asked)) == sorted(one.id for one in slow)


def test_plans_in_force_lapsed_and_missing_are_told_apart(council, head):
    late = [one for one in everything(council) if one.status(TODAY) is Status.OVERDUE]
    until = planned_until(council, late)
    assert len(until) == 3
    assert sorted(listed(head, status="overdue", plan="in_force")) == sorted(until)
    assert listed(head, plan="lapsed") == []
    unplanned = sorted(one.id for one in late if one.id not in until)
    assert sorted(listed(head, status="overdue", plan="not_in_force")) == unplanned
    assert sorted(listed(head, status="overdue", plan="none")) == unplanned
    words = seen(next(pages(head)))
    assert f"{len(unplanned)} of those overdue have no plan in force" in words
    assert "Plan: court date, next step Wed 25 Nov" in words


def test_filters_stand_in_words_and_can_be_taken_off_one_by_one(head):
    html = next(pages(head, team=NORTH, plan="none", due_from="2026-11-24", due_to="2026-11-24"))
    assert "Only Without the filter Assessment Team North" in seen(html)
    assert "Due on 24 November 2026" in seen(html)
    assert "Clear all filters" in seen(html)


@pytest.mark.parametrize("query", ["status=x", "view=x", "plan=x", "sort=x", "page=0", "page=x", "page=%C2%B2",
                                   "due_from=x", "due_to=2026-02-30", "team=%00", "worker=" + "x" * 129])  # fmt: skip
def test_what_no_list_can_be_asked_for_is_refused(head, query):
    for path in ("/clocks", "/clocks.csv"):
        assert head.get(f"{path}?{query}").status_code == 422


# ---- within reach ----------------------------------------------------------------------------------------------------


def test_a_team_manager_sees_and_counts_their_own_team_alone(council, manager):
    own = [one for one in everything(council) if one.team == NORTH]
    html = next(pages(manager))
    assert numbers(html)["All running"] == len(own)
    assert sorted(listed(manager)) == sorted(one.id for one in own)
    assert sorted(listed(manager, view="child")) == sorted(one.id for one in own)
    assert NAMES[SOUTH] not in html
    assert 'id="team"' not in html, "there is nothing to choose between"


def test_another_teams_list_is_no_more_there_than_that_of_a_team_there_is_not(manager):
    for path in ("/clocks", "/clocks.csv"):
        others, nowhere = (manager.get(f"{path}?team={team}") for team in (SOUTH, "no-such-team"))
        assert (others.status_code, others.text) == (404, nowhere.text)


def test_only_workers_within_reach_are_offered_and_none_is_counted(council, manager, head):
    own = {one.worker for one in everything(council) if one.team == NORTH and one.worker}
    offered = re.search(r'<select[^>]*id="worker".*?</select>', next(pages(manager)), re.S)
    assert offered
    assert set(re.findall(r'value="([^"]+)"', offered[0])) == own
    assert 'id="worker"' not in next(pages(head)), "of all teams together they would be too many"
    assert 'id="worker"' in next(pages(head, team=SOUTH))


def test_a_social_worker_starts_with_their_own_children(council):
    asking = browser(council, ("worker", "", ""), person="worker-3")
    html = next(pages(asking))
    assert "My children" in seen(html)
    assert "Children 1 to" in seen(html)
    assert sorted(listed(asking)) == sorted(one.id for one in everything(council) if one.worker == "worker-3")


def test_what_counts_from_a_birthday_is_left_out_for_who_may_not_know_it(council, head):
    analyst = browser(council, ("performance-analyst", "", ""))
    born = [one.id for one in everything(council) if one.timescale == "pathway-assessment"]
    assert born
    assert set(listed(head)) - set(listed(analyst)) == set(born)
    assert numbers(next(pages(analyst)))["All running"] == len(listed(analyst))
    assert born[0] not in analyst.get("/clocks.csv").text


# ---- taken away ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [{}, {"sort": "-child"}, {"status": "overdue", "team": NORTH}, {"view": "child"},
                                   {"view": "child", "sort": "-due"}, {"view": "timescale"}], ids=str)  # fmt: skip
def test_the_file_is_the_list_in_its_order(head, asked):
    answer = head.get("/clocks.csv", params=asked)
    rows = list(csv.DictReader(StringIO(answer.text)))
    assert [row["clock"] for row in rows] == listed(head, **asked)
    assert answer.headers["content-disposition"] == 'attachment; filename="clocks.csv"'


def test_the_file_has_plain_dates_and_counts_and_nothing_that_runs(council, head):
    rows = {row["clock"]: row for row in csv.DictReader(StringIO(head.get("/clocks.csv").text))}
    for one in everything(council):
        row = rows[one.id]
        assert row["due_on"] == (one.due_on.isoformat() if one.due_on else "")
        assert row["status"] == one.status(TODAY).value.replace("_", " ")
        late = one.status(TODAY) is Status.OVERDUE
        assert row["working_days_overdue"] == (str(_working(council, one.due_on)) if late else "")
    odd = next(row for row in rows.values() if row["case"] == "s47-odd")
    assert (odd["child"], odd["worker"]) == ("'=1+1", "'@worker")
    planned = [row for row in rows.values() if row["plan_reason"]]
    assert {(row["plan_reason"], row["plan_next_on"]) for row in planned} == {("court-date", "2026-11-25")}


def _working(council: Council, due_on: date) -> int:
    days = (due_on + timedelta(days=n) for n in range(1, (TODAY - due_on).days + 1))
    return sum(council.calendar.is_working(day) for day in days)


def test_taking_it_away_leaves_one_row_with_the_count_and_one_for_each_child(council, manager):
    already = _audit(council)
    rows = list(csv.DictReader(StringIO(manager.get("/clocks.csv?status=overdue").text)))
    added = _audit(council)[len(already):]  # fmt: skip
    assert [(action, detail) for action, _child, detail in added if action.endswith("exported")] == [
        ("clocks.exported", f"{len(rows)} rows")
    ]
    assert {child for _action, child, _detail in added if child} == {row["child"] for row in rows}


def _audit(council: Council) -> list[tuple[str, str | None, str]]:
    audit = table(AuditRow)
    with council.reading() as db:
        return [tuple(row) for row in db.execute(
            select(audit.c.action, audit.c.subject, audit.c.detail).order_by(audit.c.seq)
        )]  # fmt: skip
