"""Whose figures a clock belongs to: whoever had the case on its last day, wherever the case moves after it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.diff import diff
from rules.evaluate import evaluate
from rules.history import settle
from rules.loading.build import load_law
from rules.model import ChangeKind, Clock, Event, EventRef
from tests.rules.making import clocks_of, event
from tests.rules.test_history import TYPES
from tests.rules.test_longer_language import KINGDOM

LAW = load_law("southend", overlays=["demonstration"])
ICPC = "initial-child-protection-conference"
DAY = timedelta(days=1)
DUE = date(2026, 6, 22)
"""Fifteen working days after Monday 1 June."""
STARTED = event("a", "strategy-discussion.held", "2026-06-01", outcome="section_47", team="A", worker="ann")


def to(team: str | None, on: date | str, worker: str | None = None, id: str = "m", **more: object) -> Event:
    return event(id, "case.allocated", on, team=team, worker=worker, **more)


def held(on: date, **more: object) -> Event:
    return event("h", "icpc.held", on, **more)


def conference(*events: Event) -> Clock:
    [clock] = clocks_of(events, LAW, ICPC)
    return clock


def whose(*events: Event) -> tuple[str | None, str | None]:
    """Who has it, and who answers for it."""
    clock = conference(*events)
    return clock.team, clock.answerable_team


@pytest.mark.parametrize(
    ("says", "events", "expected"),
    [
        ("nobody moved", [], ("A", "A")),
        ("moved before its last day", [to("B", DUE - DAY)], ("B", "B")),
        ("moved on its last day, the whole of which counts", [to("B", DUE)], ("B", "B")),
        ("moved the day after", [to("B", DUE + DAY)], ("B", "A")),
        ("moved twice, the second time too late", [to("B", DUE), to("C", DUE + DAY, id="n")], ("C", "B")),
        ("moved twice after it", [to("B", DUE + DAY), to("C", DUE + 2 * DAY, id="n")], ("C", "A")),
        ("moved after it, and held late", [to("B", DUE + DAY), held(DUE + 9 * DAY)], ("B", "A")),
        ("held late by another, who never had the case", [held(DUE + 9 * DAY, team="B")], ("A", "A")),
        ("held late, then moved", [held(DUE + DAY), to("B", DUE + 2 * DAY)], ("A", "A")),
        ("held in time, then moved before its last day", [held(DUE - 9 * DAY), to("B", DUE - 8 * DAY)], ("A", "A")),
        ("moved on the day on which it was held", [to("B", DUE - 9 * DAY), held(DUE - 9 * DAY)], ("B", "B")),
        ("moved and back again", [to("B", DUE + DAY), to("A", DUE + 2 * DAY, id="n")], ("A", "A")),
        ("moved back after its last day", [to("B", DUE), to("A", DUE + 2 * DAY, id="n")], ("A", "B")),
    ],
)
def test_a_breach_stays_with_the_team_of_the_last_day(says: str, events: list[Event], expected: tuple[str, str]):
    assert whose(STARTED, *events) == expected, says


def test_a_worker_who_takes_a_case_over_late_answers_for_no_breach_before_and_the_team_is_the_same():
    clock = conference(STARTED, to(None, DUE + DAY, worker="bob"))
    assert (clock.worker, clock.answerable_worker) == ("bob", "ann")
    assert (clock.team, clock.answerable_team) == ("A", "A")


def test_a_team_that_was_given_the_case_after_the_breach_does_not_answer_because_nobody_had_it_before():
    unowned = event("a", "strategy-discussion.held", "2026-06-01", outcome="section_47")
    assert whose(unowned, to("B", DUE + DAY)) == ("B", None)
    assert whose(unowned, to("B", DUE + DAY), held(DUE + 2 * DAY, team="B")) == ("B", None)


def test_where_nothing_else_names_a_team_it_is_the_one_that_the_stop_names():
    unowned = event("a", "strategy-discussion.held", "2026-06-01", outcome="section_47")
    assert whose(unowned, held(DUE + 2 * DAY, team="B")) == ("B", "B")
    assert whose(unowned, to(None, DUE + DAY, worker="bob"), held(DUE + 2 * DAY, team="B")) == ("B", "B")


def test_a_clock_with_no_limit_is_answered_for_by_whoever_has_it():
    england = load_law("england")
    meeting = event("a", "departmental-planning-meeting.held", "2026-06-01", team="A")
    [clock] = clocks_of([meeting, to("B", "2027-06-01")], england, "departmental-to-legal-planning-meeting")
    assert (clock.due_on, clock.answerable_team) == (None, "B")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], ("A", "A")),
        ([to("B", "2026-06-05")], ("A", "A")),
        ([to("B", "2026-06-08")], ("B", "B")),
        ([to("B", "2026-06-09")], ("B", "A")),
    ],
)
def test_what_was_late_as_it_began_is_answered_for_by_whoever_had_it_that_day(
    events: list[Event], expected: tuple[str, str]
):
    """Of a birth on 15 June nobody knew until the 8th; the plan was due on the 1st."""
    known = event("a", "subject.registered", "2026-06-08", expected_date_of_birth="2026-06-15", team="A")
    [clock] = clocks_of([known, *events], KINGDOM, "before-a-birth")
    assert clock.due_on == date(2026, 6, 1)
    assert (clock.team, clock.answerable_team) == expected


# ---- corrections, and what the journal says of them ------------------------------------------------------------------


def changed(before: list[Event], after: list[Event]) -> tuple[ChangeKind, str]:
    [change] = diff(clocks_of(before, LAW, ICPC), clocks_of(after, LAW, ICPC))
    return change.kind, change.reason


MOVED = to("B", DUE + DAY)
LATER = event("b", "strategy-discussion.held", "2026-06-04", outcome="section_47", team="A", worker="ann", target="a")
"""The same discussion, three days later: due on 25 June."""


def test_a_correction_that_moves_the_last_day_past_the_move_moves_the_figure_too_and_says_so():
    assert whose(STARTED, MOVED) == ("B", "A")
    assert whose(STARTED, MOVED, LATER) == ("B", "B")
    kind, reason = changed([STARTED, MOVED], [STARTED, MOVED, LATER])
    assert kind is ChangeKind.MOVED
    assert reason.endswith("another team had it on its last day, and answers for its figures")
    assert changed([STARTED, MOVED, LATER], [STARTED, MOVED])[1].endswith("answers for its figures")


def test_a_move_that_is_dated_otherwise_changes_only_who_answers_and_that_is_a_change():
    kind, reason = changed([STARTED, MOVED], [STARTED, MOVED, to("B", DUE, id="n", target="m")])
    assert (kind, reason) == (ChangeKind.UPDATED, "another team had it on its last day, and answers for its figures")


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ([], [to("B", DUE)], "another team has it"),
        ([], [MOVED], "another team has it; the one that had it on its last day answers for its figures"),
        ([MOVED], [], "another team has it"),
        ([], [to(None, DUE + DAY, worker="bob")], "another worker has it"),
        (
            [to(None, DUE + DAY, worker="bob")],
            [to(None, DUE + DAY, worker="bob"), to(None, DUE, worker="bob", id="n", target="m")],
            "another worker had it on its last day",
        ),
    ],
)
def test_the_journal_says_who_has_it_and_who_answers(before: list[Event], after: list[Event], reason: str):
    assert changed([STARTED, *before], [STARTED, *after]) == (ChangeKind.UPDATED, reason)


def test_a_move_after_the_breach_stops_nothing_and_a_late_stop_changes_nobody():
    kind, reason = changed([STARTED, MOVED], [STARTED, MOVED, held(DUE + 9 * DAY)])
    assert (kind, reason) == (ChangeKind.STOPPED, "stopped on 2026-07-01, late")


# ---- what holds of every history -------------------------------------------------------------------------------------

teams = st.sampled_from([None, "A", "B", "C"])


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Up to a dozen events within two months, every third of them a move; some correct or withdraw others."""
    ids = [f"e{nth}" for nth in range(draw(st.integers(1, 12)))]
    events = []
    for id in ids:
        type, data = draw(st.sampled_from([*TYPES, *[("case.allocated", {})] * 6]))
        on = date(2026, 5, 1) + timedelta(days=draw(st.integers(0, 60)))
        who = {"team": draw(teams), "worker": draw(st.sampled_from([None, "ann", "bob"]))}
        target = draw(st.sampled_from([None, None, None, None, *ids]))
        if target and draw(st.booleans()):
            events.append(event(id, "event.withdrawn", on, target=target, withdraws=target))
        else:
            key = draw(st.sampled_from([None, "k1", "k2"]))
            events.append(event(id, type, on, key=key, target=target, **who, **data))
    return events


def slowly(clock: Clock, standing: dict[EventRef, Event], name: str) -> tuple[str | None, str | None]:
    """Who has it and who answers (``name``: team or worker), asked day by day: whom did the case stand with then?"""
    moves = [one for one in standing.values() if one.type == "case.allocated" and getattr(one, name)]
    moves.sort(key=lambda one: (one.happened_on, one.source, one.id))
    before = [getattr(one, name) for one in moves if one.happened_on < clock.started_on]
    had = getattr(standing[clock.started_by], name) or (before[-1] if before else None)
    stop = standing.get(clock.stopped_by) if clock.stopped_by else None
    last_on = clock.stopped_on or max(one.happened_on for one in standing.values())
    by_day, day = {clock.started_on - DAY: had}, clock.started_on
    while day <= max(last_on, clock.started_on):
        today = [getattr(one, name) for one in moves if one.happened_on == day]
        by_day[day] = had = today[-1] if today else had
        day += DAY
    judged_on = min([on for on in (clock.stopped_on, clock.due_on) if on] or [last_on])
    answers = by_day[min(max(judged_on, clock.started_on), max(by_day))]
    is_moved = any(max(judged_on, clock.started_on) < one.happened_on <= last_on for one in moves)
    unsaid = getattr(stop, name) if stop else None
    return had or unsaid, answers if is_moved else answers or unsaid


@given(histories())
def test_who_has_a_clock_and_who_answers_is_what_a_slow_walk_through_the_days_says(history: list[Event]):
    standing = {one.ref: one for one in settle(history).events}
    for clock in evaluate(history, LAW).clocks:
        assert (clock.team, clock.answerable_team) == slowly(clock, standing, "team")
        assert (clock.worker, clock.answerable_worker) == slowly(clock, standing, "worker")


@given(histories(), teams, st.integers(0, 90))
def test_a_move_dated_after_the_last_day_never_changes_who_answers(history: list[Event], team: str | None, days: int):
    on = date(2026, 5, 1) + timedelta(days=days)
    before = {one.id: one for one in evaluate(history, LAW).clocks}
    for clock in evaluate([*history, to(team, on, id="moved")], LAW).clocks:
        was = before[clock.id]
        assert clock._replace(**_who(was)) == was
        if was.due_on is not None and on > max(was.due_on, was.started_on) and was.answerable_team is not None:
            # None: only the stop had named a team, which tells nothing any more of who had the case before the move.
            assert clock.answerable_team in (was.answerable_team, None)


def _who(clock: Clock) -> dict[str, str | None]:
    return {name: getattr(clock, name) for name in ("team", "worker", "answerable_team", "answerable_worker")}


@given(histories())
def test_who_has_it_answers_for_it_unless_it_is_past_its_last_day(history: list[Event]):
    for clock in evaluate(history, LAW).clocks:
        over_on, due_on = clock.stopped_on or date.max, clock.due_on or date.max
        if over_on <= due_on:
            assert (clock.answerable_team, clock.answerable_worker) == (clock.team, clock.worker)
