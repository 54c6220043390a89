"""What a change of law does to the stored clocks, before anybody is told: who becomes overdue by it, and every move."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from rules.model import DUTY, Change, Clock, Status
from service.cli.screen import complain, say
from service.flow import Recomputed
from service.spreadsheets import harmless

COLUMNS = (
    "clock",
    "timescale",
    "measure",
    "child",
    "team",
    "kind",
    "due_on_before",
    "due_on_after",
    "status_before",
    "status_after",
    "reason",
)
_SHOWN = 50
_NO_TEAM = "no team"


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Moving:
    """Is handed every change, share by share: counts what it comes to on a day, and keeps those to be shown first.

    As CSV or JSON each change is written as it comes, one a line, so that a whole council's needs no memory.
    """

    def __init__(self, on: date, layout: Format = Format.TABLE) -> None:
        self._on, self._layout = on, layout
        self._late, self._in_time = Counter[str](), Counter[str]()
        self._first: list[Change] = []
        self._others: list[Change] = []
        self._rows = csv.writer(sys.stdout, lineterminator="\n")
        if layout is Format.CSV:
            self._rows.writerow(COLUMNS)

    def take(self, changes: Sequence[Change]) -> None:
        """A share of the changes, in any order of shares."""
        for change in changes:
            self._count(change)
            if self._layout is Format.CSV:
                self._rows.writerow([harmless(str(value or "")) for value in self._row(change).values()])
            elif self._layout is Format.JSON:
                say(json.dumps(self._row(change), ensure_ascii=False))

    def show(self, done: Recomputed) -> None:
        """The sums, and (as a table) the first of the clocks: those first that become overdue, or cease to be."""
        tell = say if self._layout is Format.TABLE else complain
        tell(f"{done.events:,} events of {done.subjects:,} subjects: {done.clocks:,} clocks, {done.differing:,} differ")
        for problem in done.defeated:
            complain(f"{problem.subject}, {problem.timescale}: {problem.words}")
        for (timescale, measure, kind), count in sorted(done.kinds.items()):
            tell(f"  {timescale} ({measure}): {count:,} {kind}")
        for words in self._turned() if done.differing else ():
            tell(words)
        if self._layout is Format.TABLE:
            self._show_first(done.differing)

    def _count(self, change: Change) -> None:
        before, after = (_standing(clock, self._on) for clock in (change.before, change.after))
        was_late, is_late = before is Status.OVERDUE, after is Status.OVERDUE
        turned = was_late != is_late and change.clock.measure == DUTY
        if turned:
            (self._late if is_late else self._in_time)[change.clock.team or _NO_TEAM] += 1
        kept = self._first if turned else self._others
        if len(kept) < _SHOWN:
            kept.append(change)

    def _turned(self) -> Iterator[str]:
        yield f"On {self._on}, of the duties that these are:"
        for words, teams in (("become overdue", self._late), ("are no longer overdue", self._in_time)):
            behind = ", ".join(f"{team} {count:,}" for team, count in sorted(teams.items()))
            yield f"  {teams.total():,} {words}{': ' if behind else ''}{behind}"

    def _show_first(self, differing: int) -> None:
        shown = (self._first + self._others)[:_SHOWN]
        for change in shown:
            clock = change.clock
            before, after = (_standing(one, self._on) for one in (change.before, change.after))
            turned = f"{_words(before)} → {_words(after)}: " if before is not after and clock.measure == DUTY else ""
            timescale = clock.timescale if clock.measure == DUTY else f"{clock.timescale} ({clock.measure})"
            say(f"  {clock.id}  {clock.subject}  {timescale}: {turned}{change.reason}")
        if differing > len(shown):
            say(f"  … and {differing - len(shown):,} more: --format csv lists every one")

    def _row(self, change: Change) -> dict[str, Any]:
        clock, sides = change.clock, (change.before, change.after)
        due = [one.due_on.isoformat() if one and one.due_on else None for one in sides]
        status = [standing.value if (standing := _standing(one, self._on)) else None for one in sides]
        kind = change.kind.value
        where = (clock.id, clock.timescale, clock.measure, clock.subject, clock.team, kind)
        return dict(zip(COLUMNS, (*where, *due, *status, change.reason), strict=True))


def _standing(clock: Clock | None, on: date) -> Status | None:
    return clock.status(on) if clock else None


def _words(standing: Status | None) -> str:
    return standing.value.replace("_", " ") if standing else "none"
