"""The made-up council's size, what the service finds in it as the inspectors did, and what is going on today."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from rules.model import Outcome, Status
from service.demo import place
from tests.service.demo_council import CONFERENCE, TODAY, WORKING, Made, made_council, share_in_time


@pytest.fixture
def made() -> Made:
    return made_council()


# ---- its size --------------------------------------------------------------------------------------------------------


def test_it_is_the_size_of_the_place(made: Made) -> None:
    assert 50_000 <= len(made.events) <= 75_000
    on_plans = _open(made, "child-protection-plan.started", "child-protection-plan.ended")
    in_need = _open(made, "referral.received", "case.closed")
    assert on_plans == pytest.approx(183, rel=0.2)
    assert in_need == pytest.approx(999 - 263, rel=0.15)  # the children in care are counted in test_demo_care


def _open(made: Made, starts: str, ends: str) -> int:
    latest: dict[str, tuple[date, str]] = {}
    for event in made.events:
        if event.type in (starts, ends):
            latest[event.subject] = max(latest.get(event.subject, (date.min, "")), (event.happened_on, event.type))
    return sum(type == starts for _on, type in latest.values())


# ---- what the service finds, as the inspectors did -------------------------------------------------------------------


def test_about_28_in_100_conferences_are_in_time_from_the_right_start(made: Made) -> None:
    assert share_in_time(made.of(CONFERENCE)) == pytest.approx(0.28, abs=0.03)


def test_far_more_look_in_time_from_the_first_strategy_meeting(made: Made) -> None:
    assert 0.75 <= share_in_time(made.of(CONFERENCE, "first_strategy_meeting")) <= 0.86


def test_the_latest_conferences_took_five_to_seven_weeks(made: Made) -> None:
    clocks = [clock for clock in made.of(CONFERENCE) if clock.outcome in (Outcome.MET, Outcome.LATE)]
    taken = sorted(WORKING.elapsed(clock.started_on, clock.stopped_on or TODAY) for clock in clocks)
    assert 25 <= taken[-5] <= taken[-1] <= 35
    assert taken[0] <= 9


def test_about_51_in_100_visits_are_in_line_with_the_plan(made: Made) -> None:
    assert share_in_time(made.of("child-protection-visit")) == pytest.approx(0.513, abs=0.025)


def test_assessments_look_better_from_their_start_than_from_the_referral(made: Made) -> None:
    by_duty, by_dfe = (share_in_time(made.of("single-assessment", measure)) for measure in ("duty", "dfe"))
    assert by_duty == pytest.approx(0.80, abs=0.03)
    assert by_dfe > by_duty + 0.04


def test_nine_referrals_in_ten_are_decided_within_a_working_day(made: Made) -> None:
    assert share_in_time(made.of("referral-decision")) == pytest.approx(0.90, abs=0.025)


def test_three_first_core_groups_in_four_are_in_time(made: Made) -> None:
    assert share_in_time(made.of("first-core-group")) == pytest.approx(0.75, abs=0.04)


def test_legal_planning_meetings_drift(made: Made) -> None:
    assert 0.15 <= share_in_time(made.of("departmental-to-legal-planning-meeting")) <= 0.6


def test_teams_differ_and_so_do_quarters(made: Made) -> None:
    visits = made.of("child-protection-visit")
    by_team = [share_in_time(clock for clock in visits if clock.team == team.id) for team in place.CARE_MANAGEMENT]
    assert 0.03 <= max(by_team) - min(by_team) <= 0.2
    conferences = [clock for clock in made.of(CONFERENCE) if clock.stopped_on]
    by_quarter = [
        share_in_time(
            clock for clock in conferences if clock.stopped_on and (TODAY - clock.stopped_on).days // 84 == nth
        )
        for nth in range(5)
    ]
    assert max(by_quarter) - min(by_quarter) >= 0.04


# ---- what is going on today ------------------------------------------------------------------------------------------


def test_today_some_clocks_are_overdue_some_due_today_and_some_this_week(made: Made) -> None:
    duties = [clock for clock in made.clocks if clock.measure == "duty"]
    statuses = Counter(clock.status(TODAY) for clock in duties)
    this_week = [
        clock
        for clock in duties
        if clock.status(TODAY) is Status.RUNNING and clock.due_on and (clock.due_on - TODAY).days < 7
    ]
    assert min(statuses[Status.OVERDUE], statuses[Status.DUE_TODAY], len(this_week)) >= 5


def test_no_clock_is_overdue_for_ever_but_those_that_are_data_problems(made: Made) -> None:
    long_ago = TODAY - timedelta(weeks=12)
    forgotten = [
        clock
        for clock in made.clocks
        if clock.status(TODAY) is Status.OVERDUE and clock.due_on and clock.due_on < long_ago and clock.is_in_figures
    ]
    assert forgotten == []


def test_some_running_conference_clocks_are_booked_and_some_are_not(made: Made) -> None:
    ahead = {
        event.key
        for event in made.typed("meeting.planned")
        if event.data["of"] == "icpc.held" and str(event.data["planned_on"]) >= TODAY.isoformat()
    }
    running = [clock.key in ahead for clock in made.of(CONFERENCE) if clock.outcome is None]
    assert running.count(True) >= 3
    assert running.count(False) >= 3
