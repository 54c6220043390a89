"""The forecast: a calendar of load whose numbers are those of the clocks, whoever looks, and however it is cut."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rules.model import Clock
from service.council import Council
from service.web.shown.load import calendar_of, days_ahead
from tests.service.mail_cast import wall_at
from tests.service.pages_cast import MONDAY, NORTH, SOUTH, browser, demonstration, seen
from tests.service.trackers_cast import NORTHS, TODAY, manager, populate, rows, running, scatter

LAST = date(2026, 12, 20)
SIXTEEN = "pathway-assessment"
DAY = re.compile(r'href="/clocks\?([^"]*)due_from=(\d{4}-\d\d-\d\d)&amp;due_to=\2">([\d,]+)<')


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


def per_day(asking: TestClient, query: str = "") -> dict[str, int]:
    """The days of the calendar that anything is due on, as their links say."""
    html = asking.get(f"/forecast{query}").text
    return {on: int(count.replace(",", "")) for _also, on, count in DAY.findall(html)}


def slowly(clocks: list[Clock]) -> dict[str, int]:
    return Counter(clock.due_on.isoformat() for clock in clocks if clock.due_on and TODAY <= clock.due_on <= LAST)


def test_each_day_has_as_many_as_a_slow_look_at_every_clock_finds(council, seed):
    scatter(council, random.Random(seed), 30)
    for team, asking in ((None, browser(council)), (NORTH, manager(council, NORTH)), (SOUTH, manager(council, SOUTH))):
        own = running(council, team)
        assert per_day(asking) == slowly(own)
        late = sum(clock.due_on < TODAY for clock in own if clock.due_on)
        assert f"{late} are overdue already" in seen(asking.get("/forecast").text)


@pytest.mark.parametrize("by", ["timescale", "team"])
def test_the_table_below_adds_up_to_the_calendar(one, by):
    html = browser(one).get(f"/forecast?by={by}").text
    lines = [
        [int(word) for word in re.findall(r">(\d+)<", row)]
        for row in html.partition('id="by"')[2].partition("</table>")[0].split("<tr")[2:]
    ]
    *own, foot = [line for line in lines if line]
    assert len(own) > 1
    assert [sum(column) for column in zip(*own, strict=True)] == foot
    assert all(sum(line[:-1]) == line[-1] for line in lines if line)
    assert sum(foot[1:-1]) == sum(per_day(browser(one)).values())


def test_a_filter_counts_what_it_says(one):
    conferences = [clock for clock in running(one, NORTH) if clock.timescale == "initial-child-protection-conference"]
    query = f"?team={NORTH}&timescale=initial-child-protection-conference"
    assert per_day(browser(one), query) == slowly(conferences)
    html = browser(one).get(f"/forecast{query}").text
    assert f'href="/clocks?team={NORTH}&amp;timescale=initial-child-protection-conference&amp;status=overdue"' in html


def test_every_number_leads_to_exactly_those_clocks(one):
    asking = browser(one)
    found = DAY.findall(asking.get("/forecast").text)
    assert len(found) > 3
    for also, on, count in found:
        answer = asking.get(f"/clocks.csv?{unescape(also)}due_from={on}&due_to={on}")
        assert answer.status_code == 200
        assert len(answer.text.splitlines()) - 1 == int(count), on


def test_another_team_is_neither_counted_nor_named(council):
    asking = manager(council, NORTH)
    for path in ("/forecast", "/forecast?by=team", f"/forecast?team={SOUTH}", "/forecast.csv", "/trackers"):
        assert "Care Management" not in asking.get(path).text
        assert SOUTH not in asking.get(path).text.replace(f"team={SOUTH}", "")
    assert asking.get(f"/forecast?team={SOUTH}").status_code == 404
    assert asking.get(f"/forecast.csv?team={SOUTH}").status_code == 404


def test_what_is_counted_from_a_birthday_is_for_those_who_may_know_it(council):
    analyst = browser(council, ("performance-analyst", "", ""))
    due = [clock for clock in running(council) if clock.timescale == SIXTEEN]
    assert [clock.due_on for clock in due] == [date(2026, 12, 8)]
    assert "Pathway" in browser(council, NORTHS).get("/forecast").text
    assert "Pathway" not in analyst.get("/forecast").text
    assert "counted from a birthday are left out for your post" in analyst.get("/forecast").text
    assert per_day(analyst) == slowly([clock for clock in running(council) if clock.timescale != SIXTEEN])
    assert SIXTEEN not in analyst.get("/forecast.csv").text


def test_weekends_and_bank_holidays_are_named(one):
    with wall_at(datetime(2026, 12, 14, 9, tzinfo=MONDAY.tzinfo)):
        words = seen(browser(one).get("/forecast").text)
    for said in ("25 Dec", "Christmas Day", "Boxing Day", "New Year", "weekend"):
        assert said in words


def test_a_busy_day_stands_out_in_words(one):
    calendar = one.calendar
    days = days_ahead(TODAY)
    busy = dict.fromkeys([on for on in days if calendar.is_working(on)], 4) | {days[3]: 12}
    with wall_at(MONDAY):
        weeks = calendar_of(busy, TODAY, calendar)
    assert [day.on for week in weeks for day in week.days if day and day.is_busy] == [days[3]]
    quiet = calendar_of({days[3]: 3}, TODAY, calendar)
    assert not any(day.is_busy for week in quiet for day in week.days if day)


@pytest.mark.parametrize("weekday", range(7))
def test_every_day_of_four_weeks_and_to_the_sunday_stands_in_the_calendar_once(one, weekday):
    on = TODAY + timedelta(days=weekday)
    weeks = calendar_of({}, on, one.calendar)
    shown = [day.on for week in weeks for day in week.days if day]
    assert shown == days_ahead(on)
    assert shown[0] == on
    assert shown[-1].weekday() == 6
    assert 28 <= len(shown) <= 34
    assert all(len(week.days) == 7 for week in weeks)


def test_it_can_be_taken_away_day_by_day(one):
    taken = rows(browser(one), "/forecast.csv")
    late = [row for row in taken if row["day"] == "overdue"]
    assert {row["due_on"] for row in late} == {""}
    ahead: Counter[str] = Counter()
    for row in taken:
        if row["due_on"]:
            ahead[row["due_on"]] += int(row["duties"])
    assert ahead == slowly(running(one))


def test_with_nothing_to_come_it_says_so(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as empty:
        words = seen(browser(empty).get("/forecast").text)
        assert "Nothing falls due" in words
        assert "Nothing is overdue and nothing falls due before 20 December 2026" in words


def test_the_page_of_trackers_says_how_each_stands(one):
    words = seen(manager(one).get("/trackers").text)
    own = running(one, NORTH)
    late = sum(clock.due_on < TODAY for clock in own if clock.due_on)
    ahead = sum(slowly(own).values())
    for said in ("6 open, 3 overdue", "3 in all, 1 standing still", f"{ahead} to come, {late} overdue already"):
        assert said in words
