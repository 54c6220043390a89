"""Cases that move between teams and workers, and with whom each stood on any day: lists of moves, nothing cleverer."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from rules.model import Event

DAY = timedelta(days=1)


class Move(NamedTuple):
    on: date
    team: str
    worker: str


class Moves:
    """Every child's moves, in their order."""

    def __init__(self) -> None:
        self.of: dict[str, list[Move]] = {}

    def move(self, subject: str, on: date, team: str, worker: str = "") -> None:
        self.of.setdefault(subject, []).append(Move(on, team, worker))
        self.of[subject].sort(key=lambda one: one.on)  # stable: of one day's moves the one that was made last stands

    def shuffle(
        self, dice: random.Random, subjects: Iterable[str], stretch: tuple[date, date], teams: Iterable[str]
    ) -> None:
        """None to three moves of each child, on any day of the stretch."""
        days, names = (stretch[1] - stretch[0]).days, list(teams)
        for subject in sorted(subjects):
            for _ in range(dice.randrange(4)):
                on = stretch[0] + dice.randint(0, days) * DAY
                self.move(subject, on, dice.choice(names), f"worker-{dice.randrange(7)}")

    def last(self, subject: str, upto: date, since: date = date.min) -> Move | None:
        """The last move from one day to another, both included."""
        return next((one for one in reversed(self.of.get(subject, ())) if since <= one.on <= upto), None)

    def events(self) -> list[Event]:
        return [
            Event(
                "moves", f"{subject}-{nth:03d}", "case.allocated", subject, one.on, team=one.team,
                worker=one.worker or None,
            )
            for subject, own in self.of.items()
            for nth, one in enumerate(own)
        ]  # fmt: skip
