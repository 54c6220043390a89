"""A child's last year as a drawing: a lane for each duty, a row of dots for the events. The lists say the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from rules.model import Clock
from service.web.shown.rows import Row
from service.web.words import plain_day, several

WIDTH, EDGE, LANE, TOP, FOOT = 940, 8, 46, 66, 24
YEARS_Y, MONTHS_Y, DOTS_Y = 14, 32, 52
_LONGEST = timedelta(days=400)
_AHEAD = timedelta(days=70)
"""Not more, so that on a phone, where the newest end is seen first, today is in sight."""
_MARGIN = timedelta(days=4)
_MOST_LANES = 10
_THINNEST = 2.0
_TODAY_HALF = 20


class Span(NamedTuple):
    """One clock: a bar to its due date, how far that is used up, what came after it, and where it is due."""

    x: float
    whole: float
    used: float
    late: float
    due: float | None
    tone: str
    says: str


class Lane(NamedTuple):
    """One duty, clock after clock."""

    label: str
    y: float
    spans: list[Span]


class Tick(NamedTuple):
    """The first of a month; ``year`` is said once, and again with each January."""

    x: float
    label: str
    year: str


class Dot(NamedTuple):
    """A day on which something happened, and what."""

    x: float
    says: str


class Timeline(NamedTuple):
    """What the drawing shows, in its own units. ``today_label`` is where the word can stand whole."""

    width: int
    height: int
    lanes: list[Lane]
    ticks: list[Tick]
    dots: list[Dot]
    today: float
    today_label: float
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
    """The clocks of the last thirteen months or so: first the duties that run, the next due first, then those that are
    over, the latest first; None without any."""
    begun = [row for row in rows if row.clock.started_on <= on]
    recent = [row for row in begun if (row.clock.stopped_on or on) >= on - _LONGEST]
    lanes = _lanes(recent)
    if not lanes:
        return None
    drawn = [row for own in lanes for row in own]
    start = max(min(row.clock.started_on for row in drawn), on - _LONGEST)
    ends = [row.clock.due_on for row in drawn if row.clock.due_on]
    scale = _Scale(start - _MARGIN, min(max([*ends, on]), on + _AHEAD) + _MARGIN)
    today = scale.at(on)
    return Timeline(
        width=WIDTH,
        height=TOP + LANE * len(lanes) + FOOT,
        lanes=[_lane(own, scale, on, TOP + LANE * at) for at, own in enumerate(lanes)],
        ticks=_ticks(scale),
        dots=[Dot(scale.at(day), f"{plain_day(day)}: {says}") for day, says in dots if start <= day <= on],
        today=today,
        today_label=min(max(today, EDGE + _TODAY_HALF), WIDTH - EDGE - _TODAY_HALF),
        words=f"{several(len(drawn), 'clock')} from {plain_day(start)} to {plain_day(scale.end)}, drawn as bars. "
        "The lists on this page say the same.",
        is_cut=len(drawn) < len(begun),
    )


def _lanes(rows: Sequence[Row]) -> list[list[Row]]:
    """The clocks of one duty about one thing together."""
    lanes: dict[tuple[str, str | None], list[Row]] = {}
    for row in sorted(rows, key=lambda row: (row.clock.started_on, row.clock.id)):
        lanes.setdefault((row.clock.timescale, row.clock.key), []).append(row)
    return sorted(lanes.values(), key=_urgency)[:_MOST_LANES]


def _urgency(own: Sequence[Row]) -> tuple[bool, int]:
    """What runs comes before what is over, the next due first; then what was over last."""
    due = [(row.clock.due_on or date.max).toordinal() for row in own if row.clock.outcome is None]
    over = [row.clock.stopped_on.toordinal() for row in own if row.clock.stopped_on]
    return (False, min(due)) if due else (True, -max(over, default=0))


def _lane(rows: Sequence[Row], scale: _Scale, on: date, y: float) -> Lane:
    first = rows[0]
    label = f"{first.title}, {first.clock.key}" if first.clock.key else first.title
    return Lane(label, y, [_span(row, scale, on) for row in rows])


def _span(row: Row, scale: _Scale, on: date) -> Span:
    clock = row.clock
    start, now = scale.at(clock.started_on), scale.at(clock.stopped_on or max(on, clock.started_on))
    due = scale.at(clock.due_on) if clock.due_on else None
    used = now if due is None else min(now, due)
    whole = used if due is None or clock.outcome is not None else max(due, used)
    return Span(
        x=start,
        whole=round(max(whole - start, _THINNEST), 1),
        used=round(max(used - start, _THINNEST), 1),
        late=round(max(now - max(used, start), 0.0), 1),
        due=due if clock.due_on and scale.start <= clock.due_on <= scale.end else None,
        tone="over" if clock.outcome is not None else "running",
        says=_says(clock, row.standing.words),
    )


def _says(clock: Clock, standing: str) -> str:
    due = f"due {plain_day(clock.due_on)}" if clock.due_on else "no limit set"
    return f"Started {plain_day(clock.started_on)}, {due}: {standing}"


def _ticks(scale: _Scale) -> list[Tick]:
    """The first of each month."""
    ticks: list[Tick] = []
    on = _next_month(scale.start)
    while on <= scale.end:
        year = f"{on:%Y}" if not ticks or on.month == 1 else ""
        ticks.append(Tick(scale.at(on), f"{on:%b}", year))
        on = _next_month(on)
    return ticks


def _next_month(on: date) -> date:
    return (on.replace(day=28) + _MARGIN).replace(day=1)
