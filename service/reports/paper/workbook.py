"""A report as a workbook: tidy sheets (one header row, real dates and numbers, no merged cell, no formula)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from service.clock import local
from service.reports.report import DATE, Cell, Report, Table, Value

_WIDEST = 60
_TEXT_ALONE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_MEASURES = (
    "measure",
    "title",
    "unit",
    "good",
    "this_period",
    "this_part",
    "this_whole",
    "last_period",
    "last_part",
    "last_whole",
    "all_periods",
    "all_part",
    "all_whole",
    "target",
    "statutory_limit",
    "local_limit",
    "trend",
)


_ABOUT = ("what", "is")
_SERIES = ("measure", "ends_on", "amount", "part", "whole")
_OF_WINDOWS = "Each for this period, for the last one, and for all periods together: About says from when to when."
_OF_POINTS = "A row for each measure and period, which is named by its last day."


class _Sheet(NamedTuple):
    """What stands on one sheet, and the words that Contents says of it."""

    name: str
    title: str
    words: str
    header: Sequence[str]
    rows: Iterable[Sequence[object]]


def as_xlsx(report: Report, *, with_children: bool) -> bytes:
    """The measures, each table on its own sheet, what it rests on, and (only in the service's copy) the children.

    A table's sheet is named by the table's id: a title is longer than a sheet's name may be. Contents gives the titles.
    """
    about, *sheets = _sheets(report, with_children=with_children)
    listed = [(one.name, one.title, one.words) for one in (about, *sheets)]
    contents = _Sheet("Contents", "", "", ("sheet", "title", "words"), listed)
    out = BytesIO()
    with Workbook(out, _TEXT_ALONE) as book:
        pen = _Pen(book)
        for sheet in (about, contents, *sheets):
            pen.add(sheet)
    return out.getvalue()


def _sheets(report: Report, *, with_children: bool) -> Iterator[_Sheet]:
    yield _Sheet("About", "What this report is", "Whose it is, of which days, by which law.", _ABOUT, _about(report))
    yield _Sheet("Measures", "The figures", _OF_WINDOWS, _MEASURES, _measures(report))
    yield _Sheet("Series", "The figures, period by period", _OF_POINTS, _SERIES, _series(report))
    for table in report.tables + (report.own if with_children else ()):
        yield _of_table(table)
    if with_children:
        yield _of_table(report.children)
    terms = ((one.term, one.words) for one in report.definitions)
    yield _Sheet("Definitions", "What the words mean", "As this report uses them.", ("term", "means"), terms)


def _of_table(table: Table) -> _Sheet:
    return _Sheet(table.id, table.title, " ".join(table.words), *_flat(table))


class _Pen:
    """Writes sheets, with widths that show what is in them."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._bold: Format = book.add_format({"bold": True})
        self._day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self._minute: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def add(self, wanted: _Sheet) -> None:
        sheet: Worksheet = self._book.add_worksheet(wanted.name)
        widths = [len(name) for name in wanted.header]
        sheet.write_row(0, 0, wanted.header, self._bold)
        for down, row in enumerate(wanted.rows, 1):
            for across, cell in enumerate(row):
                self._write(sheet, down, across, cell)
                widths[across] = max(widths[across], len(str(cell)))
        for across, width in enumerate(widths):
            sheet.set_column(across, across, min(width + 2, _WIDEST))
        sheet.freeze_panes(1, 0)

    def _write(self, sheet: Worksheet, down: int, across: int, cell: object) -> None:
        if isinstance(cell, datetime):  # a sheet knows no zones: the minute as local people write it
            minute = local(cell).replace(second=0, microsecond=0, tzinfo=None)
            sheet.write_datetime(down, across, minute, self._minute)
        elif isinstance(cell, date):
            sheet.write_datetime(down, across, datetime(cell.year, cell.month, cell.day), self._day)  # noqa: DTZ001
        elif cell is not None and cell != "":
            sheet.write(down, across, cell)


def _about(report: Report) -> Iterable[tuple[str, object]]:
    yield "report", report.title
    yield "authority", report.authority + (" (demonstration)" if report.is_demonstration else "")
    yield f"this {report.noun} begins", report.this_period.starts_on
    yield f"this {report.noun} ends", report.this_period.ends_on
    yield "all periods begin", report.all_periods.starts_on
    yield "all periods end", report.all_periods.ends_on
    yield "as at", report.as_at
    yield "as recorded at", report.known_at
    yield "published and frozen at", report.published_at or "not published"
    yield "law", report.law
    yield "says", report.opening


def _measures(report: Report) -> Iterable[tuple[object, ...]]:
    for one in report.measures:
        windows = (*_parts(one.this_period), *_parts(one.last_period), *_parts(one.all_periods))
        limits = (one.target, one.statutory_limit, one.local_limit)
        yield (one.id, one.title, one.unit, one.good, *windows, *limits, one.trend.words)


def _series(report: Report) -> Iterable[tuple[object, ...]]:
    for one in report.measures:
        for point in one.series:
            yield (one.id, point.ends_on, *_parts(point.value))


def _flat(table: Table) -> tuple[list[str], list[list[object]]]:
    """A table with each share spread over three columns: the percentage, and the part and the whole it is of."""
    has_parts = [any(_is_share(row[at]) for row in table.rows) for at in range(len(table.columns))]
    header: list[str] = []
    for column, spread in zip(table.columns, has_parts, strict=True):
        header += [column.id, f"{column.id}_part", f"{column.id}_whole"] if spread else [column.id]
    rows = []
    for row in table.rows:
        cells: list[object] = []
        for column, cell, spread in zip(table.columns, row, has_parts, strict=True):
            if isinstance(cell, Value):
                cells += _parts(cell) if spread else [cell.amount]
            else:
                cells.append(date.fromisoformat(cell) if column.kind == DATE and cell else cell)
                cells += [None, None] if spread else []
        rows.append(cells)
    return header, rows


def _is_share(cell: Cell) -> bool:
    return isinstance(cell, Value) and cell.whole is not None


def _parts(value: Value) -> tuple[float | None, int | None, int | None]:
    return value.amount, value.part, value.whole
