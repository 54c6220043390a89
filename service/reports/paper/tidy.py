"""Reports for machines: tidy CSV (one header row, ISO dates, no formulas) and JSON.

Columns of the CSV, one figure a row: ``report, as_at, known_at, published_at, section, measure, row, window, starts_on,
ends_on, unit, amount, part, whole, target, statutory_limit, local_limit``. ``section`` is ``measures`` or a table's id;
``amount`` is a percentage, days or a count, as ``unit`` says, and a share is ``part`` of ``whole``.

The JSON is ``service.reports.report.Report`` field by field, without the children: the window, the moment it was
recorded as at, the fingerprint and versions of the law, the definitions, and every figure with its parts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from service.reports.period import Period
from service.reports.report import Measure, Report, Table, Value, to_content
from service.spreadsheets import as_csv_text

_HEADER = (
    "report",
    "as_at",
    "known_at",
    "published_at",
    "section",
    "measure",
    "row",
    "window",
    "starts_on",
    "ends_on",
    "unit",
    "amount",
    "part",
    "whole",
    "target",
    "statutory_limit",
    "local_limit",
)
Written = str | int | float | None


def as_csv(report: Report) -> str:
    """Every figure of the report, one a row."""
    published = report.published_at.isoformat() if report.published_at else ""
    first = (report.name, report.as_at.isoformat(), report.known_at.isoformat(), published)
    return as_csv_text(_HEADER, ((*first, *row) for row in _figures(report)))


def children_csv(report: Report) -> str:
    """The children behind the figures, one a row for each figure they are behind."""
    return as_csv_text(
        [column.id for column in report.children.columns],
        ([str(cell) for cell in row] for row in report.children.rows),
    )


def as_json(report: Report) -> str:
    """The report as JSON, without the children and what else is for the service's own copy."""
    content = to_content(report)
    del content["children"], content["own"]
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _figures(report: Report) -> Iterator[tuple[Written, ...]]:
    for measure in report.measures:
        yield from _of_measure(measure, report)
    for table in report.tables:
        yield from _of_table(table)


def _of_measure(measure: Measure, report: Report) -> Iterator[tuple[Written, ...]]:
    windows = (
        ("this", report.this_period, measure.this_period),
        ("last", report.last_period, measure.last_period),
        ("all", report.all_periods, measure.all_periods),
    )
    first: tuple[Written, ...] = ("measures", measure.id, "")
    last = (measure.target, measure.statutory_limit, measure.local_limit)
    for window, period, value in windows:
        yield (*first, window, *_days(period), measure.unit, *_parts(value), *last)
    for point in measure.series:
        yield (*first, "series", "", point.ends_on.isoformat(), measure.unit, *_parts(point.value), *last)
    if measure.comparator:
        name = measure.comparator.title
        yield (*first[:2], name, "comparator", "", "", measure.unit, *_parts(measure.comparator.value), *last)


def _of_table(table: Table) -> Iterator[tuple[Written, ...]]:
    for row in table.rows:
        for column, cell in zip(table.columns[1:], row[1:], strict=True):
            if isinstance(cell, Value):
                yield (table.id, column.id, str(row[0]), "", "", "", column.kind, *_parts(cell), None, None, None)


def _days(period: Period) -> tuple[str, str]:
    return period.starts_on.isoformat(), period.ends_on.isoformat()


def _parts(value: Value) -> tuple[float | int | None, int | None, int | None]:
    amount = value.amount
    return int(amount) if amount is not None and amount == int(amount) else amount, value.part, value.whole
