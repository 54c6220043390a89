"""A second authority laid over several limits: its targets for single phases, its readings, its closure days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from rules.evaluate import evaluate
from rules.loading.build import load_law
from tests.rules.making import clocks_of, event

PACKS = Path(__file__).with_name("packs")
KINGDOM = load_law("kingdom", packs=PACKS)
WESTMARK = load_law("westmark", packs=PACKS)


def day(text: str) -> date:
    return date.fromisoformat(text)


PEPS = [
    event("a", "looked-after.started", "2026-06-01"),
    event("b", "pep.held", "2026-06-10"),
    event("c", "pep.held", "2026-06-20"),
    event("d", "pep.held", "2026-06-30"),
]


def test_an_authoritys_target_is_for_the_phase_it_names_and_beside_the_packs_own():
    clocks = clocks_of(PEPS, WESTMARK, "by-wait")
    assert [clock.phase for clock in clocks] == ["first", "next", "next", "later"]
    targets = [None, day("2026-07-01"), day("2026-07-11"), day("2026-08-30")]
    assert [clock.target_due_on for clock in clocks] == targets
    assert [clock.due_on for clock in clocks] == [clock.due_on for clock in clocks_of(PEPS, KINGDOM, "by-wait")]


def test_an_authoritys_target_for_a_phase_does_not_reach_back():
    last_year = [replace(one, happened_on=one.happened_on.replace(year=2025)) for one in PEPS]
    assert [clock.target_due_on for clock in clocks_of(last_year, WESTMARK, "by-wait")][1:3] == [None, None]


def test_an_authority_reads_phases_as_judged_at_the_start_and_its_target_follows():
    born = event("a", "subject.registered", "2026-02-15", date_of_birth="2016-03-15")
    events = [born, event("b", "looked-after.started", "2026-02-15")]
    [as_written], [as_read] = (clocks_of(events, law, "by-age") for law in (KINGDOM, WESTMARK))
    assert (as_written.phase, as_written.due_on) == ("ten-and-over", day("2026-04-15"))
    assert (as_read.phase, as_read.due_on, as_read.target_due_on) == ("under-ten", day("2026-03-15"), None)
    [later] = clocks_of([born, event("b", "looked-after.started", "2026-03-20")], WESTMARK, "by-age")
    assert (later.phase, later.due_on, later.target_due_on) == ("ten-and-over", day("2026-05-20"), day("2026-04-20"))


def test_an_authoritys_closure_days_count_in_its_own_rule_and_in_no_other():
    events = [event("a", "looked-after.started", "2026-06-11")]
    [own] = clocks_of(events, WESTMARK, "welcome")
    [nations] = clocks_of(events, WESTMARK, "by-wait")
    assert (own.due_on, nations.due_on) == (day("2026-06-16"), day("2026-06-25"))
    assert "welcome" not in KINGDOM.timescales


def test_an_authority_sets_the_limit_left_to_it_and_another_may_set_another():
    northshire = load_law("northshire", packs=PACKS)
    assert (
        WESTMARK.timescales["second-look"].duty.versions[-1].limit
        != northshire.timescales["second-look"].duty.versions[-1].limit
    )
    assert not WESTMARK.timescales["second-look"].is_enabled  # left to it, and set, but not switched on


def test_a_whole_history_is_evaluated_under_both_and_only_westmark_differs():
    own = {clock.timescale for clock in evaluate(PEPS, WESTMARK).clocks}
    assert own - {clock.timescale for clock in evaluate(PEPS, KINGDOM).clocks} == {"welcome"}
