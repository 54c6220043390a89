"""What a pack can say: each word of the language, in packs written for it, for a country that does not exist."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from rules.loading import load
from rules.loading.build import load_law
from rules.model import DUTY, Clock, Event, Outcome, Status, Verified
from tests.rules.making import at, clocks_of, codes_of, event

PACKS = Path(__file__).with_name("packs")
KINGDOM = load_law("kingdom", packs=PACKS)
NORTHSHIRE = load_law("northshire", packs=PACKS)


def taken_up(id: str, on: str, **more: object) -> Event:
    return event(id, "strategy-discussion.held", on, outcome="section_47", **more)


def hearings(*events: Event, measure: str = "duty") -> list[Clock]:
    return clocks_of(events, KINGDOM, "hearing", measure)


# ---- 1: start by event and content, keyed, with a fallback -----------------------------------------------------------


def test_the_discussion_that_took_it_up_starts_it_not_the_first_and_not_the_last():
    before = event("a", "strategy-discussion.held", "2026-06-01", key="p1", outcome="none")
    [clock] = hearings(before, taken_up("b", "2026-06-03", key="p1"), taken_up("c", "2026-06-05", key="p1"))
    assert clock.started_on == date(2026, 6, 3)


def test_two_petitions_are_two_clocks_and_each_is_stopped_by_its_own_key():
    one, two = hearings(
        taken_up("a", "2026-06-01", key="p1"),
        taken_up("b", "2026-06-02", key="p2"),
        event("c", "icpc.held", "2026-06-09", key="p2"),
    )
    assert (one.key, one.outcome) == ("p1", None)
    assert (two.key, two.outcome) == ("p2", Outcome.MET)


def test_without_keys_the_earliest_open_start_on_or_before_the_stop_is_met():
    events = taken_up("a", "2026-06-01"), taken_up("b", "2026-06-02"), event("c", "icpc.held", "2026-06-02")
    one, two = hearings(*events)
    assert (one.outcome, two.outcome) == (Outcome.MET, None)


def test_a_keyed_stop_meets_a_start_that_has_no_key():
    [clock] = hearings(taken_up("a", "2026-06-01"), event("c", "icpc.held", "2026-06-02", key="p1"))
    assert clock.outcome is Outcome.MET


def test_a_second_stop_of_one_petition_stops_nobody_elses_clock():
    events = (
        taken_up("a", "2026-06-01", key="p1"),
        event("b", "icpc.held", "2026-06-02", key="p1"),
        taken_up("c", "2026-06-03"),
        event("d", "icpc.held", "2026-06-04", key="p1"),
    )
    assert [clock.outcome for clock in hearings(*events)] == [Outcome.MET, None]


def test_a_petition_has_its_hearing_once_however_often_it_is_taken_up():
    events = taken_up("a", "2026-06-01", key="p1"), event("b", "icpc.held", "2026-06-09", key="p1")
    assert len(hearings(*events, taken_up("c", "2026-06-11", key="p1"))) == 1
    assert len(hearings(*events, taken_up("c", "2026-06-11", key="p2"))) == 2


def test_a_fallback_starts_the_clock_where_nothing_else_did_and_says_so():
    [clock] = hearings(event("a", "section-47.started", "2026-06-02", key="p1"))
    assert clock.flags == ("the taking up was not recorded separately",)


@pytest.mark.parametrize("on", ["2026-05-28", "2026-06-02", "2026-06-09"])
def test_a_fallback_gives_way_to_the_start_itself_before_or_after_it(on: str):
    [clock] = hearings(event("z", "section-47.started", on, key="p1"), taken_up("a", "2026-06-02", key="p1"))
    assert (clock.started_on, clock.flags) == (date(2026, 6, 2), ())


# ---- 2: stopped, and ended without being met -------------------------------------------------------------------------


def test_it_is_met_on_the_due_day_and_late_the_day_after():
    on_the_day = hearings(taken_up("a", "2026-06-01"), event("b", "icpc.held", "2026-06-29"))
    a_day_late = hearings(taken_up("a", "2026-06-01"), event("b", "icpc.held", "2026-06-30"))
    assert on_the_day[0].due_on == date(2026, 6, 29)
    assert (on_the_day[0].outcome, a_day_late[0].outcome) == (Outcome.MET, Outcome.LATE)


def test_the_same_day_is_met():
    assert hearings(taken_up("a", "2026-06-01"), event("b", "icpc.held", "2026-06-01"))[0].outcome is Outcome.MET


def test_it_ends_without_being_met_where_the_content_says_so_and_only_there():
    ended = event("b", "section-47.ended", "2026-06-09", key="p1", conference_required=False)
    other = event("b", "section-47.ended", "2026-06-09", key="p1", conference_required=True)
    assert hearings(taken_up("a", "2026-06-01", key="p1"), ended)[0].ended_because == "no hearing was needed"
    assert hearings(taken_up("a", "2026-06-01", key="p1"), other)[0].outcome is None


def test_what_ends_all_ends_every_clock_whatever_its_key():
    events = taken_up("a", "2026-06-01", key="p1"), taken_up("b", "2026-06-02", key="p2")
    assert [clock.outcome for clock in hearings(*events, event("c", "looked-after.ceased", "2026-06-03"))] == [
        "ended"
    ] * 2


def test_what_stops_all_meets_every_clock_that_had_begun_and_no_other():
    events = [
        replace(event("a", "allegation.received", "2026-06-01", key="k1"), happened_at=at("2026-06-01T09:00")),
        event("b", "allegation.received", "2026-05-28", key="k2"),
        replace(event("c", "allegation.received", "2026-06-01", key="k3"), happened_at=at("2026-06-01T15:00")),
        event("d", "allegation.received", "2026-06-02", key="k4"),
        replace(event("e", "allegation.concluded", "2026-06-01", key="k1"), happened_at=at("2026-06-01T12:00")),
    ]
    clocks = clocks_of(events, KINGDOM, "answered-together")
    assert {clock.key: clock.outcome for clock in clocks} == {"k1": "met", "k2": "met", "k3": None, "k4": None}


def test_the_clock_goes_when_its_start_is_withdrawn():
    assert hearings(taken_up("a", "2026-06-01"), event("w", "event.withdrawn", "2026-06-02", target="a")) == []


def test_a_stop_before_its_start_is_a_problem_and_never_met():
    [clock] = hearings(taken_up("b", "2026-06-10", key="p1"), event("a", "icpc.held", "2026-06-01", key="p1"))
    assert (clock.problem, clock.outcome, clock.is_in_figures) == ("stopped-before-start", None, False)


def test_a_stop_with_nothing_to_stop_is_a_visible_problem():
    assert codes_of([event("a", "icpc.held", "2026-06-01", key="p1")], KINGDOM) == ["nothing-to-stop"]


# ---- 3 and 6: recurrence from what happened, by the plan's own frequency ---------------------------------------------


def visits(*events: Event) -> list[Clock]:
    return clocks_of(events, KINGDOM, "visit")


def visited(id: str, on: str, *, seen: bool = True) -> Event:
    return event(id, "looked-after.visited", on, seen=seen)


def test_the_next_visit_runs_from_the_visit_held():
    clocks = visits(
        event("a", "looked-after.started", "2026-01-05"), visited("b", "2026-01-07"), visited("c", "2026-03-02")
    )
    assert [clock.due_on for clock in clocks] == [date(2026, 2, 2), date(2026, 2, 4), date(2026, 3, 30)]
    assert [clock.outcome for clock in clocks] == [Outcome.MET, Outcome.LATE, None]


def test_an_attempt_stops_nothing():
    [clock] = visits(event("a", "looked-after.started", "2026-01-05"), visited("b", "2026-01-07", seen=False))
    assert clock.outcome is None


def test_two_visits_on_one_day_are_one():
    clocks = visits(
        event("a", "looked-after.started", "2026-01-05"), visited("b", "2026-01-07"), visited("c", "2026-01-07")
    )
    assert len(clocks) == 2


def test_the_plan_sets_the_limit_the_law_its_maximum_and_silence_the_default():
    def due(*limits: str) -> date | None:
        plans = [event(limit, "child-in-need-plan.started", "2026-01-05", visit_every=limit) for limit in limits]
        return visits(event("a", "looked-after.started", "2026-01-05"), *plans)[0].due_on

    assert due() == date(2026, 2, 2)
    assert due("10 working_days") == date(2026, 1, 19)
    assert due("3 months") == date(2026, 2, 16)


def test_a_plan_tightened_during_a_wait_counts_from_that_day_and_one_loosened_from_the_next_visit():
    started = event("a", "looked-after.started", "2026-01-05")
    tighter = event("b", "child-in-need-plan.reviewed", "2026-01-10", visit_every="1 weeks")
    looser = event("b", "child-in-need-plan.reviewed", "2026-01-10", visit_every="6 weeks")
    [clock] = visits(started, tighter)
    assert (clock.counted_from_on, clock.due_on, len(clock.flags)) == (date(2026, 1, 10), date(2026, 1, 17), 1)
    first, second = visits(started, looser, visited("c", "2026-01-20"))
    assert (first.due_on, second.due_on) == (date(2026, 2, 2), date(2026, 3, 3))


def test_a_plan_that_cannot_be_counted_is_a_visible_problem():
    plan = event("b", "child-in-need-plan.started", "2026-01-05", visit_every="72 hours")
    [clock] = visits(event("a", "looked-after.started", "2026-01-05"), plan)
    assert (clock.problem, clock.due_on) == ("cannot-count", None)


# ---- 7 and 9: two limits, another measure ----------------------------------------------------------------------------


def test_a_target_stands_beside_the_limit_and_never_in_its_place():
    [clock] = clocks_of([event("a", "contact.received", "2025-06-02")], NORTHSHIRE, "reply")
    assert (clock.target_due_on, clock.due_on) == (date(2025, 6, 4), date(2025, 6, 6))
    assert clock.status(date(2025, 6, 5)) is Status.RUNNING


def test_another_measure_has_a_clock_of_its_own():
    events = (
        taken_up("a", "2026-06-01", key="p1"),
        event("b", "strategy-meeting.held", "2026-06-10", key="p1", kind="initial"),
        event("c", "icpc.held", "2026-07-01", key="p1"),
    )
    [duty], [other] = hearings(*events), hearings(*events, measure="from_the_meeting")
    assert (duty.outcome, other.outcome) == (Outcome.LATE, Outcome.MET)
    assert duty.measure == DUTY
    assert duty.id != other.id


# ---- 11: units -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timescale", "start", "due"),
    [
        ("in-working-days", "2025-04-14", "2025-04-23"),
        ("in-days", "2025-12-19", "2025-12-27"),
        ("in-weeks", "2025-12-19", "2025-12-26"),
        ("in-months", "2023-11-30", "2024-02-29"),
        ("in-years", "2024-02-29", "2025-02-28"),
        ("beginning-with", "2026-03-10", "2027-03-09"),
    ],
)
def test_each_unit_is_counted_by_a_clock(timescale: str, start: str, due: str):
    [clock] = clocks_of([event("a", "allegation.received", start)], KINGDOM, timescale)
    assert clock.due_on == date.fromisoformat(due)


def test_an_approximation_is_a_second_reading_that_an_authority_chooses():
    start = [event("a", "allegation.received", "2025-01-15")]
    [by_the_law], [as_read] = clocks_of(start, KINGDOM, "in-months"), clocks_of(start, NORTHSHIRE, "in-months")
    assert (by_the_law.due_on, as_read.due_on) == (date(2025, 4, 15), date(2025, 4, 16))
    assert as_read.target_due_on == date(2025, 3, 15)  # the target is laid over every reading


# ---- 12: identity ----------------------------------------------------------------------------------------------------


def test_a_correction_keeps_the_clock_and_moves_its_dates():
    wrong = taken_up("a", "2026-06-01", key="p1")
    right = taken_up("b", "2026-06-03", key="p1", target="a")
    [before], [after], [only] = hearings(wrong), hearings(right, wrong), hearings(right)
    assert before.id == after.id == only.id
    assert (before.started_on, after.started_on) == (date(2026, 6, 1), date(2026, 6, 3))


# ---- 13 and 14: counting convention and calendar, per version --------------------------------------------------------


def test_a_local_rule_may_count_closure_days_and_the_day_itself():
    def due(on: str) -> date | None:
        return clocks_of([event("a", "contact.received", on)], NORTHSHIRE, "reply")[0].due_on

    assert due("2024-12-24") == date(2025, 1, 2)
    assert due("2025-06-02") == date(2025, 6, 6)
    assert due("2025-06-07") == date(2025, 6, 13)


def test_a_date_on_a_year_not_yet_published_is_provisional_in_working_days_only():
    start = [event("a", "allegation.received", "2028-12-28")]
    assert clocks_of(start, KINGDOM, "in-working-days")[0].is_provisional
    assert not clocks_of(start, KINGDOM, "in-months")[0].is_provisional


# ---- 15: dated law ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "stop", "version", "due"),
    [
        ("2013-04-12", "2013-04-30", "2010-01-01", "2013-04-26"),
        ("2013-04-14", "2013-04-30", "2010-01-01", "2013-04-26"),
        ("2013-04-15", "2013-04-30", "2013-04-15", "2013-06-19"),
        ("2019-12-30", "2019-12-31", "2013-04-15", "2020-03-03"),
        ("2019-12-30", "2020-01-01", "2020-01-01", "2020-01-28"),
        ("2020-01-01", "2020-01-02", "2020-01-01", "2020-01-29"),
    ],
)
def test_the_version_in_force_at_the_start_governs_unless_a_later_one_says_otherwise(start, stop, version, due):
    [clock] = hearings(taken_up("a", start), event("b", "icpc.held", stop))
    assert (clock.version_on.isoformat(), clock.due_on.isoformat()) == (version, due)


def test_before_the_first_version_there_is_no_duty():
    assert hearings(taken_up("a", "2009-12-31")) == []


# ---- 16: an authority's overlay --------------------------------------------------------------------------------------


def test_an_authority_enables_a_timescale_and_sets_the_limit_left_to_it():
    start = [event("a", "allegation.received", "2026-06-01")]
    assert clocks_of(start, KINGDOM, "second-look") == []
    [clock] = clocks_of(start, NORTHSHIRE, "second-look")
    assert clock.due_on == date(2026, 6, 4)


def test_what_an_authority_set_from_a_day_does_not_reach_back():
    [clock] = clocks_of([event("a", "allegation.received", "2023-12-29")], NORTHSHIRE, "second-look")
    assert (clock.due_on, clock.limit) == (None, None)


def test_every_number_says_how_sure_we_are_of_it():
    [version, *_] = NORTHSHIRE.timescales["second-look"].duty.versions
    assert version.source.verified is Verified.UNVERIFIED


def test_the_fingerprint_changes_with_the_authority():
    assert KINGDOM.fingerprint != NORTHSHIRE.fingerprint


@pytest.mark.parametrize("file", ["conventions.toml", "returns.toml"])
def test_what_decides_clocks_and_stands_in_no_pack_is_part_of_the_fingerprint(file: str, tmp_path: Path):
    copy = tmp_path / "rules"
    shutil.copytree(Path(load.__file__).parent.parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    before = fingerprint_in(tmp_path)
    (copy / file).write_text((copy / file).read_text("utf-8") + "# edited\n", "utf-8")
    assert fingerprint_in(tmp_path) != before


def fingerprint_in(folder: Path) -> str:
    program = "from rules.loading.build import load_law; print(load_law('england').fingerprint)"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
