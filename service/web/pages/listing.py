"""The list of running clocks that a manager works from: counts above, filters, a page at a time, flat or by child.

History is on each child's own page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.model import Clock
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.store import people
from service.store.seeing import caseload, worklist
from service.store.seeing.caseload import Planning, Wanted
from service.store.seeing.worklist import By, Order, Standing
from service.web.shown.asked import FILE, Asked, Grouped, Show
from service.web.shown.choices import SHOWN, active, choices, orders, wanted_for
from service.web.shown.freshness import freshness, note_read
from service.web.shown.links import team_in
from service.web.shown.paging import MOST, Paging, paging
from service.web.shown.planning import PlanShown, can_be_planned, plans_shown
from service.web.shown.rows import Row, rows_of, team_name, title_of
from service.web.shown.tracking import Pick, week_end
from service.web.words import several


class Line(NamedTuple):
    """One clock of the list. ``can_pick``: whether this viewer can plan for it."""

    row: Row
    plan: PlanShown | None
    can_pick: bool


class Group(NamedTuple):
    """Clocks that stand together: of one child, or of one timescale. ``says``: how many there are in all."""

    name: str
    says: str
    lines: list[Line]


def view(
    council: Council,
    viewer: Viewer,
    asked: Asked,
    *,
    chosen: Collection[str] = (),
    errors: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One page of the list, the counts above it, and the filters as they were set."""
    on, asked = wall.today(), as_seen_by(viewer, asked)
    wanted = wanted_for(council.law, viewer, asked, on)
    running = wanted_for(council.law, viewer, asked.of(Show.RUNNING), on)
    with council.reading() as db:
        names = people.team_names(db)
        standing = worklist.standing(db, running, on, week_end(on))
        count = _counted(standing, asked.status)
        count = caseload.counted(db, wanted, on) if count is None else count
        children = worklist.count_children(db, wanted, on) if asked.view is Grouped.CHILD else None
        pages = paging(count if children is None else children, asked.page, lambda nth: asked.link(page=nth))
        groups = _groups(db, council, viewer, asked, wanted, order_of(council, names, asked), pages, on)
        shown = {
            "asked": asked,
            "title": SHOWN[asked.status],
            "count": count,
            "children": children,
            "picks": _picks(asked, standing),
            "unplanned": standing.unplanned,
            "unplanned_href": asked.link(status=Show.OVERDUE, plan=Planning.NOT_IN_FORCE),
            "groups": groups,
            "paging": pages,
            "choices": choices(db, council, viewer, asked, names, on),
            "active": active(council.law, asked, names),
            "orders": orders(asked, is_by_child=asked.view is Grouped.CHILD),
            "views": [(words, asked.link(view=one), one is asked.view) for one, words in _VIEWS],
            "is_own": is_own(viewer),
            "whose": _whose(viewer, asked, names),
            "has_left_out": bool(wanted.left_out.timescales),
            "can_plan": viewer.may("plan") and any(line.can_pick for group in groups for line in group.lines),
            "chosen": frozenset(chosen),
            "errors": errors or {},
            "export": asked.link(FILE, page=1),
            "freshness": freshness(db, council),
        }
    with council.writing() as db:  # for the trail alone: whoever sends an event waits for no page
        note_read(db, viewer, "clocks.listed", (line.row.clock.subject for group in groups for line in group.lines))
    return shown


_VIEWS = (
    (Grouped.LIST, "One clock a row"),
    (Grouped.CHILD, "By child"),
    (Grouped.TIMESCALE, "By timescale"),
)


def order_of(council: Council, names: Mapping[str, str], asked: Asked) -> Order:
    """The order that an address asks for. A list put together by timescale is in order of their names first."""
    timescales = sorted(council.law.timescales.values(), key=lambda one: (one.title.casefold(), one.id))
    teams = sorted(names.items(), key=lambda pair: (pair[1].casefold(), pair[0]))
    by, is_descending = (By.TIMESCALE, False) if asked.view is Grouped.TIMESCALE else (asked.by, asked.is_descending)
    places = {one.id: nth for nth, one in enumerate(timescales)}
    return Order(by, is_descending, places, {id: nth for nth, (id, _name) in enumerate(teams)})


def is_own(viewer: Viewer) -> bool:
    """Whether somebody sees their own children, and no team's."""
    reach = viewer.reach()
    return not reach.is_all and not reach.teams


def _whose(viewer: Viewer, asked: Asked, names: Mapping[str, str]) -> str:
    """Whose clocks these are, above the heading."""
    reach = viewer.reach()
    if asked.team is not None:
        return team_name(names, team_in(asked.team))
    if reach.is_all:
        return "All teams"
    if reach.teams:
        return ", ".join(sorted(team_name(names, one) for one in reach.teams))
    return "My children" if reach.worker else "Children I review"


def as_seen_by(viewer: Viewer, asked: Asked) -> Asked:
    """What is asked for, put together as suits whoever asks: for their own children child by child."""
    return asked._replace(view=asked.view or (Grouped.CHILD if is_own(viewer) else Grouped.LIST))


def _counted(standing: Standing, status: Show) -> int | None:
    """How many clocks stand so, where the counts say it already."""
    return standing._asdict().get(status.value)


def _picks(asked: Asked, standing: Standing) -> list[Pick]:
    """The parts of the list with their numbers, which add up to the last."""
    found = []
    for show, tone in _PARTS:
        count = _counted(standing, show) or 0
        if count or show is not Show.UNDATED:
            words = SHOWN[show] if show is not Show.RUNNING else "All running"
            is_chosen = asked.status is show
            found.append(Pick(words, count, asked.link(status=show), is_chosen, tone if count else "plain"))
    return found


_PARTS = (
    (Show.OVERDUE, "late"),
    (Show.DUE_TODAY, "plain"),
    (Show.DUE_THIS_WEEK, "plain"),
    (Show.LATER, "plain"),
    (Show.UNDATED, "plain"),
    (Show.RUNNING, "plain"),
)


def _groups(
    db: Connection,
    council: Council,
    viewer: Viewer,
    asked: Asked,
    wanted: Wanted,
    order: Order,
    pages: Paging,
    on: date,
) -> list[Group]:
    if asked.view is Grouped.CHILD:
        found = worklist.children(db, wanted, on, most=MOST, before=pages.skip, order=order)
        clocks = worklist.clocks_of(db, wanted, on, [one.subject for one in found])
        lines = _lines(db, council, viewer, [one for child in found for one in clocks[child.subject]], on)
        return [Group(name, "", own) for name, own in _together(lines, lambda line: line.row.clock.subject)]
    clocks_here = worklist.one_page(db, wanted, on, order, most=MOST, before=pages.skip)
    lines = _lines(db, council, viewer, clocks_here, on)
    if asked.view is Grouped.LIST:
        return [Group("", "", lines)] if lines else []
    counts = {row.timescale: row for row in worklist.by_timescale(db, wanted, on)}
    return [
        Group(title_of(council.law, id), _says(counts[id]), own)
        for id, own in _together(lines, lambda line: line.row.clock.timescale)
    ]


def _together(lines: Iterable[Line], name: Any) -> Sequence[tuple[str, list[Line]]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(name(line), []).append(line)
    return list(found.items())


def _says(counts: Any) -> str:
    parts = [(counts.overdue, "overdue"), (counts.due_today, "due today")]
    return ", ".join([several(counts.clocks, "clock"), *(f"{count:,} {words}" for count, words in parts if count)])


def _lines(db: Connection, council: Council, viewer: Viewer, clocks: Sequence[Clock], on: date) -> list[Line]:
    plans = plans_shown(db, [one.id for one in clocks], on)
    within = plannable(db, viewer, clocks, on)
    return [Line(row, plans.get(row.clock.id), row.clock.id in within) for row in rows_of(db, council, clocks, on)]


def plannable(db: Connection, viewer: Viewer, clocks: Iterable[Clock], on: date) -> set[str]:
    """Which of these clocks of a list the viewer can plan for."""
    able = {one.id for one in clocks if can_be_planned(one, on)}
    reach = viewer.reach("plan")
    return able if reach == viewer.reach() else set(worklist.named(db, reach, able))
