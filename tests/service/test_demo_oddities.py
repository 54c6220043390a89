"""What goes wrong in any case system must go wrong in the made-up council too."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

import pytest

from rules.model import Clock, Outcome
from service.demo import place
from tests.service.demo_council import CONFERENCE, TODAY, Made, made_council


@pytest.fixture
def made() -> Made:
    return made_council()


def test_much_is_recorded_late(made: Made) -> None:
    lags = [event.recording_lag or 0 for event in made.events]
    assert 0.04 <= sum(lag >= 5 for lag in lags) / len(lags) <= 0.3
    assert max(lags) >= 14


def test_wrong_dates_are_corrected_and_some_corrections_arrive_first(made: Made) -> None:
    place_of = {event.id: nth for nth, event in enumerate(made.events)}
    corrections = [event for event in made.events if event.target and event.type != "event.withdrawn"]
    assert Counter(event.type for event in corrections)["icpc.held"] >= 5
    arrived_first = [event for event in corrections if place_of[event.id] < place_of.get(event.target or "", 0)]
    assert 3 <= len(arrived_first) < len(corrections) / 2


def test_what_was_recorded_on_the_wrong_child_is_withdrawn(made: Made) -> None:
    types = {event.id: event.type for event in made.events}
    withdrawn = Counter(types.get(event.target or "") for event in made.typed("event.withdrawn"))
    assert min(withdrawn["icpc.held"], withdrawn["child-protection.visited"]) >= 1


def test_some_children_have_two_enquiries_at_once(made: Made) -> None:
    clocks: dict[str, list[Clock]] = defaultdict(list)
    for clock in made.of(CONFERENCE):
        clocks[clock.subject].append(clock)
    assert sum(any(_overlaps(own)) for own in clocks.values()) >= 3


def _overlaps(clocks: list[Clock]) -> Iterator[bool]:
    ordered = sorted(clocks, key=lambda clock: clock.started_on)
    for one, other in pairwise(ordered):
        yield one.key != other.key and other.started_on < (one.stopped_on or TODAY)


def test_a_later_discussion_may_be_the_one_that_initiates_the_enquiry(made: Made) -> None:
    outcomes: dict[str | None, list[str]] = defaultdict(list)
    for event in sorted(made.typed("strategy-discussion.held"), key=lambda event: event.happened_on):
        outcomes[event.key].append(str(event.data["outcome"]))
    assert sum(said[:2] == ["none", "section_47"] for said in outcomes.values()) >= 20
    assert sum(said[:2] == ["section_47", "section_47"] for said in outcomes.values()) >= 20
    assert sum(set(said) == {"none"} for said in outcomes.values()) >= 20


def test_review_strategy_meetings_are_agreed_not_agreed_and_held_without_agreement(made: Made) -> None:
    decisions = Counter(event.data["decision"] for event in made.typed("review-strategy-meeting.agreed"))
    assert min(decisions["hold"], decisions["not_agreed"]) >= 50
    clocks = made.of("review-strategy-meeting")
    assert sum("held with no agreement" in " ".join(clock.flags) for clock in clocks) >= 10
    assert {Outcome.MET, Outcome.LATE, Outcome.ENDED} <= {clock.outcome for clock in clocks}


def test_many_enquiries_end_with_no_conference(made: Made) -> None:
    ended = [clock for clock in made.of(CONFERENCE) if clock.outcome is Outcome.ENDED]
    assert 0.3 <= len(ended) / len(made.of(CONFERENCE)) <= 0.7


def test_conferences_are_booked_and_kept_booked_and_slipped_or_never_booked(made: Made) -> None:
    held = {event.key: event.happened_on.isoformat() for event in made.typed("icpc.held") if event.key}
    booked: dict[str | None, list[str]] = defaultdict(list)
    for event in made.typed("meeting.planned"):
        booked[event.key].append(str(event.data["planned_on"]))
    kept = [key for key, on in held.items() if booked.get(key) == [on]]
    slipped = [key for key in held if len(booked.get(key, [])) > 1]
    assert min(len(kept), len(slipped), len(held.keys() - booked.keys())) >= 20


def test_plans_change_how_often_the_child_is_visited(made: Made) -> None:
    changed = [event.type for event in made.events if "visit_every" in event.data]
    assert min(changed.count("core-group.held"), changed.count("child-protection-review.held")) >= 5
    assert any("the plan changed" in " ".join(clock.flags) for clock in made.of("child-protection-visit"))


def test_plans_end_and_cases_close_and_move_to_long_term_teams(made: Made) -> None:
    assert len(made.typed("child-protection-plan.ended")) >= 100
    assert len(made.typed("case.closed")) >= 1_000
    moves: dict[str, list[str | None]] = defaultdict(list)
    for event in made.typed("case.allocated"):
        moves[event.subject].append(event.team)
    short, long = ({team.id for team in group} for group in (place.ASSESSMENT, place.CARE_MANAGEMENT))
    assert sum(teams_[0] in short and teams_[1] in long for teams_ in moves.values() if len(teams_) > 1) >= 200


def test_some_visits_find_nobody_in(made: Made) -> None:
    seen = Counter(event.data["seen"] for event in made.typed("child-protection.visited"))
    assert 0.05 <= seen[False] / seen.total() <= 0.3


def test_a_few_histories_cannot_be_right(made: Made) -> None:
    problems = [clock for clock in made.of(CONFERENCE) if clock.problem == "stopped-before-start"]
    assert len(problems) == place.CONFERENCES_BEFORE_ENQUIRY >= 3
    assert sum(problem.code == "nothing-to-stop" for problem in made.problems) >= place.CONFERENCES_UNMATCHED >= 3


def test_references_that_are_one_child_are_merged(made: Made) -> None:
    merged = made.typed("subject.merged")
    assert len(merged) == place.MERGED_REFERENCES >= 3
    assert all(event.subject != event.data["into"] for event in merged)
