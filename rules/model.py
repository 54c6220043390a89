"""The nouns of the law and of a child's history, frozen: nothing here changes after it is made.

Dates end in ``_on``, moments in ``_at`` (aware). A date is a day in local (Europe/London) time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

DUTY = "duty"
"""The measure that carries the legal duty: the only one that alerts or counts as overdue."""


LAPSED = "the age was reached at which the duty ends by itself"

_LOCAL = ZoneInfo("Europe/London")


def local_day(moment: datetime) -> date:
    """The day it was in England at a moment: late on a summer evening in UTC it is tomorrow already."""
    return moment.astimezone(_LOCAL).date()


def local_time(moment: datetime) -> datetime:
    """The moment by the clock on the wall in England (aware)."""
    return moment.astimezone(_LOCAL)


class Unit(StrEnum):
    """What a limit counts. Weeks, months and years never roll to a working day.

    School days and terms need a calendar that says when schools are open.
    """

    WORKING_DAYS = "working_days"
    SCHOOL_DAYS = "school_days"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    TERMS = "terms"
    HOURS = "hours"


class Counting(StrEnum):
    """Which day is day 1: the day after the event (general law, the default), or the event's own day."""

    DAY_AFTER = "day_after"
    INCLUSIVE = "inclusive"


class Verified(StrEnum):
    """How sure we are of a number: read in the law itself, read in somebody's account of it, or neither."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"


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


class Limit(NamedTuple):
    """A count and its unit: ``15 working_days``."""

    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody asks of a limit
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"

    @property
    def words(self) -> str:
        """For people: ``15 working days``, ``1 week``."""
        words = self.unit.replace("_", " ")
        return f"{self.count} {words[:-1] if self.count == 1 else words}"


class EventRef(NamedTuple):
    """What names an event for ever: who sent it, and the id they gave it."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Event:
    """A dated fact about a subject, as a case system sent it.

    ``target`` is the id (of the same source) that this event supersedes or, for ``event.withdrawn``, takes back.
    """

    source: str
    id: str
    type: str
    subject: str
    happened_on: date
    happened_at: datetime | None = None
    recorded_at: datetime | None = None
    received_at: datetime | None = None
    key: str | None = None
    worker: str | None = None
    team: str | None = None
    target: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def ref(self) -> EventRef:
        """What names it. (A NamedTuple's own constructor is Python: this makes the same value in half the time.)"""
        return tuple.__new__(EventRef, (self.source, self.id))

    @property
    def recording_lag(self) -> int | None:
        """Whole days from the day it happened to the day it was typed in; None where nobody said."""
        known = self.recorded_at or self.received_at
        return (local_day(known) - self.happened_on).days if known else None


class Condition(NamedTuple):
    """A field of an event's data that must be (or must not be) one of some values; a missing field is None."""

    field: str
    values: frozenset[object]
    is_negated: bool = False


class Birthday(NamedTuple):
    """A start that no event announces: reaching an age, while something lasts.

    ``begins`` and ``ends`` are the event types of what must last on that day; ``lasted`` how long it must have lasted
    by then: a subject who is old enough sooner starts on the day it has.
    """

    age: int
    begins: str
    ends: str
    lasted: Limit | None


class Trigger(NamedTuple):
    """A kind of event, narrowed by its content.

    ``flag`` is shown on every clock it touches. ``only_otherwise`` starts a clock only where no plain start did.
    ``reason`` says why an ending ends; ``ends_all`` lets it end every clock of the subject, whatever their keys.
    ``birthday``: it starts not on the day of the event, which says when the subject was born, but at an age.
    """

    event: str
    conditions: tuple[Condition, ...] = ()
    flag: str | None = None
    only_otherwise: bool = False
    reason: str = ""
    ends_all: bool = False
    birthday: Birthday | None = None

    def matches(self, event: Event) -> bool:
        """Whether the event is of this kind and its content fits."""
        if event.type != self.event:
            return False
        for name, values, is_negated in self.conditions:  # noqa: SIM110 - twice as fast as all(), and called most
            if (event.data.get(name) in values) is is_negated:
                return False
        return True


class Source(NamedTuple):
    """Where a number comes from, and how sure we are of it."""

    instrument: str
    paragraph: str
    address: str
    read_on: date
    verified: Verified
    note: str = ""


class PlanLimit(NamedTuple):
    """A limit that the child's own plan sets: the field of the events that carry it, and what bounds it.

    ``otherwise`` holds where the plan is silent; ``otherwise_source`` says who set it, if not the version's own source.
    """

    field: str
    events: frozenset[str]
    otherwise: Limit | None
    maximum: Limit | None
    otherwise_source: Source | None = None


class Anchor(NamedTuple):
    """Another event than the start from which to count; ``flag`` says so where it was never recorded."""

    trigger: Trigger
    flag: str


class Target(NamedTuple):
    """An authority's own, tighter limit, held apart from the statutory one."""

    limit: Limit
    source: Source


class Said(NamedTuple):
    """A condition on what was last said, by a day, in one of several fields of events: (type, field) each.

    A bare type (its field empty) says true by happening. ``has_begun_since`` narrows it to what became so after the
    wait began.
    """

    told_by: tuple[tuple[str, str], ...]
    values: frozenset[object]
    is_negated: bool
    is_of_this_key: bool
    has_begun_since: bool


class NoneSince(NamedTuple):
    """A condition that nothing of one type has happened since the latest of another, or since the chain began."""

    event: str
    since: str


@dataclass(frozen=True, slots=True)
class When:
    """What must hold on a day for a phase to govern it; what is None does not matter.

    ``waits``: which wait of the chain, counted from 1. ``within`` and ``after``: how long ago the chain began.
    ``age_below``: the subject is younger on the day that the phase's limit gives.
    """

    waits: frozenset[int] | None = None
    within: Limit | None = None
    after: Limit | None = None
    said: tuple[Said, ...] = ()
    none: tuple[NoneSince, ...] = ()
    age_below: int | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """One of the limits of a version that has several: the first whose conditions hold on a day governs that day.

    ``is_counted_from_change``: it counts from the day it came to hold, not from the beginning of the wait.
    """

    id: str
    title: str
    limit: Limit
    when: When
    is_counted_from_change: bool
    target: Target | None
    paragraph: str
    verified: Verified | None = None
    """How sure we are of this number, where it is not as sure as the version."""


class Extension(NamedTuple):
    """An event that lawfully gives more time: ``by`` at most, ``most`` times at most, counted from the due date.

    ``until`` names the field of the event that says how far, where it may be less.
    """

    trigger: Trigger
    by: Limit
    most: int | None
    until: str | None


class Pause(NamedTuple):
    """Days that lawfully do not count: those after the day it begins, to the day it ends, that day included."""

    begins: Trigger
    ends: Trigger


@dataclass(frozen=True, slots=True)
class Version:
    """A timescale as the law stood from ``starts_on`` to ``ends_on`` (both included; None: still in force)."""

    starts_on: date
    ends_on: date | None
    limit: Limit | None
    plan_limit: PlanLimit | None
    counted_from: Anchor | None
    target: Target | None
    calendar: str
    counting: Counting
    is_governing_running: bool
    source: Source
    before: str | None = None
    """The date field of the start event before which the limit is counted back."""
    phases: tuple[Phase, ...] = ()
    changers: tuple[str, ...] = ()
    """The event types that can bring another of the phases into force."""
    turns: tuple[Limit, ...] = ()
    """The ages of a chain at which another of the phases can come into force."""
    is_judged_at_start: bool = False
    """Whether the phase that holds when a wait begins governs it to its end, and ages are those of that day."""
    extensions: tuple[Extension, ...] = ()
    pauses: tuple[Pause, ...] = ()


class Exemption(NamedTuple):
    """What makes a duty needless when it was done shortly before: ``trigger`` no longer than ``within`` ago."""

    trigger: Trigger
    within: Limit


@dataclass(frozen=True, slots=True)
class Measure:
    """One way of measuring a timescale: the duty itself, or another start set beside it."""

    timescale: str
    id: str
    title: str
    starts: tuple[Trigger, ...]
    stops: tuple[Trigger, ...]
    ends: tuple[Trigger, ...]
    exists_if: tuple[Trigger, ...]
    is_recurring: bool
    """Whether what stops a clock starts the next one."""
    is_once_per_key: bool
    """Whether a key (an enquiry, a referral) has this duty once only, however often its start is reported."""
    are_keys_loose: bool
    """Whether what stops a clock may carry the key of another thing: a plan, say, and not its enquiry."""
    is_unmatched_stop_problem: bool
    """Whether a stop with nothing to stop is worth showing as a data problem."""
    versions: tuple[Version, ...]
    types: frozenset[str]
    """Every event type that can move a clock of this measure."""
    is_unmatched_stop_start: bool = False
    """Whether a stop with nothing to stop starts a clock: the first of a row that is known of."""
    is_one_at_a_time: bool = False
    """Whether another start ends what still runs: a child lives in one placement."""
    starters: frozenset[str] = frozenset()
    """The event types without any of which there is neither a clock nor a problem: most histories have none of them."""
    exemptions: tuple[Exemption, ...] = ()
    until_age: int | None = None
    """The age at which the duty falls away by itself."""


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example from a pack: this history gives these clocks, under this reading."""

    title: str
    source: str
    reading: str | None
    history: tuple[Event, ...]
    clocks: tuple[Mapping[str, object], ...]


class Reading(NamedTuple):
    """Another way to read a duty, off unless an authority chooses it."""

    id: str
    title: str
    words: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Timescale:
    """One duty with its law: what starts it, what stops it, how long, and where that is written."""

    id: str
    title: str
    area: str
    kind: str
    protects: str
    is_enabled: bool
    pack: str
    file: str
    measures: tuple[Measure, ...]
    readings: tuple[Reading, ...]
    chosen_reading: str | None
    examples: tuple[Example, ...]
    notes: tuple[str, ...] = ()

    @property
    def duty(self) -> Measure:
        return self.measures[0]


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


class Step(NamedTuple):
    """One rung of a ladder: which post is told, how many working days after which date, at which local hour."""

    id: str
    post: str
    of: str
    """``due_on`` or ``target_due_on``."""
    working_days: int
    title: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs, in order, the local time of day at which they are told, and the calendar that counts their days."""

    steps: tuple[Step, ...]
    at: time
    zone: str
    calendar: str


class AlertKey(NamedTuple):
    """What makes an alert the same alert: one clock, one step, one due date, one post."""

    clock: str
    step: str
    due_on: date
    post: str


class Alert(NamedTuple):
    """One thing one post must be told about one clock at one step."""

    key: AlertKey
    team: str | None
    send_at: datetime
