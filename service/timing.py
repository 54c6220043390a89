"""When each thing of timetable.toml runs: its latest run, its next, done or not. What a run does is ``timetable``'s."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple, Protocol

from service import clock

FILE = Path(__file__).with_name("timetable.toml")
QUIET_HOUR = 1
"""From 01:00 to 01:59 local time nothing runs: once a year that hour is missing, and once a year it happens twice."""
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = timedelta(weeks=1)


class Timed(Protocol):
    """Something that runs once a week, on ``weekday`` (0 is Monday) from ``at``, local time; or once a month."""

    @property
    def name(self) -> str: ...
    @property
    def weekday(self) -> int: ...
    @property
    def at(self) -> time: ...
    @property
    def is_monthly(self) -> bool: ...


class Timing(NamedTuple):
    """A row of the timetable: which report, for which post, when. ``name`` is the job's, by which a run is claimed."""

    name: str
    report: str
    post: str
    weekday: int
    at: time
    is_monthly: bool


def timings(file: Path = FILE) -> list[Timing]:
    """Every row of a timetable, in the file's order, each under a name of its own."""
    rows = tomllib.loads(file.read_text("utf-8"))["reports"]
    names = [row["name"] for row in rows]
    return [
        Timing(
            name=f"report {row['name']}" + (f" for {row['post']}" if row["name"] in names[:at] else ""),
            report=row["name"],
            post=row["post"],
            weekday=_WEEKDAYS.index(row["weekday"]),
            at=row["at"],
            is_monthly=row.get("monthly", False),
        )
        for at, row in enumerate(rows)
    ]


def latest_slot(timed: Timed, now: datetime) -> date:
    """The local date of the latest run at ``now``, done or not."""
    local = clock.local(now)
    slot = local.date() - timedelta(days=(local.weekday() - timed.weekday) % 7)
    is_still_to_come = slot == local.date() and local.time() < timed.at
    slot = slot - _WEEK if is_still_to_come else slot
    return slot - timedelta(days=(slot.day - 1) // 7 * 7) if timed.is_monthly else slot


def next_slot(timed: Timed, now: datetime) -> date:
    """The local date of the first run after ``now``."""
    slot = latest_slot(timed, now) + _WEEK
    while timed.is_monthly and slot.day > _WEEK.days:
        slot += _WEEK
    return slot


def moment_of(timed: Timed, slot: date) -> datetime:
    """When the run of a local date begins."""
    return datetime.combine(slot, timed.at, clock.LOCAL)


def is_quiet(now: datetime) -> bool:
    """Whether this is the hour in which nothing runs."""
    return clock.local(now).hour == QUIET_HOUR


def awake(start: datetime, stop: datetime) -> timedelta:
    """How long it is from one moment to another, but for the quiet hours: nothing that stands still then is stuck."""
    total = stop - start
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < stop:
        if is_quiet(hour):  # local hours begin when those of UTC do
            total -= min(hour + timedelta(hours=1), stop) - max(hour, start)
        hour += timedelta(hours=1)
    return total
