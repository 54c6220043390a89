"""One child's time in care, worked out by hand from the regulations, visit by visit: the clocks come to the same.

Somebody born on Thursday 10 June 2021 becomes looked after on Monday 2 June 2025. Five weeks later the child goes home
under an interim care order, there a care order is made, and in October the child moves to a foster home, which becomes
permanent and sees its first anniversary. Visits are early, late, in vain, and on the last day.

Each line below says the sum in a comment. No line was copied from what the program said.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import pytest

from rules.evaluate import evaluate
from rules.loading.build import load_law
from rules.model import Clock, Event, Status
from tests.rules.making import event

LAW = load_law("england")


def _visited(on: str, *, seen: bool = True) -> Event:
    return event(f"visit-{on}", "looked-after.visited", on, seen=seen)


HISTORY = [
    event("born", "subject.registered", "2025-05-30", date_of_birth="2021-06-10"),
    event("care", "looked-after.started", "2025-06-02", key="care-1", legal_status="section_20"),
    event("p1", "placement.started", "2025-06-02", key="foster-1"),
    _visited("2025-06-06", seen=False),
    _visited("2025-06-09"),
    event("ha1", "health-assessment.held", "2025-06-24", kind="initial"),
    _visited("2025-07-01"),
    event("order1", "legal-status.changed", "2025-07-10", status="interim_care_order"),
    event("p1-over", "placement.ended", "2025-07-10", key="foster-1"),
    event("p2", "placement.started", "2025-07-10", key="home", with_parent=True),
    _visited("2025-07-15"),
    _visited("2025-07-22"),
    event("review1", "looked-after-review.held", "2025-07-25", key="care-1"),
    _visited("2025-08-20"),
    event("order2", "legal-status.changed", "2025-08-29", status="care_order"),
    _visited("2025-09-04"),
    _visited("2025-10-02"),
    event("review2", "looked-after-review.held", "2025-10-16", key="care-1"),
    event("p2-over", "placement.ended", "2025-10-20", key="home"),
    event("p3", "placement.started", "2025-10-20", key="foster-2"),
    _visited("2025-10-27", seen=False),
    _visited("2025-10-28"),
    _visited("2025-12-09"),
    event("ha2", "health-assessment.held", "2026-01-05", kind="review"),
    _visited("2026-01-19"),
    _visited("2026-03-02"),
    _visited("2026-04-13", seen=False),
    event("review3", "looked-after-review.held", "2026-04-16", key="care-1"),
    _visited("2026-04-20"),
    event("permanent", "placement.changed", "2026-05-14", key="foster-2", permanent=True),
    _visited("2026-06-01"),
    _visited("2026-07-10"),
    _visited("2026-08-21"),
    _visited("2026-09-25"),
    event("review4", "looked-after-review.held", "2026-10-20", key="care-1"),
    _visited("2026-11-03"),
]


class Line(NamedTuple):
    """One wait: from when, due when, in which phase, over when and how; and day 0 where that is not its beginning."""

    started: str
    due: str
    phase: str | None
    over: str | None = None
    outcome: str | None = None
    counted_from: str | None = None


VISITS = [
    # A placement begins: one week. 2 June + 7 = 9 June. The attempt of 6 June stops nothing; seen on the last day.
    Line("2025-06-02", "2025-06-09", "first-visit", "2025-06-09", "met"),
    # First year: six weeks. 9 June + 42: 30 June is day 21, 21 July day 42. Seen on 1 July, early.
    Line("2025-06-09", "2025-07-21", "first-year", "2025-07-01", "met"),
    # Six weeks from the visit held, not from 21 July: 31 July is day 30, 12 August day 42. The child moves on 10 July.
    Line("2025-07-01", "2025-08-12", "first-year", "2025-07-10", "ended"),
    # Home, a placement like any other at first: one week. 10 July + 7 = 17 July.
    Line("2025-07-10", "2025-07-17", "first-visit", "2025-07-15", "met"),
    # Interim care order at home, no review yet: weekly. 15 July + 7 = 22 July; seen on the last day.
    Line("2025-07-15", "2025-07-22", "interim-care-order-at-home-until-first-review", "2025-07-22", "met"),
    # Weekly, 29 July; but the first review is held on 25 July, so four weeks: 31 July is day 9, 19 August day 28.
    Line("2025-07-22", "2025-08-19", "interim-care-order-at-home", "2025-08-20", "late"),
    # Four weeks would be 17 September; but on 29 August a care order is made: a week from then, 5 September.
    Line("2025-08-20", "2025-09-05", "care-order-made-at-home", "2025-09-04", "met", "2025-08-29"),
    # Care order at home: six weeks. 30 September is day 26, 16 October day 42.
    Line("2025-09-04", "2025-10-16", "care-order-at-home", "2025-10-02", "met"),
    # 31 October is day 29, 13 November day 42. The child moves to foster carers on 20 October.
    Line("2025-10-02", "2025-11-13", "care-order-at-home", "2025-10-20", "ended"),
    # One week: 27 October. On that day nobody was seen; seen a day late.
    Line("2025-10-20", "2025-10-27", "first-visit", "2025-10-28", "late"),
    # The care order no longer matters, for the child is not at home: six weeks of a first year. 30 November is day 33.
    Line("2025-10-28", "2025-12-09", "first-year", "2025-12-09", "met"),
    # 31 December is day 22, 20 January day 42: Christmas counts like any other day.
    Line("2025-12-09", "2026-01-20", "first-year", "2026-01-19", "met"),
    # 31 January is day 12, 28 February day 40, 2 March day 42.
    Line("2026-01-19", "2026-03-02", "first-year", "2026-03-02", "met"),
    # 31 March is day 29, 13 April day 42. On that day nobody was seen; seen a week late.
    Line("2026-03-02", "2026-04-13", "first-year", "2026-04-20", "late"),
    # 30 April is day 10, 31 May day 41. Permanent from 14 May, but less than a year old: still six weeks.
    Line("2026-04-20", "2026-06-01", "first-year", "2026-06-01", "met"),
    # 30 June is day 29, 13 July day 42.
    Line("2026-06-01", "2026-07-13", "first-year", "2026-07-10", "met"),
    # 31 July is day 21, 21 August day 42.
    Line("2026-07-10", "2026-08-21", "first-year", "2026-08-21", "met"),
    # 31 August is day 10, 30 September day 40, 2 October day 42.
    Line("2026-08-21", "2026-10-02", "first-year", "2026-09-25", "met"),
    # Six weeks would be 6 November; but from 20 October the placement is a year old and permanent: three months.
    Line("2026-09-25", "2026-12-25", "permanent", "2026-11-03", "met"),
    # Three months: 3 February. It still runs.
    Line("2026-11-03", "2027-02-03", "permanent"),
]

REVIEWS = [
    # 20 working days: 3 to 6 June are 4, then 9 to 13 (9), 16 to 20 (14), 23 to 27 (19), 30 June (20). Held 25 July.
    Line("2025-06-02", "2025-06-30", "first", "2025-07-25", "late"),
    # Three months from the review held: 25 October, a Saturday, which does not roll.
    Line("2025-07-25", "2025-10-25", "second", "2025-10-16", "met"),
    # Six months from each.
    Line("2025-10-16", "2026-04-16", "later", "2026-04-16", "met"),
    Line("2026-04-16", "2026-10-16", "later", "2026-10-20", "late"),
    Line("2026-10-20", "2027-04-20", "later"),
]

FIRST_HEALTH_ASSESSMENT = [
    # 20 working days, as the first review.
    Line("2025-06-02", "2025-06-30", None, "2025-06-24", "met"),
]

HEALTH_REVIEWS = [
    # Six months are over on 24 December 2025, before the fifth birthday of 10 June 2026. Held on 5 January.
    Line("2025-06-24", "2025-12-24", "under-five", "2026-01-05", "late"),
    # Six months would be 5 July 2026, after the fifth birthday: twelve.
    Line("2026-01-05", "2027-01-05", "five-and-over"),
]

PATHWAY = [
    # Sixteen on 10 June 2037, and three months from then.
    Line("2037-06-10", "2037-09-10", None),
]

BY_HAND = {
    "looked-after-visit": VISITS,
    "looked-after-review": REVIEWS,
    "initial-health-assessment": FIRST_HEALTH_ASSESSMENT,
    "review-health-assessment": HEALTH_REVIEWS,
    "pathway-assessment": PATHWAY,
}


def _line(clock: Clock) -> Line:
    """The clock as a line: its due date and day 0 as they came out."""
    counted_from = None if clock.counted_from_on == clock.started_on else clock.counted_from_on.isoformat()
    over = clock.stopped_on.isoformat() if clock.stopped_on else None
    dates = clock.started_on.isoformat(), clock.due_on.isoformat() if clock.due_on else ""
    return Line(*dates, clock.phase, over, clock.outcome and clock.outcome.value, counted_from)


def _clocks(timescale: str, until: str = "9999-12-31", reading: str | None = None) -> list[Clock]:
    """The clocks of one timescale as they were known on the evening of a day."""
    known = [one for one in HISTORY if one.happened_on <= date.fromisoformat(until)]
    rule = LAW.timescales[timescale]
    measures = next((one.measures for one in rule.readings if one.id == reading), rule.measures)
    return sorted(evaluate(known, LAW, measures).clocks, key=lambda clock: clock.started_on)


@pytest.mark.parametrize("timescale", BY_HAND)
def test_every_clock_comes_to_what_was_worked_out_by_hand(timescale: str):
    assert [_line(clock) for clock in _clocks(timescale)] == BY_HAND[timescale]


def test_there_is_no_other_clock_and_no_problem():
    evaluation = evaluate(HISTORY, LAW)
    assert sorted(clock.timescale for clock in evaluation.clocks) == sorted(
        timescale for timescale, lines in BY_HAND.items() for _ in lines
    )
    assert evaluation.problems == ()
    assert all(clock.problem is None and clock.flags == () for clock in evaluation.clocks)


def test_what_still_runs_ends_by_itself_on_the_eighteenth_birthday():
    running = [clock for clock in evaluate(HISTORY, LAW).clocks if clock.outcome is None]
    assert len(running) == 4
    assert {clock.lapses_on for clock in running} == {date(2039, 6, 10)}
    assert {clock.status(date(2039, 6, 10)) for clock in running} == {Status.ENDED}


# What the last visit's clock said on the evening of a day, when nothing later was known: due, phase, status.
AS_IT_WAS_KNOWN = [
    ("2025-06-06", "2025-06-09", "first-visit", Status.RUNNING),  # the attempt
    ("2025-07-24", "2025-07-29", "interim-care-order-at-home-until-first-review", Status.RUNNING),
    ("2025-07-25", "2025-08-19", "interim-care-order-at-home", Status.RUNNING),  # the first review
    ("2025-08-19", "2025-08-19", "interim-care-order-at-home", Status.DUE_TODAY),
    ("2025-08-28", "2025-09-17", "interim-care-order-at-home", Status.RUNNING),
    ("2025-08-29", "2025-09-05", "care-order-made-at-home", Status.RUNNING),  # the order
    ("2025-10-27", "2025-10-27", "first-visit", Status.DUE_TODAY),
    ("2026-04-14", "2026-04-13", "first-year", Status.OVERDUE),
    ("2026-09-25", "2026-12-25", "permanent", Status.RUNNING),  # the anniversary to come is known already
]


@pytest.mark.parametrize("row", AS_IT_WAS_KNOWN, ids=lambda row: row[0])
def test_on_each_day_the_clock_says_what_was_known_that_day(row: tuple[str, str, str, Status]):
    on, due, phase, status = row
    last = _clocks("looked-after-visit", until=on)[-1]
    assert (last.due_on.isoformat(), last.phase, last.status(date.fromisoformat(on))) == (due, phase, status)


def test_read_as_fixed_by_the_last_visit_the_stricter_date_is_the_warning():
    by_start = {
        clock.started_on.isoformat(): clock
        for clock in _clocks("looked-after-visit", reading="fixed_by_the_last_visit")
    }
    # Weekly to its end, though the first review was held meanwhile.
    assert _line(by_start["2025-07-22"])[1:5] == (
        "2025-07-29",
        "interim-care-order-at-home-until-first-review",
        "2025-08-20",
        "late",
    )
    # Six weeks to its end, though the anniversary passed meanwhile: 30 September is day 5, 31 October day 36.
    assert _line(by_start["2026-09-25"])[1:5] == ("2026-11-06", "first-year", "2026-11-03", "met")


def test_read_by_the_age_at_the_last_assessment_the_next_one_is_due_in_six_months():
    last = _clocks("review-health-assessment", reading="by_age_at_the_last_assessment")[-1]
    assert _line(last) == Line("2026-01-05", "2026-07-05", "under-five")
