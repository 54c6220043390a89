"""`timescales sources`: where events come from, how often something is expected, and what has had its day."""

from __future__ import annotations

from typing import Annotated

import typer

from service import clock
from service.checking.feeds import standings
from service.checking.numbers import USUAL
from service.checking.rhythm import read_every
from service.cli.here import ACTOR, council
from service.cli.screen import complain, say
from service.errors import NotFound
from service.notify.letters.message import count
from service.store import sources
from service.store.keeping import audit

app = typer.Typer(help="Where events come from: list, expect, retire.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(metavar="SOURCE", help="as its events name it")]


@app.command("list")
def list_sources() -> None:
    """Lists every source: when it last sent, how it sends, and whether it is silent."""
    here = council()
    now = clock.now()
    with here.reading() as db:
        heard = sources.heard(db, most=USUAL.read_at_most, now=now)
    known = standings(here, heard, now=now)
    for one in known:
        state = "SILENT" if one.is_silent else "retired" if one.source.retired_at else "as usual"
        said = state if one.rhythm.limit or one.source.retired_at else "not watched"
        say(f"{one.source.name}\t{said}\t{one.last}, {count(one.source.events, 'event')}\t{one.usual}")
    if not known:
        say("No events have come in yet.")
    if not heard.is_all:
        complain("older events are still being read: these figures are of the past")


@app.command()
def expect(
    source: _Name,
    every: Annotated[
        str, typer.Option(help="24h, or '2 working days'; unset: as it usually sends, learned from its own past")
    ] = "",
) -> None:
    """Says how often something should come from a source; when nothing does, the administrator is told."""
    said = read_every(every)
    here = council()
    now = clock.now()
    with here.writing() as db:
        sources.expect(db, source, said, now=now)
        audit.note(db, ACTOR, "source.expected", detail=said or "learned")
        heard = sources.heard(db, most=USUAL.read_at_most, now=now)
    (one,) = (one for one in standings(here, heard, now=now) if one.source.name == source)
    say(f"{source}: {one.last}; {one.usual}")


@app.command()
def retire(source: _Name) -> None:
    """Says that nothing more is expected of a source: a system that was replaced, an import that was made once."""
    now = clock.now()
    with council().writing() as db:
        heard = sources.heard(db, most=USUAL.read_at_most, now=now)
        if all(one.name != source for one in heard.sources):
            raise NotFound("nothing has come from such a source", fix="timescales sources list says which there are")
        sources.retire(db, source, now=now)
        audit.note(db, ACTOR, "source.retired")
    say(f"{source} is retired: its silence is no finding. timescales sources expect {source} has it watched again.")
