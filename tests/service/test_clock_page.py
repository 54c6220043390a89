"""A clock's page: late or not, by how much, since when, by which law, what next; and why not the day before."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from rules.telling.doubts import why_not_earlier
from service.council import Council
from service.explaining import clock_named, explanation_of
from service.web.shown.months import Marks, months
from tests.service.intake_parts import discussion, document, send
from tests.service.pages_cast import NOBODYS, NORTH, browser, clock_of, demonstration, populate, seen

WEEKDAYS = 5
MONTHS = list(calendar.month_name)[1:]


@pytest.fixture(scope="module")
def council(new_database, tmp_path_factory) -> Iterator[Council]:
    with demonstration(new_database("sqlite"), tmp_path_factory.mktemp("council")) as council:
        populate(council)
        send(
            council,
            discussion("c-easter", "easter-1", "2026-03-23", key="s47-easter", team=NORTH),
            discussion("c-weekend", "weekend-1", "2026-11-14", key="s47-weekend", team=NORTH),
            document("proceedings.issued", "c-court", "court-1", "2026-09-01", key="l-1", team=NORTH),
        )
        yield council


def _verdict(council: Council, path: str) -> str:
    html = browser(council).get(path).text
    return seen(html.partition('<div class="verdict verdict--')[2].split("</dl>")[0].partition(">")[2])


def test_the_first_lines_say_late_by_how_much_since_when_by_which_law_and_what_next(council):
    said = _verdict(council, clock_of(browser(council), "c-late"))
    expected = [
        "Was due Monday 16 November 2026",
        "Overdue 5 working days overdue.",
        "Not booked",
        "Started Monday 26 October 2026: a strategy discussion took place",
        "By which law 15 working days.",
        "Working Together to Safeguard Children",
        "Read in others’ account of it",
        "Next Mon 30 Nov, 07:30 the head of service is told: ten working days past the due date.",
    ]
    places = [said.find(one) for one in expected]
    assert -1 not in places, expected[places.index(-1)]
    assert places == sorted(places)


def test_the_limit_and_the_own_target_stand_side_by_side(council):
    html = browser(council).get("/subjects/c-target").text
    found = re.search(r'href="(/clocks/[0-9a-f]{20})">Single assessment<', html)
    assert found
    words = seen(browser(council).get(found[1]).text)
    assert re.search(
        r"The limit: a duty in statutory guidance 45 working days To [^:]+: due in \d+ working days? "
        r"The authority’s own target 40 working days To [^:]+: missed by",
        words,
    )


@pytest.mark.parametrize("subject", ["c-late", "c-easter", "c-christmas", "c-weekend"])
def test_why_not_the_day_before_agrees_with_a_count_on_the_fingers(council, subject):
    id = clock_of(browser(council), subject).rpartition("/")[2]
    with council.reading() as db:
        found = clock_named(db, id)
        explanation = explanation_of(council, db, found)
    start, count = found.counted_from_on, found.limit.count
    is_working = explanation.calendar.is_working
    with_start_as_one = _nth(start - timedelta(days=1), count, is_working)
    with_holidays = _nth(start, count, lambda on: on.weekday() < WEEKDAYS)
    said = " ".join(why_not_earlier(explanation))
    named = [date.fromisoformat(one) for one in _dates(said)]
    expected = [with_start_as_one] if is_working(start) else []
    expected += [with_holidays] if with_holidays != found.due_on else []
    assert named == expected
    assert said in seen(browser(council).get(f"/clocks/{id}").text) or not said


def test_a_weekend_start_raises_no_doubt_about_its_first_day(council):
    assert "as day 1" not in seen(browser(council).get(clock_of(browser(council), "c-weekend")).text)


def test_the_other_measure_says_how_far_away_it_is(council):
    words = seen(browser(council).get(clock_of(browser(council), "c-late")).text)
    assert (
        "Counted from the first strategy meeting, as the authority once did Fri 30 Oct Fri 20 Nov 4 working days later"
        in (words)
    )


def test_who_stands_in_for_a_post_that_nobody_holds_is_said(council):
    html = browser(council).get(clock_of(browser(council), "c-untold")).text
    assert "Children with Disabilities Team" in html
    ahead = seen(html.split('id="next"')[1].split("</ol>")[0])
    assert "Nobody holds the post of head of service: nor any above it, so nobody can be told." in ahead
    assert NOBODYS not in ahead


def test_what_is_over_has_nothing_to_come(council):
    html = browser(council).get(clock_of(browser(council), "c-christmas")).text
    assert 'id="next"' not in html
    assert 'action="/clocks/' not in html, "no plan can be made for it"


def test_a_long_sum_folds_its_middle_months_and_loses_none(council):
    html = browser(council).get("/subjects/c-court").text
    found = re.search(r'href="(/clocks/[0-9a-f]{20})">Care proceedings<', html)
    assert found
    page = browser(council).get(found[1]).text
    names = re.findall(r'<caption class="month__name">([^<]+)<', page)
    assert names == [f"{month} 2026" for month in MONTHS[8:]] + [f"{month} 2027" for month in MONTHS[:3]]
    middle = page.split("day by day</span></summary>")[1].split("</details>")[0]
    assert re.findall(r'month__name">([^<]+)<', middle) == names[1:-1]


def test_a_sum_of_years_is_not_drawn_at_all():
    start = date(2026, 1, 5)
    assert months((), start, Marks(start + timedelta(days=1_200), None, None, start)) == []


def _nth(start: date, count: int, counts) -> date:
    on = start
    while count:
        on += timedelta(days=1)
        count -= counts(on)
    return on


def _dates(said: str) -> list[str]:
    """The days that are asked about: ``Why not Friday 13 November 2026?`` → ``2026-11-13``."""
    found = re.findall(r"Why not \w+ (\d+) (\w+) (\d{4})\?", said)
    return [f"{year}-{MONTHS.index(month) + 1:02}-{int(day):02}" for day, month, year in found]
