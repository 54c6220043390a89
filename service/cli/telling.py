"""`timescales telling`: which teams' posts are told, the backlog, and what a release would send."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer
from rich.table import Table

from service import going_live
from service.cli.here import ACTOR, council
from service.cli.screen import complain, out, say
from service.council import Council
from service.store.telling.releases import EVERY_TEAM, NO_TEAM

app = typer.Typer(help="Who is told of what is late: a new authority is silent until released.", no_args_is_help=True)

Team = Annotated[str, typer.Argument(help="a team as events name it; '*' for every team, '' for clocks of no team")]
From = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="tell only of what is due from this day on; unset: of all"),
]


@app.command("backlog")
def backlog() -> None:
    """Shows each team: whether it is told of, what is overdue, and of how many clocks alerts are held."""
    table = Table("team", "told of", "overdue", "held")
    for one in going_live.backlog(council()):
        since = "silent" if one.told_from is None else "all" if one.told_from == date.min else f"from {one.told_from}"
        table.add_row(
            one.name if one.team is None else f"{one.name} ({one.team})", since, str(one.overdue), str(one.held)
        )
    out.print(table)


@app.command("release")
def release(
    team: Team,
    told_from: From = None,
    preview: Annotated[bool, typer.Option(help="show who would receive what, and change nothing")] = False,
) -> None:
    """Lets a team's posts be told, from the next working morning: one digest each, at the rung where things stand."""
    here = council()
    _must_be_known(here, team)
    first = told_from.date() if told_from else going_live.BEGINNING
    letters = going_live.preview(here, team, first)
    for letter in letters:
        say(f"{letter.address} ({letter.post}): {letter.subject}")
    say(f"{len(letters)} messages on the next working morning because of this")
    if preview:
        say("nothing was changed: leave out --preview to release")
        return
    freed = going_live.release(here, team, first, actor=ACTOR)
    say(f"released; {freed} alerts were held until now")


@app.command("silence")
def silence(team: Team) -> None:
    """Takes a release back: what waits to be told of a team is held. What was told stays told."""
    count = going_live.silence(council(), team, actor=ACTOR)
    say(f"silent; {count} alerts are held now")


def _must_be_known(here: Council, team: str) -> None:
    known = {one.team or NO_TEAM for one in going_live.backlog(here)} | {EVERY_TEAM}
    if team not in known:
        complain(f"no clock and no list of posts has this team: choose from {', '.join(sorted(known - {NO_TEAM}))}")
        raise typer.Exit(1)
