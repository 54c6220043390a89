"""The facts of the pre-proceedings report: every child with whom court is being considered, step by step.

A case runs from its departmental planning meeting (or, where none is recorded, from the first later step) until it is
decided: stepped down, or in court.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from rules.model import DUTY, Clock, Event, EventRef, Problem
from service.reports.definition import Setting
from service.reports.known import Known
from service.reports.period import Period
from service.reports.pre_proceedings.concerns import Concern, concerns_of
from service.reports.standing import fell_due, is_done, is_open, is_overdue

TO_LEGAL, LETTER, MEETING, WORK, COURT = (
    "departmental-to-legal-planning-meeting",
    "letter-before-proceedings",
    "pre-proceedings-meeting",
    "pre-proceedings",
    "care-proceedings",
)
STEPS = (TO_LEGAL, LETTER, MEETING, WORK)

PROGRESS: Mapping[str, str] = {
    "departmental-planning-meeting.held": "departmental planning meeting",
    "legal-planning-meeting.held": "legal planning meeting",
    "letter-before-proceedings.sent": "letter before proceedings",
    "pre-proceedings.started": "pre-proceedings begun",
    "pre-proceedings-meeting.held": "pre-proceedings meeting",
    "pre-proceedings.ended": "pre-proceedings ended",
    "proceedings.issued": "proceedings issued",
}
DECIDED = ("pre-proceedings.ended", "proceedings.issued")
_STILL = timedelta(weeks=tomllib.loads(Path(__file__).with_name("standing_still.toml").read_text("utf-8"))["weeks"])


class Progress(NamedTuple):
    """The last thing that moved a case on."""

    what: str
    on: date


@dataclass(frozen=True, slots=True)
class Case:
    """One child in pre-proceedings as at the report's day. ``steps`` holds the latest clock of each step."""

    subject: str
    steps: Mapping[str, Clock]
    dpm_on: date | None
    progress: Progress | None
    concerns: tuple[Concern, ...]
    """Those raised since the case began, and those that stand."""

    @property
    def concern_on(self) -> date | None:
        """Since when a concern of a chair or reviewing officer stands unresolved."""
        return min((one.raised_on for one in self.concerns if one.is_open), default=None)

    @property
    def first(self) -> Clock:
        return min(self.steps.values(), key=lambda clock: clock.started_on)

    @property
    def latest(self) -> Clock:
        """The latest clock, of those still open if there are any: whoever has that has the case now."""
        return max(self.steps.values(), key=lambda clock: (clock.stopped_on is None, clock.started_on))


@dataclass(frozen=True)
class Cases:
    """The children in pre-proceedings now, every step's clocks over time, and what cannot be right."""

    now: tuple[Case, ...]
    clocks: tuple[Clock, ...]
    flawed: tuple[Clock, ...]
    problems: tuple[Problem, ...]
    as_at: date
    outcomes: Mapping[EventRef, str]
    """What was said of how it ended, by the event that said it."""

    def of(self, step: str) -> list[Clock]:
        return [one for one in self.clocks if one.timescale == step]

    def due(self, period: Period, step: str) -> list[Clock]:
        """The clocks of a step whose last day fell in a period, and which had not fallen away."""
        return [one for one in self.of(step) if fell_due(one, period, self.as_at)]

    def done(self, period: Period, step: str) -> list[Clock]:
        """The clocks of a step that were met, or stopped late or with no limit, in a period."""
        return [one for one in self.of(step) if is_done(one, period)]

    def open(self, period: Period) -> set[str]:
        """The children with any step of it open when the period is judged."""
        return {one.subject for one in self.clocks if one.timescale in STEPS and is_open(one, period)}

    def overrun(self, period: Period) -> list[Clock]:
        """Pre-proceedings not decided, and past their limit, when the period is judged."""
        return [one for one in self.of(WORK) if is_overdue(one, period)]


def gather(known: Known, setting: Setting) -> Cases:
    """The cases behind the report's clocks."""
    duties = [one for one in known.clocks if one.measure == DUTY]
    sound = [one for one in duties if one.is_in_figures]
    by_subject: dict[str, list[Clock]] = {}
    for one in sound:
        if one.timescale in STEPS:
            by_subject.setdefault(one.subject, []).append(one)
    events: dict[str, list[Event]] = {}
    for event in known.events:
        events.setdefault(event.subject, []).append(event)
    cases = (_case(subject, own, events.get(subject, ())) for subject, own in sorted(by_subject.items()))
    return Cases(
        now=tuple(case for case in cases if case is not None),
        clocks=tuple(sound),
        flawed=tuple(one for one in duties if not one.is_in_figures),
        problems=known.problems,
        as_at=setting.as_at,
        outcomes={one.ref: str(one.data.get("outcome") or "") for one in known.events if one.type == DECIDED[0]},
    )


def is_still(since: date, setting: Setting) -> bool:
    """Whether nothing has moved for longer than the plan allows."""
    return setting.as_at - since > _STILL


def _case(subject: str, clocks: list[Clock], events: Iterable[Event]) -> Case | None:
    """The case that is open now; None where none of its steps is."""
    if all(one.stopped_on is not None for one in clocks):
        return None
    told = sorted(events, key=lambda event: (event.happened_on, event.id))
    decided = [event.happened_on for event in told if event.type in DECIDED]
    first_open = min(one.started_on for one in clocks if one.stopped_on is None)
    since = max((on for on in decided if on <= first_open), default=date.min)
    steps: dict[str, Clock] = {}
    for one in sorted(clocks, key=lambda clock: (clock.started_on, clock.id)):
        if one.started_on >= since:
            steps[one.timescale] = one
    own = [event for event in told if event.happened_on >= since]
    return Case(
        subject=subject,
        steps=steps,
        dpm_on=_last(own, "departmental-planning-meeting.held"),
        progress=_progress(own),
        concerns=tuple(one for one in concerns_of(told) if one.is_open or one.raised_on >= since),
    )


def _last(events: list[Event], type: str) -> date | None:
    return next((event.happened_on for event in reversed(events) if event.type == type), None)


def _progress(events: list[Event]) -> Progress | None:
    moved = [event for event in events if event.type in PROGRESS]
    return Progress(PROGRESS[moved[-1].type], moved[-1].happened_on) if moved else None
