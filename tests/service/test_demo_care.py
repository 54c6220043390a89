"""Children in care in the made-up council: how many, and what the service finds about them, as the inspectors did."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from rules.model import Event, Outcome, Status
from service.demo import place
from tests.service.demo_council import LAW, SEED, TODAY, Made, made_council, made_in_care, share_in_time

SEEDS = (SEED, 1, 2, 11)
COURT = ("letter-before-proceedings", "pre-proceedings-meeting", "pre-proceedings", "care-proceedings")


@pytest.fixture(params=SEEDS)
def made(request: pytest.FixtureRequest) -> Made:
    print(f"the council of seed {request.param}")
    return made_in_care(request.param)


# ---- how many --------------------------------------------------------------------------------------------------------


def test_about_263_children_are_looked_after_today(made: Made) -> None:
    assert len(_in_care(made)) == pytest.approx(263, rel=0.12)


def test_about_118_of_them_live_outside_the_borough(made: Made) -> None:
    lives = {event.subject: str(event.data["type"]) for event in _in_order(made, "placement.started")}
    somewhere = _in_care(made).keys() & lives.keys()
    assert len(somewhere) >= len(_in_care(made)) - 5  # placements of this week that nobody has typed in yet
    assert sum("outside" in lives[child] for child in somewhere) == pytest.approx(118, rel=0.25)


def test_nobody_is_looked_after_before_birth_or_past_the_eighteenth_birthday(made: Made) -> None:
    born = _born(made)
    for event in made.typed("looked-after.started"):
        assert born[event.subject] <= event.happened_on
    weeks_ago = TODAY - timedelta(weeks=5)  # that they ceased to be may not be typed in yet
    grown_up = {child for child in _in_care(made) if (weeks_ago - born[child]).days > 18 * 365.25}
    assert grown_up == set()


def test_they_are_of_every_age_and_belong_to_long_term_teams(made: Made) -> None:
    born = _born(made)
    ages = Counter((TODAY - born[child]).days // 1461 for child in _in_care(made))  # of four years each
    assert min(ages[nth] for nth in range(4)) >= 20
    teams = {event.team for event in made.typed("looked-after.started")}
    assert teams == {team.id for team in (*place.CARE_MANAGEMENT, place.DISABILITIES)}


# ---- what the service finds, as the inspectors did -------------------------------------------------------------------


def test_about_two_thirds_of_their_visits_are_in_time(made: Made) -> None:
    assert share_in_time(made.of("looked-after-visit")) == pytest.approx(2 / 3, abs=0.04)


def test_about_61_in_100_initial_health_assessments_are_in_time(made: Made) -> None:
    assert share_in_time(made.of("initial-health-assessment")) == pytest.approx(0.61, abs=0.04)


def test_about_92_in_100_of_those_in_care_for_a_year_have_a_current_health_assessment(made: Made) -> None:
    for_a_year = [child for child, since in _in_care(made).items() if since <= TODAY - timedelta(days=365)]
    awaited = [clock for clock in made.of("review-health-assessment") if clock.as_at(TODAY).outcome is None]
    is_current = {clock.subject: clock.status(TODAY) is not Status.OVERDUE for clock in awaited}
    assert len(for_a_year) >= 150
    assert sum(is_current.get(child, False) for child in for_a_year) / len(for_a_year) == pytest.approx(0.92, abs=0.05)


def test_every_phase_of_the_visits_occurs(made: Made) -> None:
    phases = {phase.id for version in LAW.timescales["looked-after-visit"].duty.versions for phase in version.phases}
    assert len(phases) >= 10
    assert phases - {clock.phase for clock in made.of("looked-after-visit")} == set()


def test_every_phase_of_the_reviews_and_of_the_health_reviews_occurs(made: Made) -> None:
    assert {clock.phase for clock in made.of("looked-after-review")} == {"first", "second", "later"}
    assert {clock.phase for clock in made.of("review-health-assessment")} == {"under-five", "five-and-over"}


def test_nine_reviews_in_ten_are_in_time(made: Made) -> None:
    assert share_in_time(made.of("looked-after-review")) == pytest.approx(0.92, abs=0.03)


def test_some_assessments_of_connected_persons_are_late_and_some_were_given_more_time(made: Made) -> None:
    outcomes = Counter(clock.outcome for clock in made.of("connected-person-approval"))
    assert outcomes[Outcome.MET] > 3 * outcomes[Outcome.LATE] > 0
    assert len(made.typed("connected-person.extended")) >= 5


def test_most_proceedings_are_over_in_26_weeks_and_some_were_given_more_time(made: Made) -> None:
    issued = {event.key: event.happened_on for event in made.typed("proceedings.issued")}
    taken = [(event.happened_on - issued[event.key]).days for event in made.typed("proceedings.concluded")]
    assert 0.5 <= sum(days < 26 * 7 for days in taken) / len(taken) <= 0.78
    extended = {event.key for event in made.typed("proceedings.extended")}
    in_more_time = [clock for clock in made.of("care-proceedings") if clock.key in extended]
    assert sum(clock.outcome is Outcome.MET for clock in in_more_time) >= 10
    assert sum(clock.outcome is Outcome.LATE for clock in made.of("care-proceedings")) >= 3


def test_the_way_to_court_has_what_is_in_time_late_and_going_on_at_every_stage(made: Made) -> None:
    for timescale in COURT:
        outcomes = Counter(clock.outcome for clock in made.of(timescale))
        assert min(outcomes[Outcome.MET], outcomes[Outcome.LATE]) >= 3, timescale
    going_on = Counter(clock.timescale for clock in made.clocks if clock.outcome is None)
    assert going_on["care-proceedings"] >= 10


def test_today_the_authority_works_under_pre_proceedings_with_families_whose_children_are_not_in_care() -> None:
    """Children who have not come into care are in the whole council only."""
    whole = made_council()
    going_on = {clock.subject for clock in whole.clocks if clock.timescale in COURT[:3] and clock.outcome is None}
    assert len(going_on - _in_care(whole).keys()) >= 8


def test_return_interviews_vary(made: Made) -> None:
    clocks = made.of("return-interview")
    outcomes = Counter(clock.outcome for clock in clocks)
    assert min(outcomes[Outcome.MET], outcomes[Outcome.LATE], outcomes[Outcome.ENDED]) >= 10
    by_year = [
        share_in_time(clock for clock in clocks if (TODAY - clock.started_on).days // 365 == nth) for nth in range(2)
    ]
    assert all(0.35 <= share <= 0.85 for share in by_year)


def test_two_thirds_of_pathway_assessments_are_in_time_and_some_birthdays_are_still_to_come(made: Made) -> None:
    clocks = made.of("pathway-assessment")
    assert 0.45 <= share_in_time(clocks) <= 0.85
    assert sum(clock.status(TODAY) is Status.NOT_STARTED for clock in clocks) >= 50


def test_today_some_of_what_is_due_to_them_is_overdue(made: Made) -> None:
    statuses = Counter(clock.timescale for clock in made.clocks if clock.status(TODAY) is Status.OVERDUE)
    assert 5 <= statuses["looked-after-visit"] <= 50
    assert statuses["review-health-assessment"] >= 3


def test_nothing_is_overdue_for_ever(made: Made) -> None:
    long_ago = TODAY - timedelta(weeks=13)
    forgotten = [
        clock
        for clock in made.clocks
        if clock.status(TODAY) is Status.OVERDUE and clock.due_on and clock.due_on < long_ago and clock.is_in_figures
    ]
    assert forgotten == []


def _in_care(made: Made) -> dict[str, date]:
    """Who is looked after today, since when."""
    since: dict[str, date] = {}
    for event in _in_order(made, "looked-after.started", "looked-after.ceased"):
        if event.type == "looked-after.started":
            since[event.subject] = event.happened_on
        else:
            del since[event.subject]
    return since


def _in_order(made: Made, *types: str) -> list[Event]:
    return sorted((event for event in made.events if event.type in types), key=lambda event: event.happened_on)


def _born(made: Made) -> dict[str, date]:
    return {
        event.subject: date.fromisoformat(str(event.data["date_of_birth"]))
        for event in made.typed("subject.registered")
        if "date_of_birth" in event.data
    }
