"""A child's last year as a drawing: a lane for each duty, a row of dots for the events. The lists say the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from service.web.shown.rows import Row
from service.web.words import short_day

WIDTH, EDGE, LANE, TOP = 940, 8, 48, 44
_LONGEST = timedelta(days=400)
_AHEAD = timedelta(days=120)
_MARGIN = timedelta(days=4)
_MOST_LANES = 8
_MANY_DAYS = 210
_THINNEST = 2.0


class Span(NamedTuple):
    """One clock: a bar to its due date, what came after it, and where it is due."""

    x: float
    used: float
    late: float
    due: float | None
    tone: str


class Lane(NamedTuple):
    """One duty, clock after clock."""

    label: str
    y: float
    spans: list[Span]


class Tick(NamedTuple):
    """The first of a month."""

    x: float
    label: str


class Dot(NamedTuple):
    """A day on which something happened."""

    x: float
    says: str


class Timeline(NamedTuple):
    """What the drawing shows, in its own units."""

    width: int
    height: int
    lanes: list[Lane]
    ticks: list[Tick]
    dots: list[Dot]
    dots_y: int
    today: float
    words: str
    is_cut: bool


class _Scale(NamedTuple):
    """Days across the width."""

    start: date
    end: date

    def at(self, day: date) -> float:
        share = (day - self.start).days / max((self.end - self.start).days, 1)
        return round(EDGE + min(max(share, 0.0), 1.0) * (WIDTH - 2 * EDGE), 1)


def draw(rows: Sequence[Row], dots: Sequence[tuple[date, str]], on: date) -> Timeline | None:
    """The clocks of the last thirteen months or so, of the newest duties where they are many; None without any."""
    begun = [row for row in rows if row.clock.started_on <= on]
    recent = [row for row in begun if (row.clock.stopped_on or on) >= on - _LONGEST]
    lanes = _lanes(recent)
    if not lanes:
        return None
    drawn = [row for own in lanes for row in own]
    start = max(min(row.clock.started_on for row in drawn), on - _LONGEST)
    ends = [row.clock.due_on for row in drawn if row.clock.due_on]
    scale = _Scale(start - _MARGIN, min(max([*ends, on]), on + _AHEAD) + _MARGIN)
    return Timeline(
        width=WIDTH,
        height=TOP + LANE * len(lanes),
        lanes=[_lane(own, scale, on, TOP + LANE * at) for at, own in enumerate(lanes)],
        ticks=_ticks(scale),
        dots=[Dot(scale.at(day), says) for day, says in dots if start <= day <= on],
        dots_y=30,
        today=scale.at(on),
        words=f"{len(drawn)} clocks from {short_day(start)} to {short_day(scale.end)}; each is listed on this page.",
        is_cut=len(drawn) < len(rows),
    )


def _lanes(rows: Sequence[Row]) -> list[list[Row]]:
    """The clocks of one duty about one thing together, in the order the duties began."""
    lanes: dict[tuple[str, str | None], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row.clock.started_on, row.clock.id)):
        lanes.setdefault((row.clock.timescale, row.clock.key), []).append(row)
    return list(lanes.values())[-_MOST_LANES:]


def _lane(rows: Sequence[Row], scale: _Scale, on: date, y: float) -> Lane:
    first = rows[0]
    label = f"{first.title}, {first.clock.key}" if first.clock.key else first.title
    return Lane(label, y, [_span(row, scale, on) for row in rows])


def _span(row: Row, scale: _Scale, on: date) -> Span:
    clock = row.clock
    start, now = scale.at(clock.started_on), scale.at(clock.stopped_on or max(on, clock.started_on))
    due = scale.at(clock.due_on) if clock.due_on else None
    used = now if due is None else min(now, due)
    tone = "over" if clock.outcome is not None else "running"
    return Span(start, round(max(used - start, _THINNEST), 1), round(max(now - used, 0.0), 1), due, tone)


def _ticks(scale: _Scale) -> list[Tick]:
    """The first of each month, or of every second where they would stand too close."""
    ticks: list[Tick] = []
    step = 2 if (scale.end - scale.start).days > _MANY_DAYS else 1
    on = _next_month(scale.start)
    while on <= scale.end:
        is_named_whole = not ticks or on.month <= step
        ticks.append(Tick(scale.at(on), f"{on:%b %Y}" if is_named_whole else f"{on:%b}"))
        for _ in range(step):
            on = _next_month(on)
    return ticks


def _next_month(on: date) -> date:
    return (on.replace(day=28) + _MARGIN).replace(day=1)
