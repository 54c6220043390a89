"""Corrections, withdrawals and merges: what is in effect, whatever order it arrived in."""

from __future__ import annotations

import itertools
import random

import pytest

from rules.evaluate import evaluate
from rules.history import lineage, settle
from rules.loading.build import load_law
from rules.model import Event, EventRef
from tests.rules.making import at, clocks_of, codes_of, event

LAW = load_law("southend", overlays=["demonstration"])
ICPC = "initial-child-protection-conference"


def discussion(id: str, on: str, **more: object) -> Event:
    return event(id, "strategy-discussion.held", on, outcome="section_47", **more)


def withdrawal(id: str, of: str, on: str = "2026-06-20") -> Event:
    return event(id, "event.withdrawn", on, target=of, withdraws=of)


def in_effect(*events: Event) -> list[str]:
    """The ids in effect, the same in every order of arrival."""
    answers = {tuple(one.id for one in settle(order).events) for order in itertools.permutations(events)}
    assert len(answers) == 1, answers
    return list(answers.pop())


def test_a_correction_stands_for_what_it_corrects():
    assert in_effect(discussion("a", "2026-06-01"), discussion("b", "2026-06-02", target="a")) == ["b"]


def test_a_correction_of_a_correction_stands_for_both():
    versions = (discussion("a", "2026-06-01"), discussion("b", "2026-06-02", target="a"))
    assert in_effect(*versions, discussion("c", "2026-06-03", target="b")) == ["c"]


def test_a_correction_stands_before_its_target_has_arrived():
    assert in_effect(discussion("b", "2026-06-02", target="a")) == ["b"]


def test_a_clock_keeps_its_id_through_a_chain_of_corrections_even_while_the_first_is_missing():
    first, second = discussion("a", "2026-06-01"), discussion("b", "2026-06-02", target="a")
    third = discussion("c", "2026-06-03", target="b")
    ids = {
        evaluate(events, LAW).clocks[0].id for events in ([first], [first, second], [second], [third, second, first])
    }
    assert len(ids) == 1


def test_a_withdrawn_event_has_no_effect():
    assert in_effect(discussion("a", "2026-06-01"), withdrawal("w", "a")) == []


def test_taking_back_a_correction_lets_what_it_corrected_stand_again():
    events = (discussion("a", "2026-06-01"), discussion("b", "2026-06-02", target="a"), withdrawal("w", "b"))
    assert in_effect(*events) == ["a"]


def test_taking_back_the_first_version_takes_its_corrections_with_it():
    events = (discussion("a", "2026-06-01"), discussion("b", "2026-06-02", target="a"), withdrawal("w", "a"))
    assert in_effect(*events) == []


def test_that_holds_while_the_first_version_has_not_arrived():
    assert in_effect(discussion("b", "2026-06-02", target="a"), withdrawal("w", "a")) == []


def test_taking_back_a_withdrawal_undoes_it():
    events = (discussion("a", "2026-06-01"), withdrawal("w", "a"), withdrawal("v", "w"))
    assert in_effect(*events) == ["a"]


def test_and_taking_that_back_does_it_again():
    events = (discussion("a", "2026-06-01"), withdrawal("w", "a"), withdrawal("v", "w"), withdrawal("u", "v"))
    assert in_effect(*events) == []


def test_two_withdrawals_need_two_undoings():
    events = (discussion("a", "2026-06-01"), withdrawal("w", "a"), withdrawal("x", "a"), withdrawal("v", "w"))
    assert in_effect(*events) == []


def test_of_two_corrections_the_one_recorded_last_stands_and_it_is_told():
    first = discussion("a", "2026-06-01", recorded_at=at("2026-06-01"))
    early = discussion("z", "2026-06-02", target="a", recorded_at=at("2026-06-05"))
    late = discussion("b", "2026-06-03", target="a", recorded_at=at("2026-06-06"))
    assert in_effect(first, early, late) == ["b"]
    assert codes_of([late, first, early], LAW) == ["rival-corrections"]


def test_that_holds_while_the_first_version_has_not_arrived_with_one_clock():
    early = discussion("z", "2026-06-02", target="a", recorded_at=at("2026-06-05"))
    late = discussion("b", "2026-06-03", target="a", recorded_at=at("2026-06-06"))
    assert in_effect(early, late) == ["b"]
    assert len(clocks_of([early, late], LAW, ICPC)) == 1


def test_taking_back_the_rival_lets_the_other_stand():
    first, early = (
        discussion("a", "2026-06-01"),
        discussion("z", "2026-06-02", target="a", recorded_at=at("2026-06-05")),
    )
    late = discussion("b", "2026-06-03", target="a", recorded_at=at("2026-06-06"))
    assert in_effect(first, early, late, withdrawal("w", "b")) == ["z"]


@pytest.mark.parametrize(
    "ring",
    [
        [discussion("a", "2026-06-01", target="a")],
        [discussion("a", "2026-06-01", target="b"), discussion("b", "2026-06-02", target="a")],
        [
            discussion("a", "2026-06-01", target="c"),
            discussion("b", "2026-06-02", target="a"),
            discussion("c", "2026-06-03", target="b"),
        ],
    ],
    ids=["itself", "each other", "by way of a third"],
)
def test_events_that_correct_one_another_in_a_ring_have_no_effect_and_are_told(ring: list[Event]):
    assert in_effect(*ring) == []
    assert codes_of(ring, LAW) == ["correction-ring"] * len(ring)


def test_what_corrects_a_member_of_a_ring_has_no_effect_either_and_is_not_itself_called_a_ring():
    ring = [discussion("a", "2026-06-01", target="b"), discussion("b", "2026-06-02", target="a")]
    assert in_effect(*ring, discussion("c", "2026-06-03", target="a")) == []
    assert codes_of([*ring, discussion("c", "2026-06-03", target="a")], LAW) == ["correction-ring"] * 2


def test_withdrawals_that_take_each_other_back_leave_what_they_withdrew():
    one, other = withdrawal("v", "w"), withdrawal("w", "v")
    assert in_effect(discussion("a", "2026-06-01"), one, other) == ["a"]
    assert codes_of([one, other], LAW) == ["correction-ring"] * 2


def test_an_event_that_supersedes_a_withdrawal_undoes_it_stands_itself_and_is_told():
    events = (discussion("a", "2026-06-01"), withdrawal("w", "a"), discussion("b", "2026-06-03", target="w"))
    assert in_effect(*events) == ["a", "b"]
    assert codes_of(events, LAW) == ["corrects-a-withdrawal"]


def test_a_correction_can_move_an_event_to_another_child():
    wrong = discussion("a", "2026-06-01", subject="child-1")
    right = discussion("b", "2026-06-01", subject="child-2", target="a")
    assert [clock.subject for clock in clocks_of([right, wrong], LAW, ICPC)] == ["child-2"]


def test_a_correction_can_move_an_event_to_another_key():
    wrong, right = discussion("a", "2026-06-01", key="e1"), discussion("b", "2026-06-01", key="e2", target="a")
    conference = event("c", "icpc.held", "2026-06-10", key="e2")
    [clock] = clocks_of([wrong, right, conference], LAW, ICPC)
    assert (clock.key, clock.stopped_on) == ("e2", conference.happened_on)


def test_the_same_id_from_another_source_is_another_event():
    other = discussion("a", "2026-06-02", source="other", target="x")
    assert sorted(in_effect(discussion("a", "2026-06-01"), other, withdrawal("w", "a"))) == ["a"]


def test_repeats_change_nothing():
    events = [discussion("a", "2026-06-01"), discussion("b", "2026-06-02", target="a"), withdrawal("w", "b")]
    assert evaluate(events * 3, LAW) == evaluate(events, LAW)


@pytest.mark.parametrize("kind", ["corrections", "withdrawals", "merges", "a ring"])
def test_chains_of_five_thousand_are_followed_to_their_end(kind: str):
    ids = [f"{nth:05}" for nth in range(5_000)]
    if kind == "merges":
        events = [
            event(id, "subject.merged", "2026-06-01", subject=id, into=f"{nth + 1:05}") for nth, id in enumerate(ids)
        ]
        homes = settle([*events, discussion("a", "2026-06-01", subject="00000")]).homes
        assert set(homes.values()) == {"05000"}
        return
    events = [discussion(ids[0], "2026-06-01", **({"target": ids[-1]} if kind == "a ring" else {}))]
    for before, id in itertools.pairwise(ids):
        events.append(withdrawal(id, before) if kind == "withdrawals" else discussion(id, "2026-06-01", target=before))
    random.Random(1).shuffle(events)
    history = settle(events)
    if kind == "a ring":
        assert (history.events, len(history.problems)) == ((), 5_000)
    elif kind == "withdrawals":
        assert history.events == ()  # an odd number of takings back
    else:
        assert [(one.id, history.roots[one.ref].id) for one in history.events] == [("04999", "00000")]


def test_two_children_that_turn_out_to_be_one_share_a_history():
    start = discussion("a", "2026-06-01", subject="child-1", key="e1")
    stop = event("b", "icpc.held", "2026-06-10", subject="child-2", key="e1")
    merged = event("m", "subject.merged", "2026-07-01", subject="child-1", into="child-2")
    [clock] = clocks_of([merged, stop, start], LAW, ICPC)
    assert (clock.subject, str(clock.outcome)) == ("child-2", "met")


def test_a_merge_taken_back_parts_them_again():
    merged = event("m", "subject.merged", "2026-07-01", subject="child-1", into="child-2")
    events = [discussion("a", "2026-06-01", subject="child-1"), merged, withdrawal("w", "m")]
    assert clocks_of(events, LAW, ICPC)[0].subject == "child-1"


def test_merges_in_a_ring_agree_on_one_home():
    ring = [event(f"m{n}", "subject.merged", "2026-07-01", subject=f"c{n}", into=f"c{(n + 1) % 3}") for n in range(3)]
    assert set(settle(ring).homes.values()) == {"c0"}


def test_a_subject_merged_into_two_is_told_and_the_later_merge_holds():
    one = event("m1", "subject.merged", "2026-07-01", subject="a", into="b")
    other = event("m2", "subject.merged", "2026-07-02", subject="a", into="c")
    history = settle([other, one])
    assert history.homes["a"] == "c"
    assert [problem.code for problem in history.problems] == ["rival-merges"]


def test_the_lineage_of_an_event_is_its_versions_first_to_last():
    events = [
        discussion("c", "2026-06-03", target="b"),
        discussion("a", "2026-06-01"),
        discussion("b", "2026-06-02", target="a"),
    ]
    assert [one.id for one in lineage(events, EventRef("system", "c"))] == ["a", "b", "c"]


# ---- every order -----------------------------------------------------------------------------------------------------

TYPES = (
    ("strategy-discussion.held", {"outcome": "section_47"}),
    ("strategy-discussion.held", {"outcome": "none"}),
    ("section-47.started", {}),
    ("strategy-meeting.held", {"kind": "initial"}),
    ("strategy-meeting.held", {"kind": "review"}),
    ("review-strategy-meeting.agreed", {}),
    ("icpc.held", {}),
    ("section-47.ended", {"conference_required": False}),
    ("child-protection-plan.started", {"visit_every": "10 working_days"}),
    ("child-protection.visited", {"seen": True}),
    ("core-group.held", {"visit_every": "1 weeks"}),
    ("case.allocated", {}),
)


def any_history(dice: random.Random) -> list[Event]:
    """Seven events that correct, withdraw and merge as they please, with keys and without, and with the same days."""
    ids = [f"e{nth}" for nth in range(7)]
    return [_any_event(dice, id, ids) for id in ids]


def _any_event(dice: random.Random, id: str, ids: list[str]) -> Event:
    named = {
        "subject": dice.choice(("a", "a", "a", "b")),
        "recorded_at": dice.choice((None, at("2026-06-10"), at("2026-06-11"))),
    }
    on = f"2026-06-{dice.randint(1, 9):02}"
    roll = dice.random()
    if roll < 0.1:
        return event(id, "subject.merged", on, **named, into=dice.choice("ab"))
    if roll < 0.25:
        return event(id, "event.withdrawn", on, **named, target=dice.choice(ids), withdraws="")
    type, data = dice.choice(TYPES)
    target = dice.choice(ids) if roll < 0.5 else None
    return event(id, type, on, key=dice.choice((None, "k1", "k2")), target=target, **named, **data)


def _answer_to_every_order(events: list[Event]) -> None:
    answers = {evaluate(order, LAW) for order in itertools.permutations(events)}
    assert len(answers) == 1, [(one.id, one.type, one.happened_on, one.key, one.target) for one in events]


def test_every_order_of_a_history_gives_one_answer(seed: int):
    dice = random.Random(seed)
    for _ in range(2):
        _answer_to_every_order(any_history(dice))


@pytest.mark.soak
def test_every_order_of_fifty_histories_gives_one_answer(seed: int):
    dice = random.Random(seed)
    for _ in range(50):
        _answer_to_every_order(any_history(dice))


def test_shuffles_of_many_histories_give_one_answer_each(seed: int):
    dice = random.Random(seed)
    for _ in range(200):
        events = any_history(dice)
        expected = evaluate(events, LAW)
        for _ in range(4):
            again = dice.choices(events, k=5) + events
            dice.shuffle(again)
            assert evaluate(again, LAW) == expected, [(one.id, one.type, one.key, one.target) for one in events]
