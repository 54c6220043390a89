"""Published reports without those who were erased: the service's own copies are the only papers that name children.

Figures stand as they were published; where a row names somebody erased, every reference in it reads "erased", and the
report says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from service import reports
from service.council import Council
from service.reports.report import ERASED, REFERENCE, from_content
from service.store.keeping import erasures
from service.store.tables import ReportRow, table

_SAID = {
    "term": "Erased",
    "words": "Where a reference reads “erased”, the child has been erased since this was published. Figures stand.",
}
_TABLES_OF_CHILDREN = ("tables", "own")
_KEPT_AS = (".html", ".csv", ".json")
_REPORT = table(ReportRow)


def rewrite_reports(db: Connection, subjects: Collection[str]) -> int:
    """Takes these references out of every published report. Returns of how many."""
    count = 0
    texts = {json.dumps(subject)[1:-1] for subject in subjects}  # as JSON spells them
    for number, content in erasures.reports_naming(db, texts):
        if _take_out(content, frozenset(subjects)):
            erasures.rewrite_report(db, number, content)
            count += 1
    return count


def files_naming(council: Council, subjects: Collection[str]) -> list[Path]:
    """The files of published reports in which one of these references stands."""
    spelt = {text for one in subjects for text in (one, escape(one), json.dumps(one)[1:-1])}
    folder = council.settings.reports_dir
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [file for file in files if file.suffix in _KEPT_AS and any(one in file.read_text("utf-8") for one in spelt)]


def rewrite_files(council: Council, subjects: Collection[str]) -> list[Path]:
    """Writes those files anew, from the published reports as they are now. Returns those that were written, or deleted.

    A report that was never published is kept nowhere else: its files go, and whoever wants it makes it again.
    """
    written: list[Path] = []
    naming = [(file, found) for file in files_naming(council, subjects) if (found := _report_of(file))]
    for name, as_at in sorted({found for _file, found in naming}):
        with council.reading() as db:
            query = select(_REPORT.c.content).where(_REPORT.c.name == name, _REPORT.c.as_at == as_at)
            content = db.execute(query.order_by(_REPORT.c.seq).limit(1)).scalar()
        if content is not None:
            written += reports.write(from_content(content), council.settings.reports_dir)
            continue
        for file in (file for file, found in naming if found == (name, as_at)):
            file.unlink(missing_ok=True)
            written.append(file)
    return written


def _report_of(file: Path) -> tuple[str, date] | None:
    """``section-47-2026-11-23-children.csv`` → the report, and the day it is as at; None for another file."""
    stem = file.stem.removesuffix("-children")
    name, day = stem[:-11], stem[-10:]
    try:
        return (name, date.fromisoformat(day)) if name in reports.NAMES else None
    except ValueError:
        return None


def _take_out(content: dict[str, Any], subjects: frozenset[str]) -> bool:
    """Rewrites the rows that name one of these. Returns whether there was any."""
    changed = [_rewrite(one, subjects) for one in _tables(content)]
    if not any(changed):
        return False
    if _SAID not in content["definitions"]:
        content["definitions"].append(dict(_SAID))
    return True


def _tables(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield content["children"]
    for name in _TABLES_OF_CHILDREN:
        yield from content.get(name, ())


def _rewrite(one: dict[str, Any], subjects: frozenset[str]) -> bool:
    references = {nth for nth, column in enumerate(one["columns"]) if column["kind"] == REFERENCE}
    changed = False
    for nth, row in enumerate(one["rows"]):
        if any(row[place] in subjects for place in references if isinstance(row[place], str)):
            one["rows"][nth] = [_cell(cell, place in references, subjects) for place, cell in enumerate(row)]
            changed = True
    return changed


def _cell(cell: Any, is_reference: bool, subjects: frozenset[str]) -> Any:
    """A key may be made of the child's reference, and a note may name it."""
    if not isinstance(cell, str) or not cell:
        return cell
    is_named = any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", cell) for one in subjects)
    return ERASED if is_reference or is_named else cell
