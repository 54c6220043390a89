"""`timescales import`: files of events, through the same front door as the API."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from service import door
from service.bulk import LINES_AT_A_TIME, Totals, take_lines
from service.cli.screen import ACTOR, complain, council, progress, say
from service.door import Line, Refusal

app = typer.Typer(help="Imports files of events.", no_args_is_help=True)

_CHUNK = 1 << 20


@app.callback()
def sources() -> None:
    """Imports files of events."""


@app.command()
def events(path: Annotated[Path, typer.Argument(metavar="FILE.ndjson", help="one event a line")]) -> None:
    """Imports a file of events, one a line. Run it again after a stop: what is stored stays, and is not doubled."""
    size = path.stat().st_size
    here = council()
    totals = Totals()
    refusals: list[tuple[int, Refusal]] = []
    with progress(counted=False) as bar:
        task = bar.add_task(f"Reading {path.name}", total=size)
        for lines in _batches(path, bar, task):
            take_lines(here, lines, actor=ACTOR, totals=totals)
            refusals += totals.refusals
    say(
        f"{totals.new:,} new, {totals.repeated:,} known already, {totals.refused:,} refused; "
        f"{totals.clocks_changed:,} changes of clocks; last durable line {totals.last_durable_line:,}"
    )
    if refusals:
        refused = path.with_name(f"{path.name}.refused.csv")
        _write(refused, refusals)
        complain(f"what was refused, by line, with the reason and the fix: {refused}")
        raise typer.Exit(1)


def _batches(path: Path, bar: Progress, task: TaskID) -> Iterator[list[Line]]:
    splitter = door.LineSplitter()
    waiting: list[Line] = []
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            waiting += splitter.feed(chunk)
            share = len(chunk) / max(1, len(waiting))
            while len(waiting) >= LINES_AT_A_TIME:
                yield waiting[:LINES_AT_A_TIME]
                bar.advance(task, share * LINES_AT_A_TIME)
                waiting = waiting[LINES_AT_A_TIME:]
            bar.update(task, completed=file.tell())
    waiting += splitter.finish()
    while waiting:
        yield waiting[:LINES_AT_A_TIME]
        waiting = waiting[LINES_AT_A_TIME:]


def _write(path: Path, refusals: list[tuple[int, Refusal]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "type", "pointer", "detail", "fix"))
        writer.writerows((line, one.type, one.pointer, one.detail, one.fix) for line, one in refusals)
