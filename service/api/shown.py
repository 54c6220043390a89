"""How things look from outside: clocks with their status on the day of asking, and what became of events."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from rules.model import Clock, Status


class ClockShown(BaseModel):
    """A clock: a running or finished instance of a timescale for one subject."""

    model_config = ConfigDict(extra="forbid")

    id: str
    timescale: str
    measure: str
    subject: str
    key: str | None
    team: str | None
    worker: str | None
    answerable_team: str | None
    """The team whose figures it belongs to: whoever had the case on its last day, or when it stopped before that."""
    answerable_worker: str | None
    status: Status
    started_on: date
    counted_from_on: date
    limit: str | None
    due_on: date | None
    due_at: datetime | None
    """The moment at which a limit in hours runs out; ``due_on`` is its local day."""
    target_due_on: date | None
    phase: str | None
    """Which of several limits governs."""
    stopped_on: date | None
    lapses_on: date | None
    """The day on which the duty falls away by itself."""
    outcome: str | None
    ended_because: str | None
    is_provisional: bool
    problem: str | None
    flags: list[str]

    @classmethod
    def of(cls, clock: Clock, on: date) -> ClockShown:
        """The clock as it stands on ``on``."""
        return cls(
            id=clock.id,
            timescale=clock.timescale,
            measure=clock.measure,
            subject=clock.subject,
            key=clock.key,
            team=clock.team,
            worker=clock.worker,
            answerable_team=clock.answerable_team,
            answerable_worker=clock.answerable_worker,
            status=clock.status(on),
            started_on=clock.started_on,
            counted_from_on=clock.counted_from_on,
            limit=str(clock.limit) if clock.limit else None,
            due_on=clock.due_on,
            due_at=clock.due_at,
            target_due_on=clock.target_due_on,
            phase=clock.phase,
            stopped_on=clock.stopped_on,
            lapses_on=clock.lapses_on,
            outcome=clock.outcome.value if clock.outcome else None,
            ended_because=clock.ended_because,
            is_provisional=clock.is_provisional,
            problem=clock.problem,
            flags=list(clock.flags),
        )


class ClocksPage(BaseModel):
    """``next`` is the place to go on from; null at the end."""

    as_at: date
    clocks: list[ClockShown]
    next: str | None


class JournalRow(BaseModel):
    """Something that happened to a clock. ``event``: the number of the event that did it; null: a change of law."""

    at: datetime
    change: str
    reason: str
    event: int | None


class ClockWithJournal(BaseModel):
    """A clock, and everything that ever happened to it."""

    clock: ClockShown
    journal: list[JournalRow]


class ProblemShown(BaseModel):
    """Something in a history that cannot be right. ``timescale`` is empty where it is about no one of them."""

    code: str
    timescale: str
    words: str


class SubjectClocks(BaseModel):
    """One subject's clocks, and what cannot be right in its history."""

    subject: str
    as_at: date
    clocks: list[ClockShown]
    problems: list[ProblemShown]


class SubjectEvents(BaseModel):
    """Everything sent about one subject, in the order it arrived, with the number and moment we added."""

    subject: str
    events: list[dict[str, Any]]


class ChangeShown(BaseModel):
    """What an event did to a clock."""

    id: str
    timescale: str
    measure: str
    change: str
    reason: str
    due_on: date | None


class EventTaken(BaseModel):
    """An event that is stored, and the clocks that it moved when it came in."""

    source: str
    id: str
    clocks: list[ChangeShown]


class Item(BaseModel):
    """What became of one event of an array: taken (200 known already, 201 new), or refused with its problem."""

    status: int
    source: str | None = None
    id: str | None = None
    clocks: list[ChangeShown] | None = None
    problem: dict[str, Any] | None = None


class EventsTaken(BaseModel):
    """One item an event, in their order."""

    items: list[Item]


class LineTotals(BaseModel):
    """``last_durable_line``: whatever came before it, and was not refused, is stored."""

    new: int
    repeated: int
    refused: int
    clocks_changed: int
    last_durable_line: int


class LineRefused(BaseModel):
    """A line that was refused, by its number from 1."""

    line: int
    problem: dict[str, Any]


class LinesTaken(BaseModel):
    """What became of the lines. The first thousand refusals are listed."""

    totals: LineTotals
    refused: list[LineRefused]


class DueDate(BaseModel):
    """A due date, and whether it rests on bank holidays not yet published."""

    start: date
    count: int
    unit: str
    due: date
    provisional: bool


class AlertShown(BaseModel):
    """One thing that one post was, or is to be, told about one clock; and the message that carried it."""

    clock_id: str
    step: str
    due_on: date
    post: str
    team: str | None
    timescale: str
    state: str
    send_at: datetime
    message_id: str | None
    message_state: str | None
    sent_at: datetime | None


class Alerts(BaseModel):
    """The latest first."""

    alerts: list[AlertShown]
