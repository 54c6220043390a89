"""What a return says of one child against what it said before: its table row by row, then any sequence."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.catalogue import FOUND, WITHDRAWN
from rules.history import settle
from rules.model import Event
from service.door import Refusal, content_of, read_document
from service.feeds.facts import Fact, Period, Trouble
from service.returns.reconcile import (
    CORRECTED,
    NEW,
    REFUSED,
    UNCHANGED,
    WITHDRAWN_BY_US,
    Claim,
    Sending,
    fact_of,
    reconcile,
)
from service.returns.slips import is_slip

SOURCE, CHILD = "cin-census:999", "X-1"
NOW = datetime(2027, 6, 1, 9, tzinfo=UTC)
YEAR = Period(date(2026, 4, 1), date(2027, 3, 31))
MAY = date(2026, 5, 1)
STARTED, ENDED, HELD = "child-protection-plan.started", "child-protection-plan.ended", "icpc.held"


class Store:
    """What the database would hold of this source and child: events only ever added, each id with one content."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def take(
        self, *facts: Fact, complete: bool = False, window: Period | None = YEAR, is_whole: bool = True
    ) -> list[Sending]:
        sendings = reconcile(facts, self.events, Claim(SOURCE, window, complete), read, is_whole=is_whole)
        for one in sendings:
            if one.is_to_be_sent:
                self.add(one.event)
        return sendings

    def add(self, event: Event | None) -> None:
        assert event is not None
        stored = {one.id: content_of(one) for one in self.events}
        assert stored.get(event.id) is None, f"{event.id} was sent before"
        self.events.append(event)

    @property
    def in_effect(self) -> tuple[Event, ...]:
        return tuple(event for event in settle(self.events).events if event.type != WITHDRAWN)

    @property
    def said(self) -> list[tuple[Any, ...]]:
        return sorted(map(said, self.in_effect))

    def root_of(self, event: Event) -> str:
        return settle(self.events).roots.get(event.ref, event.ref).id


def read(document: Any) -> Event | Refusal:
    return read_document(document, now=NOW)


def said(event: Event) -> tuple[Any, ...]:
    """What an event says; the day on which a trouble was found is no part of it."""
    on = "" if event.type == FOUND else str(event.happened_on)
    return event.type, on, event.key or "", tuple(sorted(map(str, event.data.items())))


def plan(on: date = MAY, *, nth: str = "", **data: Any) -> Fact:
    label = f"plan-{on}{nth}"
    return Fact(f"{CHILD}/{label}/{STARTED}", STARTED, CHILD, on, key=label, data=data)


def end(began_on: date, on: date) -> Fact:
    label = f"plan-{began_on}"
    return Fact(f"{CHILD}/{label}/{ENDED}", ENDED, CHILD, on, key=label)


def trouble(label: str = f"plan-{MAY}", value: str = "1900-01-01", found_on: date = MAY) -> Fact:
    id_ = f"{CHILD}/{label}/problem/CPPendDate/placeholder"
    return fact_of(
        Trouble(id_, CHILD, ENDED, label, "CPPendDate", value, "it is a placeholder", "correct it"), found_on
    )


def standings(sendings: Iterable[Sending]) -> list[str]:
    return [one.standing for one in sendings]


# ---- the table, row by row -------------------------------------------------------------------------------------------


def test_the_same_fact_with_the_same_content_sends_nothing():
    store = Store()
    assert standings(store.take(plan(), end(MAY, date(2026, 8, 1)), trouble())) == [NEW, NEW, NEW]
    assert standings(store.take(plan(), end(MAY, date(2026, 8, 1)), trouble(), complete=True)) == [UNCHANGED] * 3
    assert len(store.events) == 3


def test_the_same_fact_with_other_content_supersedes_the_version_in_effect():
    store = Store()
    for nth, day in enumerate((date(2026, 8, 1), date(2026, 8, 2), date(2026, 8, 1))):
        (one,) = store.take(end(MAY, day))
        assert one.standing == (CORRECTED if nth else NEW)
    assert [event.id.rpartition("/")[2] for event in store.events] == [ENDED, f"{ENDED}~2", f"{ENDED}~3"]
    assert [event.target and event.target.rpartition("/")[2] for event in store.events] == [None, ENDED, f"{ENDED}~2"]
    assert [event.happened_on for event in store.in_effect] == [date(2026, 8, 1)]


def test_a_fact_that_was_gone_and_is_there_again_is_a_new_event_that_corrects_nothing():
    store = Store()
    store.take(plan())
    assert standings(store.take(complete=True)) == [WITHDRAWN_BY_US]
    (again,) = store.take(plan())
    assert (again.standing, again.event.id, again.event.target) == (NEW, f"{plan().id}~3", None)
    assert store.said == [said(again.event)]


@pytest.mark.parametrize("complete", [False, True])
def test_a_first_date_that_was_corrected_supersedes_and_keeps_the_first_version(complete):
    store = Store()
    (first,) = store.take(plan())
    (moved,) = store.take(plan(date(2026, 5, 8)), complete=complete)
    assert (moved.standing, moved.event.target) == (CORRECTED, first.event.id)
    (back,) = store.take(plan(), complete=complete)
    assert (back.standing, back.event.id, back.event.target) == (CORRECTED, f"{plan().id}~2", moved.event.id)
    assert [store.root_of(event) for event in store.in_effect] == [first.event.id]


def test_a_second_one_half_a_year_later_is_no_correction_of_one_that_a_file_leaves_out():
    store = Store()
    store.take(plan())
    assert standings(store.take(plan(date(2026, 11, 10)))) == [NEW]
    assert [event.happened_on for event in store.in_effect] == [MAY, date(2026, 11, 10)]


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("2026-05-01", "2026-05-15", True),
        ("2026-05-01", "2026-04-17", True),
        ("2026-05-01", "2026-06-02", False),
        ("2026-05-01", "2026-05-31", True),  # another day of the month
        ("2026-05-01", "2026-08-01", True),  # another month
        ("2026-05-01", "2027-05-01", True),  # another year
        ("2026-05-11", "2026-11-05", True),  # day and month swapped
        ("2026-05-11", "2026-11-06", False),
        ("2025-05-05", "2025-11-10", False),
    ],
)
def test_a_slip_of_the_hand_is_a_few_days_one_wrong_number_or_two_swapped(one: str, other: str, is_one: bool):
    days = date.fromisoformat(one), date.fromisoformat(other)
    assert (is_slip(*days), is_slip(*reversed(days))) == (is_one, is_one)


def test_while_a_row_about_the_child_cannot_be_read_nothing_is_taken_back_and_that_is_said():
    store = Store()
    store.take(plan(), plan(date(2026, 11, 10)), trouble())
    said_now = store.take(plan(date(2026, 8, 20)), complete=True, is_whole=False)
    assert standings(said_now) == [NEW, REFUSED, REFUSED]
    assert {one.refusal.type for one in said_now[1:] if one.refusal} == {"in-doubt"}
    assert len(store.in_effect) == 4
    assert standings(store.take(plan(date(2026, 8, 20)), complete=True)) == [UNCHANGED, *[WITHDRAWN_BY_US] * 3]


def test_of_two_that_are_gone_each_new_one_takes_the_place_of_one_in_the_order_of_their_days():
    store = Store()
    days = [date(2026, 5, 1), date(2026, 7, 1)]
    store.take(*map(plan, days))
    store.take(plan(date(2026, 7, 2)), plan(date(2026, 5, 2)), complete=True)
    assert [(store.root_of(event), event.happened_on) for event in store.in_effect] == [
        (plan(days[0]).id, date(2026, 5, 2)),
        (plan(days[1]).id, date(2026, 7, 2)),
    ]


def test_a_fact_of_another_kind_never_takes_the_place_of_one_that_is_gone():
    store = Store()
    store.take(plan())
    conference = Fact(f"{CHILD}/section-47-2026-05-08/{HELD}", HELD, CHILD, date(2026, 5, 8))
    assert standings(store.take(conference)) == [NEW]
    assert len(store.in_effect) == 2


def test_a_fact_that_is_gone_is_withdrawn_only_by_a_return_that_claims_to_be_complete():
    store = Store()
    store.take(plan(), end(MAY, date(2026, 8, 1)))
    assert standings(store.take(plan())) == [UNCHANGED]
    assert standings(store.take(plan(), complete=True)) == [UNCHANGED, WITHDRAWN_BY_US]
    assert [event.type for event in store.in_effect] == [STARTED]


def test_withdrawing_takes_the_first_version_back_and_with_it_every_correction():
    store = Store()
    store.take(plan())
    store.take(plan(date(2026, 5, 8)))
    store.take(plan(date(2026, 5, 8), nature="2"))
    (gone,) = store.take(complete=True)
    assert gone.event.data["withdraws"] == plan().id
    assert store.in_effect == ()


@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2027, 4, 1)])
def test_what_lies_outside_the_days_covered_is_neither_withdrawn_nor_replaced(day):
    store = Store()
    store.take(plan(day))
    assert standings(store.take(complete=True)) == []
    assert standings(store.take(plan(), complete=True)) == [NEW]
    assert len(store.in_effect) == 2


@pytest.mark.parametrize("day", [YEAR.first, YEAR.last])
def test_both_the_first_and_the_last_day_are_covered(day):
    store = Store()
    store.take(plan(day))
    assert standings(store.take(complete=True)) == [WITHDRAWN_BY_US]


def test_a_return_that_does_not_say_what_it_covers_replaces_and_withdraws_nothing():
    store = Store()
    store.take(plan(), window=None)
    assert standings(store.take(plan(date(2026, 11, 1)), window=None)) == [NEW]
    assert len(store.in_effect) == 2, "a second plan half a year later is no correction of the first"


def test_what_the_door_refuses_is_given_back_with_the_reason_and_what_stood_stays():
    store = Store()
    store.take(plan())
    (one,) = store.take(plan(nonsense="x"))
    assert (one.standing, one.event) == (REFUSED, None)
    assert one.refusal is not None
    assert one.refusal.type == "unknown-field"
    assert len(store.events) == len(store.in_effect) == 1


def test_a_withdrawal_that_the_door_refuses_is_given_back_with_what_still_stands():
    store = Store()
    (first,) = store.take(plan())

    def without_withdrawals(document: Any) -> Event | Refusal:
        return read({**document, "id": ""}) if document["type"] == WITHDRAWN else read(document)

    (one,) = reconcile((), store.events, Claim(SOURCE, YEAR, True), without_withdrawals)
    assert (one.standing, one.event, one.before) == (REFUSED, None, first.event)
    assert one.refusal is not None


def test_a_return_may_speak_of_some_kinds_of_event_only():
    store = Store()
    store.take(plan(), end(MAY, date(2026, 8, 1)), trouble())
    claim = Claim(SOURCE, YEAR, True, frozenset({STARTED}))
    (one,) = reconcile((), store.events, claim, read)
    assert one.before is not None
    assert one.before.type == STARTED


def test_a_gone_fact_whose_place_was_taken_by_one_that_is_refused_stays():
    store = Store()
    store.take(plan())
    assert standings(store.take(plan(date(2026, 5, 8), nonsense="x"), complete=True)) == [REFUSED]
    assert [event.happened_on for event in store.in_effect] == [MAY]


# ---- troubles --------------------------------------------------------------------------------------------------------


def test_a_trouble_found_again_on_another_day_is_no_news():
    store = Store()
    store.take(plan(), trouble())
    assert standings(store.take(plan(), trouble(found_on=date(2027, 6, 1)))) == [UNCHANGED, UNCHANGED]


def test_a_trouble_with_another_value_is_corrected_and_one_that_was_mended_is_withdrawn():
    store = Store()
    store.take(plan(), trouble())
    assert standings(store.take(plan(), trouble(value="1901-01-01"))) == [UNCHANGED, CORRECTED]
    assert standings(store.take(plan(), end(MAY, date(2026, 8, 1)))) == [UNCHANGED, NEW, WITHDRAWN_BY_US]
    assert FOUND not in {event.type for event in store.in_effect}


@pytest.mark.parametrize("window", [None, Period(date(2025, 4, 1), date(2026, 3, 31))])
def test_outside_the_days_covered_a_trouble_is_mended_only_where_its_row_is_there(window):
    store = Store()
    store.take(plan(), trouble())
    assert standings(store.take(plan(date(2026, 6, 1)), window=window)) == [NEW]
    assert standings(store.take(plan(nth="-2"), window=window)) == [NEW], "another row of that day is another row"
    assert standings(store.take(plan(), window=window)) == [UNCHANGED, WITHDRAWN_BY_US]


# ---- any sequence ----------------------------------------------------------------------------------------------------

DAYS = st.integers(0, 5).map(lambda days: MAY + timedelta(days=days * 7))
ROWS = st.tuples(st.sampled_from(("plan", "enquiry")), DAYS, st.sampled_from(("", "a", "b")), st.booleans())
FILES = st.lists(st.lists(ROWS, max_size=4), min_size=1, max_size=6)


def facts_of(rows: Sequence[tuple[str, date, str, bool]]) -> list[Fact]:
    """The facts of a file as a reader makes them: named by their days, with a count where two are of one day."""
    met: dict[str, int] = {}
    facts = []
    for kind, on, value, is_wrong in sorted(rows):
        label = f"{kind}-{on}"
        met[label] = met.get(label, 0) + 1
        label += f"-{met[label]}" if met[label] > 1 else ""
        begins, ends = (STARTED, ENDED) if kind == "plan" else ("section-47.started", HELD)
        facts.append(Fact(f"{CHILD}/{label}/{begins}", begins, CHILD, on, key=label))
        if is_wrong:
            facts.append(trouble(label, value or "1900-01-01", on))
        elif value:
            later = on + timedelta(days=9 if value == "a" else 16)
            facts.append(Fact(f"{CHILD}/{label}/{ends}", ends, CHILD, later, key=label))
    return facts


@given(FILES, st.randoms(use_true_random=False))
def test_complete_files_lead_to_what_the_last_alone_would(files: list[Any], rng: random.Random):
    store = Store()
    for rows in files:
        facts = facts_of(rows)
        rng.shuffle(facts)
        rng.shuffle(store.events)  # the store owes nobody an order
        store.take(*facts, complete=True)
        assert not any(one.is_to_be_sent for one in store.take(*facts, complete=True)), "twice is once"
        alone = Store()
        alone.take(*facts, complete=True)
        assert store.said == alone.said
        assert not settle(store.events).problems


@given(FILES)
def test_of_files_that_claim_nothing_no_fact_ever_vanishes(files: list[Any]):
    store = Store()
    for rows in files:
        facts = facts_of(rows)
        before = {store.root_of(event) for event in store.in_effect if event.type != FOUND}
        sendings = store.take(*facts)
        assert before <= {store.root_of(event) for event in store.in_effect}
        assert {said(read_of(fact)) for fact in facts} <= {said(event) for event in store.in_effect}
        taken_back = {one.event.data["withdraws"] for one in sendings if one.standing == WITHDRAWN_BY_US}
        assert all("/problem/" in id for id in taken_back), "only what was mended is withdrawn"
        assert not any(one.is_to_be_sent for one in store.take(*facts)), "twice is once"


@given(FILES)
def test_files_that_do_not_say_what_they_cover_change_nothing_that_they_do_not_name(files: list[Any]):
    store = Store()
    for rows in files:
        facts = facts_of(rows)
        named = {fact.id for fact in facts}
        others = [event for event in store.in_effect if event.type != FOUND and event.id.split("~")[0] not in named]
        store.take(*facts, window=None)
        assert set(map(said, others)) <= set(store.said)
        assert {event.id for event in others} <= {event.id for event in store.in_effect}


def read_of(fact: Fact) -> Event:
    (one,) = Store().take(fact)
    assert one.event is not None
    return one.event
