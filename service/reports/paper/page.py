"""A report as part of a page of the service, as a page to keep, as a mail, and as plain text, all with the same words.

A page has its charts as drawings. Many mail programs drop drawings and style sheets, so in mail each style stands in
its element and each chart is a table of bars.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from service.reports import words
from service.reports.paper import chart
from service.reports.paper.styles import OF_A_COPY, OF_THE_SITE, TONES
from service.reports.report import COUNT, DATE, ERASED, SHARE, Cell, Chart, Column, Measure, Report, Table, Value

_MOST_BARS = 16
"""A chart with more columns than this is told in words in a mail."""
_FEW = 8
"""Up to so many children are shown at once in a page of the service; more are opened."""
_LONG = 40
"""Words with more letters than this would make a column of a list of children a tower."""
_NOTHING = "–"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,  # by the ending .j2 alone nothing would be escaped
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Part(NamedTuple):
    """A report as part of a page of the service: the page's title, what stands at the top, and the rest."""

    title: str
    top: Markup
    rest: Markup


def as_html(report: Report, *, with_children: bool) -> str:
    """A page that stands on its own: the copy to keep, with charts and every child; or, without children, a mail."""
    return _ENVIRONMENT.get_template("report.html.j2").render(_shown(report, OF_A_COPY, with_children=with_children))


def as_part(report: Report, child: str) -> Part:
    """The same words, charts and children for a page of the service. ``child``: what a child's address begins with."""
    shown = {**_shown(report, OF_THE_SITE, with_children=True), "child": child}
    said: Any = _ENVIRONMENT.get_template("said.html.j2").make_module(shown)
    return Part(said.title(), said.top(), said.rest())


def as_text(report: Report) -> str:
    """The report in plain text, for the plain half of a mail: no child in it."""
    return _ENVIRONMENT.get_template("report.txt.j2").render(report=report)


def _shown(report: Report, look: Mapping[str, Markup], *, with_children: bool) -> dict[str, Any]:
    return {
        "report": report,
        "look": look,
        "child": "",
        "is_mail": not with_children,
        "groups": _groups(report.children) if with_children else [],
        "tables": report.tables + (report.own if with_children else ()),
    }


def _groups(children: Table) -> list[Table]:
    """The list of children cut by figure, each without the columns that it leaves empty."""
    groups: list[Table] = []
    for figure, found in groupby(children.rows, key=lambda row: row[0]):
        rows = list(found)
        kept = [at for at in range(1, len(children.columns)) if any(row[at] for row in rows)]
        groups.append(
            Table(
                id=f"children-{len(groups) + 1}",
                title=f"{str(figure)[:1].upper()}{str(figure)[1:]} ({len(rows)})",
                words=(),
                columns=tuple(children.columns[at] for at in kept),
                rows=tuple(tuple(row[at] for at in kept) for row in rows),
            )
        )
    return groups


def _figure(value: Value, unit: str) -> str:
    """The figure by itself: ``40%``, ``14.5``, ``6``."""
    if value.amount is None:
        return _NOTHING
    return words.percent(value.amount) if unit == SHARE else words.number(value.amount)


def _under(value: Value, unit: str) -> str:
    """What stands under the figure, so that none is without its number: ``2 of 5``, ``of 5``."""
    if unit == COUNT or value.whole is None:
        return ""
    if value.whole == 0:
        return "none"
    return f"{value.part:,} of {value.whole:,}" if unit == SHARE else f"of {value.whole:,}"


def _cell(cell: Cell, column: Column) -> str:
    if isinstance(cell, Value):
        under = _under(cell, column.kind) if column.kind == SHARE else ""
        return (
            f"{_figure(cell, column.kind)} ({under})"
            if under and cell.amount is not None
            else under or _figure(cell, column.kind)
        )
    return words.short_day(date.fromisoformat(cell)) if column.kind == DATE and cell else cell


def _limits(measure: Measure) -> str:
    """The statutory limit and the authority's own, never mixed."""
    parts = []
    if measure.statutory_limit:
        parts.append(f"Statutory limit: {measure.statutory_limit}.")
    if measure.local_limit:
        parts.append(f"The authority's own: {measure.local_limit}.")
    return " ".join(parts)


def _is_drawn(one: Chart, *, is_mail: bool) -> bool:
    return not is_mail or len(one.stacks) <= _MOST_BARS


def _bar(one: Chart) -> int:
    """Pixels for one case, so that the longest bar of a mail fits a small screen."""
    tallest = max((sum(stack.counts) for stack in one.stacks), default=1) or 1
    return max(4, min(22, 220 // tallest))


_ENVIRONMENT.filters |= {
    "day": words.day,
    "short_day": words.short_day,
    "moment": words.moment,
    "figure": _figure,
    "under": _under,
    "cell": _cell,
    "limits": _limits,
    "in_address": lambda reference: quote(reference, safe=""),
}
_ENVIRONMENT.globals |= {
    "tones": TONES,
    "few": _FEW,
    "long": _LONG,
    "stretch": words.stretch,
    "erased": ERASED,
    "is_drawn": _is_drawn,
    "bar": _bar,
    "wide": lambda one: Markup(chart.draw(one, chart.WIDE)),  # noqa: S704 - draws only what it escaped itself
    "narrow": lambda one: Markup(chart.draw(one, chart.NARROW)),  # noqa: S704
    "swatch": lambda tone: Markup(chart.swatch(tone)),  # noqa: S704
    "spark": lambda series: Markup(chart.spark(series)),  # noqa: S704
}
