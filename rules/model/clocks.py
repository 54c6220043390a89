"""What runs: clocks, what cannot be right about them, and what evaluating again changed."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from rules.model.counting import Limit
from rules.model.events import EventRef

LAPSED = "the age was reached at which the duty ends by itself"


class Outcome(StrEnum):
    """How a clock came to rest. A running clock has none, and whether it is overdue depends on the day you ask."""

    MET = "met"
    LATE = "late"
    DONE = "done"
    """Stopped, with no limit set to judge it by."""
    ENDED = "ended"
    """Ended without being met: the duty fell away."""


class Status(StrEnum):
    """What a clock is on a given day: an outcome, or one of these."""

    NOT_STARTED = "not_started"
    """It will start by itself on a day to come: a birthday, which no event announces."""
    RUNNING = "running"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    MET = "met"
    LATE = "late"
    DONE = "done"
    ENDED = "ended"


class Clock(NamedTuple):
    """One running or finished instance of a timescale for one subject. Dates only: ask ``status`` for the rest."""

    id: str
    timescale: str
    measure: str
    subject: str
    key: str | None
    team: str | None
    worker: str | None
    started_on: date
    started_by: EventRef
    counted_from_on: date
    """Day 0 of the limit: the start, unless the law counts from another event."""
    limit: Limit | None
    due_on: date | None
    """The last day on which the duty can be met; None: nobody has set a limit."""
    target_due_on: date | None
    stopped_on: date | None
    stopped_by: EventRef | None
    outcome: Outcome | None
    ended_because: str | None
    version_on: date
    """The day the governing version of the law came into force."""
    is_provisional: bool
    """The due date rests on a year whose bank holidays are not yet published."""
    problem: str | None
    flags: tuple[str, ...]
    due_at: datetime | None = None
    """The moment at which a limit in hours runs out (UTC); ``due_on`` is its local day."""
    phase: str | None = None
    """Which of several limits gave the due date."""
    lapses_on: date | None = None
    """The day on which the duty falls away by itself, if it still runs then: a birthday."""
    answerable_team: str | None = None
    """Whose figures it belongs to: who had the case on its last day, or when it stopped, if that came first."""
    answerable_worker: str | None = None

    def status(self, on: date) -> Status:
        """What this clock is on the day ``on``. The whole of the due day counts as in time."""
        if self.outcome is not None:
            return Status(self.outcome.value)
        if self.lapses_on is not None and on >= self.lapses_on:
            return Status.ENDED
        if on < self.started_on:
            return Status.NOT_STARTED
        if self.due_on is None or on < self.due_on:
            return Status.RUNNING
        return Status.DUE_TODAY if on == self.due_on else Status.OVERDUE

    def as_at(self, on: date) -> Clock:
        """The same clock on the day ``on``: one that has lapsed by then has ended, on the day it lapsed."""
        if self.outcome is not None or self.lapses_on is None or on < self.lapses_on:
            return self
        return self._replace(stopped_on=self.lapses_on, outcome=Outcome.ENDED, ended_because=LAPSED)

    @property
    def is_in_figures(self) -> bool:
        """A clock whose dates cannot be true is shown, chased and counted apart, never inside a percentage."""
        return self.problem is None


class Problem(NamedTuple):
    """A history that cannot be right, kept visible: which event, for which timescale, why."""

    subject: str
    code: str
    timescale: str
    event: EventRef
    words: str


class Evaluation(NamedTuple):
    """What a history and the law come to: clocks in a fixed order, and what could not be right."""

    clocks: tuple[Clock, ...]
    problems: tuple[Problem, ...]


class ChangeKind(StrEnum):
    """What evaluating again did to a clock."""

    STARTED = "started"
    STOPPED = "stopped"
    ENDED = "ended"
    REOPENED = "reopened"
    MOVED = "moved"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"


class Change(NamedTuple):
    """What evaluating again did to one clock, with its reason. ``cause`` is the event it points to."""

    kind: ChangeKind
    before: Clock | None
    after: Clock | None
    reason: str
    cause: EventRef

    @property
    def clock(self) -> Clock:
        clock = self.after or self.before
        assert clock is not None
        return clock
