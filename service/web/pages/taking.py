"""The list of clocks, whole, as it is taken away: exactly what the page lists, one clock a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from rules.model import Clock, Status
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.store import people
from service.store.seeing import worklist
from service.store.seeing.worklist import By, Order
from service.store.telling import acknowledgements
from service.store.telling.acknowledgements import Acknowledgement
from service.web.pages.listing import as_seen_by, order_of
from service.web.shown.asked import Asked, Grouped
from service.web.shown.choices import wanted_for
from service.web.shown.rows import team_name, title_of
from service.web.shown.tracking import note_export, working_days
from service.web.words import spaced

COLUMNS = (
    "child",
    "case",
    "clock",
    "timescale",
    "timescale_title",
    "team",
    "team_name",
    "worker",
    "started_on",
    "due_on",
    "target_due_on",
    "status",
    "working_days_overdue",
    "plan_reason",
    "plan_next_on",
    "problem",
)
Cell = str | int | date | None


def exported(council: Council, viewer: Viewer, asked: Asked) -> list[list[Cell]]:
    """Every clock of the list, in its order; leaves a row that says so, and one for each child."""
    on, asked = wall.today(), as_seen_by(viewer, asked)
    wanted = wanted_for(council.law, viewer, asked, on)
    with council.reading() as db:
        names = people.team_names(db)
        order = order_of(council, names, asked)
        found = list(worklist.all_of(db, wanted, on, order))
        plans = acknowledgements.latest(db, [one.id for one in found])
    if asked.view is Grouped.CHILD:
        found = _by_child(found, order)
    with council.writing() as db:
        note_export(db, viewer, "clocks", len(found), (one.subject for one in found))
    return [_row(council, names, one, plans.get(one.id), on) for one in found]


def _by_child(clocks: list[Clock], order: Order) -> list[Clock]:
    """Child by child as the page lists them: whose clock is due first, or by their references."""
    own: dict[str, list[Clock]] = {}
    for one in sorted(clocks, key=lambda one: (one.due_on or date.max, one.id)):
        own.setdefault(one.subject, []).append(one)
    children = sorted(own)
    if order.by is By.CHILD:
        children.sort(reverse=order.is_descending)
    else:
        dated = [child for child in children if own[child][0].due_on]
        dated.sort(key=lambda child: own[child][0].due_on or date.max, reverse=order.is_descending)
        children = [*dated, *(child for child in children if own[child][0].due_on is None)]
    return [one for child in children for one in own[child]]


def _row(
    council: Council, names: Mapping[str, str], clock: Clock, plan: Acknowledgement | None, on: date
) -> list[Cell]:
    is_overdue = clock.status(on) is Status.OVERDUE
    late = working_days(clock.due_on, on, council.calendar) if is_overdue and clock.due_on else None
    return [
        clock.subject,
        clock.key,
        clock.id,
        clock.timescale,
        title_of(council.law, clock.timescale),
        clock.team,
        team_name(names, clock.team) if clock.team else None,
        clock.worker,
        clock.started_on,
        clock.due_on,
        clock.target_due_on,
        spaced(clock.status(on).value),
        late,
        plan.reason if plan else None,
        plan.next_on if plan else None,
        clock.problem,
    ]
