"""The slow, obvious way to say when each rung is told: the ladders' own words, and days walked one at a time.

Shares no code with ``rules``. A ladder here is the table of ``ladders.toml`` as it stands; ``slow`` counts the days.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.rules import slow

PACKS = Path(__file__).parents[2] / "rules" / "packs"
LONDON = ZoneInfo("Europe/London")
BEGINS_AT, ENDS_AT = time(7, 30), time(19)
_DAY = timedelta(days=1)

Rung = dict[str, Any]
"""A step of the file, with one ``post``."""


@cache
def ladders(authority: str = "southend") -> dict[str, dict[str, Any]]:
    """Every ladder by its id; an authority's own replaces one of the same id."""
    found: dict[str, dict[str, Any]] = {}
    for pack in ("england", authority):
        file = PACKS / pack / "ladders.toml"
        if file.exists():
            found |= {one["id"]: one for one in tomllib.loads(file.read_text("utf-8"))["ladders"]}
    return found


def ladder_of(timescale: str, authority: str = "southend") -> list[Rung]:
    """The rungs of a timescale, one for each post that is told."""
    known = ladders(authority)
    own = [one for one in known.values() if timescale in one.get("timescales", ())]
    ladder = own[-1] if own else next(one for one in known.values() if one.get("is_default"))
    return [{**step, "post": post} for step in ladder["steps"] for post in step.get("posts", [step.get("post")])]


def is_after(rung: Rung) -> bool:
    """Whether it says that the date has passed."""
    return rung["hours"] >= 0 if "hours" in rung else rung["working_days"] > 0


def moment(
    rung: Rung, due_on: date, due_at: datetime | None = None, *, is_working: Callable[[date], bool] = slow.is_working
) -> datetime:
    """The local moment from which a rung is told."""
    if "hours" in rung:
        return _in_hours(rung, due_on, due_at, is_working)
    on, left = due_on, abs(rung["working_days"])
    if left == 0 and not rung.get("any_day"):
        while not is_working(on):
            on -= _DAY
    while left:
        on += _DAY if rung["working_days"] > 0 else -_DAY
        left -= is_working(on)
    return datetime.combine(on, BEGINS_AT, LONDON)


def _in_hours(rung: Rung, due_on: date, due_at: datetime | None, is_working: Callable[[date], bool]) -> datetime:
    end_of_day = datetime.combine(due_on + _DAY, time(0), LONDON)
    in_utc = (due_at or end_of_day).astimezone(UTC) + timedelta(hours=rung["hours"])
    here = in_utc.astimezone(LONDON)
    if here.time() < BEGINS_AT:
        here = datetime.combine(here.date(), BEGINS_AT, LONDON)
    if here.time() >= ENDS_AT:
        here = datetime.combine(here.date() + _DAY, BEGINS_AT, LONDON)
    while not (rung.get("any_day") or is_working(here.date())):
        here = datetime.combine(here.date() + _DAY, BEGINS_AT, LONDON)
    return here


def rungs_of(
    clock: Any, authority: str = "southend", *, is_working: Callable[[date], bool] = slow.is_working
) -> Iterator[tuple[tuple[str, date, str], datetime, Rung]]:
    """Of a running duty: each rung's name, date and post, its moment, and the rung. ``clock``: anything with its dates.

    Nothing of what has stopped, nor of what is counted beside the duty; no warning on or before the day from which it
    counts; nothing from the day on which it falls away.
    """
    if clock.outcome is not None or clock.measure != "duty":
        return
    for rung in ladder_of(clock.timescale, authority):
        is_target = rung.get("of") == "target_due_on"
        on = clock.target_due_on if is_target else clock.due_on
        if on is None:
            continue
        told_at = moment(rung, on, None if is_target else clock.due_at, is_working=is_working)
        if not is_after(rung) and told_at.date() <= clock.counted_from_on:
            continue
        if clock.lapses_on is not None and told_at.date() >= clock.lapses_on:
            continue
        yield (rung["id"], on, rung["post"]), told_at, rung
