"""The sums of reports: weeks, shares, spreads and the honesty of trends."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest

from service.reports import figures, words
from service.reports.period import weeks
from service.reports.report import DAYS, SHARE, WORKING_DAYS, Point, Value

MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)


def series(values: list[Value]) -> tuple[Point, ...]:
    return tuple(Point(MONDAY + at * 7 * DAY, value) for at, value in enumerate(values))


def verdict(shares: list[tuple[int, int]], good: str = "high") -> str:
    return figures.trend(series([figures.share(*one) for one in shares]), SHARE, good, "week").verdict


def test_as_at_a_monday_the_week_is_the_one_before():
    this = weeks(MONDAY, 12)[-1]
    assert (this.starts_on, this.ends_on, this.judged_on) == (date(2026, 11, 16), date(2026, 11, 22), MONDAY)


@pytest.mark.parametrize("later", range(1, 7))
def test_as_at_any_other_day_the_week_ends_on_it(later: int):
    on = MONDAY + later * DAY
    this = weeks(on, 12)[-1]
    assert (this.starts_on, this.ends_on, this.judged_on) == (on - 6 * DAY, on, on)


def test_weeks_follow_one_another_without_gap_or_overlap():
    found = weeks(MONDAY, 12)
    assert len(found) == 12
    assert all(late.starts_on == early.ends_on + DAY for early, late in pairwise(found))


def test_nothing_of_nothing_is_no_percentage():
    assert figures.share(0, 0) == Value(None, 0, 0)


@pytest.mark.parametrize(
    ("share", "written"), [(0.0, "0%"), (0.4, "under 1%"), (49.5, "50%"), (99.6, "over 99%"), (100.0, "100%")]
)
def test_only_all_is_a_hundred_per_cent(share: float, written: str):
    assert words.percent(share) == written


def test_bands_hold_their_last_day():
    assert figures.in_bands([0, 10, 11, 15, 16, 20, 21, 90], (10, 15, 20)) == [2, 2, 2, 2]
    assert figures.band_names((10, 15, 20)) == ["0–10", "11–15", "16–20", "21+"]


def test_quartiles_of_one_are_that_one():
    assert figures.spread([7]) == figures.Spread(7, 7, 7, 7)
    assert figures.spread([1, 2, 3, 4, 10]) == figures.Spread(2, 3, 4, 10)
    assert figures.spread([]) is None


def test_a_steady_rise_is_better_where_high_is_good_and_worse_where_low_is():
    rise = [(at, 12) for at in range(12)]
    assert (verdict(rise), verdict(rise, "low")) == ("better", "worse")
    assert verdict(rise[::-1]) == "worse"


def test_a_trend_of_days_names_the_days_that_were_counted():
    rise, twice = (series([Value(float(at * by), whole=9) for at in range(12)]) for by in (1, 2))
    assert figures.trend(rise, WORKING_DAYS, "low", "week").words == "Getting worse: up about 1 working day a week"
    assert figures.trend(twice, DAYS, "low", "month").words == "Getting worse: up about 2 days a month"


def test_nothing_is_said_of_few_weeks_or_few_cases():
    assert verdict([(0, 5)] * 5 + [(5, 5)] * 2 + [(0, 0)] * 5) == "short"
    assert verdict([(at > 5, 1) for at in range(12)]) == "short"


def test_chance_alone_is_seldom_called_a_trend(seed: int):
    """Small weeks with one true share throughout: a verdict at the 5 % level is wrong about one time in twenty."""
    dice = random.Random(seed)
    wrong = 0
    for _ in range(600):
        held = [dice.randrange(2, 7) for _ in range(12)]
        wrong += verdict([(sum(dice.random() < 0.3 for _ in range(n)), n) for n in held]) in ("better", "worse")
    assert wrong / 600 < 0.085


def test_a_trend_of_days_is_found_too():
    days = series([Value(30.0 - at, whole=5) for at in range(12)])
    assert figures.trend(days, WORKING_DAYS, "low", "week").verdict == "better"


def test_the_range_says_how_many_weeks_had_nothing():
    told = series([figures.share(1, 2), figures.share(0, 0), figures.share(2, 2)])
    assert figures.range_words(told, SHARE, "week") == "50% to 100%; 1 of 3 weeks had none"


def test_without_a_target_there_is_no_red_amber_or_green():
    assert figures.rag(figures.share(1, 2), "high", None, None) is None
    assert figures.rag(Value(None, 0, 0), "high", 95.0, 85.0) is None


@pytest.mark.parametrize(("percent", "colour"), [(95.0, "green"), (90.0, "amber"), (84.9, "red")])
def test_red_amber_and_green_are_words_against_target_and_floor(percent: float, colour: str):
    assert figures.rag(Value(percent, 1, 1), "high", 95.0, 85.0) == colour
    assert figures.rag(Value(100 - percent, 1, 1), "low", 5.0, 15.0) == colour
