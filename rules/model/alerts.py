"""Who is told what, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple


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
