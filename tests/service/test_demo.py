"""What the made-up council sends: the same every time, only what the catalogue knows, nothing ahead, nobody named."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from rules import CATALOGUE
from service.demo import council, place, teams
from service.demo.care import habits
from tests.service.demo_council import EARLY, SEED, TODAY, WORKING, Made, made_council

MEETINGS = {
    "icpc.held",
    "child-protection-review.held",
    "core-group.held",
    "strategy-meeting.held",
    "departmental-planning-meeting.held",
    "legal-planning-meeting.held",
    "pre-proceedings-meeting.held",
    "looked-after-review.held",
}


@pytest.fixture
def made() -> Made:
    return made_council()


# ---- the same council, every time ------------------------------------------------------------------------------------


def test_the_same_seed_and_day_give_the_same_council() -> None:
    assert list(council(SEED, TODAY, children=60)) == list(council(SEED, TODAY, children=60))


def test_another_seed_gives_another_council() -> None:
    assert list(council(1, TODAY, children=60)) != list(council(2, TODAY, children=60))


@pytest.mark.parametrize("children", [0, 1, 25])
def test_a_small_council_can_be_asked_for(children: int) -> None:
    subjects = {event["subject"] for event in council(SEED, TODAY, children=children)}
    in_care = round(children * (habits.ENTERING + habits.IN_CARE_BEFORE) / place.CHILDREN)
    assert children * 0.7 <= len(subjects) <= children + in_care + place.MERGED_REFERENCES


@pytest.mark.parametrize("today", [date(2026, 12, 27), date(2024, 2, 29), date(2031, 6, 1)])
def test_any_day_will_do(today: date) -> None:
    """A Sunday between bank holidays, a leap day, and a day past the published holidays."""
    documents = list(council(SEED, today, children=120))
    assert all(document["data"]["recorded_at"] < today.isoformat() for document in documents)
    assert {"icpc.held", "child-protection.visited", "looked-after.visited"} <= {
        document["type"] for document in documents
    }


# ---- what is sent ----------------------------------------------------------------------------------------------------


def test_every_event_is_a_cloud_event_with_an_id_of_its_own(made: Made) -> None:
    assert {frozenset(document) for document in made.documents} == {
        frozenset({"specversion", "id", "source", "type", "subject", "time", "data"})
    }
    assert len({document["id"] for document in made.documents}) == len(made.documents)


def test_the_front_door_takes_every_event_in_the_small_hours_of_today(made: Made) -> None:
    """Every kind and every required field, and nothing that has not come yet."""
    assert made.refusals == []


def test_every_field_is_one_the_catalogue_knows(made: Made) -> None:
    common = {"happened_on", "happened_at", "recorded_at", "key", "worker", "team", "supersedes"}
    for document in made.documents:
        own = set(document["data"]) - common
        fields = CATALOGUE[document["type"]].fields
        assert own <= set(fields), document["type"]
        assert {name for name, field in fields.items() if field.is_required} <= own, document["type"]


def test_nothing_happens_or_is_typed_in_after_last_night(made: Made) -> None:
    assert max(event.happened_on for event in made.events) < TODAY
    assert all(event.recorded_at and event.recorded_at.astimezone(EARLY.tzinfo).date() < TODAY for event in made.events)


def test_nothing_is_typed_in_before_it_happens(made: Made) -> None:
    for event in made.events:
        assert event.recorded_at is not None
        assert event.happened_on <= event.recorded_at.astimezone(EARLY.tzinfo).date(), event.type
        assert event.happened_at is None or event.happened_at < event.recorded_at, event.type


def test_nobody_meets_at_a_weekend_or_on_a_bank_holiday(made: Made) -> None:
    held = {event.happened_on for event in made.events if event.type in MEETINGS}
    booked = {date.fromisoformat(str(event.data["planned_on"])) for event in made.typed("meeting.planned")}
    assert all(WORKING.is_working(on) for on in held | booked)


def test_events_arrive_night_by_night_about_as_they_were_typed_in(made: Made) -> None:
    nights = [event.recorded_at.date() for event in made.events if event.recorded_at]
    late = sum(after < before for before, after in pairwise(nights))
    assert 0 < late < len(nights) / 100


def test_referrals_follow_the_week_and_the_year(made: Made) -> None:
    referred = [event.happened_on for event in made.typed("referral.received")]
    by_weekday = Counter(on.weekday() for on in referred)
    assert by_weekday[0] > 1.05 * by_weekday[2]
    assert 0 < by_weekday[5] + by_weekday[6] < len(referred) / 20
    by_month = Counter(on.month for on in referred)
    assert by_month[8] < 0.75 * by_month[6]


def test_nobody_is_named(made: Made) -> None:
    """Seats, teams, opaque references and plain lower-case words: a name has no place to be."""
    worker = re.compile(rf"({'|'.join(team.id.replace('-team', '') for team in place.TEAMS)})-\d{{1,2}}")
    assert all(re.fullmatch(r"c-[0-9a-f]{6}", event.subject) for event in made.events)
    assert all(
        event.key is None or re.fullmatch(r"(r|s47|p|n|l|la|pl|m|q)-[0-9a-f]{6}", event.key) for event in made.events
    )
    assert all(worker.fullmatch(event.worker or "") for event in made.events)
    assert {event.team for event in made.events} <= {team.id for team in place.TEAMS}
    words = {str(value) for event in made.events for value in event.data.values() if isinstance(value, str)}
    assert {word for word in words if word != word.lower()} <= {place.SERVICE}


# ---- posts -----------------------------------------------------------------------------------------------------------


def test_every_team_has_a_manager_and_one_has_no_address() -> None:
    managers = {post.team: post.address for post in teams() if post.post == "team-manager"}
    assert managers.keys() == {team.id for team in place.TEAMS}
    assert managers["assessment-team-north"] == "team-manager.assessment-north@council.example"
    assert list(managers.values()).count("") == 1


def test_the_group_manager_answers_for_the_whole_authority() -> None:
    assert [post.address for post in teams() if not post.team and post.post == "group-manager-fieldwork"] == [
        "group-manager-fieldwork@council.example"
    ]
