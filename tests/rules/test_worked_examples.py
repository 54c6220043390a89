"""Worked dates, row by row, each with what a wrong convention would give: so that we know it is not the one we use."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from rules.loading.build import load_calendars
from rules.model import Counting, Limit, Source, Unit, Verified
from rules.workdays import WorkingCalendar, due, due_at

CALENDAR = load_calendars()["england-and-wales"]
LONDON = ZoneInfo("Europe/London")

# row, case, count, unit, start, due, what counting the day itself as day 1 gives (where the row says so)
WORKING_DAYS = [
    (1, "an action plan after an inspection", 70, "2016-07-07", "2016-10-14", "2016-10-13"),
    (3, "a referral before the coronation holiday", 1, "2023-05-05", "2023-05-09", None),
    (4, "a referral before the state funeral", 1, "2022-09-16", "2022-09-20", None),
    (5, "a referral on Maundy Thursday", 1, "2025-04-17", "2025-04-22", "2025-04-17"),
    (6, "a referral on Christmas Eve", 1, "2024-12-24", "2024-12-27", None),
    (7, "a referral on a Sunday", 1, "2024-06-09", "2024-06-10", "2024-06-10"),
    (8, "Christmas on a weekend", 20, "2021-12-20", "2022-01-20", "2022-01-19"),
    (9, "a conference over Christmas", 15, "2023-12-18", "2024-01-11", "2024-01-10"),
    (10, "a conference over the Platinum Jubilee", 15, "2022-05-31", "2022-06-23", None),
    (11, "a conference over the state funeral", 15, "2022-09-09", "2022-10-03", None),
    (12, "a conference from a Saturday discussion", 15, "2024-06-08", "2024-06-28", "2024-06-28"),
    (13, "a conference across two May holidays", 15, "2023-04-20", "2023-05-15", "2023-05-12"),
    (14, "a conference with no holiday in range", 15, "2026-11-23", "2026-12-14", "2026-12-11"),
    (15, "a core group over Easter", 10, "2025-04-10", "2025-04-28", "2025-04-25"),
    (16, "a core group over Christmas", 10, "2025-12-24", "2026-01-12", "2026-01-09"),
    (17, "an assessment spanning five holidays", 45, "2022-04-01", "2022-06-10", "2022-06-09"),
    (18, "an assessment over Christmas", 45, "2025-11-24", "2026-01-29", "2026-01-28"),
    (19, "a first review in spring 2020", 20, "2020-04-09", "2020-05-12", "2020-05-11"),
    (20, "the moved holiday of 2020", 2, "2020-05-01", "2020-05-05", None),
    (21, "a first review in late August", 20, "2025-08-22", "2025-09-22", "2025-09-19"),
    (22, "an initial health assessment", 20, "2026-11-23", "2026-12-21", "2026-12-18"),
    (23, "a serious incident known on Christmas Eve", 5, "2015-12-24", "2016-01-05", "2016-01-04"),
    (24, "a transfer over New Year", 5, "2022-12-22", "2023-01-03", "2022-12-30"),
    (25, "a later life letter", 10, "2023-04-28", "2023-05-16", "2023-05-15"),
    (26, "a core group over substitute holidays", 10, "2027-12-20", "2028-01-06", "2028-01-05"),
    (53, "a panel, with the holidays of England and Wales only", 30, "2026-11-23", "2027-01-07", None),
    (54, "a report five working days before a conference", -5, "2025-01-07", "2024-12-30", None),
    (55, "a visit every ten working days", 10, "2025-06-02", "2025-06-16", "2025-06-13"),
    (56, "a threshold of 15 working days before a reference date", -15, "2025-03-31", "2025-03-10", None),
    (57, "the same from Easter Sunday", -15, "2024-03-31", "2024-03-08", None),
]

# row, case, count, unit, start, due, and another way to count with what it gives
CALENDAR_TIME = [
    (2, "four months from a month of 30 days", 4, "months", "1978-09-30", "1979-01-30", None),
    (
        27,
        "three months from 30 November, leap year",
        3,
        "months",
        "2023-11-30",
        "2024-02-29",
        (91, "days", "2024-02-29"),
    ),
    (28, "three months from 29 November", 3, "months", "2024-11-29", "2025-02-28", (91, "days", "2025-02-28")),
    (29, "six months from the end of February", 6, "months", "2025-02-28", "2025-08-28", (183, "days", "2025-08-30")),
    (30, "a review that falls on a Saturday", 6, "months", "2025-08-29", "2026-02-28", (183, "days", "2026-02-28")),
    (
        31,
        "three months, where 91 days are too long",
        3,
        "months",
        "2025-01-15",
        "2025-04-15",
        (91, "days", "2025-04-16"),
    ),
    (
        31,
        "six months, where 183 days are too long",
        6,
        "months",
        "2025-01-15",
        "2025-07-15",
        (183, "days", "2025-07-17"),
    ),
    (
        32,
        "three months, where 91 days are too short",
        3,
        "months",
        "2025-03-01",
        "2025-06-01",
        (91, "days", "2025-05-31"),
    ),
    (
        32,
        "six months, where 183 days are too short",
        6,
        "months",
        "2025-03-01",
        "2025-09-01",
        (183, "days", "2025-08-31"),
    ),
    (33, "a second review on a Sunday", 3, "months", "2026-11-30", "2027-02-28", None),
    (34, "a first visit due on Boxing Day", 1, "weeks", "2025-12-19", "2025-12-26", None),
    (35, "six weeks from the visit held", 6, "weeks", "2025-12-23", "2026-02-03", None),
    (36, "a week over Easter", 1, "weeks", "2026-03-31", "2026-04-07", (5, "working_days", "2026-04-09")),
    (37, "four weeks from the last visit", 4, "weeks", "2026-01-26", "2026-02-23", (6, "weeks", "2026-03-09")),
    (
        38,
        "past the anniversary, read as three months",
        3,
        "months",
        "2025-06-05",
        "2025-09-05",
        (6, "weeks", "2025-07-17"),
    ),
    (39, "a health review before the fifth birthday", 6, "months", "2025-07-01", "2026-01-01", None),
    (40, "after it, read as twelve months", 12, "months", "2025-11-14", "2026-11-14", (6, "months", "2026-05-14")),
    (41, "on it, read as twelve months", 12, "months", "2025-08-14", "2026-08-14", (6, "months", "2026-02-14")),
    (42, "a fifth birthday of 29 February, read as clipped", 5, "years", "2020-02-29", "2025-02-28", None),
    (43, "a health review at a month's end", 6, "months", "2025-08-29", "2026-02-28", None),
    (44, "three months after a sixteenth birthday", 3, "months", "2025-11-30", "2026-02-28", None),
    (45, "an adoption visit", 1, "weeks", "2025-12-01", "2025-12-08", None),
    (45, "an adoption review", 4, "weeks", "2025-12-01", "2025-12-29", None),
    (45, "the review after the one held", 3, "months", "2025-12-23", "2026-03-23", None),
    (46, "a private fostering visit on Easter Monday", 6, "weeks", "2025-03-10", "2025-04-21", None),
    (47, "sixteen weeks", 16, "weeks", "2025-09-01", "2025-12-22", None),
    (47, "and eight more", 8, "weeks", "2025-12-22", "2026-02-16", None),
]

# row, case, count, unit, first day, last day, what leaving the first day out gives
BEGINNING_WITH = [
    (48, "26 weeks beginning with the day of issue", 26, "weeks", "2026-01-05", "2026-07-05", "2026-07-06"),
    (49, "a year beginning with the day of the order", 1, "years", "2026-03-10", "2027-03-09", "2027-03-10"),
]

HOURS = [
    (50, "72 hours across the spring change", "2026-03-27T18:30+00:00", "2026-03-30T19:30+01:00"),
    (51, "72 hours across the autumn change", "2026-10-24T22:00+01:00", "2026-10-27T21:00+00:00"),
    (52, "72 hours over Christmas", "2025-12-24T23:00+00:00", "2025-12-27T23:00+00:00"),
]


def _named(row: tuple[object, ...]) -> str:
    return f"{row[0]}: {row[1]}"


def _due(start: str, count: int, unit: str, counting: Counting = Counting.DAY_AFTER) -> str:
    return due(date.fromisoformat(start), Limit(count, Unit(unit)), CALENDAR, counting).due_on.isoformat()


@pytest.mark.parametrize("row", WORKING_DAYS, ids=_named)
def test_working_days(row: tuple):
    _, _, count, start, expected, inclusive = row
    assert _due(start, count, "working_days") == expected
    if inclusive is not None:
        assert _due(start, count, "working_days", Counting.INCLUSIVE) == inclusive


@pytest.mark.parametrize("row", CALENDAR_TIME, ids=_named)
def test_days_weeks_months_and_years(row: tuple):
    _, _, count, unit, start, expected, other = row
    assert _due(start, count, unit) == expected
    if other is not None:
        assert _due(start, other[0], other[1]) == other[2]


@pytest.mark.parametrize("row", BEGINNING_WITH, ids=_named)
def test_a_period_that_begins_with_a_day_ends_a_day_earlier(row: tuple):
    _, _, count, unit, start, expected, other = row
    assert _due(start, count, unit, Counting.INCLUSIVE) == expected
    assert _due(start, count, unit) == other


@pytest.mark.parametrize("row", HOURS, ids=_named)
def test_hours_are_elapsed_time(row: tuple):
    _, _, start, expected = row
    moment = due_at(datetime.fromisoformat(start).astimezone(LONDON), Limit(72, Unit.HOURS))
    assert moment == datetime.fromisoformat(expected)
    assert moment.tzinfo is LONDON


def test_the_rows_are_all_there():
    rows = {row[0] for table in (WORKING_DAYS, CALENDAR_TIME, BEGINNING_WITH, HOURS) for row in table}
    assert rows == set(range(1, 58))


# What calendars seen elsewhere would have given: a holiday missing, moved, or closure days added.
WRONG_CALENDARS = [
    (3, "2023-05-05", 1, {"2023-05-08"}, set(), "2023-05-08"),
    (4, "2022-09-16", 1, {"2022-09-19"}, set(), "2022-09-19"),
    (6, "2024-12-24", 1, set(), {"2024-12-27", "2024-12-30", "2024-12-31"}, "2025-01-02"),
    (10, "2022-05-31", 15, {"2022-06-03"}, set(), "2022-06-22"),
    (11, "2022-09-09", 15, {"2022-09-19"}, set(), "2022-09-30"),
    (20, "2020-05-01", 2, {"2020-05-08"}, {"2020-05-04"}, "2020-05-06"),
    (53, "2026-11-23", 30, set(), {"2026-11-30", "2027-01-04"}, "2027-01-11"),
]


@pytest.mark.parametrize("row", WRONG_CALENDARS, ids=lambda row: str(row[0]))
def test_a_wrong_calendar_gives_the_wrong_date_that_was_seen(row: tuple):
    _, start, count, missing, added, expected = row
    holidays = {on: name for on, name in CALENDAR.holidays.items() if on.isoformat() not in missing}
    holidays |= {date.fromisoformat(on): "closed" for on in added}
    wrong = WorkingCalendar(
        "wrong",
        holidays=holidays,
        covered=(CALENDAR.covered_from, CALENDAR.covered_until),
        checked_on=CALENDAR.checked_on,
        source=Source("a test", "", "", CALENDAR.checked_on, Verified.UNVERIFIED),
    )
    limit = Limit(count, Unit.WORKING_DAYS)
    assert due(date.fromisoformat(start), limit, wrong).due_on.isoformat() == expected
    assert due(date.fromisoformat(start), limit, CALENDAR).due_on.isoformat() != expected
