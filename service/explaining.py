"""One clock with the history it rests on: what the explanation of a date needs."""

from __future__ import annotations

from sqlalchemy import Connection

from rules.model import Clock, Event
from rules.telling.explain import Explanation, explain
from service.council import Council
from service.errors import NotFound
from service.store import clocks, events


def clock_named(db: Connection, id: str) -> Clock:
    """The clock of this id. Raises NotFound, which says so where it was withdrawn."""
    clock = clocks.one(db, id)
    if clock is not None:
        return clock
    if journal := clocks.journal_of(db, id):
        raise NotFound(
            f"this clock was withdrawn on {journal[-1].at.date().isoformat()}: its start was taken back or corrected",
            fix="the subject's clocks, and its events, show what stands now",
            type="clock-withdrawn",
        )
    raise NotFound("there is no clock of this id", fix="GET /v1/clocks lists the clocks")


def history_of(db: Connection, subject: str) -> list[Event]:
    """Every event that a subject's clocks rest on, those of subjects tied to it included."""
    together = events.linked_with(db, [subject])
    return [event for own in events.histories(db, together).values() for event in own]


def explanation_of(council: Council, db: Connection, clock: Clock) -> Explanation:
    """Why this clock has the dates it has."""
    return explain(clock, history_of(db, clock.subject), council.law)
