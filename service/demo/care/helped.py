"""Visits to children in need, where the plan says how often: the later plans, which have a place for it."""

from __future__ import annotations

from datetime import date, timedelta

from rules.catalogue import read_limit
from rules.workdays import due
from service.demo import place
from service.demo.care import habits
from service.demo.case_system import CaseSystem, Entry
from service.demo.visits import in_time, late

_WEEK = timedelta(weeks=1)
_STARTED, _ENDED = "child-in-need-plan.started", "child-in-need-plan.ended"


def visit_children_in_need(system: CaseSystem) -> None:
    """Gives the later plans a frequency, and their children visits that keep to it or do not."""
    diary = system.diary
    ends_on = {entry.key: entry.on for entry in system.entries if entry.type == _ENDED}
    since = diary.today - _WEEK * habits.FREQUENCY_SINCE_WEEKS
    for entry in [entry for entry in system.entries if entry.type == _STARTED and entry.on >= since]:
        if entry.sent_on <= diary.today and diary.chance(habits.FREQUENCY_KNOWN):
            entry.own["visit_every"] = diary.one_of(habits.HELP_VISIT_EVERY)
            _visit(system, entry, min(ends_on.get(entry.key, diary.today), diary.today))


def _visit(system: CaseSystem, plan: Entry, ends_on: date) -> None:
    diary = system.diary
    every, last_on = read_limit(plan.own["visit_every"]), plan.on
    while True:
        due_on = due(last_on, every, diary.calendar).due_on
        is_in_line = diary.chance(habits.HELP_VISITED_IN_LINE + plan.case.team.visits)
        on = in_time(diary, last_on, due_on) if is_in_line else late(diary, due_on, habits.VISIT_OVERRUN)
        if on >= ends_on:
            return
        is_alone = diary.chance(place.SEEN_ALONE)
        system.record("child-in-need.visited", plan.case, on, key=plan.key, seen=True, seen_alone=is_alone)
        last_on = on
