"""Children in care are made apart from the rest of the made-up council, by a count of days of their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules import evaluate
from rules.model import Clock, Event, Outcome, local_time
from service.demo import care, council, families, mistakes
from service.demo.care import entering
from service.demo.care import visits as demo_visits
from service.demo.care.stay import Placement, Stay
from service.demo.case_system import CaseSystem
from service.demo.diary import Diary
from service.door import read_document
from tests.service.demo_council import EARLY, LAW, SEED, TODAY, WORKING

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
TURNS = ("looked-after.started", "legal-status.changed", "placement.ended", "looked-after.ceased")


# ---- beside the rest -------------------------------------------------------------------------------------------------


def test_children_in_care_leave_every_other_child_as_it_was() -> None:
    """But for the visits to children in need, and for children who go from a protection plan into care."""
    system = CaseSystem(Diary(SEED, TODAY, WORKING))
    families.refer(system, 400)
    mistakes.scatter(system)
    without = {document["id"]: document for document in system.sent()}
    with_care = {document["id"]: document for document in council(SEED, TODAY, children=400)}
    in_care = {one["subject"] for one in with_care.values() if one["type"] == "looked-after.started"}
    gone = {without[id]["subject"] for id in without.keys() - with_care.keys()}
    assert len(with_care) > len(without) + 500
    assert gone <= in_care
    assert all(
        one == without[id]
        for id, one in with_care.items()
        if id in without and one["type"] != "child-in-need-plan.started"
    )


def test_the_rest_of_the_council_leaves_children_in_care_as_they_were() -> None:
    """But for those who come from its protection plans; and mistakes in the recording fall where they may."""
    alone, beside = (CaseSystem(Diary(seed, TODAY, WORKING)) for seed in (1, 2))
    families.refer(beside, 150)
    for system in (alone, beside):
        care.look_after(system, Diary("in care", TODAY, WORKING), 0.1)
    lives = [_lives(system) for system in (alone, beside)]
    assert len(lives[0]) >= 20
    assert lives[0].items() <= lives[1].items()


def _lives(system: CaseSystem) -> dict[str, list[tuple[str, date]]]:
    """The turns of every life in care, by child."""
    placed: dict[str, list[tuple[str, date]]] = defaultdict(list)
    for entry in system.entries:
        if entry.type in TURNS:
            placed[entry.subject].append((entry.type, entry.on))
    return placed


def test_hours_are_counted_through_a_change_of_the_clocks() -> None:
    diary = Diary(SEED, TODAY, WORKING)
    for on in diary.clocks_changed_on():
        evening = datetime.combine(on - DAY, time(20), LONDON)
        assert diary.later(evening, 24).astimezone(UTC) - evening.astimezone(UTC) == timedelta(hours=24)
        assert local_time(diary.later(evening, 24)).hour in (19, 21)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_visits_were_made_against_the_limits_that_the_service_finds(seed: int) -> None:
    """Two ways to the same date: the made-up council's slow one from a placement, the service's from the events."""
    print(f"seed {seed}")
    system = CaseSystem(Diary(seed, TODAY, WORKING))
    stays = list(entering.come_into_care(system, 0.35))
    for stay in stays:
        care.live(system, stay)
    histories: dict[str, list[Event]] = defaultdict(list)
    for document in system.sent():
        event = read_document(document, now=EARLY)
        assert isinstance(event, Event)
        histories[event.subject].append(event)
    late: Counter[str | None] = Counter()
    for stay in stays:
        for clock in evaluate(histories[stay.case.subject], LAW).clocks:
            if clock.timescale != "looked-after-visit" or clock.phase == "first-visit" or clock.stopped_on is None:
                continue
            due_on = demo_visits.due_after(clock.started_on, stay, _lived(stay, clock))
            if clock.outcome is Outcome.LATE:
                late[clock.phase] += 1
                assert clock.due_on == due_on, clock
            elif clock.outcome is Outcome.MET:  # what changed after the visit no longer matters to the service
                assert clock.stopped_on <= due_on, clock
    assert late.total() >= 300
    assert len(late) >= 8


def _lived(stay: Stay, clock: Clock) -> Placement:
    return next(placement for placement in stay.placements if placement.key == clock.key)
