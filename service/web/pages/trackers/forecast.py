"""The next weeks as a calendar of load: how many duties fall due on each day, beside what is overdue already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.law import Law
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.posts.roles import DATES_OF_BIRTH
from service.store import people
from service.store.seeing import trackers
from service.web.case.births import timescales_counted_from_birth
from service.web.shown.freshness import freshness
from service.web.shown.links import WITHOUT_TEAM, address
from service.web.shown.load import Day, Week, calendar_of, days_ahead
from service.web.shown.rows import team_name, title_of
from service.web.shown.tracking import note_export, offered, tracked


class By(StrEnum):
    """What the table below the calendar counts by."""

    TIMESCALE = "timescale"
    TEAM = "team"


class Asked(NamedTuple):
    """What the address asks for."""

    team: str | None = None
    timescale: str | None = None
    by: By = By.TIMESCALE


class Load(NamedTuple):
    """So many duties of one timescale and one team fall due on a day; ``on`` None: are overdue already."""

    on: date | None
    timescale: str
    team: str | None
    duties: int


class Cell(NamedTuple):
    """A number of the table, and the list of exactly those clocks."""

    label: str
    duties: int
    href: str


class Line(NamedTuple):
    """A timescale or a team: overdue, week by week, and all together."""

    name: str
    cells: Sequence[Cell]


def view(council: Council, viewer: Viewer, asked: Asked) -> dict[str, Any]:
    """The calendar, and the same numbers by timescale or by team: each sums up to the same."""
    on = wall.today()
    with council.reading() as db:
        names = people.team_names(db)
        every = _loads(db, council, viewer, on)
        loads = [one for one in every if _is_asked(one, asked)]
        per_day = Counter[date]()
        for one in loads:
            if one.on is not None:
                per_day[one.on] += one.duties
        weeks = calendar_of(per_day, on, council.calendar)
        return {
            "asked": asked,
            "weeks": weeks,
            "last_on": days_ahead(on)[-1],
            "overdue": sum(one.duties for one in loads if one.on is None),
            "ahead": sum(per_day.values()),
            "busiest": _busiest(weeks),
            "lines": _lines(council.law, names, loads, weeks, asked),
            "teams": offered(names, (one.team for one in every)),
            "timescales": sorted({one.timescale: title_of(council.law, one.timescale) for one in every}.items()),
            "href": lambda first, last: _due(asked, first, last),
            "overdue_address": _overdue(asked),
            "by_addresses": [(by, by is asked.by, _address(asked._replace(by=by))) for by in By],
            "export": _address(asked, path="/forecast.csv"),
            "left_out": not _sees_birthdays(viewer) and bool(timescales_counted_from_birth(council.law)),
            "freshness": freshness(db, council),
        }


def totals(db: Connection, council: Council, viewer: Viewer) -> tuple[int, int]:
    """How many duties are overdue already, and how many fall due in the days ahead."""
    loads = _loads(db, council, viewer, wall.today())
    late = sum(one.duties for one in loads if one.on is None)
    return late, sum(one.duties for one in loads) - late


COLUMNS = ("due_on", "day", "timescale", "team", "duties")


def exported(council: Council, viewer: Viewer, asked: Asked) -> list[Sequence[object]]:
    """Every number of the calendar by timescale and team, one a row under ``COLUMNS``; of no child."""
    on = wall.today()
    with council.writing() as db:
        loads = [one for one in _loads(db, council, viewer, on) if _is_asked(one, asked)]
        note_export(db, viewer, "forecast", len(loads), ())
    skipped = council.calendar.why_skipped
    return [
        (one.on, (skipped(one.on) or "working day") if one.on else "overdue", one.timescale, one.team, one.duties)
        for one in loads
    ]


def _loads(db: Connection, council: Council, viewer: Viewer, on: date) -> list[Load]:
    """All that is overdue and all that falls due, within reach; what tells a birthday only to those who may know."""
    conditions = trackers.duties(tracked((), viewer.reach(), None), on)
    if not _sees_birthdays(viewer):
        conditions.append(trackers.outside(timescales_counted_from_birth(council.law), viewer.reach(DATES_OF_BIRTH)))
    found = [
        Load(row.day, row.timescale, row.team, row.duties)
        for row in trackers.load(db, conditions, on, days_ahead(on)[-1])
    ]
    return sorted(found, key=lambda one: (one.on or date.min, one.timescale, one.team or ""))


def _sees_birthdays(viewer: Viewer) -> bool:
    return viewer.reach(DATES_OF_BIRTH) == viewer.reach()


def _is_asked(one: Load, asked: Asked) -> bool:
    is_team = asked.team is None or (one.team or WITHOUT_TEAM) == asked.team
    return is_team and asked.timescale in (None, one.timescale)


def _busiest(weeks: Iterable[Week]) -> list[Day]:
    return [day for week in weeks for day in week.days if day and day.is_busy]


def _lines(law: Law, names: Any, loads: Sequence[Load], weeks: Sequence[Week], asked: Asked) -> list[Line]:
    by_name: dict[tuple[str, str], list[Load]] = {}
    for one in loads:
        if asked.by is By.TEAM:
            key = (team_name(names, one.team), one.team or WITHOUT_TEAM)
        else:
            key = (title_of(law, one.timescale), one.timescale)
        by_name.setdefault(key, []).append(one)
    ordered = sorted(by_name.items(), key=lambda pair: pair[0][0].casefold())
    return [_line(name, own, weeks, _narrowed(asked, id)) for (name, id), own in ordered]


def _narrowed(asked: Asked, id: str) -> Asked:
    return asked._replace(team=id) if asked.by is By.TEAM else asked._replace(timescale=id)


def _line(name: str, own: Sequence[Load], weeks: Sequence[Week], asked: Asked) -> Line:
    late = sum(one.duties for one in own if one.on is None)
    cells = [Cell("Overdue", late, _overdue(asked))]
    for week in weeks:
        due = sum(one.duties for one in own if one.on and week.first_on <= one.on <= week.last_on)
        cells.append(Cell(week.title, due, _due(asked, week.first_on, week.last_on)))
    return Line(name, cells)


def _due(asked: Asked, first_on: date, last_on: date) -> str:
    days = {"due_from": first_on.isoformat(), "due_to": last_on.isoformat()}
    return address("/clocks", team=asked.team, timescale=asked.timescale, **days)


def _overdue(asked: Asked) -> str:
    return address("/clocks", team=asked.team, timescale=asked.timescale, status="overdue")


def _address(asked: Asked, *, path: str = "/forecast") -> str:
    by = None if asked.by is By.TIMESCALE else asked.by.value
    return address(path, team=asked.team, timescale=asked.timescale, by=by)
