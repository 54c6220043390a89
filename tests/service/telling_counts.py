"""The figures of telling, counted the slow way: a row at a time, straight from the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from rules.model import DUE_ON, Step
from rules.rungs import ladder_of
from service.clock import LOCAL
from service.council import Council
from service.store.tables import AcknowledgementRow, AlertRow, ChangeRow, ClockRow, MessageRow, table
from tests.service.telling_rows import DAY, FIRST, LAST, TODAY

_TOLD = ("sent", "not_sent")

Counts = tuple[int, int, int]
"""How many, of which met in time, of which planned for."""


class Slow(NamedTuple):
    """Everything of the store that the page counts."""

    council: Council
    clocks: dict[str, Any]
    alerts: list[Any]
    mails: list[Any]
    plans: list[Any]
    changes: list[Any]

    def loads(self) -> tuple[dict[str, tuple[int, int, float, int]], list[tuple[int, int, int]]]:
        """By post: readers, mails, each, most; by week: readers, mails, most."""
        weeks, by_post = [], {}
        for post in sorted({one.post for one in self.mails}):
            own = [_a_week(self.mails, FIRST + 7 * week * DAY, post) for week in range(12)]
            told = [counts for counts in own if counts]
            sent = sum(sum(counts.values()) for counts in told)
            if told:
                each = sent / sum(len(counts) for counts in told)
                by_post[post] = (max(map(len, told)), sent, each, max(max(counts.values()) for counts in told))
        for week in range(12):
            counts = _a_week(self.mails, FIRST + 7 * week * DAY, None)
            weeks.append((len(counts), sum(counts.values()), max(counts.values(), default=0)))
        return by_post, weeks

    def warned(self) -> tuple[dict[tuple[str, str], Counts], Counts, Counts, set[tuple[str, bool]]]:
        """Of each rung, of what was warned of ahead of its date, and of the rest: how many, met in time, planned for.

        Last, each clock that was neither, and whether it was warned of.
        """
        rungs: dict[tuple[str, str], list[str]] = defaultdict(list)
        ahead: list[str] = []
        other: list[str] = []
        missed = set()
        for clock in self.clocks.values():
            warnings = [step for step in ladder_of(clock.timescale, self.council.law).steps if _warns(step)]
            if not warnings or not _is_judged(clock):
                continue
            became = self._became(clock)
            is_ahead = False
            for step in warnings:
                told_on = self._told_on(clock, step)
                if told_on is not None and told_on <= clock.due_on:
                    rungs[step.id, step.post].append(became)
                    is_ahead = is_ahead or told_on < clock.due_on
            (ahead if is_ahead else other).append(became)
            if not became:
                missed.add((clock.id, is_ahead))
        return {rung: _counts(own) for rung, own in rungs.items()}, _counts(ahead), _counts(other), missed

    def _told_on(self, clock: Any, step: Step) -> date | None:
        for one in self.alerts:
            is_of_it = (one.clock_id, one.due_on, one.step, one.post) == (clock.id, clock.due_on, step.id, step.post)
            if is_of_it and one.state in _TOLD:
                return _on(_said(one))
        return None

    def _became(self, clock: Any) -> str:
        if clock.outcome == "met":
            return "met"
        own = [plan for plan in self.plans if (plan.clock_id, plan.due_on) == (clock.id, clock.due_on)]
        return "planned" if any(_on(plan.made_at) <= clock.due_on for plan in own) else ""

    def rungs(self) -> dict[tuple[str, str, str], tuple[int, int]]:
        """By ladder, rung and post: told of how many clocks, and for how many something happened."""
        found: dict[tuple[str, str, str], list[bool]] = defaultdict(list)
        for one in self.alerts:
            clock = self.clocks.get(one.clock_id)
            if clock is None or clock.measure != "duty" or not _was_told(one):
                continue
            ladder = ladder_of(clock.timescale, self.council.law)
            step = ladder.step(one.step, one.post)
            if step is None or not step.is_after or not FIRST <= _on(_said(one)) <= LAST:
                continue
            if one.due_on == (clock.due_on if step.of == DUE_ON else clock.target_due_on):
                days = list(self._days(_on(_said(one))))
                if days[-1] < TODAY:
                    found[ladder.title, step.id, step.post].append(self._is_acted_on(one, clock, days))
        return {rung: (len(own), sum(own)) for rung, own in found.items()}

    def _days(self, told_on: date) -> Iterator[date]:
        yield told_on
        on, working = told_on, 0
        while working < 5:
            on += DAY
            working += self.council.calendar.is_working(on)
            yield on

    def _is_acted_on(self, one: Any, clock: Any, days: list[date]) -> bool:
        rungs = [other for other in self.alerts if (other.clock_id, other.due_on) == (one.clock_id, one.due_on)]
        told_on = {_on(_said(other)) for other in rungs if _was_told(other)}
        moments = [plan.made_at for plan in self.plans if plan.clock_id == clock.id]
        if clock.stopped_on:
            moments += [
                change.at
                for change in self.changes
                if change.clock_id == clock.id and change.kind in ("stopped", "ended")
            ]
        for day in days:
            if day != days[0] and day in told_on:
                return False
            if clock.stopped_on == day or any(_on(moment) == day and moment > _said(one) for moment in moments):
                return True
        return False


def read(council: Council) -> Slow:
    with council.reading() as db:
        rows = [
            list(db.execute(select(table(row))))
            for row in (ClockRow, AlertRow, MessageRow, AcknowledgementRow, ChangeRow)
        ]
    return Slow(council, {clock.id: clock for clock in rows[0]}, *rows[1:])


def _a_week(mails: list[Any], monday: date, post: str | None) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for one in mails:
        is_theirs = post in (None, one.post) and monday <= one.day < monday + 7 * DAY
        if is_theirs and one.kind in ("digest", "at-once") and one.state in _TOLD:
            counts[one.address.lower()] += 1
    return counts


def _warns(step: Step) -> bool:
    return step.of == DUE_ON and not step.is_after


def _is_judged(clock: Any) -> bool:
    if clock.measure != "duty" or clock.problem or clock.due_on is None or not FIRST <= clock.due_on <= LAST:
        return False
    return clock.outcome in ("met", "late") or (
        clock.outcome is None and (clock.lapses_on is None or clock.lapses_on > TODAY)
    )


def _counts(became: list[str]) -> Counts:
    return len(became), became.count("met"), became.count("planned")


def _was_told(one: Any) -> bool:
    return ":" not in one.step and one.state in (*_TOLD, "taken_back")


def _said(one: Any) -> datetime:
    return one.told_at or one.send_at


def _on(moment: datetime) -> date:
    return moment.astimezone(LOCAL).date()
