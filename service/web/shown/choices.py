"""The filters above the list of clocks: what they offer whom, which are set, and what they make of the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from rules.law import Law
from rules.model import Status
from service.access.viewers import Viewer
from service.council import Council
from service.store.seeing import worklist
from service.store.seeing.caseload import LeftOut, Planning, Wanted
from service.store.seeing.worklist import By
from service.web.case.births import timescales_counted_from_birth
from service.web.shown.asked import Asked, Show
from service.web.shown.links import WITHOUT_TEAM, team_in
from service.web.shown.rows import NO_TEAM, team_name, title_of
from service.web.shown.tracking import offered, week_end
from service.web.words import first, plain_day, spaced

SHOWN = {
    Show.RUNNING: "Everything running",
    Show.OVERDUE: "Overdue",
    Show.DUE_TODAY: "Due today",
    Show.DUE_THIS_WEEK: "More due by Sunday",
    Show.LATER: "Due later",
    Show.UNDATED: "No limit set",
    Show.TARGET_MISSED: "Past the target, not the limit",
    Show.PROBLEM: "Dates that cannot be right",
}
PLANNING = {
    Planning.NOT_IN_FORCE: "No plan in force",
    Planning.NONE: "No plan ever",
    Planning.IN_FORCE: "A plan in force",
    Planning.LAPSED: "A plan whose day has passed",
}
_ORDERS = {
    By.DUE: ("Due", "earliest due date first", "latest due date first"),
    By.TIMESCALE: ("Timescale", "timescale, A to Z", "timescale, Z to A"),
    By.CHILD: ("Child", "child’s reference, A to Z", "child’s reference, Z to A"),
    By.TEAM: ("Team", "team, A to Z", "team, Z to A"),
    By.WORKER: ("Worker", "worker’s reference, A to Z", "worker’s reference, Z to A"),
    By.STARTED: ("Started", "longest running first", "last started first"),
}
_BY_CHILD = (By.DUE, By.CHILD)


class Choices(NamedTuple):
    """What each filter offers; empty where there is nothing to choose between."""

    statuses: Sequence[tuple[str, str]]
    teams: Sequence[tuple[str, str]]
    workers: Sequence[tuple[str, str]]
    timescales: Sequence[tuple[str, str]]
    areas: Sequence[tuple[str, str]]
    plans: Sequence[tuple[str, str]]
    needs_team: bool
    """Whether a team has to be chosen before its workers are offered."""


class Heading(NamedTuple):
    """A heading that puts the whole list in order. ``state``: none, ascending or descending."""

    words: str
    state: str
    href: str
    says: str


class Orders(NamedTuple):
    """The headings, what to choose from where they are not shown, and the order in words."""

    headings: Mapping[str, Heading]
    choices: Sequence[tuple[str, str, bool]]
    words: str


def wanted_for(law: Law, viewer: Viewer, asked: Asked, on: date) -> Wanted:
    """The clocks that an address asks for, of those the viewer may see."""
    areas = {one.id for one in law.timescales.values() if one.area == asked.area}
    sunday, day = week_end(on), timedelta(days=1)
    due_from, due_before = asked.due_from, asked.due_to + day if asked.due_to and asked.due_to < date.max else None
    if asked.status is Show.LATER:
        due_from = max(due_from or date.min, sunday + day)
    if asked.status is Show.DUE_THIS_WEEK:
        due_before = min(due_before or date.max, sunday + day)
    return Wanted(
        status=_STATUSES.get(asked.status),
        is_running=asked.status is Show.RUNNING,
        is_undated=asked.status is Show.UNDATED,
        is_target_missed=asked.status is Show.TARGET_MISSED,
        with_problem=asked.status is Show.PROBLEM,
        team=team_in(asked.team),
        is_without_team=asked.team == WITHOUT_TEAM,
        worker=asked.worker,
        timescale=asked.timescale,
        timescales=frozenset(areas) if asked.area else None,
        planning=asked.plan,
        due_from=due_from,
        due_before=due_before,
        reach=viewer.reach(),
        left_out=left_out_for(law, viewer),
    )


_STATUSES = {
    Show.OVERDUE: Status.OVERDUE,
    Show.DUE_TODAY: Status.DUE_TODAY,
    Show.DUE_THIS_WEEK: Status.RUNNING,
    Show.LATER: Status.RUNNING,
    Show.UNDATED: Status.RUNNING,
}


def left_out_for(law: Law, viewer: Viewer) -> LeftOut:
    """What counts from a birthday, for whoever may not know when a child was born: even a place in a list tells."""
    reach = viewer.reach("dates-of-birth")
    return LeftOut() if reach == viewer.reach() else LeftOut(timescales_counted_from_birth(law), reach)


def choices(
    db: Connection, council: Council, viewer: Viewer, asked: Asked, names: Mapping[str, str], on: date
) -> Choices:
    """What each filter offers this viewer: only teams and workers whose clocks they see."""
    reach = viewer.reach()
    running = Wanted(is_running=True, reach=reach)
    teams = {*names, None} if reach.is_all else worklist.teams(db, running, on) | reach.teams
    is_narrow = asked.team is not None or (not reach.is_all and len(reach.teams) < 2)
    workers = []
    if is_narrow and reach.worker is None:
        of_team = replace(running, team=team_in(asked.team), is_without_team=asked.team == WITHOUT_TEAM)
        workers = [(one, one) for one in worklist.workers(db, of_team, on)]
    areas = sorted({one.area for one in council.law.timescales.values()})
    return Choices(
        statuses=[(one.value, words) for one, words in SHOWN.items()],
        teams=offered(names, teams) if len(teams) > 1 else [],
        workers=workers,
        timescales=_timescales(council.law, asked.area),
        areas=[(one, first(spaced(one))) for one in areas],
        plans=[(one.value, words) for one, words in PLANNING.items()],
        needs_team=not is_narrow,
    )


def _timescales(law: Law, area: str | None) -> list[tuple[str, str]]:
    found = [(one.id, one.title) for one in law.timescales.values() if area is None or one.area == area]
    return sorted(found, key=lambda pair: pair[1].casefold())


def active(law: Law, asked: Asked, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The filters that are set, in words, each with the address without it."""
    found: list[tuple[str, str]] = []
    if asked.team:
        found.append((_team_words(names, asked.team), asked.link(team=None, worker=None)))
    if asked.worker:
        found.append((f"worker {asked.worker}", asked.link(worker=None)))
    if asked.area:
        found.append((first(spaced(asked.area)), asked.link(area=None)))
    if asked.timescale:
        found.append((title_of(law, asked.timescale), asked.link(timescale=None)))
    if asked.plan:
        found.append((PLANNING[asked.plan], asked.link(plan=None)))
    if asked.due_from and asked.due_from == asked.due_to:
        found.append((f"due on {plain_day(asked.due_from)}", asked.link(due_from=None, due_to=None)))
    else:
        if asked.due_from:
            found.append((f"due from {plain_day(asked.due_from)}", asked.link(due_from=None)))
        if asked.due_to:
            found.append((f"due by {plain_day(asked.due_to)}", asked.link(due_to=None)))
    return found


def _team_words(names: Mapping[str, str], team: str) -> str:
    return NO_TEAM if team == WITHOUT_TEAM else team_name(names, team)


def orders(asked: Asked, *, is_by_child: bool) -> Orders:
    """How the list can be put in order, and how it is."""
    able = {by: words for by, words in _ORDERS.items() if not is_by_child or by in _BY_CHILD}
    by = asked.by if asked.by in able else By.DUE
    headings = {}
    for one, (name, rising, falling) in able.items():
        is_here = one is by
        turns = is_here and not asked.is_descending
        state = "none" if not is_here else "descending" if asked.is_descending else "ascending"
        headings[one.value] = Heading(
            name, state, asked.link(sort=one, is_descending=turns), falling if turns else rising
        )
    offers = [
        (f"{'-' if falls else ''}{one}", first(words), one is by and asked.is_descending is falls)
        for one, (_name, *both) in able.items()
        for falls, words in zip((False, True), both, strict=True)
    ]
    return Orders(headings, offers, able[by][2 if asked.is_descending else 1])
