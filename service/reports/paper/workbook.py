"""A report as a workbook: tidy sheets (one header row, real dates and numbers, no merged cell, no formula)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from service.reports.report import DATE, Cell, Report, Table, Value

_LONGEST_NAME = 31
"""What a sheet's name may have, and ``[]:*?/\\`` not at all."""
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
    "target",
    "statutory_limit",
    "local_limit",
    "trend",
)


def as_xlsx(report: Report, *, with_children: bool) -> bytes:
    """The measures, each table on its own sheet, what it rests on, and (only in the service's copy) the children."""
    out = BytesIO()
    with Workbook(out, _TEXT_ALONE) as book:
        sheets = _Sheets(book)
        sheets.add("About", ("what", "is"), _about(report))
        sheets.add("Measures", _MEASURES, _measures(report))
        for table in report.tables + (report.own if with_children else ()):
            sheets.add(table.title, *_flat(table))
        if with_children:
            sheets.add("Children", *_flat(report.children))
        sheets.add("Definitions", ("term", "means"), ((one.term, one.words) for one in report.definitions))
    return out.getvalue()


class _Sheets:
    """Adds sheets with names that a workbook takes, and widths that show what is in them."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._bold: Format = book.add_format({"bold": True})
        self._day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self._names: set[str] = set()

    def add(self, title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        sheet: Worksheet = self._book.add_worksheet(self._name(title))
        widths = [len(name) for name in header]
        sheet.write_row(0, 0, header, self._bold)
        for down, row in enumerate(rows, 1):
            for across, cell in enumerate(row):
                self._write(sheet, down, across, cell)
                widths[across] = max(widths[across], len(str(cell)))
        for across, width in enumerate(widths):
            sheet.set_column(across, across, min(width + 2, _WIDEST))
        sheet.freeze_panes(1, 0)

    def _write(self, sheet: Worksheet, down: int, across: int, cell: object) -> None:
        if isinstance(cell, date):
            sheet.write_datetime(down, across, datetime(cell.year, cell.month, cell.day), self._day)  # noqa: DTZ001
        elif cell is not None and cell != "":
            sheet.write(down, across, cell)

    def _name(self, title: str) -> str:
        plain = "".join(" " if char in "[]:*?/\\'" else char for char in title)[:_LONGEST_NAME].strip()
        name, nth = plain, 1
        while name.casefold() in self._names:
            nth += 1
            name = f"{plain[: _LONGEST_NAME - len(str(nth)) - 1]} {nth}"
        self._names.add(name.casefold())
        return name


def _about(report: Report) -> Iterable[tuple[str, object]]:
    yield "report", report.title
    yield "authority", report.authority + (" (demonstration)" if report.is_demonstration else "")
    yield f"this {report.noun} begins", report.this_period.starts_on
    yield f"this {report.noun} ends", report.this_period.ends_on
    yield "as at", report.as_at
    yield "as recorded at", report.known_at.isoformat()
    yield "published and frozen at", report.published_at.isoformat() if report.published_at else "not published"
    yield "law", report.law
    yield "says", report.opening


def _measures(report: Report) -> Iterable[tuple[object, ...]]:
    for one in report.measures:
        this, last = _parts(one.this_period), _parts(one.last_period)
        limits = (one.target, one.statutory_limit, one.local_limit)
        yield (one.id, one.title, one.unit, one.good, *this, *last, *limits, one.trend.words)


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
