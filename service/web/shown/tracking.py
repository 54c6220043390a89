"""What the trackers share: picks with their counts, the teams offered, and the trail of what was taken away."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.errors import CannotCount
from rules.workdays import WorkingCalendar
from service.access.viewers import Viewer
from service.store.keeping import audit
from service.store.seeing.reach import Reach
from service.store.seeing.trackers import Tracked
from service.web.shown.freshness import note_read
from service.web.shown.links import WITHOUT_TEAM, team_in
from service.web.shown.rows import NO_TEAM, team_name

_SUNDAY = 6
NUMBERS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
FINISHED_FOR = timedelta(weeks=NUMBERS["finished_weeks"])
"""How long what is finished is shown beside what runs."""


class Pick(NamedTuple):
    """A part of the list, how many it holds, and where it is shown. ``tone``: late or plain."""

    words: str
    many: int
    href: str
    is_chosen: bool
    tone: str = "plain"


def week_end(on: date) -> date:
    """The Sunday of a day's week."""
    return on + timedelta(days=_SUNDAY - on.weekday())


def tracked(timescales: Collection[str], reach: Reach, team: str | None) -> Tracked:
    """Which duties are asked for: of a team, of those that no team has, or of every team within reach."""
    return Tracked(tuple(timescales), reach, team_in(team), team == WITHOUT_TEAM)


def offered(names: Mapping[str, str], found: Iterable[str | None]) -> list[tuple[str, str]]:
    """Teams to choose from, by name; what no team has stands last."""
    known = set(found)
    named = sorted(((team, team_name(names, team)) for team in known if team), key=lambda one: one[1].casefold())
    return named + ([(WITHOUT_TEAM, NO_TEAM)] if None in known else [])


def working_days(first: date, second: date, calendar: WorkingCalendar) -> int | None:
    """Working days from one day to another; None outside the calendar."""
    try:
        return calendar.elapsed(first, second)
    except CannotCount:
        return None


def note_export(db: Connection, viewer: Viewer, what: str, rows: int, subjects: Iterable[str]) -> None:
    """That a list was taken away, with how many rows; and one row for each child in it."""
    audit.note(db, viewer.actor, f"{what}.exported", detail=f"{rows} rows", origin=viewer.origin)
    note_read(db, viewer, f"{what}.listed", subjects)
