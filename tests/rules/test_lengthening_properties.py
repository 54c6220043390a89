"""Pauses, extensions and dates counted back, tried on many lives against the slow, obvious way to count."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import extending
from rules.loading.build import load_law
from rules.model import Event
from tests.rules import slow, slow_phases
from tests.rules.making import clocks_of, event, with_holiday

KINGDOM = load_law("kingdom", packs=Path(__file__).with_name("packs"))


@st.composite
def paused_lives(draw: st.DrawFn) -> tuple[date, list[tuple[date, date | None]], list[Event]]:
    """A start, and pauses one after another around it: some of no length, some that touch, the last perhaps open."""
    start = date(2016, 1, 1) + timedelta(days=draw(st.integers(0, 3_000)))
    now = start - timedelta(days=draw(st.integers(0, 12)))
    pauses: list[tuple[date, date | None]] = []
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4)):
        begun = now + timedelta(days=gap)
        now = begun + timedelta(days=length)
        pauses.append((begun, now))
    if pauses and draw(st.booleans()):
        pauses[-1] = (pauses[-1][0], None)
    events = [event("start", "referral.received", start)]
    for nth, (begun, ended) in enumerate(pauses):
        events.append(event(f"a-{nth}", "missing.started", begun))
        events += [event(f"z-{nth}", "missing.returned", ended)] if ended else []
    return start, pauses, events


@pytest.mark.parametrize("timescale", ["paused", "paused-in-weeks"])
@settings(max_examples=200)
@given(paused_lives())
def test_paused_days_do_not_count_and_all_others_do(timescale: str, life):
    start, pauses, events = life
    [version] = KINGDOM.timescales[timescale].duty.versions
    [clock] = clocks_of(events, KINGDOM, timescale)
    assert clock.due_on == slow_phases.due_with_pauses(start, version.limit, pauses)


@st.composite
def overlapping(draw: st.DrawFn) -> tuple[date, list[tuple[date, date]]]:
    """Day 0, and pauses that may lie in one another, or before it: as two rules for pausing would give them."""
    zero = date(2016, 1, 1) + timedelta(days=draw(st.integers(0, 3_000)))
    spans = draw(st.lists(st.tuples(st.integers(-20, 25), st.integers(0, 15)), max_size=5))
    found = [(zero + timedelta(days=first), zero + timedelta(days=first + length)) for first, length in spans]
    return zero, sorted(found)


@pytest.mark.parametrize("timescale", ["paused", "paused-in-weeks"])
@settings(max_examples=200)
@given(overlapping())
def test_pauses_that_lie_in_one_another_count_once(timescale: str, life: tuple[date, list[tuple[date, date]]]):
    zero, pauses = life
    [version] = KINGDOM.timescales[timescale].duty.versions
    marks = tuple((event("a", "missing.started", one), event("b", "missing.returned", other)) for one, other in pauses)
    due_on, _ = extending.paused(zero, version.limit, marks, KINGDOM.calendars[version.calendar])
    assert due_on == slow_phases.due_with_pauses(zero, version.limit, pauses)


@st.composite
def extended_lives(draw: st.DrawFn) -> tuple[date, list[tuple[date, date]], list[Event]]:
    start = date(2016, 1, 1) + timedelta(days=draw(st.integers(0, 3_000)))
    days = draw(st.lists(st.integers(0, 70), max_size=5, unique=True))
    decided = [(start + timedelta(days=day), start + timedelta(days=day + draw(st.integers(0, 60)))) for day in days]
    events = [event("start", "proceedings.issued", start)]
    events += [event(f"x-{nth}", "proceedings.extended", on, until=until) for nth, (on, until) in enumerate(decided)]
    return start, decided, events


@settings(max_examples=200)
@given(extended_lives())
def test_more_time_is_given_only_so_early_so_often_and_so_far(life):
    start, decided, events = life
    [version] = KINGDOM.timescales["extended"].duty.versions
    [clock] = clocks_of(events, KINGDOM, "extended")
    assert clock.due_on == slow_phases.due_with_extensions(start + timedelta(weeks=4), version.extensions[0], decided)


@given(extended_lives())
def test_an_extension_never_brings_a_date_forward(life):
    _, _, events = life
    dues = [clocks_of(events[:count], KINGDOM, "extended")[0].due_on for count in range(1, len(events) + 1)]
    assert all(due >= dues[0] for due in dues)


@settings(max_examples=60)
@given(paused_lives(), st.integers(0, 40))
def test_adding_a_bank_holiday_never_brings_a_paused_date_forward(life, days: int):
    start, _, events = life
    [before] = clocks_of(events, KINGDOM, "paused")
    [after] = clocks_of(events, with_holiday(KINGDOM, start + timedelta(days=days)), "paused")
    assert (before.due_on is None) <= (after.due_on is None)
    assert None in (before.due_on, after.due_on) or after.due_on >= before.due_on


@given(st.dates(date(2016, 1, 1), date(2026, 1, 1)), st.integers(0, 40))
def test_adding_a_bank_holiday_never_puts_off_what_is_due_before_a_date(birth: date, days: int):
    told = [event("a", "subject.registered", birth - timedelta(days=90), expected_date_of_birth=birth)]
    [before] = clocks_of(told, KINGDOM, "before-a-birth")
    [after] = clocks_of(told, with_holiday(KINGDOM, birth - timedelta(days=days)), "before-a-birth")
    assert after.due_on <= before.due_on == slow.due(birth, -10, "working_days")
    assert slow.is_working(before.due_on)
