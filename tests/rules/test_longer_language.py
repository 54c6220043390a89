"""What the packs' own examples cannot say: of phases, ages, pauses, hours, school and dates counted back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from rules.ages import birthday
from rules.loading.build import load_law
from rules.model import LAPSED, Clock, Event, Outcome, Status
from rules.rungs import rungs_of
from tests.rules.making import clocks_of, event

PACKS = Path(__file__).with_name("packs")
KINGDOM = load_law("kingdom", packs=PACKS)
ENGLAND = load_law("england")


def day(text: str) -> date:
    return date.fromisoformat(text)


# ---- 4: phases -------------------------------------------------------------------------------------------------------


def test_what_happens_once_a_wait_is_over_no_longer_moves_its_date():
    # The placement is a year old on 10 June; what it is meant to be is said on the 9th, after the visit of the 8th.
    events = [
        event("a", "placement.started", "2024-06-10", key="p1"),
        event("b", "looked-after.visited", "2025-06-05", seen=True),
        event("c", "looked-after.visited", "2025-06-08", seen=True),
        event("d", "placement.changed", "2025-06-09", key="p1", permanent=True),
    ]
    _, second, third = clocks_of(events, ENGLAND, "looked-after-visit")
    assert (second.due_on, second.phase) == (day("2025-07-17"), "later")
    assert (third.due_on, third.phase) == (day("2025-09-08"), "permanent")


def test_a_target_belongs_to_its_phase_alone():
    events = [event("a", "looked-after.started", "2026-06-01"), event("b", "pep.held", "2026-06-10")]
    assert [clock.target_due_on for clock in clocks_of(events, KINGDOM, "by-wait")] == [None, None]
    events += [event("c", "pep.held", "2026-06-11"), event("d", "pep.held", "2026-06-12")]
    assert clocks_of(events, KINGDOM, "by-wait")[-1].target_due_on == day("2026-08-12")


def test_a_phase_that_came_too_late_for_its_own_count_begins_on_its_day():
    # Six months from 1 January, till 1 July; on 1 March it is six weeks, which were over on 12 February.
    events = [
        event("a", "placement.started", "2024-01-01", key="p1", long_term_foster=True),
        event("b", "looked-after.visited", "2026-01-01", seen=True),
        event("c", "placement.changed", "2026-03-01", key="p1", long_term_foster=False),
    ]
    clock = clocks_of(events, ENGLAND, "looked-after-visit")[-1]
    assert (clock.phase, clock.counted_from_on, clock.due_on) == ("later", day("2026-03-01"), day("2026-04-12"))


def test_a_limit_that_tightens_never_gives_more_time_than_the_looser_one_did():
    fewer_visits = event("a", "placement.started", "2024-01-01", key="p1", long_term_foster=True, permanent=True)
    visited = event("b", "looked-after.visited", "2026-01-01", seen=True)
    no_longer = event("c", "placement.changed", "2026-05-01", key="p1", long_term_foster=False)
    before = clocks_of([fewer_visits, visited], ENGLAND, "looked-after-visit")[-1]
    after = clocks_of([fewer_visits, visited, no_longer], ENGLAND, "looked-after-visit")[-1]
    assert after.due_on <= before.due_on


def test_a_status_changed_on_the_day_care_began_stands_for_the_one_it_began_with():
    events = [
        event("a", "looked-after.started", "2026-03-02", legal_status="section_20"),
        event("b", "legal-status.changed", "2026-03-02", status="interim_care_order"),
        event("c", "placement.started", "2026-03-02", key="p1", with_parent=True),
        event("d", "looked-after.visited", "2026-03-05", seen=True),
    ]
    assert clocks_of(events, ENGLAND, "looked-after-visit")[-1].due_on == day("2026-03-12")


def test_a_placement_changed_on_the_day_it_began_is_what_it_was_changed_to():
    events = [
        event("a", "placement.started", "2024-01-08", key="p1", permanent=False),
        event("b", "placement.changed", "2024-01-08", key="p1", permanent=True),
        event("c", "looked-after.visited", "2025-06-02", seen=True),
    ]
    assert clocks_of(events, ENGLAND, "looked-after-visit")[-1].due_on == day("2025-09-02")


# ---- 5: ages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "age", "on"),
    [
        ("2020-02-29", 5, "2025-03-01"),
        ("2020-02-29", 4, "2024-02-29"),
        ("2020-02-28", 5, "2025-02-28"),
        ("2020-03-01", 5, "2025-03-01"),
        ("2009-11-30", 16, "2025-11-30"),
    ],
)
def test_an_age_is_reached_on_the_birthday_and_after_a_leap_day_on_1_march(born: str, age: int, on: str):
    assert birthday(day(born), age) == day(on)


def twelve(*more: Event) -> list[Clock]:
    born = event("a", "subject.registered", "2026-01-02", date_of_birth="2014-05-20")
    plan = event("b", "child-in-need-plan.started", "2026-01-12")
    return clocks_of([born, plan, *more], KINGDOM, "coming-of-age")


def test_a_clock_that_a_birthday_starts_has_not_started_until_the_day_comes():
    [clock] = twelve()
    statuses = [clock.status(day(on)) for on in ("2026-05-19", "2026-05-20", "2026-07-20", "2026-07-21")]
    assert statuses == [Status.NOT_STARTED, Status.RUNNING, Status.DUE_TODAY, Status.OVERDUE]


def test_a_clock_that_nobody_met_ends_by_itself_on_the_birthday_that_ends_the_duty():
    [clock] = twelve()
    assert [clock.status(day(on)) for on in ("2028-05-19", "2028-05-20")] == [Status.OVERDUE, Status.ENDED]
    assert clock.as_at(day("2028-05-19")) is clock
    ended = clock.as_at(day("2028-05-20"))
    assert (ended.outcome, ended.stopped_on, ended.ended_because) == (Outcome.ENDED, day("2028-05-20"), LAPSED)


def test_what_is_done_on_that_birthday_or_later_meets_nothing_and_the_day_before_it_does():
    [after] = twelve(event("c", "pathway-plan.reviewed", "2028-05-20"))
    [before] = twelve(event("c", "pathway-plan.reviewed", "2028-05-19"))
    assert (after.outcome, after.lapses_on) == (None, day("2028-05-20"))
    assert (before.outcome, before.lapses_on) == (Outcome.LATE, None)


def test_what_would_start_on_the_birthday_that_ends_the_duty_does_not_start():
    born = event("a", "subject.registered", "2026-01-02", date_of_birth="2012-06-01")  # fourteen on 1 June 2026
    on_it, before = (
        clocks_of([born, event("b", "child-in-need-plan.started", on)], KINGDOM, "coming-of-age")
        for on in ("2026-05-01", "2026-04-30")  # a month later: 1 June, 30 May
    )
    assert (on_it, [clock.started_on for clock in before]) == ([], [day("2026-05-30")])


def test_a_date_of_birth_that_is_corrected_moves_the_clock_and_keeps_its_id():
    born = event("a", "subject.registered", "2026-01-02", date_of_birth="2014-05-20")
    again = event("a2", "subject.registered", "2026-01-02", target="a", date_of_birth="2014-06-21")
    plan = event("b", "child-in-need-plan.started", "2026-01-12")
    [before], [after] = (clocks_of(events, KINGDOM, "coming-of-age") for events in ([born, plan], [born, plan, again]))
    assert before.id == after.id
    assert (before.started_on, after.started_on) == (day("2026-05-20"), day("2026-06-21"))


@pytest.mark.parametrize("told_on", ["2014-05-20", "2026-01-02", "2026-11-01"])
def test_a_return_that_tells_the_birth_as_well_takes_no_birthday_clock_away_and_gives_it_no_other_id(told_on: str):
    [alone] = twelve()
    assert twelve(event("r", "subject.registered", told_on, source="ssda903:000", date_of_birth="2014-05-20")) == [
        alone
    ]


def test_anybody_may_tell_the_birth_but_the_period_must_be_known_from_who_can_tell_the_end():
    born = event("r1", "subject.registered", "2014-05-20", source="ssda903:000", date_of_birth="2014-05-20")
    plans = [
        event(id, "child-in-need-plan.started", "2026-01-12", source=source)
        for id, source in (("r2", "ssda903:000"), ("b", "system"))
    ]
    [clock], [alike] = (clocks_of([born, *own], KINGDOM, "coming-of-age") for own in (plans, plans[1:]))
    assert (clock, clock.started_on, clock.started_by.id) == (alike, day("2026-05-20"), "b")
    assert clocks_of([born, plans[0]], KINGDOM, "coming-of-age") == []


def test_nobody_is_told_of_a_clock_after_the_duty_has_fallen_away():
    born = event("a", "subject.registered", "2026-01-02", date_of_birth="2012-06-01")  # fourteen on 1 June 2026
    plan = event("b", "child-in-need-plan.started", "2026-04-10")  # a month later: 10 May, due 10 July
    [clock] = clocks_of([born, plan], KINGDOM, "coming-of-age")
    assert (clock.due_on, clock.lapses_on) == (day("2026-07-10"), day("2026-06-01"))
    assert rungs_of(clock, KINGDOM) == []
    assert rungs_of(clock._replace(lapses_on=None), KINGDOM)


# ---- 10: extensions and pauses ---------------------------------------------------------------------------------------


def paused(*more: Event) -> Clock:
    [clock] = clocks_of([event("a", "referral.received", "2026-06-01"), *more], KINGDOM, "paused")
    return clock


def test_while_a_pause_lasts_nothing_is_due_and_nothing_overdue():
    clock = paused(event("b", "missing.started", "2026-06-03"))
    assert (clock.due_on, clock.flags) == (None, ("paused since 2026-06-03",))
    assert clock.status(day("2036-06-03")) is Status.RUNNING


def test_a_pause_that_begins_once_time_has_run_out_hides_nothing():
    clock = paused(event("b", "missing.started", "2026-06-15"))
    assert clock.due_on == day("2026-06-15")


def test_a_pause_begun_and_ended_on_one_day_is_over():
    clock = paused(event("b", "missing.started", "2026-06-03"), event("c", "missing.returned", "2026-06-03"))
    assert (clock.due_on, clock.flags) == (day("2026-06-15"), ())


def test_a_pause_of_another_key_is_another_childs_or_cases():
    start = event("a", "referral.received", "2026-06-01", key="r1")
    [clock] = clocks_of([start, event("b", "missing.started", "2026-06-03", key="r2")], KINGDOM, "paused")
    assert clock.due_on == day("2026-06-15")


def test_what_is_done_while_it_stands_still_is_done_in_time():
    clock = paused(event("b", "missing.started", "2026-06-03"), event("c", "assessment.authorised", "2026-06-05"))
    assert clock.outcome is Outcome.MET


# ---- 11: hours, school, before ---------------------------------------------------------------------------------------


def test_of_two_moments_on_the_due_day_one_is_in_time_and_one_is_not():
    def notified(hour: int) -> Outcome | None:
        known = datetime(2026, 6, 1, 10, tzinfo=UTC)
        start = replace(event("a", "serious-incident.known", "2026-06-01"), happened_at=known)
        stop = replace(
            event("b", "serious-incident.notified", "2026-06-02"), happened_at=datetime(2026, 6, 2, hour, tzinfo=UTC)
        )
        [clock] = clocks_of([start, stop], KINGDOM, "in-hours")
        return clock.outcome

    assert (notified(10), notified(11)) == (Outcome.MET, Outcome.LATE)


def test_where_nobody_said_the_hour_of_the_stop_its_day_decides():
    known = datetime(2026, 6, 1, 10, tzinfo=UTC)
    start = replace(event("a", "serious-incident.known", "2026-06-01"), happened_at=known)
    [clock] = clocks_of([start, event("b", "serious-incident.notified", "2026-06-02")], KINGDOM, "in-hours")
    assert clock.outcome is Outcome.MET


def test_where_no_date_is_given_to_count_back_from_nothing_is_due_and_it_is_said():
    [clock] = clocks_of([event("a", "subject.registered", "2026-04-01")], KINGDOM, "before-a-birth")
    assert (clock.due_on, clock.flags) == (None, ("no date is given to count back from",))


def test_beyond_the_last_term_that_is_known_nothing_is_invented():
    [days] = clocks_of([event("a", "allegation.received", "2027-07-20")], KINGDOM, "in-school-days")
    [terms] = clocks_of([event("a", "allegation.received", "2027-04-12")], KINGDOM, "in-terms")
    assert [(clock.due_on, clock.problem) for clock in (days, terms)] == [(None, "cannot-count")] * 2


def test_a_day_on_which_schools_are_closed_says_so():
    schools = KINGDOM.calendars["schools"]
    asked = ("2025-10-24", "2025-10-27", "2025-12-22", "2025-12-25", "2026-05-25")
    why = [schools.why_skipped(day(on)) for on in asked]
    assert why == [None, "half-term", "schools are closed", "Christmas Day", "Spring bank holiday"]


# ---- ends before starts ----------------------------------------------------------------------------------------------


def test_an_end_of_the_very_thing_before_its_start_is_a_problem_and_an_end_by_the_way_is_none():
    plan = [
        event("a", "child-protection-plan.ended", "2026-04-01", key="plan-1"),
        event("b", "child-protection-plan.started", "2026-06-01", key="plan-1", visit_every="10 working_days"),
    ]
    assert clocks_of(plan, ENGLAND, "child-protection-visit")[0].problem == "ended-before-start"
    case = [
        event("a", "pre-proceedings.ended", "2026-04-01", key="case-1"),
        event("b", "departmental-planning-meeting.held", "2026-06-01", key="case-1"),
    ]
    assert clocks_of(case, ENGLAND, "departmental-to-legal-planning-meeting")[0].problem is None
