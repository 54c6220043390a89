"""Which start goes with which stop.

One sweep over the events that concern a measure, in the order they happened. A stop meets the start with the same key
(the enquiry, referral or plan it belongs to); where either has no key, the earliest open start on or before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from operator import itemgetter
from typing import NamedTuple

from rules.ages import ByType, come_of_age, day_before
from rules.model import Birthday, Event, Measure, Trigger
from rules.returns import can_tell

Occurrence = tuple[date, int, Event, Trigger]

_BY_DAY_AND_ROLE = itemgetter(0, 1)

STOPPED_BEFORE_START = "stopped-before-start"
ENDED_BEFORE_START = "ended-before-start"
NOTHING_TO_STOP = "nothing-to-stop"
NOTHING_TO_DECIDE = "nothing-to-decide"
ANOTHER_BEGAN = "another began, and there is one at a time"


class Run:
    """A clock in the making: the start, what stopped or ended it, and what should be said about it.

    ``first`` began the chain that this is the ``nth`` wait of; without recurrence that is its own start.
    """

    nth: int = 1
    birthday: Birthday | None = None
    key: str | None = None
    flag: str | None = None
    is_fallback: bool = False
    proof_flag: str | None = None
    stop: Event | None = None
    end: Event | None = None
    why: str = ""
    early_stop: Event | None = None
    is_ended_early: bool = False

    def __init__(self, start: Event, *, exists: bool) -> None:
        self.start = self.first = start
        self.exists = exists

    @property
    def over(self) -> Event | None:
        """What stopped or ended it; None while it runs."""
        return self.stop or self.end


class Unpaired(NamedTuple):
    """An event that should have met another and did not."""

    code: str
    event: Event


def pair(measure: Measure, by_type: ByType) -> tuple[list[Run], list[Unpaired]]:
    """Every run of the measure in the order the runs started, and the events that met nothing though they should."""
    sweep = _Sweep(measure, by_type)
    by_role = (sweep.start, sweep.exist, sweep.stop, sweep.end)
    for _on, role, event, trigger in _occurrences(measure, by_type):
        by_role[role](event, trigger)
    return sweep.finish()


def is_compatible(one: str | None, other: str | None) -> bool:
    """Whether two keys may belong together: they are the same, or one of them is not known."""
    return one == other or one is None or other is None


def _occurrences(measure: Measure, by_type: ByType) -> list[Occurrence]:
    """What happened and in which role, day by day; on one day starts come first, then decisions, stops and endings."""
    found: list[Occurrence] = []
    for role, triggers in enumerate((measure.starts, measure.exists_if, measure.stops, measure.ends)):
        for trigger in triggers:
            events = by_type.get(trigger.event)
            if not events:
                continue
            if trigger.birthday is not None:
                events = tuple(come_of_age(trigger, by_type, measure.stoppers))
            for event in events:
                if not trigger.conditions or trigger.matches(event):
                    found.append((event.happened_on, role, event, trigger))
    if len(found) > 1:
        found.sort(key=_BY_DAY_AND_ROLE)  # stable: what is left in order is the pack's own, then source and id
    return found


class _Sweep:
    """The state of one sweep: every run so far, those still open, and stops that came before any start."""

    def __init__(self, measure: Measure, by_type: ByType) -> None:
        self.measure = measure
        self.by_type = by_type
        self.runs: list[Run] = []
        self.open: list[Run] = []
        self.keys: set[str] = set()
        self.early: list[Event] = []
        self.early_ends: list[Event] = []
        self.unpaired: list[Unpaired] = []

    def finish(self) -> tuple[list[Run], list[Unpaired]]:
        for event in self.early:
            self._report(event)
        for event in self.early_ends:
            self._report_end(event)
        if self.measure.exists_if:
            return [run for run in self.runs if run.exists], self.unpaired
        return self.runs, self.unpaired

    def start(self, event: Event, trigger: Trigger) -> None:
        if not can_tell(event.source, self.measure.stoppers):
            return
        if trigger.only_otherwise:
            is_known = _is_part_of_any(event.key, self.keys) or any(
                self._may_be_one(run.key, event.key) for run in self.open
            )
        else:
            is_known = self._is_running(event) or (bool(self.open) and self._replaces_fallback(event, trigger))
        if not is_known:
            self._open(event, event.key, trigger)

    def _is_running(self, event: Event) -> bool:
        """Whether this key has its clock already, and not by a fallback alone (whose place a plain start takes)."""
        if event.key not in self.keys:
            return False
        runs = [run for run in self.open if run.key == event.key]
        if any(run.is_fallback for run in runs):
            return False
        return bool(runs) or self.measure.is_once_per_key

    def _replaces_fallback(self, event: Event, trigger: Trigger) -> bool:
        runs = [run for run in self.open if run.is_fallback and self._may_be_one(run.key, event.key)]
        if not runs:
            return False
        run = next((run for run in runs if run.key == event.key), runs[0])
        run.start = run.first = event
        run.flag, run.is_fallback = trigger.flag, False
        self._name(run, event.key)
        return True

    def _may_be_one(self, one: str | None, other: str | None) -> bool:
        return self.measure.are_keys_loose or is_compatible(one, other)

    def _open(self, event: Event, key: str | None, trigger: Trigger | None = None) -> None:
        """The first wait of a chain, begun by its own start."""
        run = Run(event, exists=not self.measure.exists_if)
        if trigger is not None:
            run.flag, run.is_fallback, run.birthday = trigger.flag, trigger.only_otherwise, trigger.birthday
        if self.measure.is_one_at_a_time:
            self._end_all(self.open, event, ANOTHER_BEGAN)
        self._name(run, key)
        self.runs.append(run)
        if self.measure.exemptions and (why := self._exemption(run)):
            run.end, run.why = event, why
        else:
            self.open.append(run)

    def _go_on(self, event: Event, before: Run) -> None:
        """The next wait of a chain, begun by what stopped the one before."""
        run = Run(event, exists=not self.measure.exists_if)
        run.first, run.nth = before.first, before.nth + 1
        self._name(run, before.key)
        self.runs.append(run)
        self.open.append(run)

    def _exemption(self, run: Run) -> str | None:
        """Why the duty was needless from the beginning; None where it was not."""
        on = run.start.happened_on
        for trigger, within in self.measure.exemptions:
            since = day_before(on, within)
            for event in self.by_type.get(trigger.event, ()):
                if since <= event.happened_on < on and trigger.matches(event):
                    return trigger.reason
        return None

    def _name(self, run: Run, key: str | None) -> None:
        if key is not None:
            run.key = key
            self.keys.add(key)

    def stop(self, event: Event, trigger: Trigger) -> None:
        if trigger.is_for_all:
            for open_run in self._begun_by(event):
                self.open.remove(open_run)
                open_run.stop = event
            return
        run = self._meets(event)
        if run is None:
            if self.measure.is_unmatched_stop_start:
                self._open(event, event.key)
            else:
                self.early.append(event)
            return
        if self.measure.is_recurring:
            if run.start.happened_on == event.happened_on and run.start.type == event.type:
                return  # two visits on one day are one visit
            self.open.remove(run)
            run.stop = event
            self._go_on(event, run)
            return
        self.open.remove(run)
        run.stop = event

    def end(self, event: Event, trigger: Trigger) -> None:
        if trigger.is_for_all:
            ended = self._begun_by(event)
        else:
            met = self._meets(event)
            ended = [] if met is None else [met]
            if met is None and event.key is not None:
                self.early_ends.append(event)
        self._end_all(ended, event, trigger.reason)

    def _end_all(self, ended: Sequence[Run], event: Event, why: str) -> None:
        for run in list(ended):
            self.open.remove(run)
            run.end, run.why = event, why

    def _begun_by(self, event: Event) -> list[Run]:
        """Every open run that had begun when this happened."""
        return [run for run in self.open if not _is_earlier_the_same_day(event, run.start)]

    def exist(self, event: Event, trigger: Trigger) -> None:
        """A duty that exists only by a decision: the decision belongs to the latest run that it can belong to."""
        if event.key in self.keys:
            runs = [run for run in self.runs if run.key == event.key]
        else:
            runs = [run for run in (self.open or self.runs) if is_compatible(run.key, event.key)]
        if not runs:
            self.unpaired.append(Unpaired(NOTHING_TO_DECIDE, event))
            return
        run = runs[-1]
        run.proof_flag = None if trigger.flag is None or (run.exists and run.proof_flag is None) else trigger.flag
        run.exists = True

    def _meets(self, event: Event) -> Run | None:
        """The earliest open run that it can belong to; if runs need a decision to exist, rather one that has it."""
        # An enquiry whose own clock is over takes nobody else's stop.
        key = event.key if event.key in self.keys else None
        is_any = event.key is None or (key is None and self.measure.are_keys_loose)
        met = None
        for run in self.open:
            if (is_any or run.key == key) and not (event.happened_at and _is_earlier_the_same_day(event, run.start)):
                if run.exists:
                    return run
                met = run
        return met

    def _report(self, event: Event) -> None:
        """A stop that met nothing: dated before its own start, or with no start at all."""
        if self.measure.is_recurring:
            return
        later = [
            run
            for run in self.runs
            if event.key is not None
            and run.key == event.key
            and (run.start.happened_on > event.happened_on or _is_earlier_the_same_day(event, run.start))
        ]
        if later:
            if later[0].stop is None:
                later[0].early_stop = event
        elif self.measure.is_unmatched_stop_problem and not any(
            is_compatible(run.key, event.key) and run.start.happened_on <= event.happened_on for run in self.runs
        ):
            self.unpaired.append(Unpaired(NOTHING_TO_STOP, event))

    def _report_end(self, event: Event) -> None:
        """The end of the very thing that began a clock, which ended nothing and is dated before it began.

        What ends a clock by the way, an enquiry or a case, may have gone before: keys are used again.
        """
        if any(run.key == event.key and run.start.happened_on <= event.happened_on for run in self.runs):
            return
        for run in self.runs:
            is_of_one_thing = run.first.type.partition(".")[0] == event.type.partition(".")[0]
            if run.key == event.key and is_of_one_thing and run.over is None and run.early_stop is None:
                run.early_stop, run.is_ended_early = event, True


def _is_part_of_any(key: str | None, keys: set[str]) -> bool:
    """Whether a key is among these, or names a part of one: ``referral-1/assessment-2`` is part of ``referral-1``."""
    while key and key not in keys:
        key = key.rpartition("/")[0]
    return bool(key)


def _is_earlier_the_same_day(event: Event, start: Event) -> bool:
    """Whether both say their moment, and it comes first. (Days apart, the sweep has seen to the order.)"""
    return bool(event.happened_at and start.happened_at and event.happened_at < start.happened_at)
