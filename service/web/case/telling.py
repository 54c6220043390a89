"""Who was told of a clock, and what became of it: in words, with the colour of its tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.law import Law
from rules.model import Clock, Ladder
from rules.plan import CORRECTED, LAPSED, PLAN, PLANNED
from rules.rungs import ladder_of
from service import clock as wall
from service.council import Council
from service.store.people import Directory
from service.store.seeing import browsing
from service.web import words
from service.web.shown.rows import title_of

_STATES = {
    "queued": ("In a mail that is waiting to be sent", "yellow"),
    "undeliverable": ("The address was refused: nobody has been told", "red"),
    "held": ("Held back: its team is not told of this yet", "grey"),
    "cancelled": ("Not needed: it was over, or had moved, before the moment came", "grey"),
    "passed_over": ("Not told: a later step said more", "grey"),
}


class Told(NamedTuple):
    """One thing that a post was told about a clock, or was to be. ``title``: what the clock is about."""

    clock_id: str
    title: str
    at: datetime
    step: str
    due_on: date
    post: str
    state: str
    colour: str
    message_seq: int | None


def told_of_clock(db: Connection, council: Council, clock: Clock) -> list[Told]:
    """Everything about one clock, first to last, what is still to be told and what never was among it."""
    return _all_told(db, council, browsing.alerts_of(db, clock.id), {clock.id: clock.worker})


def told_of_child(db: Connection, council: Council, subject: str, clocks: Iterable[Clock], *, most: int) -> list[Told]:
    """What posts have been told about a child's clocks, or should have been by now; the newest first."""
    rows = browsing.alerts_about(db, subject, wall.now(), most=most)
    return _all_told(db, council, rows, {one.id: one.worker for one in clocks})


def _all_told(db: Connection, council: Council, rows: Sequence[Any], workers: Mapping[str, str | None]) -> list[Told]:
    """Who holds which post is only read where something waits that should have been told."""
    is_waiting = any(row.state == PLANNED and row.send_at <= wall.now() for row in rows)
    directory = council.directory(db, wall.today()) if is_waiting else None
    return [_told(row, council.law, _has_nobody(row, directory, workers.get(row.clock_id))) for row in rows]


def _has_nobody(row: Any, directory: Directory | None, worker: str | None) -> bool:
    return directory is not None and directory.recipient(row.post, row.team, worker) is None


def _told(row: Any, law: Law, has_nobody: bool) -> Told:
    state, colour = _state(row, has_nobody)
    return Told(
        clock_id=row.clock_id,
        title=title_of(law, row.timescale),
        at=row.told_at or row.sent_at or row.send_at,
        step=step_words(law, row),
        due_on=row.due_on,
        post=words.first(words.spaced(row.post)),
        state=state,
        colour=colour,
        message_seq=row.message_seq,
    )


def step_words(law: Law, row: Any) -> str:
    """What an alert tells its post."""
    return _step(ladder_of(row.timescale, law), row.step, row.post)


def _step(ladder: Ladder, id: str, post: str) -> str:
    """What a post was told: a rung in the ladder's words, or a plan or correction of one, which no ladder has."""
    if id.startswith(CORRECTED):
        return f"correction of: {_step(ladder, id.removeprefix(CORRECTED), post)}"
    if id.startswith((PLAN, LAPSED)):
        return "late, with a plan made below" if id.startswith(PLAN) else "the day of a plan has passed"
    step = ladder.step(id, post)
    return step.title if step else words.spaced(id)


def _state(alert: Any, has_nobody: bool) -> tuple[str, str]:
    instead = f", for nobody holds that post: {words.spaced(alert.told_post)}" if alert.told_post else ""
    if alert.state == "sent":
        arrived = f"; arrived {words.moment(alert.delivered_at)}" if alert.delivered_at else ""
        return f"Sent {words.moment(alert.sent_at)} to {alert.address}{instead}{arrived}", "green"
    if alert.state == "not_sent":
        return f"Written to the outbox folder {words.moment(alert.sent_at)}, not sent{instead}", "grey"
    if alert.state == "taken_back":
        return (
            f"Told {words.moment(alert.told_at)} to {alert.address}; it has turned out untrue, and is corrected",
            "yellow",
        )
    if alert.state == "planned":
        return _planned(alert, has_nobody)
    return _STATES[alert.state]


def _planned(alert: Any, has_nobody: bool) -> tuple[str, str]:
    if alert.send_at <= wall.now() and has_nobody:
        return f"Due since {words.moment(alert.send_at)}: nobody holds this post, nor any above it", "red"
    if alert.send_at <= wall.now():
        return "Due to be told, with the next message or once a plan has lapsed", "yellow"
    if alert.team is None:
        when = words.moment(alert.send_at)
        return f"Due to be told {when}, but no team is recorded: nobody may hold this post", "red"
    return f"Will be told {words.moment(alert.send_at)}, if nothing changes", "blue"
