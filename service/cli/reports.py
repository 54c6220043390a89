"""`timescales report`: a question asked of the store, written to files."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from service import clock, reports
from service.cli.here import ACTOR, council
from service.cli.screen import complain, say
from service.council import Council
from service.reports.report import Report, from_content
from service.store.keeping import audit
from service.store.seeing import browsing


def _moment(words: str) -> datetime:
    """A local moment; of a day alone, its end: what was recorded on that day was known on it."""
    try:
        if len(words) == len("YYYY-MM-DD"):
            after = date.fromisoformat(words) + timedelta(days=1)
            return min(datetime.combine(after, time.min, clock.LOCAL), clock.now())
        moment = datetime.fromisoformat(words)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{words!r} is no day or moment: YYYY-MM-DD, or YYYY-MM-DDTHH:MM") from None
    return moment.replace(tzinfo=moment.tzinfo or clock.LOCAL)


def report(
    name: Annotated[str, typer.Argument(help=f"one of {', '.join(reports.NAMES)}")],
    as_at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="the day; unset: today")] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(
            parser=_moment,
            metavar="MOMENT",
            help="as recorded by a day's end, or at a local YYYY-MM-DDTHH:MM; unset: now",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="the folder to write to; unset: the service's own folder of reports")
    ] = None,
) -> None:
    """Writes a report as HTML, CSV and JSON. The service's own copies: they name the children behind figures.

    In the service's own folder stands what was published, where that was done for the day: no other figures replace it.
    """
    if name not in reports.NAMES:
        complain(f"there is no report {name}: there is {', '.join(reports.NAMES)}")
        raise typer.Exit(2)
    here = council()
    on = as_at.date() if as_at else clock.today()
    published = _published(here, name, on) if out is None else None
    if published is not None and known_at is not None:
        complain(f"{name} as at {on} was published, and that is kept: name another folder with --out for other figures")
        raise typer.Exit(1)
    built = published or reports.build(here, name, as_at=on, known_at=known_at)
    with here.writing() as db:
        audit.note(db, ACTOR, "report.written", detail=name)
    folder = here.settings.reports_dir if out is None else out
    for path in reports.write(built, folder):
        say(str(path))
    said = "as it was published (--out writes the figures of now elsewhere)" if published else "worked out now"
    complain(f"{name} as at {on}, {said}, is in {folder.resolve()}; the files name children")


def _published(here: Council, name: str, on: date) -> Report | None:
    with here.reading() as db:
        content = browsing.published_content(db, name, on)
    return from_content(content) if content is not None else None
