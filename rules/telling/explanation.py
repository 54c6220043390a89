"""What explains a clock, as nouns: to be read aloud, or sent as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, NamedTuple

from rules.extending import Grant
from rules.model import Birthday, Clock, EventRef, Measure, Phase, Source, Target, Timescale, Version
from rules.phases import Stretch
from rules.telling import tell, tell_law, tell_sum
from rules.workdays import CountedDay, WorkingCalendar


class Correction(NamedTuple):
    """One earlier version of an event, and what the next version changed in it, in words."""

    event: EventRef
    happened_on: date
    recorded_on: date | None
    changes: tuple[str, ...]


class Told(NamedTuple):
    """An event as an explanation tells it: no worker, no free text."""

    event: EventRef
    type: str
    says: str
    details: tuple[str, ...]
    happened_on: date
    happened_at: datetime | None
    recorded_on: date | None
    received_on: date | None
    recording_lag: int | None
    corrects: tuple[Correction, ...]


class Beside(NamedTuple):
    """The same duty read or measured another way. ``clock`` is None where nothing recorded would start it."""

    kind: str
    id: str
    title: str
    clock: Clock | None


class Step(NamedTuple):
    """One step of a sum: the event that brought it, where one did, and what it came to."""

    told: Told | None
    of: Stretch | Grant


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything a clock's dates rest on. ``as_text`` reads aloud; ``as_dict`` is for JSON, with ISO dates."""

    clock: Clock
    timescale: Timescale
    measure: Measure
    version: Version
    calendar: WorkingCalendar
    start: Told
    counted_from: Told | None
    plan: Told | None
    days: tuple[CountedDay, ...]
    target_days: tuple[CountedDay, ...]
    stop: Told | None
    stop_details: Told | None
    beside: tuple[Beside, ...]
    stretches: tuple[Step, ...] = ()
    """The limits that held during the wait, one after another, each with what brought it."""
    pauses: tuple[tuple[Told, Told | None], ...] = ()
    grants: tuple[Step, ...] = ()
    limit_ends_on: date | None = None
    """Where the limit itself runs out: the due date, before any extension."""
    source_due_on: date | None = None
    """What the source system itself gives as the due date: compared, never used."""
    birthday: Birthday | None = None
    born_on: date | None = None

    @property
    def target(self) -> Target | None:
        """The authority's own target: of the phase that governs, or of the version."""
        return self.phase.target if self.phase is not None else self.version.target

    @property
    def source(self) -> Source:
        """Where the limit comes from: the version's source, at the paragraph of the phase that governs, if one does;
        unless an authority set what a silent plan leaves open."""
        plan = self.version.plan_limit
        if plan and plan.otherwise_source and self.plan is None and self.clock.limit == plan.otherwise:
            return plan.otherwise_source
        source, phase = self.version.source, self.phase
        if phase is None:
            return source
        return source._replace(
            paragraph=phase.paragraph or source.paragraph, verified=phase.verified or source.verified
        )

    @property
    def phase(self) -> Phase | None:
        """Which of several limits gave the due date."""
        return next((one for one in self.version.phases if one.id == self.clock.phase), None)

    def as_text(self) -> str:
        """Plain sentences, paragraph by paragraph."""
        return tell.text_of(self)

    def as_dict(self) -> dict[str, object]:
        """The same facts as JSON, and the paragraphs."""
        return {
            "clock": _fields(self.clock),
            "title": self.timescale.title,
            "protects": self.timescale.protects,
            "kind": self.timescale.kind,
            "measure": self.measure.title,
            "reading": _reading(self.timescale),
            "start": _plain(self.start),
            "counted_from": _plain(self.counted_from),
            "plan": _plain(self.plan),
            "version": {
                "from": self.version.starts_on.isoformat(),
                "until": self.version.ends_on.isoformat() if self.version.ends_on else None,
                "why": tell.why_version(self),
            },
            "counting": {"convention": self.version.counting.value, "words": tell_sum.counting(self)},
            "days": [_day(day) for day in self.days],
            "steps": list(tell_law.steps(self)),
            "phase": self.clock.phase,
            "sum": tell_sum.sum_(self),
            "due_on": self.clock.due_on.isoformat() if self.clock.due_on else None,
            "due_at": self.clock.due_at.isoformat() if self.clock.due_at else None,
            "lapse": tell_law.lapse(self),
            "lapses_on": self.clock.lapses_on.isoformat() if self.clock.lapses_on else None,
            "source_due_on": self.source_due_on.isoformat() if self.source_due_on else None,
            "is_provisional": self.clock.is_provisional,
            "target": self._target(),
            "stop": _plain(self.stop or self.stop_details),
            "outcome": tell.outcome(self),
            "calendar": _calendar(self.calendar),
            "source": {**_fields(self.source), "how_sure": tell_sum.how_sure(self.source)},
            "beside": [_plain(one) for one in self.beside],
            "problem": tell.problem(self),
            "flags": list(self.clock.flags),
            "notes": list(self.timescale.notes),
            "paragraphs": self.as_text().split("\n\n"),
        }

    def _target(self) -> dict[str, object] | None:
        if self.target is None or self.clock.target_due_on is None:
            return None
        return {
            "limit": self.target.limit.words,
            "due_on": self.clock.target_due_on.isoformat(),
            "days": [_day(day) for day in self.target_days],
            "source": _plain(self.target.source),
        }


def _reading(timescale: Timescale) -> dict[str, str] | None:
    chosen = next((one for one in timescale.readings if one.id == timescale.chosen_reading), None)
    return {"id": chosen.id, "title": chosen.title, "words": chosen.words} if chosen else None


def _calendar(calendar: WorkingCalendar) -> dict[str, object]:
    return {
        "id": calendar.id,
        "source": calendar.source.instrument,
        "checked_on": calendar.checked_on.isoformat(),
        "covered_until": calendar.covered_until.isoformat(),
    }


def _day(day: CountedDay) -> dict[str, object]:
    return {"on": day.on.isoformat(), "number": day.number, "skipped_because": day.skipped_because}


_WORKERS = ("worker", "answerable_worker")


def _plain(value: object) -> object:
    """JSON's own types: dates as ISO text, nouns as objects."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return _fields(value) if hasattr(value, "_asdict") else [_plain(one) for one in value]
    return value


def _fields(noun: Any) -> dict[str, object]:
    """A noun as an object. Who has the case is nobody's business here, and stays out."""
    return {name: _plain(value) for name, value in noun._asdict().items() if name not in _WORKERS}
