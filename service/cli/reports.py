"""`timescales report`: a question asked of the store, written to files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from service import clock, reports
from service.cli.screen import ACTOR, complain, council, say
from service.store import audit


def report(
    name: Annotated[str, typer.Argument(help=f"one of {', '.join(reports.NAMES)}")],
    as_at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day; unset: today")] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="as recorded at this local moment; unset: now"),
    ] = None,
    out: Annotated[Path, typer.Option(help="the folder to write to")] = Path("."),
) -> None:
    """Writes a report as HTML, CSV and JSON. The service's own copies: they name the children behind figures."""
    if name not in reports.NAMES:
        complain(f"there is no report {name}: there is {', '.join(reports.NAMES)}")
        raise typer.Exit(2)
    here = council()
    known = known_at.replace(tzinfo=clock.LOCAL) if known_at else None
    built = reports.build(here, name, as_at=as_at.date() if as_at else clock.today(), known_at=known)
    with here.writing() as db:
        audit.note(db, ACTOR, "report.written", detail=name)
    for path in reports.write(built, out):
        say(str(path))
