"""A report as a page to keep, as the body of a mail, and as plain text, all with the same words.

The page has its charts as drawings. Many mail programs drop drawings and style sheets, so in mail each style stands in
its element and each chart is a table of bars.
"""

from __future__ import annotations

from datetime import date
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from service.reports import words
from service.reports.paper import chart
from service.reports.paper.styles import STYLES, TONES
from service.reports.report import COUNT, DATE, SHARE, Cell, Chart, Column, Measure, Report, Table, Value

_MOST_BARS = 16
"""A chart with more columns than this is told in words in a mail."""
_NOTHING = "–"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,  # by the ending .j2 alone nothing would be escaped
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class Around(NamedTuple):
    """What a report stands among when it is read as a page of the service: links before it, and to each child."""

    links: tuple[tuple[str, str], ...]
    """Address and words; the first leads back to where reports are listed."""
    asks: str
    """The address that the form for another day asks."""
    latest_on: date
    child: str
    """What an address of a child begins with."""


def as_html(report: Report, *, with_children: bool, around: Around | None = None) -> str:
    """The service's own page, with charts and every child; or, without children, the copy that is mailed."""
    return _ENVIRONMENT.get_template("report.html.j2").render(
        report=report,
        is_mail=not with_children,
        around=around,
        groups=_groups(report.children) if with_children else [],
        tables=report.tables + (report.own if with_children else ()),
        css={name: Markup('style="{}"').format(style) for name, style in STYLES.items()},
        tones=TONES,
    )


def as_text(report: Report) -> str:
    """The report in plain text, for the plain half of a mail: no child in it."""
    return _ENVIRONMENT.get_template("report.txt.j2").render(report=report)


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
    "stretch": words.stretch,
    "is_drawn": _is_drawn,
    "bar": _bar,
    "wide": lambda one: Markup(chart.draw(one, chart.WIDE)),  # noqa: S704 - draws only what it escaped itself
    "narrow": lambda one: Markup(chart.draw(one, chart.NARROW)),  # noqa: S704
    "swatch": lambda tone: Markup(chart.swatch(tone)),  # noqa: S704
    "spark": lambda series: Markup(chart.spark(series)),  # noqa: S704
}
