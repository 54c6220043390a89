"""The reports: what they say today, what was published, and the whole of one as its own page."""

from __future__ import annotations

from datetime import date
from typing import Any

from service import clock, reports
from service.access.viewers import Viewer
from service.council import Council
from service.errors import NotFound
from service.reports.report import Report, from_content
from service.store import audit, browsing
from service.web.shown.freshness import freshness

_MOST = 60


def listed(council: Council) -> dict[str, Any]:
    """Every report with its opening sentence as at today, and those published."""
    found = [reports.build(council, name, as_at=clock.today()) for name in reports.NAMES]
    with council.reading() as db:
        titles = {report.name: report.title for report in found}
        return {
            "reports": found,
            "titles": titles,
            "published": browsing.published(db, most=_MOST),
            "freshness": freshness(db, council),
        }


def whole(council: Council, viewer: Viewer, name: str, as_at: date | None) -> str:
    """The service's own copy of a report: as it was published for that day, else worked out now."""
    if name not in reports.NAMES:
        raise NotFound("there is no report of this name", fix="the list of reports shows what there is")
    return reports.as_html(_report(council, viewer, name, as_at or clock.today()), with_children=True)


def _report(council: Council, viewer: Viewer, name: str, as_at: date) -> Report:
    with council.writing() as db:
        content = browsing.published_content(db, name, as_at)
        audit.note(db, viewer.actor, "report.read", detail=f"{name} with the children behind it", origin=viewer.origin)
    return from_content(content) if content is not None else reports.build(council, name, as_at=as_at)
