"""Publishing: a report is worked out once for a day, kept as it was, and given back the same for ever.

Asking again gives what was published, with the moment it was frozen, whatever has been corrected since. A later report
says which earlier figures read otherwise now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from service.council import Council
from service.reports.definition import Definition, Facts, fill
from service.reports.report import Report, from_content, to_content
from service.store.session import hold
from service.store.tables import ReportRow, table

REPORT = table(ReportRow)


@dataclass(frozen=True, slots=True)
class Published:
    """A frozen report. ``is_new``: it was frozen just now, and not before."""

    report: Report
    published_at: datetime
    is_new: bool


def publish(council: Council, definition: Definition[Facts], *, as_at: date, now: datetime) -> Published:
    """Freezes the report as at a day, once; later calls, and other processes, get the one that was frozen first."""
    with council.reading() as db:
        frozen = _frozen(db, definition.name, as_at)
    if frozen is not None:
        return Published(frozen, frozen.published_at or now, is_new=False)
    report = replace(
        fill(definition, council, as_at, now, earlier(council, definition.name, as_at, now)), published_at=now
    )
    with council.writing() as db:
        hold(db, {f"report {definition.name} {as_at.isoformat()}"})
        frozen = _frozen(db, definition.name, as_at)
        if frozen is not None:
            return Published(frozen, frozen.published_at or now, is_new=False)
        row = {"name": report.name, "as_at": as_at, "known_at": now, "published_at": now, "content": to_content(report)}
        db.execute(insert(REPORT).values(row))
    return Published(report, now, is_new=True)


def earlier(council: Council, name: str, as_at: date, known_at: datetime) -> Report | None:
    """The report of the latest day before this one, as published by that moment."""
    wanted = (
        select(REPORT.c.content)
        .where(REPORT.c.name == name, REPORT.c.as_at < as_at, REPORT.c.published_at < known_at)
        .order_by(REPORT.c.as_at.desc(), REPORT.c.seq)
        .limit(1)
    )
    with council.reading() as db:
        content = db.execute(wanted).scalar()
    return None if content is None else from_content(content)


def _frozen(db: Connection, name: str, as_at: date) -> Report | None:
    wanted = select(REPORT.c.content).where(REPORT.c.name == name, REPORT.c.as_at == as_at)
    content = db.execute(wanted.order_by(REPORT.c.seq).limit(1)).scalar()
    return None if content is None else from_content(content)
