"""`timescales people`: who is told, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service import clock
from service.cli.screen import ACTOR, complain, council, say
from service.store import alerts, audit, people

app = typer.Typer(help="Teams, posts and their addresses.", no_args_is_help=True)


@app.callback()
def posts() -> None:
    """Teams, posts and their addresses."""


@app.command("import")
def import_people(path: Annotated[Path, typer.Argument(metavar="FILE.csv", help=", ".join(people.COLUMNS))]) -> None:
    """Imports posts and addresses; other teams and posts stay as they are. All of the file, or none of it."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reading = people.import_csv(lines)
    for refusal in reading.refusals:
        complain(f"{path.name}, line {refusal.line}: {refusal.reason}: {refusal.fix}")
    if reading.refusals:
        complain("nothing was stored")
        raise typer.Exit(1)
    here = council()
    with here.writing() as db:
        people.put_holdings(db, reading.rows)
        audit.note(db, ACTOR, "people.imported", detail=f"{len(reading.rows)} posts")
        unowned = alerts.unowned(db, now=clock.now())
    say(f"{len(reading.rows)} posts imported; {sum(one.clocks for one in unowned)} alerts have nobody to go to")
