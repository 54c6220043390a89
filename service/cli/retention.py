"""`timescales retention` and `erase`: how long what is kept of a child stays, who must stay, and erasing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import typer

from service import clock, retention
from service.cli.here import ACTOR, council
from service.cli.screen import complain, say
from service.council import Council
from service.errors import Refused
from service.retention import Due, Erased
from service.store.keeping import audit

app = typer.Typer(help="How long what is kept of a child stays, and who must not be erased.", no_args_is_help=True)

_ENDED = "retention-ended"
_Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day; unset: today")]
_Ref = Annotated[str, typer.Argument(metavar="REF", help="the case system's own reference")]


@app.command("periods")
def list_periods() -> None:
    """Says how long in each area, on what that rests, and how sure anybody is of it."""
    chosen = retention.periods(council().settings)
    for one in chosen.by_area.values():
        age = f", not before the birthday of {one.until_age}" if one.until_age else ""
        say(f"{one.area}: {one.months} months after the last thing that happened{age}")
        say(f"  {one.basis} ({one.source}; {one.verified})")
    say(f"Reasons for a hold: {', '.join(chosen.holds)}. For erasing: {', '.join(chosen.erasures)}.")


@app.command()
def due(on: _Day = None) -> None:
    """Says whose time has come. Changes nothing."""
    here = council()
    day = on.date() if on else clock.today()
    found = _found(here, day)
    _count(found, day)
    for one in found:
        areas = ", ".join(one.areas) or "no timescale"
        why = f"; held: {', '.join(one.held)}" if one.held else "; a duty still runs" if one.is_running else ""
        say(f"{' + '.join(one.subjects)}\tdue {one.due_on}\tlast {one.last_on}\t{areas}{why}")


@app.command()
def run(
    preview: Annotated[bool, typer.Option("--preview", help="say what would be erased, and erase nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="erase everybody who is due and not held")] = False,
) -> None:
    """Erases everybody whose time has come, but those who are held or of whom a duty still runs."""
    if preview == yes:
        complain("say --preview to see what would be erased, or --yes to erase it: `retention due` lists whom")
        raise typer.Exit(2)
    here = council()
    found = _found(here, clock.today())
    _count(found, clock.today())
    totals: list[Erased] = []
    for one in found:
        if not one.is_free:
            continue
        try:
            totals.append(_one(here, one, preview=preview))
        except Refused as refused:
            complain(f"{' + '.join(one.subjects)}: {refused}")
    _sum(totals, preview=preview)


@app.command()
def hold(ref: _Ref, because: Annotated[str, typer.Option(help="a reason: `timescales retention periods`")]) -> None:
    """Keeps somebody from being erased until the hold is lifted."""
    made = retention.hold(council(), ref, reason=because, who=ACTOR)
    say(f"{ref} is held: {made.reason}.")


@app.command()
def lift(
    ref: _Ref, because: Annotated[str | None, typer.Option(help="only the holds for this reason; unset: all")] = None
) -> None:
    """Lifts the holds on somebody."""
    lifted = retention.lift(council(), ref, reason=because, who=ACTOR)
    say(f"{lifted} hold{'' if lifted == 1 else 's'} on {ref} lifted.")


@app.command("holds")
def list_holds() -> None:
    """Lists the holds that stand."""
    here = council()
    found = retention.holds(here)
    with here.writing() as db:
        audit.note(db, ACTOR, "holds.listed", detail=f"{len(found)} holds")
    for one in found:
        say(f"{one.subject}\t{one.reason}\t{one.who}\tsince {one.placed_at:%Y-%m-%d %H:%M} UTC")
    if not found:
        say("Nobody is held.")


@app.command()
def reopen(
    ref: _Ref,
    from_on: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="the first day; unset: today")
    ] = None,
) -> None:
    """Takes in again what happens to somebody who was erased, from a day on; what was before stays away."""
    day = from_on.date() if from_on else clock.today()
    retention.reopen(council(), ref, from_on=day, actor=ACTOR)
    say(f"What happens to {ref} from {day} on is taken in again.")


def erase(
    ref: _Ref,
    because: Annotated[str, typer.Option(help="a reason: `timescales retention periods` lists them")],
    preview: Annotated[bool, typer.Option("--preview", help="say what would go, and erase nothing")] = False,
    together: Annotated[bool, typer.Option("--together", help="and everybody whose history is tied to it")] = False,
) -> None:
    """Erases somebody: out of every table, every published report, and the trail. There is no way back."""
    here = council()
    if preview:
        done = retention.preview(here, ref, reason=because, together=together)
    else:
        done = retention.erase(here, ref, reason=because, actor=ACTOR, together=together)
    _sum([done], preview=preview)
    if done.was_before:
        say(f"{ref} was erased before; what was being read meanwhile is gone now too.")


def _found(here: Council, on: date) -> list[Due]:
    with here.writing() as db:
        found = retention.whose_time_has_come(db, here, on)
        audit.note(db, ACTOR, "retention.listed", detail=f"{len(found)} due by {on.isoformat()}")
    return found


def _one(here: Council, one: Due, *, preview: bool) -> Erased:
    if preview:
        return retention.preview(here, one.subjects[0], reason=_ENDED, together=True)
    return retention.erase(here, one.subjects[0], reason=_ENDED, actor=ACTOR, together=True, if_quiet_since=one.last_on)


def _count(found: Sequence[Due], on: date) -> None:
    free, held = sum(one.is_free for one in found), sum(bool(one.held) for one in found)
    running = len(found) - free - held
    say(f"By {on}: {free:,} to erase; {held:,} held; {running:,} of whom a duty still runs, so nobody closed the case.")


def _sum(totals: list[Erased], *, preview: bool) -> None:
    """What went, or would: references, rows by table, rows of the trail, reports."""
    rows: dict[str, int] = {}
    for done in totals:
        for name, count in done.rows.items():
            rows[name] = rows.get(name, 0) + count
    subjects = sum(len(done.subjects) for done in totals)
    said = "would be erased" if preview else "erased"
    say(f"{subjects:,} reference{'' if subjects == 1 else 's'} {said}")
    for done in totals:
        say(f"  {' + '.join(done.subjects)}")
    if rows:
        say("  rows: " + ", ".join(f"{count:,} {name}" for name, count in sorted(rows.items())))
    say(f"  the trail: {sum(done.trail for done in totals):,} rows without their reference, accounted for")
    reports = sum(done.reports for done in totals)
    files = sum(len(done.files) for done in totals)
    say(f"  published reports: {reports:,}, and {files:,} files of them")
