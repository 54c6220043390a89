"""What happens to a child in care in the made-up council: placements, courts, going missing, what is raised."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from rules.model import local_time
from service.demo import council, place
from tests.service.demo_council import SEED, TODAY, Made, made_council, made_in_care

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)


@pytest.fixture
def made() -> Made:
    return made_in_care(SEED)


# ---- where children live ---------------------------------------------------------------------------------------------


def test_children_move_and_a_placement_begins_on_the_day_the_one_before_ends(made: Made) -> None:
    began = {(event.subject, event.happened_on) for event in made.typed("placement.started")}
    moves = [event for event in made.typed("placement.ended") if event.data["reason"] == "moved"]
    assert len(moves) >= 120
    followed = [(event.subject, event.happened_on) in began for event in moves]
    assert sum(followed) >= 0.9 * len(followed)  # the others: corrected dates, and moves half typed in


def test_permanence_is_decided_on_the_first_day_later_or_never(made: Made) -> None:
    started = made.typed("placement.started")
    from_the_start = {event.key for event in started if event.data.get("permanent") is True}
    later = {event.key for event in made.typed("placement.changed") if event.data.get("permanent") is True}
    assert min(len(from_the_start), len(later)) >= 10
    assert len({event.key for event in started} - from_the_start - later) >= 100
    assert sum(event.data.get("long_term_foster") is True for event in made.typed("placement.changed")) >= 10


def test_children_live_with_parents_under_interim_and_full_care_orders(made: Made) -> None:
    at_home = {event.subject for event in made.typed("placement.started") if event.data.get("with_parent") is True}
    orders = Counter(event.data["status"] for event in made.typed("legal-status.changed") if event.subject in at_home)
    assert orders["care_order"] >= 10
    first = Counter(event.data["legal_status"] for event in made.typed("looked-after.started"))
    assert min(first[status] for status in ("section_20", "interim_care_order", "emergency_protection_order")) >= 10


# ---- from a plan to court, and into care -----------------------------------------------------------------------------


def test_some_children_go_from_a_protection_plan_into_care(made: Made) -> None:
    since = {event.subject: event.happened_on for event in made.typed("looked-after.started")}
    ended = [
        event for event in made.typed("child-protection-plan.ended") if event.data["reason"] == "became looked after"
    ]
    assert len(ended) >= 5
    for event in ended:
        after = [
            one.type for one in made.events if one.subject == event.subject and one.happened_on > event.happened_on
        ]
        assert since[event.subject] == event.happened_on
        assert not {"child-protection.visited", "core-group.held", "referral.received"} & set(after)


def test_nobody_leaves_care_by_having_the_case_closed(made: Made) -> None:
    ceased = {event.subject: event.happened_on for event in made.typed("looked-after.ceased")}
    began = {event.subject: event.happened_on for event in made.typed("looked-after.started")}
    for event in made.typed("case.closed"):
        if event.happened_on >= began[event.subject]:
            assert event.happened_on >= ceased[event.subject]


def test_concerns_are_discussed_in_four_weeks_later_or_not_at_all() -> None:
    made = made_council()
    raised = {event.key: event for event in made.typed("concern.raised")}
    discussed = {event.key: event.happened_on for event in made.typed("concern.discussed")}
    waits = [(discussed[key] - raised[key].happened_on).days for key in raised if key in discussed]
    in_time = sum(wait <= 28 for wait in waits)
    assert min(in_time, len(waits) - in_time, len(raised.keys() - discussed.keys())) >= 10
    assert min(Counter(event.data["raised_by"] for event in raised.values()).values()) >= 10
    assert 10 <= len(made.typed("concern.resolved")) < len(discussed)


def test_reviews_to_come_are_booked_and_some_are_not(made: Made) -> None:
    ahead = {
        event.key
        for event in made.typed("meeting.planned")
        if event.data["of"] == "looked-after-review.held" and str(event.data["planned_on"]) >= TODAY.isoformat()
    }
    awaited = [clock.key in ahead for clock in made.of("looked-after-review") if clock.as_at(TODAY).outcome is None]
    assert min(awaited.count(True), awaited.count(False)) >= 10


# ---- missing ---------------------------------------------------------------------------------------------------------


def test_going_missing_is_told_by_the_hour_with_the_offset_of_that_day() -> None:
    for document in council(SEED, TODAY):
        if document["type"].startswith(("missing.", "return-interview.")):
            at = datetime.fromisoformat(document["data"]["happened_at"])
            assert at.utcoffset() == at.astimezone(LONDON).utcoffset()


def test_somebody_comes_back_on_the_eve_of_every_change_of_the_clocks(made: Made) -> None:
    """So the limit runs out an hour earlier or later by the clock on the wall."""
    changes = [
        on for on, after in pairwise(TODAY - DAY * nth for nth in range(880, 1, -1)) if _offset(on) != _offset(after)
    ]
    returned = {(event.source, event.id): event.happened_at for event in made.typed("missing.returned")}
    moved = set()
    for clock in made.of("return-interview"):
        back_at = returned[clock.started_by]
        assert back_at is not None
        assert clock.due_at is not None
        assert clock.due_at == back_at.astimezone(UTC) + timedelta(hours=72)
        if local_time(clock.due_at).hour != local_time(back_at).hour:
            moved.add(clock.started_on)
    assert len(changes) >= 4
    assert all(any(abs((on - change).days) <= 3 for on in moved) for change in changes)


def _offset(on: date) -> timedelta | None:
    return datetime.combine(on, time(12), LONDON).utcoffset()


def test_some_children_go_missing_again_and_again(made: Made) -> None:
    episodes = Counter(event.subject for event in made.typed("missing.started"))
    assert max(episodes.values()) >= 5
    assert 15 <= len(episodes) <= 90


# ---- what is recorded, and how ---------------------------------------------------------------------------------------


def test_wrong_dates_are_corrected_and_visits_to_the_wrong_child_taken_back(made: Made) -> None:
    types = {event.id: event.type for event in made.events}
    corrected = Counter(event.type for event in made.events if event.target and event.type != "event.withdrawn")
    withdrawn = Counter(types.get(event.target or "") for event in made.typed("event.withdrawn"))
    assert min(corrected["looked-after.visited"], corrected["health-assessment.held"]) >= 5
    assert withdrawn["looked-after.visited"] >= 3


def test_some_visits_to_children_in_care_find_nobody_in(made: Made) -> None:
    seen = Counter(event.data["seen"] for event in made.typed("looked-after.visited"))
    assert 0.03 <= seen[False] / seen.total() <= 0.2


def test_the_whole_time_in_care_of_those_who_came_before_is_there(made: Made) -> None:
    begins_on = TODAY - timedelta(weeks=place.WEEKS_OF_HISTORY)
    before = [event for event in made.typed("looked-after.started") if event.happened_on < begins_on]
    assert len(before) >= 100
    assert min(event.happened_on for event in before) >= begins_on - timedelta(weeks=66)
    visited = {event.subject for event in made.typed("looked-after.visited") if event.happened_on < begins_on}
    assert len(visited) >= 0.9 * len(before)


# ---- children in need ------------------------------------------------------------------------------------------------


def test_later_child_in_need_plans_say_how_often_and_visits_keep_to_it_or_do_not() -> None:
    clocks = made_council().of("child-in-need-visit")
    assert sum(clock.limit is None for clock in clocks) >= 400
    judged = Counter(clock.outcome for clock in clocks if clock.limit is not None)
    assert len(judged) == 4  # met, late, ended, running
    assert min(judged.values()) >= 20
