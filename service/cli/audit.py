"""`timescales audit`: whether the trail of who read and did what is as it was written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from service import clock
from service.access.trail import in_words, read_anchors, verify
from service.cli.here import ACTOR, council
from service.cli.screen import progress, say
from service.store.keeping import audit, trail

app = typer.Typer(help="The trail of who read and did what: verify it, export its digests.", no_args_is_help=True)

_looks_like_one = re.compile(r"\d+:").match


@app.command("verify")
def verify_trail(
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER:DIGEST|FILE", help="exported before, or a file of them; may be given again"),
    ] = None,
) -> None:
    """Checks every row against the one before, and says where something was changed. Exit status 1 where it was."""
    anchors = read_anchors(line for one in against or () for line in _lines(one))
    here = council()
    with progress(counted=True) as bar:
        with here.reading() as db:
            task = bar.add_task("Checking rows", total=trail.how_many(db))
        done = verify(here.reading, anchors, told=lambda rows: bar.update(task, completed=rows))
    with here.writing() as db:
        audit.note(db, ACTOR, "audit.verified", detail=f"{done.rows} rows, {len(done.findings)} findings")
    for line in in_words(done):
        say(line)
    if anchors and not done.findings:
        say(f"{len(anchors):,} exported digests agree.")
    if done.findings:
        raise typer.Exit(1)


@app.command()
def digests(
    out: Annotated[Path | None, typer.Option(help="the file to write; unset: standard output")] = None,
    every: Annotated[int, typer.Option(min=1, help="one for every so many rows, beside the last")] = 1_000,
) -> None:
    """Exports digests of the trail, to be kept where nobody who can change this database can change them."""
    here = council()
    with here.writing() as db:
        found = trail.digests(db, every=every)
        audit.note(db, ACTOR, "audit.digests-exported", detail=f"{len(found)} digests")
    lines = [f"# The audit trail of {here.law.title}, exported {clock.now():%Y-%m-%d %H:%M} UTC: NUMBER:DIGEST"]
    lines += [f"{number}:{chain}  # {at:%Y-%m-%d %H:%M} UTC" for number, chain, at in found]
    if out is None:
        say("\n".join(lines))
    else:
        out.write_text("\n".join(lines) + "\n", "utf-8")
        say(f"{len(found):,} digests written to {out}")


def _lines(given: str) -> list[str]:
    """The lines of a file, or the digest itself."""
    return [given] if _looks_like_one(given) else Path(given).read_text("utf-8").splitlines()
