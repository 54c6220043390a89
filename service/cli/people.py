"""`timescales people`: who is told, and where."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from service import posts
from service.cli.here import ACTOR, council
from service.cli.screen import complain, say
from service.posts import HandedOver, ListRefused, Move, Moved, Nobody
from service.store import people
from service.store.people import Recipient, Refusal

app = typer.Typer(help="Teams, posts, the people who hold them, and their addresses.", no_args_is_help=True)

_SHOWN = 4
"""Teams named in a line; of more, the number is more use."""


@app.callback()
def about() -> None:
    """Teams, posts, the people who hold them, and their addresses."""


@app.command("import")
def import_people(
    path: Annotated[Path, typer.Argument(metavar="FILE.csv", help="its columns: docs/people-and-posts.md")],
    preview: Annotated[bool, typer.Option("--preview", help="say what would change, and store nothing")] = False,
) -> None:
    """Imports people, posts and addresses; what the file does not speak of stays as it is. All of it, or none of it."""
    here = council()
    with path.open(encoding="utf-8-sig", newline="") as lines:
        said = people.import_csv(lines, posts.bounds(here))
    if said.refusals:
        _refuse(path, said.refusals)
    try:
        done = posts.rehearse(here, said) if preview else posts.take_list(here, said, actor=ACTOR)
    except ListRefused as refused:
        _refuse(path, refused.refusals)
    lines_read = _several(len(said.rows), "line")
    say(f"Preview of {lines_read}: nothing is stored" if preview else f"{lines_read} imported")
    for line in _told(done):
        say(line)


def _refuse(path: Path, refusals: Iterable[Refusal]) -> None:
    for refusal in refusals:
        complain(f"{path.name}, line {refusal.line}: {refusal.reason}: {refusal.fix}")
    complain("nothing was stored")
    raise typer.Exit(1)


def _told(done: HandedOver) -> Iterator[str]:
    """What a list does, in words that hold before and after."""
    yield ""
    yield "Posts that change hands:" if done.moves else "No post changes hands."
    yield from (f"  {_move(move, done)}" for move in done.moves)
    yield ""
    yield "Posts with nobody today:" if done.nobody else "Every post has somebody."
    yield from (f"  {_nobody(one, done)}" for one in done.nobody)
    yield ""
    yield f"Alerts due by {done.until.isoformat()}: {_moved(done.due)}"
    yield f"Alerts held until their team is released: {_moved(done.held)}"


def _move(move: Move, done: HandedOver) -> str:
    from_on = f", from {move.on.isoformat()}" if move.on > done.today else ""
    return f"{_post(move.post, move.teams, done)}: {_who(move.before)} → {_who(move.after)}{from_on}"


def _nobody(one: Nobody, done: HandedOver) -> str:
    instead = f"{_spaced(one.told)} is told in its place" if one.told else "nobody is told at all"
    return f"{_post(one.post, one.teams, done)}: {instead}"


def _moved(moved: Moved) -> str:
    said = [f"{moved.elsewhere:,} of {moved.alerts:,} go to somebody else"]
    if moved.found:
        said.append(f"{moved.found:,} that had nobody have somebody")
    if moved.lost:
        said.append(f"{moved.lost:,} that had somebody have nobody")
    return "; ".join(said)


def _post(post: str, teams: Collection[str], done: HandedOver) -> str:
    named = [done.names.get(team, team) if team else "whatever belongs to no team" for team in teams]
    if len(done.names) > 1 and set(teams) >= set(done.names):
        where = "every team"
    else:
        where = (", ".join(named) or "the whole authority") if len(named) <= _SHOWN else f"{len(named)} teams"
    return f"{_spaced(post)} ({where})"


def _who(recipient: Recipient | None) -> str:
    """A person by reference; a mailbox by its address."""
    if recipient is None:
        return "nobody"
    why = {people.COVER: f"covers for {recipient.away}", people.DEPUTY: "deputy"}.get(recipient.why, recipient.why)
    return f"{recipient.person or recipient.address} ({why}{_until(recipient.until)})"


def _until(until: date | None) -> str:
    return f" until {until.isoformat()}" if until else ""


def _spaced(post: str) -> str:
    return post.replace("-", " ")


def _several(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
