"""The law and its use here: each figure is what a slow count of the clocks comes to, within reach and no further."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape

import pytest
from sqlalchemy import select

from rules.model import DUTY, Outcome, Status
from service import clock as wall
from service.council import Council
from service.store.clocks import CLOCK, clock_of
from service.web.pages.law import a_year_before
from tests.service.intake_parts import discussion, document, send
from tests.service.pages_cast import NORTH, SOUTH, browser, demonstration, populate, seen

CONFERENCE = "initial-child-protection-conference"
TEAMS = {"": ("head-of-service", "", ""), NORTH: ("team-manager", NORTH, ""), SOUTH: ("team-manager", SOUTH, "")}


@pytest.fixture
def council(database_url, tmp_path) -> Iterator[Council]:
    with demonstration(database_url, tmp_path) as council:
        populate(council)
        send(council, *_met())
        yield council


def _met() -> Iterator[object]:
    """Met in time, met late, met more than a year ago, and on the first day that counts; one of them in doubt."""
    held = [
        ("2026-06-01", "2026-06-10"),
        ("2026-06-01", "2026-07-10"),
        ("2025-10-01", "2025-11-23"),
        ("2025-11-03", "2025-11-24"),
    ]
    for nth, (started_on, held_on) in enumerate(held):
        team = (NORTH, SOUTH)[nth % 2]
        yield discussion(f"c-held-{nth}", f"held-{nth}-1", started_on, key=f"s47-h{nth}", team=team)
        yield document(
            "icpc.held", f"c-held-{nth}", f"held-{nth}-2", held_on, key=f"s47-h{nth}", team=team, outcome="no_plan"
        )
    doubt = {"about": "icpc.held", "column": "ICPCdate", "reason": "it cannot be true", "key": "s47-h1", "team": SOUTH}
    yield document("data-problem.found", "c-held-1", "held-1-3", "2026-07-20", **doubt)


def _slowly(council: Council, timescale: str, team: str) -> tuple[int, int, int, int]:
    """Every clock read and looked at, one by one."""
    on, since = wall.today(), date(2025, 11, 24)
    with council.reading() as db:
        clocks = [clock_of(row) for row in db.execute(select(CLOCK))]
    own = [one for one in clocks if one.timescale == timescale and one.measure == DUTY]
    now = [one for one in own if not team or one.team == team]
    ever = [one for one in own if not team or team in (one.team, one.answerable_team)]
    statuses = [one.status(on) for one in now]
    running = [one for one in statuses if one in (Status.RUNNING, Status.DUE_TODAY, Status.OVERDUE)]
    met = [one for one in ever if one.stopped_on and since <= one.stopped_on <= on and not one.problem]
    met = [one for one in met if one.outcome in (Outcome.MET, Outcome.LATE)]
    return len(running), statuses.count(Status.OVERDUE), sum(one.outcome is Outcome.MET for one in met), len(met)


def _shown(words: str) -> tuple[int, int, int, int]:
    def number(pattern: str) -> int:
        found = re.search(pattern, words)
        return int(found[1]) if found else 0

    met = re.search(r"Met in the last 12 months: (\d+) of (\d+) in time", words)
    in_time, count = (int(met[1]), int(met[2])) if met else (0, 0)
    return number(r"(\d+) running"), number(r"(\d+) overdue"), in_time, count


@pytest.mark.parametrize("team", TEAMS)
def test_the_use_of_each_timescale_is_what_a_slow_count_comes_to(council, team):
    html = browser(council, TEAMS[team]).get("/rules").text
    sections = re.findall(r'<section class="rule" aria-labelledby="([^"]+)">(.*?)</section>', html, re.S)
    assert len(sections) == len(council.law.timescales)
    figures = {id: _shown(seen(section)) for id, section in sections}
    assert figures == {id: _slowly(council, id, team) for id in council.law.timescales}
    assert any(any(one) for one in figures.values())
    page = browser(council, TEAMS[team]).get(f"/rules/{CONFERENCE}").text
    use = re.search(r'<section class="use".*?</section>', page, re.S)
    assert use
    assert _shown(seen(use[0])) == figures[CONFERENCE]


def test_a_year_is_twelve_months_with_today():
    assert a_year_before(date(2026, 11, 23)) == date(2025, 11, 24)
    assert a_year_before(date(2028, 2, 29)) == date(2027, 3, 1)


def test_each_count_is_a_link_to_as_many_clocks(council):
    asking = browser(council, TEAMS[NORTH])
    words = asking.get(f"/rules/{CONFERENCE}").text
    links = re.findall(rf'href="(/clocks\?timescale={CONFERENCE}[^"]*)">([\d,]+) ', words)
    assert len(links) == 2
    for link, count in links:
        assert re.search(rf"\b{count} clocks?\b", seen(asking.get(unescape(link)).text)), link


def test_an_administrator_reads_the_law_and_not_how_it_is_kept(council):
    asking = browser(council, ("administrator", "", ""))
    for path in ("/rules", f"/rules/{CONFERENCE}", "/rules?show=overdue"):
        words = seen(asking.get(path).text)
        assert "running" not in words.replace("already running", ""), path
        assert "Met in the last 12 months" not in words, path
    assert "With something overdue" not in asking.get("/rules").text


def test_the_list_is_narrowed_by_area_and_by_use(council):
    asking = browser(council)

    def listed(path: str) -> set[str]:
        return set(re.findall(r'<section class="rule" aria-labelledby="([^"]+)"', asking.get(path).text))

    by_area = {one.id for one in council.law.timescales.values() if one.area == "child-protection"}
    assert listed("/rules?area=child-protection") == by_area
    overdue = {id for id in council.law.timescales if _slowly(council, id, "")[1]}
    assert listed("/rules?show=overdue") == overdue
    assert listed("/rules?show=running&area=child-protection") <= by_area
    assert "No timescale is like this" in seen(asking.get("/rules?area=unheard-of").text)
    assert listed("/rules?area=&show=") == set(council.law.timescales)
