"""The list of running clocks, with filters above it, a page at a time. History is on each child's own page."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from rules.model import Status
from service import clock
from service.access.viewers import Viewer
from service.council import Council
from service.errors import Refused
from service.store import caseload, people
from service.store.caseload import Wanted
from service.store.reach import Reach
from service.web.shown.freshness import freshness, note_read
from service.web.shown.links import WITHOUT_TEAM, address, team_in
from service.web.shown.rows import rows_of, team_name

_MOST = 50
_SUNDAY = 6


class Show(StrEnum):
    """Which clocks to list."""

    RUNNING = "running"
    OVERDUE = "overdue"
    DUE_TODAY = "due_today"
    DUE_THIS_WEEK = "due_this_week"
    TARGET_MISSED = "target_missed"
    PROBLEM = "problem"


SHOWN = {
    Show.RUNNING: "Everything running",
    Show.OVERDUE: "Overdue",
    Show.DUE_TODAY: "Due today",
    Show.DUE_THIS_WEEK: "More due by Sunday",
    Show.TARGET_MISSED: "Past the target, not the limit",
    Show.PROBLEM: "Dates that cannot be right",
}


class Asked(NamedTuple):
    """What the address asks for."""

    team: str | None
    timescale: str | None
    status: Show
    after: str | None


class _Place(NamedTuple):
    """Where a page begins: how many clocks came before, and the last of them."""

    before: int
    due_on: date | None
    id: str


def view(council: Council, viewer: Viewer, asked: Asked) -> dict[str, Any]:
    """One page of the list, how many there are in all, and the filters as they were set."""
    on = clock.today()
    wanted = _wanted(asked, on, viewer.reach())
    place = _place(asked.after) if asked.after else None
    with council.writing() as db:
        count = caseload.counted(db, wanted, on)
        found = caseload.listed(db, wanted, on, most=_MOST + 1, after=(place.due_on, place.id) if place else None)
        shown = found[:_MOST]
        rows = rows_of(db, council, shown, on)
        note_read(db, viewer, "clocks.listed", (one.subject for one in shown))
        names = people.team_names(db)
        before = place.before if place else 0
        last = shown[-1] if len(found) > _MOST else None
        return {
            "asked": asked,
            "title": SHOWN[asked.status],
            "statuses": [(one.value, words) for one, words in SHOWN.items()],
            "teams": sorted(names.items(), key=lambda pair: pair[1]),
            "without_team": WITHOUT_TEAM,
            "team_name": None if asked.team is None else team_name(names, team_in(asked.team)),
            "timescales": sorted((one.id, one.title) for one in council.law.timescales.values()),
            "rows": rows,
            "count": count,
            "first": before + 1,
            "last": before + len(rows),
            "next": _link(asked, f"{before + len(rows)} {last.due_on or ''} {last.id}") if last else None,
            "start": _link(asked, None) if place else None,
            "freshness": freshness(db, council),
        }


def _wanted(asked: Asked, on: date, reach: Reach) -> Wanted:
    base = Wanted(team=team_in(asked.team), timescale=asked.timescale, is_without_team=asked.team == WITHOUT_TEAM)
    status, week_ends_on = asked.status, on + timedelta(days=_SUNDAY - on.weekday())
    changes: dict[Show, dict[str, Any]] = {
        Show.RUNNING: {"is_running": True},
        Show.OVERDUE: {"status": Status.OVERDUE},
        Show.DUE_TODAY: {"status": Status.DUE_TODAY},
        Show.DUE_THIS_WEEK: {"status": Status.RUNNING, "due_before": week_ends_on + timedelta(days=1)},
        Show.TARGET_MISSED: {"is_target_missed": True},
        Show.PROBLEM: {"with_problem": True},
    }
    fields = {name: getattr(base, name) for name in ("team", "timescale", "is_without_team")}
    return Wanted(reach=reach, **fields, **changes[status])


def _link(asked: Asked, after: str | None) -> str:
    return address("/clocks", team=asked.team, timescale=asked.timescale, status=asked.status.value, after=after)


def _place(text: str) -> _Place:
    try:
        before, due_on, id = text.split(" ")
        return _Place(int(before), date.fromisoformat(due_on) if due_on else None, id)
    except ValueError:
        raise Refused("this is not a place in the list that we gave", fix="begin at the first page") from None
