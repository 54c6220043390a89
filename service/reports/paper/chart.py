"""Charts of stacked counts, drawn by hand as SVG: one block a case, so that a small number looks small.

By hand because each part must be told apart without colour (solid, hatched, outlined), each block must be one case,
and the drawing must carry its title and its words for people who do not see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from math import ceil
from typing import NamedTuple

from service.reports.report import HIDDEN, LATE, MET, Chart, Point, Stack

WIDE, NARROW = 900, 320
_INK, _GREY = "#0b0c0c", "#505a5f"
_SOLID, _HATCH = "#12436d", "#801650"
_TOP, _TOP_UNDER_MARK, _BOTTOM, _PLOT = 26, 48, 52, 190
_TALLEST_BLOCK, _LOWEST_BLOCK = 22.0, 5.0
_LETTER, _BOLD_LETTER = 7.5, 8.4
_ROOM_FOR_A_NUMBER = 16
"""Below this width of a column two numbers side by side would read as one."""
_MARGIN = 2
_STEPS = (1, 2, 5, 10, 20, 50)
_SPARK_WIDTH, _SPARK_HEIGHT = 110, 26


class _Grid(NamedTuple):
    """Where columns and blocks go, in SVG units."""

    width: int
    floor: float
    """Where the columns stand."""
    column: float
    block: float
    gap: float

    def x(self, at: int) -> float:
        return _MARGIN + at * self.column


def draw(chart: Chart, width: int) -> str:
    """The chart as an SVG of that width in pixels, with its title and words inside it."""
    grid = _grid(chart, width)
    name, height = f"{chart.id}-{width}", grid.floor + _BOTTOM
    parts = [
        f'<svg viewBox="0 0 {width} {height:.0f}" width="{width}" '
        f'height="{height:.0f}" role="img" aria-labelledby="{name}-title {name}-words" '
        f'font-family="Arial, Helvetica, sans-serif" font-size="14">',
        f'<title id="{name}-title">{escape(chart.title)}</title><desc id="{name}-words">{escape(chart.words)}</desc>',
        _hatching(name),
        *(piece for at, stack in enumerate(chart.stacks) for piece in _column(chart, stack, at, grid, name)),
        _line(0, width, grid.floor, _INK),
        *_labels(chart, grid),
        *_mark(chart, grid),
        _text(_MARGIN, grid.floor + 42, chart.across, "start", _GREY),
        "</svg>",
    ]
    return "".join(parts)


def swatch(tone: str) -> str:
    """A small square that shows how a part of a chart is drawn."""
    name = f"key-{tone}"
    return (
        f'<svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">'
        f"{_hatching(name) if tone == HIDDEN else ''}{_block(1, 1, 18, 18, tone, name)}</svg>"
    )


def spark(series: tuple[Point, ...]) -> str:
    """A series as a line as small as a word; what it shows stands beside it in words."""
    amounts = [point.value.amount for point in series]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < 2:
        return ""
    low, height = min(known), (max(known) - min(known)) or 1.0
    step = (_SPARK_WIDTH - 10) / (len(amounts) - 1)
    places = [
        (5 + at * step, _SPARK_HEIGHT - 5 - (amount - low) / height * (_SPARK_HEIGHT - 10))
        for at, amount in enumerate(amounts)
        if amount is not None
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    x, y = places[-1]
    return (
        f'<svg width="{_SPARK_WIDTH}" height="{_SPARK_HEIGHT}" aria-hidden="true" '
        f'viewBox="0 0 {_SPARK_WIDTH} {_SPARK_HEIGHT}"><polyline points="{line}" fill="none" stroke="{_SOLID}" '
        f'stroke-width="1.5"/><circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{_SOLID}"/></svg>'
    )


def _grid(chart: Chart, width: int) -> _Grid:
    column = (width - 2 * _MARGIN) / max(len(chart.stacks), 1)
    tallest = max((sum(stack.counts) for stack in chart.stacks), default=0) or 1
    block = min(_TALLEST_BLOCK, _PLOT / tallest)
    floor = _PLOT + (_TOP if chart.mark is None else _TOP_UNDER_MARK)
    return _Grid(width, floor, column, block, 2.0 if block >= _LOWEST_BLOCK else 0.0)


def _column(chart: Chart, stack: Stack, at: int, grid: _Grid, name: str) -> Iterator[str]:
    width = min(grid.column * 0.72, 44)
    x = grid.x(at) + (grid.column - width) / 2
    done = 0
    for part, count in zip(chart.parts, stack.counts, strict=True):
        if grid.gap:
            for _ in range(count):
                done += 1
                yield _block(x, grid.floor - done * grid.block, width, grid.block - grid.gap, part.tone, name)
        elif count:
            done += count
            yield _block(x, grid.floor - done * grid.block, width, count * grid.block, part.tone, name)
    if (done or stack.note) and grid.column >= _ROOM_FOR_A_NUMBER:
        said = stack.note or str(done)
        weight = ' font-weight="bold"'
        yield _text(x + width / 2, grid.floor - done * grid.block - 6, said, "middle", _INK, weight)


def _block(x: float, y: float, width: float, height: float, tone: str, name: str) -> str:
    look = {
        MET: f'fill="{_SOLID}"',
        HIDDEN: f'fill="url(#{name}-hatch)" stroke="{_HATCH}" stroke-width="1.5"',
        LATE: f'fill="#ffffff" stroke="{_INK}" stroke-width="1.5"',
    }[tone]
    inset = 0.0 if tone == MET else 0.75
    return (
        f'<rect x="{x + inset:.1f}" y="{y + inset:.1f}" width="{width - 2 * inset:.1f}" '
        f'height="{max(height - 2 * inset, 1):.1f}" {look}/>'
    )


def _hatching(name: str) -> str:
    return (
        f'<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="#ffffff"/>'
        f'<rect width="3.4" height="6" fill="{_HATCH}"/></pattern></defs>'
    )


def _labels(chart: Chart, grid: _Grid) -> Iterator[str]:
    """As many labels as fit, counted from the last of a series of dates and from the first of a scale of numbers."""
    longest = max((len(stack.label) for stack in chart.stacks), default=1)
    needed = ceil((longest * _LETTER + 8) / grid.column)
    step = next((step for step in _STEPS if step >= needed), _STEPS[-1])
    last = len(chart.stacks) - 1
    for at, stack in enumerate(chart.stacks):
        is_shown = (last - at) % step == 0 if chart.mark is None else at % step == 0 and last - at >= step
        if is_shown or at == last:
            middle, half = grid.x(at) + grid.column / 2, len(stack.label) * _LETTER / 2
            is_cut = middle + half > grid.width
            place = (float(grid.width), "end") if is_cut else (middle, "middle")
            yield _text(place[0], grid.floor + 20, stack.label, place[1], _INK)


def _mark(chart: Chart, grid: _Grid) -> Iterator[str]:
    if chart.mark is not None:
        x = grid.x(chart.mark)
        is_cut = x + 7 + len(chart.mark_words) * _BOLD_LETTER > grid.width
        top, (at, anchor) = (22, (float(grid.width), "end")) if is_cut else (4, (x + 7, "start"))
        yield (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{grid.floor:.1f}" stroke="{_INK}" stroke-width="2" '
            f'stroke-dasharray="5 4"/>'
        )
        yield _text(at, 15, chart.mark_words, anchor, _INK, ' font-weight="bold"')


def _line(x1: float, x2: float, y: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" stroke-width="1.5"/>'


def _text(x: float, y: float, words: str, anchor: str, colour: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{more}>{escape(words)}</text>'
