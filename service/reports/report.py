"""What a report says, as plain content: frozen when published, and laid out by others as HTML, text, CSV or JSON.

Nothing here knows a database, a law or a page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter

from service.reports.period import Period

FORM = 1
"""The form of the content below; raised when a field changes its meaning."""

SHARE, WORKING_DAYS, DAYS, COUNT = "percent", "working_days", "days", "count"
TEXT, DATE, REFERENCE = "text", "date", "reference"
ERASED = "erased"
"""What stands in a published report in place of a reference that was erased since."""


@dataclass(frozen=True, slots=True)
class Value:
    """One figure. A share: ``part`` of ``whole``, and ``amount`` the percentage. A median: ``amount`` of ``whole``.

    A count: ``amount`` alone. ``amount`` is None where there was nothing to measure, which is not nought.
    """

    amount: float | None
    part: int | None = None
    whole: int | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A figure for one period of a series, named by the period's last day."""

    ends_on: date
    value: Value


@dataclass(frozen=True, slots=True)
class Trend:
    """Where a series is going: ``better``, ``worse``, ``none`` (no clear trend), ``short`` or ``untested``."""

    verdict: str
    words: str


@dataclass(frozen=True, slots=True)
class Restated:
    """An earlier period's figure that reads otherwise now than in the report that published it."""

    ends_on: date
    was: Value
    now: Value
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Comparator:
    """Somebody else's figure for the same thing, with where and when it was read."""

    title: str
    value: Value
    source: str
    read_on: date


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of the report. ``good``: ``high``, ``low`` or ``neither``. ``rag`` only where a target has been set."""

    id: str
    title: str
    says: str
    unit: str
    good: str
    this_period: Value
    last_period: Value
    all_periods: Value
    series: tuple[Point, ...]
    series_words: str
    trend: Trend
    target: float | None
    floor: float | None
    rag: str | None
    statutory_limit: str | None
    local_limit: str | None
    comparator: Comparator | None
    restated: tuple[Restated, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: ``kind`` is ``text``, ``date`` (ISO in the cell) or the unit of its values."""

    id: str
    title: str
    kind: str = TEXT


Cell = str | Value


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, with words above them; ``empty`` is said where there is no row."""

    id: str
    title: str
    words: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """One column of a chart of stacks: a count for each of the chart's parts, from the bottom up."""

    label: str
    note: str
    counts: tuple[int, ...]


MET, HIDDEN, LATE = "met", "hidden", "late"


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of each stack counts. ``tone``: ``met``, ``hidden`` or ``late``, each drawn in its own way."""

    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked counts. ``words`` say what the picture shows. ``mark``: a line drawn after that many columns."""

    id: str
    title: str
    words: str
    across: str
    parts: tuple[Part, ...]
    stacks: tuple[Stack, ...]
    mark: int | None = None
    mark_words: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure shown large, and what it is."""

    figure: str
    of: str
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """A word that the report uses, and what it means here."""

    term: str
    words: str


@dataclass(frozen=True, slots=True)
class LawNote:
    """A version of a timescale that the figures rest on, and how sure we are of its number."""

    timescale: str
    title: str
    version_on: date
    limit: str | None
    local_limit: str | None
    source: str
    verified: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. ``known_at``: as recorded by that moment. ``published_at``: when it was frozen; None: it was not.

    ``children`` is for the service's own copy only.
    """

    form: int
    name: str
    title: str
    subtitle: str
    noun: str
    """What one period is called: week, month or quarter."""
    authority: str
    is_demonstration: bool
    as_at: date
    known_at: datetime
    published_at: datetime | None
    this_period: Period
    last_period: Period
    all_periods: Period
    is_empty: bool
    opening: str
    headlines: tuple[Headline, ...]
    lines: tuple[str, ...]
    measures: tuple[Measure, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    definitions: tuple[Said, ...]
    law: str
    law_notes: tuple[LawNote, ...]
    children: Table
    own: tuple[Table, ...] = ()
    """Tables for the service's own copy only: those that name workers, or that a reader could name a child from."""


_CONTENT = TypeAdapter(Report)


def to_content(report: Report) -> dict[str, Any]:
    """The report as JSON would hold it."""
    content: dict[str, Any] = _CONTENT.dump_python(report, mode="json")
    return content


def from_content(content: Any) -> Report:
    """The report that ``to_content`` wrote, the same to the last figure."""
    return _CONTENT.validate_python(content)
