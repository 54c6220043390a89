"""The reports: what was published, and one as a page of the service, as a page to keep, as a workbook, or as data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection

from service import clock, reports, timing
from service.access.viewers import Viewer
from service.council import Council
from service.errors import NotFound
from service.posts.roles import DATES_OF_BIRTH
from service.reports.report import Report, from_content
from service.store.keeping import audit
from service.store.seeing import browsing
from service.store.seeing.reach import those_seen
from service.web.case.births import timescales_counted_from_birth
from service.web.shown.freshness import freshness, note_read
from service.web.shown.links import address
from service.web.shown.rows import title_of
from service.web.words import first, spaced

_MOST = 60


class Line(NamedTuple):
    """A report in the list: what it is for, who gets it, and what the latest one published says."""

    name: str
    title: str
    subtitle: str
    readers: str
    latest: Report | None


@dataclass(frozen=True, slots=True)
class Download:
    """A form in which a report can be taken away."""

    words: str
    media_type: str
    write: Callable[[Report], str | bytes]


_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOWNLOADS = {
    "xlsx": Download("Workbook", _SHEET, lambda report: reports.as_xlsx(report, with_children=True)),
    "csv": Download("Figures (CSV)", "text/csv; charset=utf-8", reports.as_csv),
    "children.csv": Download("Children (CSV)", "text/csv; charset=utf-8", reports.children_csv),
    "json": Download("Figures (JSON)", "application/json", reports.as_json),
    "html": Download(
        "Page to keep", "text/html; charset=utf-8", lambda report: reports.as_html(report, with_children=True)
    ),
}


def listed(council: Council) -> dict[str, Any]:
    """Every report with what its latest publication said, and those published before. None is worked out anew here."""
    with council.reading() as db:
        published = browsing.published(db, most=_MOST)
        latest = {name: browsing.latest_content(db, name) for name in reports.NAMES}
        return {
            "lines": [_line(name, latest[name]) for name in reports.NAMES],
            "titles": {name: title for name, (title, _subtitle) in reports.TITLES.items()},
            "published": published,
            "freshness": freshness(db, council),
        }


def whole(council: Council, viewer: Viewer, name: str, as_at: date | None) -> dict[str, Any]:
    """A report as a page: as it was published for that day, else worked out now; with the children within reach."""
    report = _report(council, viewer, name, as_at or clock.today(), "read")
    day = report.as_at.isoformat()
    with council.reading() as db:
        return {
            "part": reports.as_part(report, "/subjects/"),
            "asks": f"/reports/{name}",
            "as_at": day,
            "taken": [(address(f"/reports/{name}/{form}", as_at=day), one.words) for form, one in DOWNLOADS.items()],
            "freshness": freshness(db, council),
        }


def download(council: Council, viewer: Viewer, name: str, form: str, as_at: date | None) -> tuple[str | bytes, str]:
    """The report in another form, and its file name. Raises NotFound for a form there is not."""
    if form not in DOWNLOADS:
        raise NotFound("a report cannot be had in this form", fix="the report's own page lists the forms")
    report = _report(council, viewer, name, as_at or clock.today(), "exported")
    stem = f"{report.name}-{report.as_at.isoformat()}"
    return DOWNLOADS[form].write(report), f"{stem}-{form}" if form.startswith("children") else f"{stem}.{form}"


def _line(name: str, content: str | None) -> Line:
    title, subtitle = reports.TITLES[name]
    posts = dict.fromkeys(one.post for one in timing.timings() if one.report == name)
    readers = ", ".join(first(spaced(post)) for post in posts)
    return Line(name, title, subtitle, readers, from_content(content) if content is not None else None)


def _report(council: Council, viewer: Viewer, name: str, as_at: date, what: str) -> Report:
    if name not in reports.NAMES:
        raise NotFound("there is no report of this name", fix="the list of reports shows what there is")
    with council.reading() as db:
        content = browsing.published_content(db, name, as_at)
    report = from_content(content) if content is not None else reports.build(council, name, as_at=as_at)
    reach = viewer.reach("reports")
    with council.writing() as db:
        if not reach.is_all:
            report = reports.cut_to(report, those_seen(db, reach, reports.children_of(report)))
        report = _without_births(db, council, viewer, report)
        behind = reports.children_of(report)
        said = f"{name}, {len(behind)} children behind it"
        audit.note(db, viewer.actor, f"report.{what}", detail=said, origin=viewer.origin)
        note_read(db, viewer, f"report.{what}", behind)
    return report


def _without_births(db: Connection, council: Council, viewer: Viewer, report: Report) -> Report:
    """A last day that is counted from a birthday gives it away: left out for whoever may not know when that was."""
    reach = viewer.reach(DATES_OF_BIRTH)
    if reach == viewer.reach("reports"):
        return report
    titles = {title_of(council.law, id) for id in timescales_counted_from_birth(council.law)}
    return reports.without_timescales(report, titles, but_of=those_seen(db, reach, reports.children_of(report)))
