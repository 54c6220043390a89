"""`timescales calendars`: due dates of a post, for a calendar program to subscribe to."""

from __future__ import annotations

from typing import Annotated

import typer

from service.access import calendars
from service.cli.here import ACTOR, council
from service.cli.screen import say

app = typer.Typer(help="Calendars of due dates, to subscribe to.", no_args_is_help=True)


@app.command()
def add(
    post: Annotated[str, typer.Argument(help="whose calendar it is, such as team-manager")],
    team: Annotated[str, typer.Option(help="the team that the post is of, as events name it")] = "",
    service: Annotated[str, typer.Option(help="the service that the post is of")] = "",
) -> None:
    """Makes a calendar and shows its address, this once, alone on the last line. Whoever has it reads the calendar."""
    here = council()
    secret = calendars.add(here, post, team=team, service=service, actor=ACTOR)
    say("Subscribe to this address. It is not kept and cannot be shown again; revoke it when the post changes hands:")
    say(f"{here.settings.address}/calendar/{secret}.ics")


@app.command("list")
def list_calendars() -> None:
    """Lists every calendar there has been, by number."""
    for feed in calendars.every(council()):
        state = f"revoked {feed.revoked_at:%Y-%m-%d %H:%M} UTC" if feed.revoked_at else "in use"
        scope = calendars.scope(feed.post, feed.team, feed.service)
        say(f"{feed.seq}\t{scope}\tmade {feed.created_at:%Y-%m-%d %H:%M} UTC\t{state}")


@app.command()
def revoke(number: Annotated[int, typer.Argument(help="as `timescales calendars list` shows it")]) -> None:
    """Makes a calendar's address useless from the next request on."""
    feed = calendars.revoke(council(), number, actor=ACTOR)
    say(f"Calendar {number} of {calendars.scope(feed.post, feed.team, feed.service)} is revoked.")
