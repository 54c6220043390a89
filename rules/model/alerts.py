"""Who is told what, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NamedTuple

DUE_ON, TARGET_DUE_ON = "due_on", "target_due_on"


class Step(NamedTuple):
    """One rung of a ladder: which post is told, how long before or after which date, and how urgently.

    ``hours`` counts from the moment a clock is due, where it has one, in place of ``working_days``. ``at_once``: not
    kept for the digest. ``any_day``: at weekends and on bank holidays too.
    """

    id: str
    post: str
    of: str
    """``due_on`` or ``target_due_on``."""
    working_days: int
    title: str
    hours: int | None = None
    at_once: bool = False
    any_day: bool = False

    @property
    def is_after(self) -> bool:
        """Whether it says that the date has passed, and not that it will."""
        return self.working_days > 0 if self.hours is None else self.hours >= 0


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of some timescales, in order.

    ``plan_within``: how many working days ahead a plan for something late may set its next date.
    """

    id: str
    title: str
    steps: tuple[Step, ...]
    plan_within: int

    def step(self, id: str, post: str) -> Step | None:
        """The rung of this name for a post."""
        return next((step for step in self.steps if step.id == id and step.post == post), None)


@dataclass(frozen=True, slots=True)
class Ladders:
    """Every ladder of an authority, and how its day of telling goes.

    ``by_timescale`` names the ladder of each timescale that has one of its own, ``by_area`` of each area; ``default``
    is the ladder of all others. ``lines``: posts, each above the one before it. ``at``: when digests go; nothing is
    told at once before it, or from ``until`` on. ``weekly``: the weekday (0 is Monday) whose digest goes even with
    nothing to say.
    """

    ladders: Mapping[str, Ladder]
    default: str
    by_timescale: Mapping[str, str]
    by_area: Mapping[str, str]
    lines: tuple[tuple[str, ...], ...]
    at: time
    until: time
    weekly: int
    zone: str
    calendar: str
    posts: tuple[str, ...] = field(init=False)
    """Every post that any rung tells, in the order of the lines."""

    def __post_init__(self) -> None:
        told = {step.post for ladder in self.ladders.values() for step in ladder.steps}
        ordered = dict.fromkeys(post for line in self.lines for post in line if post in told)
        object.__setattr__(self, "posts", (*ordered, *sorted(told - ordered.keys())))

    def of(self, timescale: str, area: str = "") -> Ladder:
        """The ladder of a timescale."""
        return self.ladders[self.by_timescale.get(timescale) or self.by_area.get(area) or self.default]

    def above(self, post: str) -> tuple[str, ...]:
        """The posts above one, nearest first."""
        for line in self.lines:
            if post in line:
                return line[line.index(post) + 1 :]
        return ()


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
