"""`timescales sessions`: who is signed in, and an end to it."""

from __future__ import annotations

from typing import Annotated

import typer

from service.access import sessions
from service.cli.here import ACTOR, council
from service.cli.screen import say
from service.notify.letters.message import at_words, count

app = typer.Typer(help="Who is signed in to the pages: list, end.", no_args_is_help=True)


@app.command("list")
def list_sessions() -> None:
    """Lists who is signed in, how often, since when, and until when at the latest."""
    found = sessions.running(council())
    for one in found:
        began, ends = (at_words(moment) for moment in (one.began_at, one.ends_at))
        say(f"{one.account}\t{count(one.sessions, 'session')}\tlast began {began}\tends {ends}")
    if not found:
        say("Nobody is signed in.")


@app.command()
def end(account: Annotated[str, typer.Argument(help="as `timescales sessions list` shows it")]) -> None:
    """Signs somebody out everywhere, from their next request on. Whether they may sign in again is not said here."""
    ended = sessions.end_of(council(), account, actor=ACTOR)
    say(f"{count(ended, 'session')} ended. To keep them out, take their posts or their groups away.")
