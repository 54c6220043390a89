"""Counting days: against the published vectors, against a slow count, and at the edges of the calendar."""

from __future__ import annotations

import csv
import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from rules.errors import CannotCount
from rules.loading.build import load_calendars
from rules.model import Counting, Limit, Unit
from rules.workdays import days_of, due
from tests.rules import slow

CALENDAR = load_calendars()["england-and-wales"]
COLUMNS = {"wd": "working_days", "m": "months", "d": "days", "w": "weeks"}
TABLE = {unit: tuple(range(1, most)) for unit, most in (("working_days", 90), ("days", 200), ("weeks", 60))}
TABLE |= {"months": tuple(range(1, 25)), "years": (1, 2, 5, 16, 18)}


def test_every_vector_agrees(shared_data: Path):
    rows = list(csv.DictReader((shared_data / "vectors" / "due_dates_2019_2023.csv").read_text().splitlines()))
    wrong = []
    for row in rows:
        start = date.fromisoformat(row["start"])
        for column in list(row)[3:]:
            unit = COLUMNS[column.rstrip("0123456789")]
            limit = Limit(int(column.lstrip("wmd")), Unit(unit))
            if due(start, limit, CALENDAR).due_on.isoformat() != row[column]:
                wrong.append((row["start"], column))
    assert len(rows) == 1_826
    assert wrong == []


def test_the_calendar_is_the_published_list(shared_data: Path):
    published = json.loads((shared_data / "vectors" / "england_bank_holidays_2010_2028.json").read_text())
    ours = {on.isoformat() for on in CALENDAR.holidays}
    weekdays = {text for text in published if date.fromisoformat(text).weekday() < 5}
    assert {text for text in ours if date.fromisoformat(text).weekday() < 5} == weekdays


def test_every_day_from_2012_to_2028_is_working_or_not_as_the_published_list_says():
    day = slow.FIRST
    while day <= slow.LAST:
        assert CALENDAR.is_working(day) == slow.is_working(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize("is_inclusive", [False, True], ids=["the day after is day 1", "the day itself is day 1"])
@pytest.mark.parametrize("unit", sorted(TABLE))
def test_the_fast_count_agrees_with_a_slow_one(unit: str, is_inclusive: bool, seed: int):
    dice = random.Random(f"{seed} {unit} {is_inclusive}")
    counting = Counting.INCLUSIVE if is_inclusive else Counting.DAY_AFTER
    for start in dice.sample(range((date(2028, 6, 30) - slow.FIRST).days), 400):
        on, count = slow.FIRST + timedelta(days=start), dice.choice(TABLE[unit])
        expected = slow.due(on, count, unit, is_inclusive=is_inclusive)
        assert due(on, Limit(count, Unit(unit)), CALENDAR, counting).due_on == expected, (on, count, seed)


def test_every_start_of_seventeen_years_agrees_for_the_limits_that_the_law_uses():
    for count in (1, 2, 5, 10, 15, 45):
        start = slow.FIRST
        while start < date(2028, 10, 1):
            expected = slow.due(start, count, "working_days")
            assert due(start, Limit(count, Unit.WORKING_DAYS), CALENDAR).due_on == expected, (start, count)
            start += timedelta(days=1)


def test_counting_back_agrees_with_a_slow_count(seed: int):
    dice = random.Random(seed)
    for _ in range(1_000):
        on, count = slow.FIRST + timedelta(days=dice.randrange(200, 6_000)), dice.randrange(1, 60)
        expected = slow.due(on, -count, "working_days")
        assert due(on, Limit(-count, Unit.WORKING_DAYS), CALENDAR).due_on == expected, (on, count, seed)


def test_a_negative_count_of_any_unit_is_before():
    start = date(2026, 3, 31)
    found = [due(start, Limit(-1, unit), CALENDAR).due_on for unit in (Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS)]
    assert found == [date(2026, 3, 30), date(2026, 3, 24), date(2026, 2, 28), date(2025, 3, 31)]


def test_before_a_saturday_is_the_friday():
    assert due(date(2026, 3, 7), Limit(-1, Unit.WORKING_DAYS), CALENDAR).due_on == date(2026, 3, 6)


def test_seventy_working_days_from_7_july_2016_end_on_14_october():
    assert due(date(2016, 7, 7), Limit(70, Unit.WORKING_DAYS), CALENDAR) == (date(2016, 10, 14), False)


def test_a_weekend_start_counts_from_monday():
    assert due(date(2026, 3, 7), Limit(1, Unit.WORKING_DAYS), CALENDAR).due_on == date(2026, 3, 9)


def test_the_last_day_covered_is_firm_and_the_next_is_provisional():
    last = due(date(2028, 12, 28), Limit(1, Unit.WORKING_DAYS), CALENDAR)
    beyond = due(date(2028, 12, 29), Limit(1, Unit.WORKING_DAYS), CALENDAR)
    assert last == (date(2028, 12, 29), False)
    assert [CALENDAR.is_provisional(on) for on in (date(2028, 12, 31), date(2029, 1, 1))] == [False, True]
    assert beyond == (date(2029, 1, 1), True)  # a bank holiday, once it is published: hence provisional


def test_units_that_use_no_calendar_are_never_provisional():
    for unit in (Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS):
        assert not due(date(2028, 12, 30), Limit(2, unit), CALENDAR).is_provisional


@pytest.mark.parametrize("start", [date(2009, 12, 31), date(1999, 6, 1), date(2099, 1, 1)])
def test_working_days_outside_the_calendar_are_refused_in_words(start: date):
    with pytest.raises(CannotCount, match=r"calendar england-and-wales covers 2010-01-01 to 2028-12-31"):
        due(start, Limit(5, Unit.WORKING_DAYS), CALENDAR)


@pytest.mark.parametrize(("start", "count"), [(date(2010, 1, 4), -1), (date(2010, 1, 1), -1), (date(2010, 2, 1), -40)])
def test_counting_back_past_the_first_year_is_refused(start: date, count: int):
    with pytest.raises(CannotCount):
        due(start, Limit(count, Unit.WORKING_DAYS), CALENDAR)


def test_units_that_use_no_calendar_are_counted_before_its_first_year():
    assert due(date(1978, 9, 30), Limit(4, Unit.MONTHS), CALENDAR).due_on == date(1979, 1, 30)


@pytest.mark.parametrize("unit", [Unit.DAYS, Unit.WEEKS, Unit.MONTHS, Unit.YEARS])
def test_past_the_last_date_there_is_a_refusal_and_no_crash(unit: Unit):
    with pytest.raises(CannotCount, match="runs past the last date"):
        due(date(9999, 12, 1), Limit(400, unit), CALENDAR)
    with pytest.raises(CannotCount):
        due(date(1, 1, 1), Limit(-1, unit), CALENDAR)


def test_a_limit_in_hours_needs_a_moment():
    with pytest.raises(CannotCount, match="moment"):
        due(date(2026, 1, 1), Limit(72, Unit.HOURS), CALENDAR)


def test_every_day_of_a_sum_is_there_once_numbered_or_named():
    days = days_of(date(2023, 12, 18), date(2024, 1, 11), CALENDAR, Counting.DAY_AFTER)
    assert [day.on for day in days] == [date(2023, 12, 18) + timedelta(days=n) for n in range(25)]
    assert [day.number for day in days if day.number is not None] == list(range(16))
    named = {day.on.isoformat(): day.skipped_because for day in days if day.skipped_because}
    assert named["2023-12-25"] == "Christmas Day"
    assert named["2023-12-26"] == "Boxing Day"
    assert named["2023-12-30"] == "Saturday"
    assert named["2023-12-31"] == "Sunday"


def test_elapsed_is_nought_on_the_same_day_and_negative_backwards():
    monday = date(2026, 3, 2)
    assert CALENDAR.elapsed(monday, monday) == 0
    assert CALENDAR.elapsed(monday, date(2026, 3, 9)) == 5
    assert CALENDAR.elapsed(date(2026, 3, 9), monday) == -5
