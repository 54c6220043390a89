"""`timescales rules`: read the law, check it, and see what a change of it would move before anybody is told."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from rules import Law, PackRefused, load_law
from rules.telling.browse import described
from service import clock
from service.cli import moving
from service.cli.clocks import recomputed
from service.cli.screen import complain, draw, say, width
from service.cli.tables import Format as Listed
from service.cli.tables import drawn, least_width
from service.council import authority_of
from service.settings import Settings

app = typer.Typer(help="The law as data: check, list, show, unverified, preview, apply.", no_args_is_help=True)

_COLUMNS = ("id", "title", "area", "kind", "limit", "verified", "enabled")
_WHOLE = ("id",)
"""What ``show`` has to be given, letter by letter."""
_BY_ROOM = (_COLUMNS, ("id", "title", "limit", "verified"), ("id", "limit", "verified"), ("id", "limit"), ("id",))
"""The columns that are shown, the widest first: what is least missed is left out first."""


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"


def _law() -> Law:
    """The law that the database works to, or the one that the settings name where there is no database."""
    settings = Settings()
    name, overlays = authority_of(settings)
    if "authority" in settings.model_fields_set and settings.authority != name:
        name, overlays = settings.authority, ()
    return load_law(name, overlays=overlays)


@app.command()
def check() -> None:
    """Checks every pack of the authority: each thing that cannot be right with file, line, key, reason and fix."""
    try:
        law = _law()
    except PackRefused as refused:
        for line in refused.refusals:
            complain(line)
        raise typer.Exit(1) from None
    examples = sum(len(one.examples) for one in law.timescales.values())
    counted = f"{len(law.timescales)} timescales, {len(law.ladders.ladders)} ladders and {examples} worked examples"
    say(f"{law.title}: {counted} are right ({law.fingerprint})")


@app.command("list")
def list_rules(layout: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:
    """Lists every timescale with its limit, and how sure we are of it."""
    _show(_described(_law()), layout)


@app.command()
def unverified(layout: Annotated[Format, typer.Option("--format")] = Format.TABLE) -> None:
    """Lists the timescales whose number nobody has read in a source; exit status 1 where there are any."""
    found = [row for row in _described(_law()) if row["verified"] == "unverified"]
    _show(found, layout)
    raise typer.Exit(1 if found else 0)


@app.command()
def show(id: Annotated[str, typer.Argument(help="a timescale's id")]) -> None:
    """Shows everything a pack says of one timescale, as JSON; at its end who is told, and when."""
    law = _law()
    found = law.timescales.get(id)
    if found is None:
        complain(f"there is no timescale {id}: `timescales rules list` shows them")
        raise typer.Exit(1)
    say(json.dumps(described(found, law.ladders), indent=2, ensure_ascii=False))


@app.command()
def preview(
    layout: Annotated[Listed, typer.Option("--format", help="csv, and json line by line, list every clock")] = (
        Listed.TABLE
    ),
) -> None:
    """Shows which clocks would move if the packs as they now stand were applied, and which of them become overdue.

    Changes and sends nothing.
    """
    recomputed(moving.Moving(clock.today(), layout), check=True)


@app.command()
def apply() -> None:
    """Applies the packs as they now stand to every stored clock."""
    recomputed(moving.Moving(clock.today()), check=False)


def _described(law: Law) -> list[dict[str, Any]]:
    return [described(one, law.ladders) for one in law.timescales.values()]


def _show(rows: list[dict[str, Any]], layout: Format) -> None:
    if layout is Format.JSON:
        say(json.dumps([{name: row[name] for name in _COLUMNS} for row in rows], indent=1, ensure_ascii=False))
        return
    for names in _BY_ROOM:
        cells = [[str(row[name]) for name in names] for row in rows]
        if least_width(names, cells, whole=_WHOLE) <= width():
            break
    draw(drawn(names, cells, whole=_WHOLE))
    if left_out := [name for name in _COLUMNS if name not in names]:
        complain(f"no room for {', '.join(left_out)}: make the window wider, or say --format json")
