"""A working-day sum: ours against the holidays library's own and one call of numpy's, same starts, same answers."""

from __future__ import annotations

import random
from datetime import date, timedelta

import holidays
import numpy

from rules import load_calendars
from tests.bench.facts import best, timed

_COUNT = 15


def run() -> None:
    """Prints nanoseconds a sum, and the two ratios."""
    calendar = load_calendars()["england-and-wales"]
    first = calendar.covered_from
    days = (calendar.covered_until - first).days - 60
    starts = [first + timedelta(days=random.Random(1).randrange(days)) for _ in range(20_000)]
    starts = [start + timedelta(days=0) for start in starts]
    library = holidays.country_holidays("GB", subdiv="ENG", years=range(first.year, calendar.covered_until.year + 1))
    closed = numpy.array(sorted(calendar.holidays), dtype="datetime64[D]")
    busday = numpy.busdaycalendar(holidays=closed)

    def by_numpy(start: date) -> object:
        return numpy.busday_offset(numpy.datetime64(start), _COUNT, roll="backward", busdaycal=busday)

    for start in starts[:2_000]:
        ours = calendar.add(start, _COUNT)
        assert ours == library.get_nth_working_day(start, _COUNT) == by_numpy(start).astype(date)  # type: ignore[attr-defined]
    ours = best(lambda: timed(lambda: [calendar.add(start, _COUNT) for start in starts])) / len(starts)
    few = starts[:2_000]
    theirs = best(lambda: timed(lambda: [library.get_nth_working_day(start, _COUNT) for start in few]), 3) / len(few)
    arrays = best(lambda: timed(lambda: [by_numpy(start) for start in starts]), 3) / len(starts)
    print(f"ours      {ours * 1e9:8.0f} ns a sum")
    print(f"holidays  {theirs * 1e9:8.0f} ns a sum   ours is {theirs / ours:6.0f} × as fast   (goal 200)")
    print(f"numpy     {arrays * 1e9:8.0f} ns a call  ours is {arrays / ours:6.1f} × as fast   (goal 20)")
