"""Why this day and not another: the first question about every date that is counted in working days."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from rules.model import Counting
from rules.telling.explanation import Explanation
from rules.telling.words import day

_DAY_AFTER = tomllib.loads(Path(__file__).parent.with_name("conventions.toml").read_text("utf-8"))["day_after"]
_WEEKEND = ("Saturday", "Sunday")


def why_not_earlier(explanation: Explanation) -> tuple[str, ...]:
    """The two days that a sum by hand comes to most often, and what is wrong with each; none for any other sum."""
    is_plain = not (explanation.pauses or explanation.grants or explanation.version.before)
    if not explanation.days or not is_plain or explanation.version.counting is not Counting.DAY_AFTER:
        return ()
    return (*_first_day_counted(explanation), *_holidays_counted(explanation))


def _first_day_counted(explanation: Explanation) -> Iterator[str]:
    start = explanation.clock.counted_from_on
    numbered = [one.on for one in explanation.days if one.number]
    if len(numbered) > 1 and explanation.calendar.is_working(start):
        yield (
            f"Why not {day(numbered[-2])}? That would count {day(start)} itself as day 1, and it is day 0. "
            f"{_DAY_AFTER['authority']}"
        )


def _holidays_counted(explanation: Explanation) -> Iterator[str]:
    count = sum(1 for one in explanation.days if one.number)
    weekdays = [one for one in explanation.days[1:] if one.skipped_because not in _WEEKEND]
    named = [one for one in weekdays if one.skipped_because]
    if named:
        names = " and ".join(dict.fromkeys(f"{one.skipped_because}, {day(one.on)}," for one in named)).rstrip(",")
        verb = "is no working day" if len(named) == 1 else "are no working days"
        yield f"Why not {day(weekdays[count - 1].on)}? That would count {names}, which {verb}."
