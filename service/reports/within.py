"""A report for somebody who does not see every child: all figures, and of the children behind them only their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from service.reports.report import Report

_SUBJECT = "subject"


def children_of(report: Report) -> set[str]:
    """The references of all children behind the figures."""
    at = _place(report)
    return set() if at is None else {str(row[at]) for row in report.children.rows}


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


def _place(report: Report) -> int | None:
    return next((nth for nth, one in enumerate(report.children.columns) if one.id == _SUBJECT), None)
