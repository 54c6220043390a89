"""What a version of a timescale is made of: triggers, limits, phases, what lengthens it, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from rules.model.counting import Counting, Limit
from rules.model.events import Event


class Verified(StrEnum):
    """How sure we are of a number: read in the law itself, read in somebody's account of it, or neither."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"


class Source(NamedTuple):
    """Where a number comes from, and how sure we are of it."""

    instrument: str
    paragraph: str
    address: str
    read_on: date
    verified: Verified
    note: str = ""


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
    ``reason`` says why an ending ends. ``is_for_all``: it ends, or meets, every clock of the subject, whatever its key.
    ``birthday``: it starts not on the day of the event, which says when the subject was born, but at an age.
    """

    event: str
    conditions: tuple[Condition, ...] = ()
    flag: str | None = None
    only_otherwise: bool = False
    reason: str = ""
    is_for_all: bool = False
    birthday: Birthday | None = None

    def matches(self, event: Event) -> bool:
        """Whether the event is of this kind and its content fits."""
        if event.type != self.event:
            return False
        for name, values, is_negated in self.conditions:  # noqa: SIM110 - twice as fast as all(), and called most
            if (event.data.get(name) in values) is is_negated:
                return False
        return True


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


class Exemption(NamedTuple):
    """What makes a duty needless when it was done shortly before: ``trigger`` no longer than ``within`` ago."""

    trigger: Trigger
    within: Limit


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
