"""A duty with its law: a timescale, its measures, its readings and its worked examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rules.model.clauses import Exemption, Trigger, Version
from rules.model.events import Event

DUTY = "duty"
"""The measure that carries the legal duty: the only one that alerts or counts as overdue."""


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
    stoppers: frozenset[str] = frozenset()
    """The event types that can meet it."""
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
    is_limit_set: bool = False
    """Whether an authority has set a limit that the pack leaves to it."""

    @property
    def duty(self) -> Measure:
        return self.measures[0]
