"""Days and chance: which days people work, how long things take, how habits drift. One generator, so one seed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from math import sqrt
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from rules.workdays import WorkingCalendar
from service.demo import place
from service.demo.place import Team

ValueT = TypeVar("ValueT")
Range = tuple[float, float, float]
"""Lowest, commonest and highest."""

_DAY = timedelta(days=1)
_STEPS = 8
"""From small to large on the cards of a deck: few enough for a deck to be dealt several times over a history."""
_AUGUST, _DECEMBER, _CHRISTMAS = 8, 12, 18


class Diary:
    """What day it is, which days are worked, and what the dice say."""

    def __init__(self, seed: int | str, today: date, calendar: WorkingCalendar) -> None:
        self.dice = Random(seed)  # noqa: S311 - nothing here is secret, and it has to come out the same again
        self.today = today
        self.calendar = calendar
        self.begins_on = today - timedelta(weeks=place.WEEKS_OF_HISTORY)
        self._decks: dict[str, list[tuple[float, float]]] = {}
        self._zone = ZoneInfo(place.ZONE)
        self._days = [self.begins_on + _DAY * nth for nth in range((today - self.begins_on).days)]
        self._weights = list(accumulate(self._busy(day) for day in self._days))

    def chance(self, share: float) -> bool:
        """True for that share of the times it is asked."""
        return self.dice.random() < share

    def one_of(self, shares: Mapping[ValueT, float]) -> ValueT:
        """One of the keys, as often as its share."""
        return self.dice.choices(list(shares), list(shares.values()))[0]

    def between(self, span: Range, stretch: float = 1.0) -> int:
        """A whole number from lowest to highest, most often near the commonest, times ``stretch``."""
        low, commonest, high = span
        return round(self.dice.triangular(low, high, commonest) * stretch)

    def deal(self, deck: str) -> tuple[float, float]:
        """Two numbers from 0 to 1, from a shuffled deck that holds every pairing of small and large once.

        Chance without runs of luck: every seed finds about the same of what the council is known for.
        """
        if not self._decks.get(deck):
            self._decks[deck] = [self._card(nth) for nth in range(_STEPS * _STEPS)]
            self.dice.shuffle(self._decks[deck])
        return self._decks[deck].pop()

    def dealt_chance(self, deck: str, share: float) -> bool:
        """As ``chance``, dealt."""
        return self.deal(deck)[0] < share

    def dealt_one_of(self, deck: str, shares: Mapping[ValueT, float]) -> ValueT:
        """As ``one_of``, dealt."""
        dealt = self.deal(deck)[0] * sum(shares.values())
        reached = zip(accumulate(shares.values()), shares, strict=True)
        return next((value for upto, value in reached if dealt < upto), list(shares)[-1])

    def dealt_waits(self, deck: str, spans: tuple[Range, Range], stretch: float) -> tuple[int, int]:
        """Two waits that follow each other: each as ``between``, dealt."""
        first, then = (_triangular(span, share) for span, share in zip(spans, self.deal(deck), strict=True))
        return round(first * stretch), round(then * stretch)

    def some(self, mean: float) -> int:
        """A number from 1 up, small ones far more often than large."""
        return 1 + int(self.dice.expovariate(1 / mean))

    def referral_day(self) -> date:
        """A day of the history, busy weekdays and months more often."""
        return self.dice.choices(self._days, cum_weights=self._weights)[0]

    def after(self, on: date, working_days: int) -> date:
        """That many working days later; for 0, ``on`` itself or the next day anybody works."""
        return self.calendar.add(on, working_days) if working_days > 0 else self.calendar.on_or_after(on)

    def before(self, on: date, working_days: int) -> date:
        """That many working days earlier; for 0, ``on`` itself or the last day before it that anybody works."""
        return self.calendar.subtract(on, working_days) if working_days > 0 else self.calendar.subtract(on + _DAY, 1)

    def later(self, at: datetime, hours: float) -> datetime:
        """That many hours later, by a clock that is never put forward or back; in local time again."""
        return (at.astimezone(UTC) + timedelta(hours=hours)).astimezone(self._zone)

    def clocks_changed_on(self) -> list[date]:
        """The days of the history on which the clocks were put forward or back."""
        noons = [datetime.combine(day, time(12), self._zone) for day in self._days]
        return [after.date() for noon, after in pairwise(noons) if noon.utcoffset() != after.utcoffset()]

    def moment(self, on: date, first_hour: int, last_hour: int) -> datetime:
        """A time of that day, in local time, from one hour to just before another."""
        minute = int((first_hour + self.dice.random() * (last_hour - first_hour)) * 60)
        return datetime.combine(on, time(minute // 60, minute % 60), self._zone)

    def drifted(self, ends: tuple[float, float], on: date) -> float:
        """Where a habit has got to on its way from the beginning of the history to its end."""
        progress = min(1.0, (on - self.begins_on) / (self.today - self.begins_on))
        return ends[0] + (ends[1] - ends[0]) * progress

    def wait(self, team: Team, on: date) -> float:
        """What waits for a meeting are multiplied by: the team, the year's slow drift, and who is on leave."""
        is_holiday = on.month == _AUGUST or (on.month == _DECEMBER and on.day >= _CHRISTMAS)
        return team.delay * self.drifted(place.DRIFT, on) * (place.HOLIDAY_SEASON if is_holiday else 1.0)

    def _card(self, nth: int) -> tuple[float, float]:
        row, column = divmod(nth, _STEPS)
        return (row + self.dice.random()) / _STEPS, (column + self.dice.random()) / _STEPS

    def _busy(self, on: date) -> float:
        busy = place.WEEKDAYS[on.weekday()] * place.MONTHS[on.month - 1]
        return busy * place.BANK_HOLIDAY if on in self.calendar.holidays else busy


def _triangular(span: Range, share: float) -> float:
    """The number below which that share of a triangular distribution lies."""
    low, commonest, high = span
    rising = (commonest - low) / (high - low)
    if share <= rising:
        return low + sqrt(share * (high - low) * (commonest - low))
    return high - sqrt((1 - share) * (high - low) * (high - commonest))
