"""Several limits, tried on many lives against the slow, obvious way to find the one that holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.evaluate import evaluate
from rules.law import Law
from rules.loading.build import load_law
from rules.model import Clock, Event, Measure, Timescale
from tests.rules import slow_phases
from tests.rules.making import event, with_holiday
from tests.rules.slow_phases import Wait

ENGLAND = load_law("england")
KINGDOM = load_law("kingdom", packs=Path(__file__).with_name("packs"))
LONDON = ZoneInfo("Europe/London")
STATUSES = ["interim_care_order", "care_order", "section_20"]

yes_no_or_nothing = st.sampled_from([True, False, None])


class Kind(NamedTuple):
    """How lives of one timescale are made: its start, its stop, and what may be said meanwhile."""

    law: Law
    timescale: str
    start: str
    stop: str
    end: str
    own: dict[str, st.SearchStrategy[object]]
    stop_data: dict[str, object]
    meanwhile: dict[str, dict[str, st.SearchStrategy[object]]]

    @property
    def id(self) -> str:
        return self.timescale


PLACED = dict.fromkeys(
    ("permanent", "with_parent", "before_assessment", "connected_person", "long_term_foster"), yes_no_or_nothing
)
STATUS = st.sampled_from(STATUSES)
KINDS = [
    Kind(
        ENGLAND,
        "looked-after-visit",
        "placement.started",
        "looked-after.visited",
        "placement.ended",
        PLACED,
        {"seen": True},
        {
            "legal-status.changed": {"status": STATUS},
            "placement.changed": {name: values for name, values in PLACED.items() if name != "with_parent"},
            "looked-after-review.held": {},
            "looked-after.started": {"legal_status": STATUS},
            "connected-person.assessed": {},
        },
    ),
    Kind(
        ENGLAND,
        "looked-after-review",
        "looked-after.started",
        "looked-after-review.held",
        "looked-after.ceased",
        {},
        {},
        {},
    ),
    Kind(
        KINGDOM,
        "by-what-was-said",
        "placement.started",
        "sdq.completed",
        "placement.ended",
        {"type": st.sampled_from([None, "home", "foster", "With parents"]), "long_term_foster": yes_no_or_nothing},
        {},
        {
            "legal-status.changed": {"status": STATUS},
            "placement.changed": {"long_term_foster": yes_no_or_nothing},
            "long-term-fostering.matched": {},
        },
    ),
    Kind(
        KINGDOM,
        "none-since",
        "placement.started",
        "placement-plan.agreed",
        "placement.ended",
        {},
        {},
        {"looked-after-review.held": {}, "looked-after.started": {}},
    ),
    Kind(
        KINGDOM,
        "by-age-of-the-chain",
        "private-fostering.notified",
        "private-fostering.visited",
        "private-fostering.ended",
        {},
        {"seen": True},
        {},
    ),
    Kind(KINGDOM, "by-age", "looked-after.started", "dental-check.held", "looked-after.ceased", {}, {}, {}),
    Kind(
        KINGDOM,
        "no-longer",
        "pre-proceedings.started",
        "pre-proceedings-meeting.held",
        "pre-proceedings.ended",
        {},
        {},
        {"legal-status.changed": {"status": STATUS}},
    ),
    Kind(KINGDOM, "by-wait", "looked-after.started", "pep.held", "looked-after.ceased", {}, {}, {}),
]


class Life(NamedTuple):
    """One chain of waits: what happened, and the days on which each wait began and was over."""

    events: list[Event]
    starts: list[date]
    over: date | None
    born: date | None


def _data(draw: st.DrawFn, fields: dict[str, st.SearchStrategy[object]]) -> dict[str, object]:
    drawn = {name: draw(values) for name, values in fields.items()}
    return {name: value for name, value in drawn.items() if value is not None}


@st.composite
def lives(draw: st.DrawFn, kind: Kind) -> Life:
    """A chain of up to six waits over two years or so; on one day nothing is said twice."""
    start = date(2016, 1, 1) + timedelta(days=draw(st.integers(0, 3_000)))
    gaps = st.one_of(st.integers(1, 60), st.integers(20, 230))
    starts = [start]
    for gap in draw(st.lists(gaps, max_size=5)):
        starts.append(starts[-1] + timedelta(days=gap))
    events = [replace(event("start", kind.start, start, key="k1"), data=_data(draw, kind.own))]
    events += [event(f"stop-{nth}", kind.stop, on, **kind.stop_data) for nth, on in enumerate(starts[1:])]
    if kind.meanwhile:
        offsets = st.integers(-100, (starts[-1] - start).days + 200)
        for nth, offset in enumerate(draw(st.lists(offsets, max_size=8, unique=True))):
            type = draw(st.sampled_from(sorted(kind.meanwhile)))
            key = draw(st.sampled_from(["k1", "k1", None, "k2"]))
            on = start + timedelta(days=offset)
            events.append(event(f"said-{nth}", type, on, key=key, **_data(draw, kind.meanwhile[type])))
    over = None
    if draw(st.booleans()):
        over = starts[-1] + timedelta(days=draw(st.integers(1, 200)))
        events.append(event("end", kind.end, over, key="k1"))
    born = None
    if draw(st.booleans()):  # ten, or nearly, when it began
        born = start - timedelta(days=3_652 + draw(st.integers(-500, 100)))
        events.append(event("born", "subject.registered", born, date_of_birth=born.isoformat()))
    return Life(events, starts, over, born)


def _readings(timescale: Timescale) -> list[Measure]:
    return [timescale.duty, *(reading.measures[0] for reading in timescale.readings)]


def _clocks(life: Life, kind: Kind, measure: Measure) -> list[Clock]:
    return sorted(evaluate(life.events, kind.law, [measure]).clocks, key=lambda clock: clock.started_on)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
@settings(deadline=None)
@given(st.data())
def test_it_is_due_on_the_first_day_on_which_time_runs_out_under_the_limit_then_in_force(
    kind: Kind, data: st.DataObject
):
    life = data.draw(lives(kind))
    for measure in _readings(kind.law.timescales[kind.timescale]):
        clocks = _clocks(life, kind, measure)
        assert [clock.started_on for clock in clocks] == life.starts
        for nth, clock in enumerate(clocks, 1):
            over = life.starts[nth] if nth < len(life.starts) else life.over
            wait = Wait(life.starts[0], nth, clock.started_on, over, "k1", life.events, life.born)
            version = next(one for one in measure.versions if one.ends_on is None or clock.started_on <= one.ends_on)
            answer = slow_phases.due_of(wait, version)
            assert (clock.due_on, clock.phase, clock.counted_from_on) == answer, (measure.id, nth)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
@settings(deadline=None, max_examples=30)
@given(st.data(), st.randoms(use_true_random=False))
def test_with_phases_too_neither_order_of_arrival_nor_repeats_matter(kind: Kind, data: st.DataObject, dice):
    life = data.draw(lives(kind))
    again = [*life.events, *dice.choices(life.events, k=3)]
    dice.shuffle(again)
    assert evaluate(again, kind.law) == evaluate(life.events, kind.law)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.law is KINGDOM], ids=lambda kind: kind.id)
@settings(max_examples=20)
@given(st.data())
def test_adding_a_bank_holiday_never_brings_a_phased_date_forward(kind: Kind, data: st.DataObject):
    life = data.draw(lives(kind))
    holiday = data.draw(st.sampled_from(life.starts)) + timedelta(days=data.draw(st.integers(0, 15)))
    before, after = evaluate(life.events, KINGDOM).clocks, evaluate(life.events, with_holiday(KINGDOM, holiday)).clocks
    for one, other in zip(before, after, strict=True):
        assert other.due_on is None or other.due_on >= one.due_on
