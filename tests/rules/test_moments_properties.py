"""Hours around every change of the clocks, and birthdays around every twist of a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.evaluate import evaluate
from rules.law import Law
from rules.loading.build import load_law
from rules.model import LAPSED, Event, Outcome, Status
from tests.rules import slow, slow_phases
from tests.rules.making import clocks_of, event

ENGLAND = load_law("england")
KINGDOM = load_law("kingdom", packs=Path(__file__).with_name("packs"))
LONDON = ZoneInfo("Europe/London")


def _change_days() -> list[date]:
    """The last Sundays of March and October, of 21 years."""
    days = []
    for year in range(2020, 2041):
        for month in (3, 10):
            day = date(year, month, 31)
            while day.isoweekday() != 7:
                day -= timedelta(days=1)
            days.append(day)
    return days


def _on_the_wall(moment: datetime) -> datetime:
    """What the clock shows, by the rule itself: an hour ahead from one o'clock UTC on the one Sunday to the other."""
    summer = [
        datetime(day.year, day.month, day.day, 1, tzinfo=UTC) for day in _change_days() if day.year == moment.year
    ]
    is_summer = summer[0] <= moment < summer[1]
    return (moment + timedelta(hours=is_summer)).replace(tzinfo=None)


@pytest.mark.parametrize(("law", "timescale"), [(KINGDOM, "in-hours"), (ENGLAND, "return-interview")])
def test_hours_are_elapsed_time_for_every_hour_around_every_clock_change(law: Law, timescale: str):
    measure = law.timescales[timescale].duty
    start_type, stop_type = measure.starts[0].event, measure.stops[0].event
    hours = measure.versions[-1].limit.count
    for day in _change_days():
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        for hour in range(-hours - 25, 26):  # every start from which the change lies within the limit, and more
            start = midnight + timedelta(hours=hour, minutes=30)
            end = start + timedelta(hours=hours)
            told = start.astimezone(LONDON)
            begun = replace(event("a", start_type, _on_the_wall(start).date()), happened_at=told)
            just, late = (
                replace(event("b", stop_type, _on_the_wall(at).date()), happened_at=at)
                for at in (end, end + timedelta(minutes=1))
            )
            [met], [missed] = (evaluate([begun, stop], law, [measure]).clocks for stop in (just, late))
            assert (met.due_at, met.due_on) == (end, _on_the_wall(end).date()), told
            assert (met.outcome, missed.outcome) == (Outcome.MET, Outcome.LATE), told


@st.composite
def children_in_need(draw: st.DrawFn) -> tuple[date, list[tuple[date, date | None]], list[Event]]:
    """A birth, and plans one after another about the twelfth birthday, the last of which may go on."""
    born = draw(st.dates(date(2004, 1, 1), date(2012, 12, 31)) | st.just(date(2008, 2, 29)))
    now = slow_phases.turns(born, 12) - timedelta(days=draw(st.integers(0, 300)))
    plans: list[tuple[date, date | None]] = []
    for gap, length in draw(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 120)), max_size=4)):
        begun = now + timedelta(days=gap)
        now = begun + timedelta(days=length)
        plans.append((begun, now))
    if plans and draw(st.booleans()):
        plans[-1] = (plans[-1][0], None)
    events = [event("born", "subject.registered", born, date_of_birth=born.isoformat())]
    for nth, (begun, ended) in enumerate(plans):
        events.append(event(f"a-{nth}", "child-in-need-plan.started", begun))
        events += [event(f"z-{nth}", "child-in-need-plan.ended", ended)] if ended else []
    return born, plans, events


@settings(max_examples=150)
@given(children_in_need())
def test_a_birthday_starts_it_on_the_first_day_on_which_the_child_is_old_enough_and_it_has_lasted(life):
    born, plans, events = life
    day, last = slow_phases.turns(born, 12), slow_phases.turns(born, 14)
    started_on = None
    while started_on is None and day < last:
        for begun, ended in plans:
            if day >= slow.due(begun, 1, "months") and (ended is None or day < ended):
                started_on = day
        day += timedelta(days=1)
    clocks = clocks_of(events, KINGDOM, "coming-of-age")
    assert [clock.started_on for clock in clocks] == ([started_on] if started_on else [])
    for clock in clocks:
        before, on = started_on - timedelta(days=1), last - timedelta(days=1)
        if clock.outcome is None:
            assert clock.status(before) is Status.NOT_STARTED
            assert clock.status(started_on) is Status.RUNNING
            assert clock.status(clock.due_on) is (Status.DUE_TODAY if clock.due_on < last else Status.ENDED)
            assert clock.status(on) in (Status.OVERDUE, Status.DUE_TODAY, Status.RUNNING)
            assert clock.as_at(on) is clock
            assert (clock.status(last), clock.as_at(last).status(last)) == (Status.ENDED, Status.ENDED)
            assert (clock.as_at(last).stopped_on, clock.as_at(last).ended_because) == (last, LAPSED)
