"""A report for somebody who does not see every child: all figures, and of the children behind them only their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from service.reports.report import ERASED, Report

_SUBJECT, _TIMESCALE = "subject", "timescale"


def children_of(report: Report) -> set[str]:
    """The references of all children behind the figures, but for those who were erased since."""
    at = _place(report)
    return set() if at is None else {str(row[at]) for row in report.children.rows} - {ERASED}


def cut_to(report: Report, subjects: Collection[str]) -> Report:
    """The report with these children alone behind it, and without the tables of the service's own copy."""
    at = _place(report)
    rows = report.children.rows if at is not None else ()
    kept = tuple(row for row in rows if at is not None and row[at] in subjects)
    words = (
        f"{len(kept):,} of {len(rows):,} rows: the children of the teams you answer for. "
        "The figures above are the whole authority's.",
    )
    empty = "None of the children behind these figures is of a team you answer for."
    return replace(report, children=replace(report.children, rows=kept, words=words, empty=empty), own=())


def without_timescales(report: Report, titles: Collection[str], *, but_of: Collection[str]) -> Report:
    """The report with no row behind it that is about one of these timescales, but those of some children."""
    at, about = _place(report), _place(report, _TIMESCALE)
    if at is None or about is None:
        return report
    rows = report.children.rows
    kept = tuple(row for row in rows if row[about] not in titles or row[at] in but_of)
    if len(kept) == len(rows):
        return report
    words = (*report.children.words, "Rows of what is counted from a birthday are left out for your post.")
    return replace(report, children=replace(report.children, rows=kept, words=words))


def _place(report: Report, column: str = _SUBJECT) -> int | None:
    return next((nth for nth, one in enumerate(report.children.columns) if one.id == column), None)
