"""What holds of every history and every date, tried on many."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.diff import diff
from rules.errors import CannotCount
from rules.evaluate import evaluate
from rules.loading.build import load_calendars, load_law
from rules.model import Counting, Event, Limit, Outcome, Unit
from rules.workdays import WorkingCalendar, due
from tests.rules import slow
from tests.rules.making import event
from tests.rules.test_history import TYPES

LAW = load_law("southend", overlays=["demonstration"])
CALENDAR = load_calendars()["england-and-wales"]

days = st.dates(date(2012, 1, 1), date(2027, 6, 30))
units = st.sampled_from([unit for unit in Unit if unit not in (Unit.HOURS, Unit.SCHOOL_DAYS, Unit.TERMS)])
countings = st.sampled_from(Counting)
limits = st.builds(Limit, st.integers(1, 60), units)

SCHOOLS = load_law("kingdom", packs=Path(__file__).with_name("packs")).calendars["schools"]
school_years = st.dates(date(2024, 9, 1), date(2027, 7, 21))


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Up to a dozen events of one child within two months, some of which correct or withdraw others."""
    count = draw(st.integers(1, 12))
    ids = [f"e{nth}" for nth in range(count)]
    events = []
    for id in ids:
        type, data = draw(st.sampled_from(TYPES))
        on = date(2026, 5, 1) + timedelta(days=draw(st.integers(0, 60)))
        target = draw(st.sampled_from([None, None, None, *ids]))
        if target and draw(st.booleans()):
            events.append(event(id, "event.withdrawn", on, target=target, withdraws=target))
        else:
            events.append(event(id, type, on, key=draw(st.sampled_from([None, "k1", "k2"])), target=target, **data))
    return events


@given(histories(), st.randoms(use_true_random=False))
def test_evaluation_ignores_arrival_order_and_repeats(history: list[Event], dice):
    again = [*history, *dice.choices(history, k=3)]
    dice.shuffle(again)
    assert evaluate(again, LAW) == evaluate(history, LAW)


@given(histories())
def test_nothing_changed_is_no_change(history: list[Event]):
    clocks = evaluate(history, LAW).clocks
    assert diff(clocks, clocks) == []


@given(histories())
def test_every_clock_has_an_id_of_its_own(history: list[Event]):
    clocks = evaluate(history, LAW).clocks
    assert len({clock.id for clock in clocks}) == len(clocks)


@given(histories())
def test_met_is_never_after_the_due_date_and_nothing_stops_before_it_starts(history: list[Event]):
    for clock in evaluate(history, LAW).clocks:
        if clock.stopped_on is not None:
            assert clock.stopped_on >= clock.started_on
            if clock.due_on is not None and clock.outcome in (Outcome.MET, Outcome.LATE):
                assert (clock.outcome is Outcome.MET) == (clock.stopped_on <= clock.due_on)


@given(histories(), st.sampled_from(sorted({name for name, _ in TYPES})))
def test_an_event_moves_only_the_clocks_that_its_type_can_touch(history: list[Event], type: str):
    data = next(data for name, data in TYPES if name == type)
    added = event("added", type, "2026-05-20", key="k1", **data)
    before, after = evaluate(history, LAW).clocks, evaluate([*history, added], LAW).clocks
    touched = {(measure.timescale, measure.id) for measure in LAW.touched_by([type])}
    changed = {(change.clock.timescale, change.clock.measure) for change in diff(before, after)}
    assert changed <= touched


@given(days, st.integers(0, 400), limits, countings)
def test_a_later_start_never_gives_an_earlier_due_date(start: date, later: int, limit: Limit, counting: Counting):
    first, second = (due(on, limit, CALENDAR, counting).due_on for on in (start, start + timedelta(days=later)))
    assert first <= second


@given(days, st.integers(1, 60), st.dates(date(2012, 1, 1), date(2028, 12, 31)), countings)
def test_adding_a_bank_holiday_never_brings_a_date_forward_and_moves_only_those_it_lies_in(
    start: date, count: int, holiday: date, counting: Counting
):
    limit = Limit(count, Unit.WORKING_DAYS)
    before = due(start, limit, CALENDAR, counting).due_on
    after = due(start, limit, _with(holiday), counting).due_on
    assert after >= before
    if not start <= holiday <= before:
        assert after == before


_calendars: dict[date, WorkingCalendar] = {}


def _with(holiday: date) -> WorkingCalendar:
    if holiday not in _calendars:
        _calendars[holiday] = WorkingCalendar(
            "one-more",
            holidays=CALENDAR.holidays | {holiday: "one more"},
            covered=(CALENDAR.covered_from, CALENDAR.covered_until),
            checked_on=CALENDAR.checked_on,
            source=CALENDAR.source,
        )
    return _calendars[holiday]


@given(days, st.integers(-60, 60).filter(bool), countings)
def test_a_due_date_in_working_days_is_a_working_day(start: date, count: int, counting: Counting):
    assert CALENDAR.is_working(due(start, Limit(count, Unit.WORKING_DAYS), CALENDAR, counting).due_on)


@given(days, limits, countings)
def test_the_fast_count_agrees_with_the_slow_one(start: date, limit: Limit, counting: Counting):
    expected = slow.due(start, limit.count, limit.unit.value, is_inclusive=counting is Counting.INCLUSIVE)
    if expected <= slow.LAST:
        assert due(start, limit, CALENDAR, counting).due_on == expected


@given(days, st.integers(1, 60))
def test_counting_there_and_back_from_a_working_day_arrives_where_it_began(start: date, count: int):
    working = CALENDAR.on_or_after(start)
    there = due(working, Limit(count, Unit.WORKING_DAYS), CALENDAR).due_on
    assert due(there, Limit(-count, Unit.WORKING_DAYS), CALENDAR).due_on == working
    assert CALENDAR.elapsed(working, there) == count


@given(school_years, st.integers(1, 250))
def test_school_days_agree_with_the_slow_count_and_where_no_term_is_known_none_is_invented(start: date, count: int):
    _agrees(start, Limit(count, Unit.SCHOOL_DAYS), slow.due_in_school_days(start, count))


@given(school_years, st.integers(1, 250))
def test_school_days_counted_back_agree_with_the_slow_count(start: date, count: int):
    _agrees(start, Limit(-count, Unit.SCHOOL_DAYS), slow.due_in_school_days(start, -count))


@given(school_years, st.integers(1, 9))
def test_terms_agree_with_the_slow_count(start: date, count: int):
    _agrees(start, Limit(count, Unit.TERMS), slow.due_in_terms(start, count))


@given(school_years, st.integers(0, 200), st.integers(1, 40), st.sampled_from([Unit.SCHOOL_DAYS, Unit.TERMS]))
def test_a_later_start_never_gives_an_earlier_end_at_school(start: date, later: int, count: int, unit: Unit):
    try:
        first, second = (due(on, Limit(count, unit), SCHOOLS).due_on for on in (start, start + timedelta(days=later)))
    except CannotCount:
        return  # past the last term there is; that it is refused there, and only there, is asked above
    assert first <= second


def _agrees(start: date, limit: Limit, expected: date | None) -> None:
    if expected is None:
        with pytest.raises(CannotCount):
            due(start, limit, SCHOOLS)
    else:
        assert due(start, limit, SCHOOLS) == (expected, False)
