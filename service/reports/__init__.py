"""Questions asked of the store, and how the answers are laid out.

    report = build(council, "section-47", as_at=clock.today())
    published = publish(council, "section-47", as_at=clock.today(), now=clock.now())
    write(published.report, Path("out"))

A report is a definition (``section_47``), filled (``definition``) from what was known (``known``), frozen when it is
published (``frozen``), and laid out by ``paper``. To add one: write its definition and name it in ``_DEFINITIONS``.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from rules import nearest
from service import clock
from service.council import Council
from service.errors import NotFound, Refused
from service.reports import frozen
from service.reports.definition import Definition, fill
from service.reports.frozen import Published
from service.reports.paper.page import Part, as_html, as_part, as_text
from service.reports.paper.tidy import as_csv, as_json, children_csv
from service.reports.paper.workbook import as_xlsx
from service.reports.pre_proceedings import PRE_PROCEEDINGS
from service.reports.report import Report
from service.reports.section_47 import SECTION_47
from service.reports.telling import TELLING
from service.reports.visits import VISITS, VISITS_MONTHLY
from service.reports.within import children_of, cut_to, without_timescales

__all__ = [
    "NAMES",
    "TITLES",
    "Part",
    "Published",
    "Report",
    "as_csv",
    "as_html",
    "as_json",
    "as_part",
    "as_text",
    "as_xlsx",
    "build",
    "children_csv",
    "children_of",
    "cut_to",
    "publish",
    "without_timescales",
    "write",
]

_DEFINITIONS: dict[str, Definition[Any]] = {
    one.name: one for one in (SECTION_47, VISITS, VISITS_MONTHLY, PRE_PROCEEDINGS, TELLING)
}
NAMES = tuple(_DEFINITIONS)
TITLES = {one.name: (one.title, one.subtitle) for one in _DEFINITIONS.values()}
"""Of each report, its title and what it is for."""


def build(council: Council, name: str, *, as_at: date, known_at: datetime | None = None) -> Report:
    """The report as at a day, as recorded by ``known_at`` (aware; None: now), without publishing it.

    Raises NotFound for a report there is not, Refused for a day or moment to come, for a day before the calendar of
    working days, or for an earlier moment where the report can only be had as recorded now.
    """
    definition = _definition(name)
    now = clock.now()
    moment = known_at or now
    if moment > now:
        raise Refused("known_at lies in the future", fix="ask for now or earlier", pointer="/known_at")
    if definition.is_of_now and moment < now:
        fix = "leave known_at out; what was published on a day is kept as it was"
        raise Refused("what was told is known only as it is recorded now", fix=fix, pointer="/known_at")
    _must_be_known(council, as_at)
    return fill(definition, council, as_at, moment, frozen.earlier(council, name, as_at, moment))


def publish(council: Council, name: str, *, as_at: date, now: datetime) -> Published:
    """Freezes the report as at a day and gives it; given again, it is the one frozen first, never a new number."""
    definition = _definition(name)
    _must_be_known(council, as_at)
    return frozen.publish(council, definition, as_at=as_at, now=now)


def write(report: Report, out: Path) -> list[Path]:
    """Writes the service's own copy: HTML, CSV, JSON, and the children behind the figures. Gives the files written."""
    out.mkdir(parents=True, exist_ok=True)
    stem = f"{report.name}-{report.as_at.isoformat()}"
    files = {
        f"{stem}.html": as_html(report, with_children=True),
        f"{stem}.csv": as_csv(report),
        f"{stem}.json": as_json(report),
        f"{stem}-children.csv": children_csv(report),
    }
    for name, text in files.items():
        (out / name).write_text(text, "utf-8", newline="")
    return [out / name for name in files]


def _definition(name: str) -> Definition[Any]:
    if name not in _DEFINITIONS:
        like = nearest(name, _DEFINITIONS)
        raise NotFound("there is no report of that name", fix=f"did you mean {like}?" if like else f"one of {NAMES}")
    return _DEFINITIONS[name]


def _must_be_known(council: Council, as_at: date) -> None:
    if as_at < council.calendar.covered_from:  # no sum of working days, and at the beginning of time no sum at all
        raise Refused(
            "this day is out of range: the calendar of working days begins later",
            fix=f"ask for {council.calendar.covered_from.isoformat()} or a later day",
            pointer="/as_at",
        )
    if as_at > clock.today():
        raise Refused("as_at lies in the future", fix="ask for today or an earlier day", pointer="/as_at")
