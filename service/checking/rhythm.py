"""How long a source may be quiet before that is silence: learned from its own past, or set. No I/O.

Quiet is counted in office hours of working days (watching.toml says which hours those are). A source that sends all day
and one that sends each night are measured alike: the longest of its own quiet spells, with a margin, is its limit. A
weekend and a bank holiday count for nothing, so neither is silent on the Tuesday morning after Easter. What was set in
hours is counted by the clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from rules.workdays import WorkingCalendar
from service import clock
from service.checking.numbers import USUAL
from service.errors import Refused
from service.store.sources import Arrival, Source

_EVERY = re.compile(r"(\d{1,4}) ?(h|hours?|working[ _-]days?)")
_DAY = timedelta(days=1)
_NOTHING = timedelta()
OFFICE_DAY = timedelta(
    hours=USUAL.office_until.hour - USUAL.office_from.hour,
    minutes=USUAL.office_until.minute - USUAL.office_from.minute,
)
"""The office hours of one working day."""


class Kind(StrEnum):
    """Where a source's limit comes from, or why it has none."""

    LEARNED = "learned"
    SET = "set"
    TOO_LITTLE = "too little"
    RETIRED = "retired"


class Rhythm(NamedTuple):
    """How a source sends.

    ``usual``: the longest it is quiet when all is well, as learned or set; ``limit``: from when on it counts as silent.
    Both are None where nothing is known. ``is_by_clock``: counted in hours of any day, and not in office hours.
    ``days``: on how many days of late anything came.
    """

    kind: Kind
    usual: timedelta | None
    limit: timedelta | None
    is_by_clock: bool
    days: int


def rhythm_of(source: Source, arrivals: Sequence[Arrival], calendar: WorkingCalendar) -> Rhythm:
    """How a source sends: as was set, or else as it has sent of late. ``arrivals`` in the order of time."""
    recent = _recent(arrivals)
    days = len({clock.local(one.first_at).date() for one in recent})
    if source.retired_at is not None:
        return Rhythm(Kind.RETIRED, None, None, False, days)
    if source.every:
        usual, is_by_clock = _set(source.every)
        return Rhythm(Kind.SET, usual, _with_margin(usual), is_by_clock, days)
    if days < USUAL.least_days or recent[-1].last_at - recent[0].first_at < USUAL.least_span:
        return Rhythm(Kind.TOO_LITTLE, None, None, False, days)
    usual = longest(recent, calendar)
    return Rhythm(Kind.LEARNED, usual, _with_margin(usual), False, days)


def quiet_for(source: Source, rhythm: Rhythm, calendar: WorkingCalendar, now: datetime) -> timedelta:
    """How long nothing has come, counted as the rhythm counts; from when it was set, where nothing ever came."""
    since = source.last_at or source.expected_at or now
    return now - since if rhythm.is_by_clock else office_hours(since, now, calendar)


def longest(arrivals: Sequence[Arrival], calendar: WorkingCalendar) -> timedelta:
    """The longest quiet spell between arrivals; one that stands out from all others was an outage, and is left out."""
    spells = sorted(office_hours(one.last_at, other.first_at, calendar) for one, other in pairwise(arrivals))
    if len(spells) > 1 and spells[-1] > spells[-2] * USUAL.exceptional_factor and spells[-2]:
        spells.pop()
    return spells[-1] if spells else _NOTHING


def office_hours(start: datetime, stop: datetime, calendar: WorkingCalendar) -> timedelta:
    """How much of the time from one moment to another lies in office hours of working days."""
    total = _NOTHING
    on, last = clock.local(start).date(), clock.local(stop).date()
    while on <= last:
        if calendar.is_working(on):
            opens = datetime.combine(on, USUAL.office_from, clock.LOCAL)
            closes = datetime.combine(on, USUAL.office_until, clock.LOCAL)
            total += max(min(closes, stop) - max(opens, start), _NOTHING)
        on += _DAY
    return total


def read_every(text: str) -> str:
    """``24h``, ``24 hours`` or ``2 working days`` as it is kept; empty: as it usually sends. Refuses anything else."""
    found = _EVERY.fullmatch(text.strip().lower())
    if text.strip() and (found is None or int(found[1]) == 0):
        raise Refused("this is no length of time", fix="write --every 24h, or --every '2 working days'")
    return "" if found is None else f"{int(found[1])} {'hours' if found[2].startswith('h') else 'working_days'}"


def _recent(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Those of the weeks before the last one: a source that has fallen silent keeps the rhythm it had."""
    return [one for one in arrivals if one.first_at >= arrivals[-1].last_at - USUAL.remember]


def _set(every: str) -> tuple[timedelta, bool]:
    count, unit = every.split()
    return (timedelta(hours=int(count)), True) if unit == "hours" else (OFFICE_DAY * int(count), False)


def _with_margin(usual: timedelta) -> timedelta:
    return usual + max(usual * USUAL.margin_percent / 100, USUAL.margin)
