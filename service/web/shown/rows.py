"""A clock as a line of a list or a card: everything looked up that people read instead of ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from rules.law import Law
from rules.model import DUTY, Clock
from service.council import Council
from service.store import people
from service.web.shown.bookings import Booking, Bookings, bookings_of
from service.web.shown.standing import Standing, standing

NO_TEAM = "No team recorded"

PROBLEMS = {
    "stopped-before-start": "What should have met this is dated before it started",
    "ended-before-start": "What should have ended this is dated before it started",
    "source-data": "The source sent something about this that cannot be true",
    "cannot-count": "The calendar does not reach this date",
}


class Row(NamedTuple):
    """One clock on the page."""

    clock: Clock
    title: str
    measure_title: str
    team_name: str
    standing: Standing
    booking: Booking | None
    problem: str


def rows_of(
    db: Connection, council: Council, clocks: Iterable[Clock], on: date, bookings: Bookings | None = None
) -> list[Row]:
    """The clocks as rows, in their order. ``bookings``: of their children, where these were read already."""
    found = [one.as_at(on) for one in clocks]
    names = people.team_names(db)
    bookings = bookings or bookings_of(db, {one.subject for one in found}, council.law)
    return [
        Row(
            clock=one,
            title=title_of(council.law, one.timescale),
            measure_title=_measure_title(council.law, one),
            team_name=team_name(names, one.team),
            standing=standing(one, on, council.calendar),
            booking=bookings.of(one, on),
            problem=PROBLEMS.get(one.problem, one.problem) if one.problem else "",
        )
        for one in found
    ]


def title_of(law: Law, timescale: str) -> str:
    """What a timescale is called; its id where the law has dropped it."""
    known = law.timescales.get(timescale)
    return known.title if known else timescale


def team_name(names: Mapping[str, str], team: str | None) -> str:
    """What a team is called; its id where nobody has named it."""
    return names.get(team, team) if team else NO_TEAM


def _measure_title(law: Law, clock: Clock) -> str:
    known = law.timescales.get(clock.timescale)
    if known is None or clock.measure == DUTY:
        return ""
    return next((one.title for one in known.measures if one.id == clock.measure), clock.measure)
