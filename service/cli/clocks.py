"""`timescales clocks`, `explain` and `recompute`: what the clocks say, why, and whether they follow from the events."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from typing import Annotated

import typer

from rules.model import DUTY, Clock, Status
from service import clock as wall
from service import flow
from service.cli.here import ACTOR, council
from service.cli.moving import Moving
from service.cli.screen import complain, draw, progress, say, width
from service.cli.tables import Format, drawn, drawn_within, least_width
from service.explaining import clock_named, explanation_of
from service.flow import Recomputed
from service.spreadsheets import harmless
from service.store.keeping import audit
from service.store.seeing import caseload

COLUMNS = (
    "id",
    "timescale",
    "measure",
    "subject",
    "key",
    "started_on",
    "due_on",
    "target_due_on",
    "stopped_on",
    "outcome",
    "provisional",
    "problem",
    "team",
    "worker",
    "status",
)
_DRAWN = ("due", "status", "timescale", "measure", "subject", "team", "clock")
_DRAWN_AS_PAIRS = ("due", "timescale, measure, team", "subject, clock")
_MANY = 10_000_000
_CHASED = (Status.OVERDUE, Status.DUE_TODAY)


def clocks(
    status: Annotated[Status | None, typer.Option(help="only these, as they stand today")] = None,
    team: Annotated[str | None, typer.Option()] = None,
    timescale: Annotated[str | None, typer.Option()] = None,
    measure: Annotated[
        str | None,
        typer.Option(help="duty, or another; unset: all of them, or the duty alone for overdue and due_today"),
    ] = None,
    layout: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Lists clocks in order of due date."""
    here = council()
    on = wall.today()
    if measure is None and status in _CHASED:
        measure = DUTY  # only the duty is ever overdue: the other measures stand beside it
    wanted = caseload.Wanted(status=status, team=team, timescale=timescale, measure=measure)
    with here.writing() as db:
        found = caseload.listed(db, wanted, on, most=_MANY)
        audit.note(db, ACTOR, "clocks.listed", detail=f"{len(found)} clocks")
    rows = [_row(one, on) for one in found]
    if layout is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows([_plain_text(value) for value in row.values()] for row in rows)
    elif layout is Format.JSON:
        say(json.dumps(rows, indent=1))
    else:
        _draw(found)


def explain(id: Annotated[str, typer.Argument(metavar="CLOCK", help="a clock's id")]) -> None:
    """Says why a clock has the dates it has, day by day, with the law it rests on."""
    here = council()
    with here.writing() as db:
        found = clock_named(db, id)
        audit.note(db, ACTOR, "clock.explained", subject=found.subject)
        say(explanation_of(here, db, found).as_text())


def recompute(
    check: Annotated[
        bool, typer.Option("--check", help="compare only: change nothing, exit 1 where they differ")
    ] = False,
    processes: Annotated[
        int | None, typer.Option(min=1, help="how many share the work; unset: a processor each, where that pays")
    ] = None,
) -> None:
    """Evaluates every history afresh and compares it with the stored clocks."""
    done = recomputed(Moving(wall.today()), check=check, processes=processes)
    if check and done.differing:
        complain("the stored clocks differ from those computed from the events: `timescales recompute` makes them so")
        raise typer.Exit(1)


def recomputed(moving: Moving, *, check: bool, processes: int | None = None) -> Recomputed:
    """Evaluates every history afresh, with a bar that counts the events, and shows what moves."""
    here = council()
    if check:
        with here.writing() as db:
            audit.note(db, ACTOR, "clocks.compared")
    with progress(counted=True) as bar:
        task = bar.add_task("Comparing events", total=None)
        done = flow.recompute(
            here,
            actor=ACTOR,
            check=check,
            processes=processes,
            told=lambda done, total: bar.update(task, completed=done, total=total),
            each=moving.take,
        )
    moving.show(done)
    return done


def _row(one: Clock, on: date) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(one, name, None) for name in COLUMNS}
    values["provisional"] = one.is_provisional
    values["status"] = one.status(on).value
    for name in ("started_on", "due_on", "target_due_on", "stopped_on"):
        day = getattr(one, name)
        values[name] = day.isoformat() if day else None
    values["outcome"] = one.outcome.value if one.outcome else None
    return values


def _plain_text(value: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(str(value))


def _draw(found: list[Clock]) -> None:
    """A line a clock where there is room, and else two: what `explain` needs, and the child, are never cut."""
    on = wall.today()
    title = f"{len(found):,} clocks on {on}"
    rows = [_drawn(one, on) for one in found]
    if least_width(_DRAWN, rows, whole=_DRAWN) <= width():
        draw(drawn(_DRAWN, rows, whole=_DRAWN, title=title))
        return
    pairs = [
        (f"{due}\n{status}", f"{timescale}\n{measure}, {team}", f"{subject}\n{id}")
        for due, status, timescale, measure, subject, team, id in rows
    ]
    due, *_between, clock = _DRAWN_AS_PAIRS
    draw(drawn_within(width(), _DRAWN_AS_PAIRS, pairs, whole=(due, clock), title=title))


def _drawn(one: Clock, on: date) -> tuple[str, ...]:
    due = one.due_on.isoformat() if one.due_on else "not set"
    status = one.status(on).value.replace("_", " ")
    return due, status, one.timescale, one.measure, one.subject, one.team or "no team", one.id
