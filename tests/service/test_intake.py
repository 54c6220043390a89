"""Events in: once for ever, corrected and taken back, and never lost for want of an answer about the clocks."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, func, select, update

from rules.model import Outcome
from service import flow
from service.clockwork import CANNOT_EVALUATE
from service.door import Refusal, read_document
from service.errors import Busy
from service.flow import CONFLICT, NEW, REPEATED, NothingStored
from service.store import clocks
from service.store.clocks import CLOCK, PROBLEM, clock_of
from service.store.events import EVENT, SUBJECT
from tests import postgres
from tests.service.intake_parts import (
    AUDIT,
    assert_sound,
    discussion,
    document,
    let_in,
    opened,
    send,
    stored,
)

CONFERENCE = "initial-child-protection-conference"


def duties(council, timescale=CONFERENCE, measure="duty"):
    with council.reading() as db:
        rows = db.execute(select(CLOCK).where(CLOCK.c.timescale == timescale, CLOCK.c.measure == measure))
        return sorted((clock_of(row) for row in rows), key=lambda clock: clock.started_on)


def count_of(council, table):
    with council.reading() as db:
        return db.execute(select(func.count()).select_from(table)).scalar_one()


def test_an_event_is_stored_with_the_clocks_it_moves_and_says_which(council):
    (receipt,) = send(council, discussion("c-1", "e-1", "2026-03-02", key="q-1"))
    assert receipt.standing == NEW
    assert {note.kind for note in receipt.notes} == {"started"}
    assert (CONFERENCE, "duty") in {(note.timescale, note.measure) for note in receipt.notes}
    assert str(duties(council)[0].due_on) == "2026-03-23"
    assert_sound(council)


def test_the_same_event_again_changes_nothing_and_answers_as_the_first_time(council):
    first = send(council, discussion("c-1", "e-1", "2026-03-02", key="q-1"))
    send(council, document("icpc.held", "c-1", "e-2", "2026-03-20", key="q-1"))
    send(council, document("event.withdrawn", "c-1", "e-3", "2026-03-21", withdraws="e-1"))
    before = stored(council)
    again = send(council, discussion("c-1", "e-1", "2026-03-02", key="q-1"))
    assert again[0].standing == REPEATED
    assert again[0].notes == first[0].notes
    assert first[0].notes
    assert stored(council) == before
    assert count_of(council, EVENT) == 3


def test_how_an_instant_was_written_and_the_order_of_names_are_not_other_content(council):
    one = document("missing.started", "c-1", "e-1", "2026-03-02")
    del one["data"]["happened_on"]
    one["data"] |= {"happened_at": "2026-03-02T10:00:00+00:00", "team": "t"}
    other = dict(reversed(one.items())) | {"time": "2026-03-03T00:00:00Z"}
    other["data"] = {"team": "t", "happened_at": "2026-03-02T11:00:00.000+01:00"}
    send(council, one)
    assert send(council, other)[0].standing == REPEATED


@pytest.mark.parametrize(
    "other",
    [
        discussion("c-1", "e-1", "2026-03-03", key="q-1"),
        discussion("c-2", "e-1", "2026-03-02", key="q-1"),
        discussion("c-1", "e-1", "2026-03-02", key="q-1", supersedes="e-9"),
        discussion("c-1", "e-1", "2026-03-02", key="q-1", outcome="none"),
    ],
)
def test_the_same_id_with_other_content_is_a_conflict_and_changes_nothing(council, other):
    send(council, discussion("c-1", "e-1", "2026-03-02", key="q-1"))
    before = stored(council)
    receipts = send(council, other, discussion("c-3", "e-2", "2026-03-02"))
    assert [receipt.standing for receipt in receipts] == [CONFLICT, NEW]
    assert receipts[0].notes == ()
    assert stored(council).clocks > before.clocks
    assert count_of(council, EVENT) == 2
    assert_sound(council)


def test_the_same_id_of_another_source_is_another_event(council):
    send(council, discussion("c-1", "e-1", "2026-03-02"))
    other = discussion("c-2", "e-1", "2026-03-03", source="other-system")
    assert send(council, other)[0].standing == NEW


def test_twice_in_one_array_is_once_and_other_content_in_one_array_is_a_conflict(council):
    one, other = discussion("c-1", "e-1", "2026-03-02"), discussion("c-1", "e-1", "2026-03-04")
    receipts = send(council, one, one, other, one)
    assert [receipt.standing for receipt in receipts] == [NEW, REPEATED, CONFLICT, REPEATED]
    assert receipts[0].notes == receipts[1].notes == receipts[3].notes != ()
    assert count_of(council, EVENT) == 1
    assert_sound(council)


def test_an_all_or_nothing_array_with_a_conflict_stores_nothing(council):
    send(council, discussion("c-1", "e-1", "2026-03-02"))
    before, rows = stored(council), count_of(council, AUDIT)
    with pytest.raises(NothingStored) as nothing:
        send(council, discussion("c-2", "e-2", "2026-03-02"), discussion("c-1", "e-1", "2026-03-09"), atomic=True)
    assert [receipt.standing for receipt in nothing.value.receipts] == [NEW, CONFLICT]
    assert stored(council) == before
    assert (count_of(council, EVENT), count_of(council, AUDIT)) == (1, rows)


# ---- corrections -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_early", [False, True])
def test_a_correction_moves_the_clock_and_keeps_its_id_whichever_comes_first(council, is_early):
    said = [
        discussion("c-1", "e-1", "2026-03-02", key="q-1"),
        discussion("c-1", "e-2", "2026-03-05", key="q-1", supersedes="e-1"),
    ]
    for one in reversed(said) if is_early else said:
        send(council, one)
    (clock,) = duties(council)
    assert str(clock.started_on) == "2026-03-05"
    assert clock.started_by.id == "e-2"
    assert count_of(council, EVENT) == 2
    assert_sound(council)
    with council.reading() as db:
        kinds = [row.kind for row in clocks.journal_of(db, clock.id)]
    assert kinds == (["started"] if is_early else ["started", "moved"])


@pytest.mark.parametrize("is_early", [False, True])
def test_a_correction_may_say_it_was_another_child(council, is_early):
    said = [
        discussion("c-1", "e-1", "2026-03-02", key="q-1"),
        discussion("c-2", "e-2", "2026-03-02", key="q-1", supersedes="e-1"),
    ]
    for one in reversed(said) if is_early else said:
        send(council, one)
    assert [clock.subject for clock in duties(council)] == ["c-2"]
    # Both histories are whole afterwards: what comes for either moves the right clock.
    send(council, document("icpc.held", "c-1", "e-3", "2026-03-20", key="q-1"))
    assert duties(council)[0].outcome is None
    send(council, document("icpc.held", "c-2", "e-4", "2026-03-20", key="q-1"))
    assert duties(council)[0].outcome is Outcome.MET
    assert_sound(council)


@pytest.mark.parametrize("at_once", [False, True])
def test_two_corrections_of_what_never_came_are_one_clock_even_about_two_children(council, at_once):
    """Both stand for the same first event, so they are versions of one fact; the latest is used, and both are told."""
    rivals = [
        discussion("c-1", "e-2", "2026-03-02", supersedes="e-1", recorded_at="2026-03-06T09:00:00+00:00"),
        discussion("c-2", "e-3", "2026-03-03", supersedes="e-1", recorded_at="2026-03-05T09:00:00+00:00"),
    ]
    for batch in [rivals] if at_once else [[one] for one in rivals]:
        send(council, *batch)
    assert [clock.subject for clock in duties(council)] == ["c-1"]
    assert "rival-corrections" in {problem[1] for problem in assert_sound(council).problems}
    send(council, discussion("c-3", "e-1", "2026-03-01"))
    assert [clock.subject for clock in duties(council)] == ["c-1"]
    assert_sound(council)


def test_another_source_cannot_correct_or_withdraw(council):
    send(council, discussion("c-1", "e-1", "2026-03-02", key="q-1"))
    send(council, discussion("c-1", "e-2", "2026-03-09", key="q-1", supersedes="e-1", source="other-system"))
    withdrawal = document("event.withdrawn", "c-1", "e-3", "2026-03-09", withdraws="e-1", source="other-system")
    send(council, withdrawal)
    assert [str(clock.started_on) for clock in duties(council)] == ["2026-03-02"]
    assert_sound(council)


@pytest.mark.parametrize("is_early", [False, True])
def test_what_is_withdrawn_starts_no_clock_and_cancels_what_was_to_be_told(council, is_early):
    said = [
        discussion("c-1", "e-1", "2026-03-02", key="q-1"),
        document("event.withdrawn", "c-1", "e-2", "2026-03-03", withdraws="e-1"),
    ]
    for one in reversed(said) if is_early else said:
        send(council, one)
    state = assert_sound(council)
    assert state.clocks == state.alerts == frozenset()


def test_taking_back_a_withdrawal_lets_the_clock_run_again_under_its_id(council):
    send(council, discussion("c-1", "e-1", "2026-03-02", key="q-1"))
    (clock,) = duties(council)
    send(council, document("event.withdrawn", "c-1", "e-2", "2026-03-03", withdraws="e-1"))
    assert duties(council) == []
    send(council, document("event.withdrawn", "c-1", "e-3", "2026-03-04", withdraws="e-2"))
    assert duties(council) == [clock]
    assert assert_sound(council).alerts


def test_merged_subjects_are_one_history_until_the_merge_is_taken_back(council):
    send(council, discussion("c-1", "e-1", "2026-03-02", key="q-1"))
    send(council, document("icpc.held", "c-2", "e-2", "2026-03-20", key="q-1"))
    send(council, document("subject.merged", "c-1", "e-3", "2026-03-21", into="c-2"))
    (clock,) = duties(council)
    assert (clock.subject, clock.outcome) == ("c-2", Outcome.MET)
    assert_sound(council)
    send(council, document("event.withdrawn", "c-1", "e-4", "2026-03-22", withdraws="e-3"))
    (clock,) = duties(council)
    assert (clock.subject, clock.outcome) == ("c-1", None)
    assert_sound(council)


def test_an_event_that_moves_one_measure_leaves_the_others_of_its_timescale_alone(council):
    send(council, discussion("c-1", "e-1", "2026-03-02", key="q-1"))
    send(council, document("strategy-meeting.held", "c-1", "e-2", "2026-03-06", key="q-1", kind="initial"))
    assert [len(duties(council, measure=one)) for one in ("duty", "dfe", "first_strategy_meeting")] == [1, 1, 1]
    assert_sound(council)


def test_an_event_that_moves_another_measure_does_not_hide_what_is_wrong(council):
    send(council, document("icpc.held", "c-1", "e-1", "2026-03-02", key="q-1"))
    assert {problem[1] for problem in stored(council).problems} == {"nothing-to-stop"}
    send(council, document("strategy-meeting.held", "c-1", "e-2", "2026-03-06", key="q-2", kind="initial"))
    assert {problem[1] for problem in stored(council).problems} == {"nothing-to-stop"}
    assert_sound(council)


# ---- what defeats the rules ------------------------------------------------------------------------------------------


def spoil(council, id, data):
    """As if a defect of an earlier version had stored what the catalogue no longer reads."""
    with council.writing() as db:
        db.execute(update(EVENT).where(EVENT.c.event_id == id).values(data=json.dumps(data)))


def test_a_history_that_defeats_the_rules_keeps_its_events_and_clocks_and_is_a_problem_anyone_can_see(council):
    send(
        council,
        document("child-protection-plan.started", "c-1", "e-1", "2026-03-02", key="p-1", visit_every="10 working_days"),
        document("child-protection.visited", "c-1", "e-v", "2026-03-09", key="p-1", seen=False),
        discussion("c-1", "e-0", "2026-03-02", key="q-1"),
    )
    visits = duties(council, "child-protection-visit")
    spoil(council, "e-v", {"seen": ["fortnightly"]})

    receipts = send(
        council,
        document("child-protection.visited", "c-1", "e-2", "2026-03-10", key="p-1", seen=True),
        document("icpc.held", "c-1", "e-3", "2026-03-11", key="q-1"),
        discussion("c-2", "e-4", "2026-03-11", key="q-2"),
    )

    assert [receipt.standing for receipt in receipts] == [NEW, NEW, NEW]
    assert duties(council, "child-protection-visit") == visits
    assert duties(council)[0].outcome is Outcome.MET, "another timescale of the same child stood still with it"
    assert len(duties(council)) == 2, "another child's clock stood still with it"
    seen = [(row.subject, row.code, row.timescale) for row in problem_rows(council, "c-1")]
    assert ("c-1", CANNOT_EVALUATE, "child-protection-visit") in seen
    assert all("fortnight" not in row.words for row in problem_rows(council, "c-1"))

    send(council, document("referral.received", "c-1", "e-5", "2026-03-12", key="r-1"))
    seen = [(row.subject, row.code, row.timescale) for row in problem_rows(council, "c-1")]
    assert ("c-1", CANNOT_EVALUATE, "child-protection-visit") in seen, "an event about something else hid it"
    checked = flow.recompute(council, actor="test", check=True)
    assert checked.differing == 0
    assert [problem.timescale for problem in checked.defeated] == ["child-protection-visit"]

    spoil(council, "e-v", {"seen": False})
    send(council, document("child-protection.visited", "c-1", "e-6", "2026-03-12", key="p-1", seen=True))
    assert problem_rows(council, "c-1") == []
    assert_sound(council)


def test_one_spoilt_group_of_linked_children_does_not_stop_another(council):
    plan, visit = "child-protection-plan.started", "child-protection.visited"
    for child in ("c-1", "c-2"):
        send(council, document(plan, child, f"{child}-p", "2026-03-02", visit_every="10 working_days"))
        send(council, document(visit, child, f"{child}-v", "2026-03-03", seen=False))
        send(council, document(visit, child, f"{child}-w", "2026-03-04", seen=False, supersedes=f"{child}-v"))
    spoil(council, "c-1-w", {"seen": ["spoilt"]})
    send(council, *(document(visit, child, f"{child}-x", "2026-03-10", seen=True) for child in ("c-1", "c-2")))
    assert {clock.subject for clock in duties(council, "child-protection-visit") if clock.outcome} == {"c-2"}
    assert {row.subject for row in problem_rows(council)} == {"c-1"}


def problem_rows(council, subject=None):
    with council.reading() as db:
        rows = db.execute(select(PROBLEM).order_by(PROBLEM.c.seq)).all()
        marked = set(db.execute(select(SUBJECT.c.ref).where(SUBJECT.c.has_problems)).scalars())
    assert marked == {row.subject for row in rows}
    return [row for row in rows if subject in (None, row.subject)]


def test_recomputing_makes_lost_clocks_again_and_checking_only_looks(council):
    send(council, discussion("c-1", "e-1", "2026-03-02", key="q-1"), document("icpc.held", "c-2", "e-2", "2026-03-02"))
    before = stored(council)
    with council.writing() as db:
        db.execute(delete(CLOCK))
        db.execute(delete(PROBLEM))
    assert flow.recompute(council, actor="test", check=True).differing == len(before.clocks)
    assert count_of(council, CLOCK) == 0
    flow.recompute(council, actor="test")
    assert stored(council).clocks == before.clocks
    assert stored(council).problems == before.problems
    assert_sound(council)


def test_every_intake_leaves_an_audit_row_that_says_how_many_and_not_who(council):
    event = discussion("c-secret", "e-1", "2026-03-02")
    send(council, event)
    send(council, event, discussion("c-secret", "e-1", "2026-03-04"), discussion("c-2", "e-2", "2026-03-04"))
    with council.reading() as db:
        rows = db.execute(select(AUDIT).where(AUDIT.c.action == "events.received").order_by(AUDIT.c.seq)).all()
    assert [row.detail for row in rows] == ["1 new", "1 new, 1 repeated, 1 conflict"]
    assert {row.actor for row in rows} == {"test"}
    assert all(row.subject is None for row in rows)


def test_a_database_that_went_away_is_busy_and_then_well_again_by_itself(postgres_url, tmp_path):
    council = opened(postgres_url, tmp_path)
    send(council, discussion("c-1", "e-1", "2026-03-02"))
    with postgres.connect(postgres_url) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(Busy):
        send(council, discussion("c-2", "e-2", "2026-03-02"))
    assert send(council, discussion("c-2", "e-2", "2026-03-02"))[0].standing == NEW
    assert_sound(council)
    council.engine.dispose()


def test_what_the_door_refuses_is_never_an_event():
    refused = read_document({**discussion("c-1", "e-1", "2026-03-02"), "extra": 1}, now=let_in_now())
    assert isinstance(refused, Refusal)


def let_in_now():
    return let_in(discussion("c-1", "e-1", "2026-03-02")).received_at
