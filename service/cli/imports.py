"""`timescales import`: files of events and statutory returns, through the same front door as the API."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from service.bulk import Totals, batches_of, refusals_as_csv, take_lines
from service.cli.here import ACTOR, council
from service.cli.screen import complain, progress, say
from service.door import Refusal
from service.returns import CannotRead, Feed, take_return, words_of, write_papers

app = typer.Typer(help="Imports files of events, and statutory returns.", no_args_is_help=True)


@app.command()
def events(path: Annotated[Path, typer.Argument(metavar="FILE.ndjson", help="one event a line")]) -> None:
    """Imports a file of events, one a line. Run it again after a stop: what is stored stays, and is not doubled."""
    size = path.stat().st_size
    here = council()
    totals = Totals()
    refusals: list[tuple[int, Refusal]] = []
    with progress(counted=False) as bar:
        task = bar.add_task(f"Reading {path.name}", total=size)
        for lines, done in batches_of(path):
            bar.update(task, completed=done)
            take_lines(here, lines, actor=ACTOR, totals=totals)
            refusals += totals.refusals
    say(
        f"{totals.new:,} new, {totals.repeated:,} known already, {totals.refused:,} refused; "
        f"{totals.clocks_changed:,} changes of clocks; last durable line {totals.last_durable_line:,}"
    )
    if refusals:
        refused = path.with_name(f"{path.name}.refused.csv")
        refused.write_text(refusals_as_csv(refusals), "utf-8", newline="")
        complain(f"what was refused, by line, with the reason and the fix: {refused}")
        raise typer.Exit(1)


Complete = Annotated[
    bool,
    typer.Option("--complete", help="withdraw what was sent of the days it covers and it no longer has"),
]


class Format(StrEnum):
    """How totals are printed."""

    TEXT = "text"
    JSON = "json"


Layout = Annotated[Format, typer.Option("--format", help="how the totals are printed")]


@app.command("cin-census")
def cin_census(
    path: Annotated[Path, typer.Argument(metavar="FILE.xml", help="a children in need census, of any year")],
    complete: Complete = False,
    layout: Layout = Format.TEXT,
) -> None:
    """Imports a children in need census. The same file again changes nothing; a changed one sends corrections."""
    _take(Feed.CIN_CENSUS, path, complete, layout)


@app.command()
def ssda903(
    path: Annotated[Path, typer.Argument(metavar="DIR", help="the CSV files of a looked-after return, or a zip")],
    complete: Complete = False,
    layout: Layout = Format.TEXT,
) -> None:
    """Imports a looked-after return (SSDA903): episodes, reviews, missing. It knows no visits and no health dates."""
    _take(Feed.SSDA903, path, complete, layout)


@app.command("annex-a")
def annex_a(
    path: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help="the lists that Ofsted asks for")],
    complete: Complete = False,
    layout: Layout = Format.TEXT,
) -> None:
    """Imports Ofsted's Annex A lists. Of what they know only the latest of, no schedule is invented."""
    _take(Feed.ANNEX_A, path, complete, layout)


def _take(feed: Feed, path: Path, complete: bool, layout: Format) -> None:
    here = council()
    with progress(counted=True) as bar:
        task = bar.add_task(f"Reading {path.name}", total=None)

        def show(done: int, of: int) -> None:
            bar.update(task, description=f"Taking {path.name}", completed=done, total=of)

        try:
            taken = take_return(here, feed, path, actor=ACTOR, complete=complete, progress=show)
        except CannotRead as error:
            bar.stop()
            complain(f"{path.name}: {error}; nothing of it was stored")
            raise typer.Exit(1) from None
    say(json.dumps(taken.counts, indent=1) if layout is Format.JSON else "\n".join(words_of(taken)))
    papers = write_papers(taken, path)  # last: where they cannot be written, what was stored is told all the same
    for paper in papers:
        complain(f"line by line, with the reason and what to correct: {paper}")
    if taken.notes:
        complain("what this return can never tell:")
    for note in taken.notes:
        complain(f"  - {note}")
    if papers:
        raise typer.Exit(1)
