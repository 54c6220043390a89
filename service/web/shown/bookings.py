"""What is booked: "overdue and not booked" is a manager's first question. A booking never stops a clock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from rules.catalogue import PLANNED
from rules.history import History
from rules.law import Law
from rules.model import Clock, Event
from rules.pairing import is_compatible
from service import clock as wall
from service.reports.known import settled
from service.web.words import short_day

_BOOKED_AHEAD = {"icpc.held"}
"""What is always booked, so that no booking is worth saying."""


class Booking(NamedTuple):
    """``tone``: late where it is booked too late, or overdue and not booked; soon where it should be booked by now."""

    words: str
    tone: str


class Bookings:
    """The bookings of some subjects, to be asked clock by clock."""

    def __init__(self, settled: History, law: Law) -> None:
        self.law = law
        self.planned: dict[str, list[Event]] = {}
        for event in settled.events:
            if event.type == PLANNED:
                self.planned.setdefault(settled.homes.get(event.subject, event.subject), []).append(event)

    def of(self, clock: Clock, on: date) -> Booking | None:
        """What is booked that would stop this clock; None where it is over, or nothing needs saying."""
        if clock.outcome is not None:
            return None
        planned_on = self.planned_on(clock)
        if planned_on is None:
            is_late = clock.due_on is not None and clock.due_on < on
            return Booking("not booked", "late" if is_late else "soon") if self._stops(clock) & _BOOKED_AHEAD else None
        return _booking(planned_on, clock, on)

    def planned_on(self, clock: Clock) -> date | None:
        """The day for which what would stop this clock was last booked; None where it is booked nowhere."""
        stops = self._stops(clock)
        own = [
            (event.key == clock.key, event.happened_on, date.fromisoformat(str(event.data["planned_on"])))
            for event in self.planned.get(clock.subject, ())
            if event.data["of"] in stops and is_compatible(event.key, clock.key)
            and event.happened_on >= clock.started_on
        ]  # fmt: skip
        return max(own)[2] if own else None

    def _stops(self, clock: Clock) -> set[str]:
        timescale = self.law.timescales.get(clock.timescale)
        return {trigger.event for trigger in timescale.duty.stops} if timescale else set()


def bookings_of(db: Connection, subjects: Collection[str], law: Law) -> Bookings:
    """What is booked for these subjects: of most histories only the bookings are read."""
    return Bookings(settled(db, set(subjects), {PLANNED}, wall.now()), law)


def _booking(planned_on: date, clock: Clock, on: date) -> Booking:
    if planned_on < on:
        return Booking(f"was booked for {short_day(planned_on)}, nothing recorded", "late")
    if clock.due_on is not None and planned_on > clock.due_on:
        return Booking(f"booked for {short_day(planned_on)}, too late", "late")
    return Booking(f"booked for {short_day(planned_on)}", "done")
