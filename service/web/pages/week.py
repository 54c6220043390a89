"""The first page: the council's week, or one team's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.model import Clock
from service import clock
from service.access.viewers import Viewer
from service.council import Council
from service.reports.report import Report, from_content
from service.store import people
from service.store.seeing import browsing, caseload, worklist
from service.store.seeing.caseload import Wanted
from service.store.seeing.reach import Reach
from service.store.seeing.worklist import Order
from service.store.telling import told
from service.web.shown.choices import left_out_for
from service.web.shown.freshness import freshness, note_read
from service.web.shown.lateness import late_ones
from service.web.shown.links import WITHOUT_TEAM, address, team_in
from service.web.shown.rows import rows_of, team_name, title_of

_FEW = 5
_FINDING = "section-47"
_SUNDAY = 6


class Headline(NamedTuple):
    """A count shown large. ``tone`` is grey where it is nought."""

    clocks: int
    words: str
    href: str
    tone: str


class Line(NamedTuple):
    """A row of counts, each a link to the clocks it counts."""

    name: str
    asked: Mapping[str, str]
    overdue: int
    due_today: int
    due_this_week: int
    running: int

    def href(self, status: str) -> str:
        return address("/clocks", **self.asked, status=status)


def view(council: Council, viewer: Viewer, team: str | None) -> dict[str, Any]:
    """The counts of running duties by team and by timescale, what is longest overdue and what is next."""
    on = clock.today()
    week_ends_on = on + timedelta(days=_SUNDAY - on.weekday())
    with council.reading() as db:
        names = people.team_names(db)
        left_out = left_out_for(council.law, viewer)
        every = caseload.by_team(db, on, week_ends_on, reach=viewer.reach(), left_out=left_out)
        if team is None and len(viewer.reach().teams) == 1 and not viewer.reach().is_all:
            (team,) = viewer.reach().teams
        only, is_without_team = team_in(team), team == WITHOUT_TEAM
        within = Wanted(
            is_running=True, team=only, is_without_team=is_without_team, reach=viewer.reach(), left_out=left_out
        )
        late = late_ones(db, council, viewer, _first(db, replace(within, due_before=on), on), on)
        soon = rows_of(db, council, _first(db, replace(within, due_from=on), on), on)
        own = [line for line in every if team is None or (line.team or WITHOUT_TEAM) == team]
        by_timescale = caseload.by_timescale(
            db, on, week_ends_on, only, is_without_team=is_without_team, reach=viewer.reach(), left_out=left_out
        )
        shown = {
            "team": team,
            "has_more_teams": len(every) > 1,
            "name": team_name(names, only) if team else None,
            "week_ends_on": week_ends_on,
            "headlines": _headlines(db, council, viewer, own, on, team),
            "teams": [_line(team_name(names, one.team), {"team": one.team or WITHOUT_TEAM}, one) for one in own],
            "timescales": _timescales(council, by_timescale, team),
            "late": late,
            "soon": soon,
            "finding": _finding(db) if viewer.may("reports") else None,
            "sees_all": viewer.reach().is_all,
            "freshness": freshness(db, council),
            "address": address,
        }
    with council.writing() as db:
        note_read(db, viewer, "clocks.listed", (row.clock.subject for row in (*(one.row for one in late), *soon)))
    return shown


def _first(db: Connection, wanted: Wanted, on: date) -> list[Clock]:
    return worklist.one_page(db, wanted, on, Order(), most=_FEW, before=0)


def _finding(db: Connection) -> Report | None:
    """What the latest published report on conferences found: as it was frozen, so that everybody reads the same."""
    content = browsing.latest_content(db, _FINDING)
    return from_content(content) if content is not None else None


def _headlines(
    db: Connection, council: Council, viewer: Viewer, lines: Sequence[Any], on: date, team: str | None
) -> list[Headline]:
    def total(name: str) -> int:
        return sum(getattr(line, name) for line in lines)

    counts = (
        (total("overdue"), "overdue", "late", "overdue"),
        (total("due_today"), "due today", "soon", "due_today"),
        (total("due_this_week"), "more due by Sunday", "running", "due_this_week"),
        (total("target_missed"), "past the target, not the limit", "soon", "target_missed"),
    )
    found = [
        Headline(count, words, address("/clocks", team=team, status=status), tone if count else "none")
        for count, words, tone, status in counts
    ]
    if viewer.may("problems"):
        flawed = count_problems(db, team, viewer.reach("problems"))
        found.append(Headline(flawed, "data problems", "/problems", "soon" if flawed else "none"))
    if viewer.reach("people").is_all or viewer.may("service"):
        directory = council.directory(db, on)
        unowned = [one for one in told.unowned(db, directory, now=clock.now()) if _is_of(one.team, team)]
        untold = sum(one.clocks for one in unowned if one.is_untold)
        found.append(Headline(untold, "that nobody could be told of", "/people#unowned", "late" if untold else "none"))
    return found


def count_problems(db: Connection, team: str | None, reach: Reach) -> int:
    """Clocks whose dates cannot be right, and events that fit no clock."""
    counted = [*browsing.flawed_counted(db, reach=reach), *browsing.problems_counted(db, reach=reach)]
    return sum(count for of, _code, count in counted if _is_of(of, team))


def _timescales(council: Council, rows: Sequence[Any], team: str | None) -> list[Line]:
    asked = {"team": team} if team else {}
    lines = [_line(title_of(council.law, row.timescale), {**asked, "timescale": row.timescale}, row) for row in rows]
    return sorted(lines, key=lambda line: (-line.overdue, line.name))


def _line(name: str, asked: Mapping[str, str], row: Any) -> Line:
    return Line(name, asked, row.overdue or 0, row.due_today or 0, row.due_this_week or 0, row.running)


def _is_of(team: str | None, asked: str | None) -> bool:
    return asked is None or (team or WITHOUT_TEAM) == asked
