"""What a change of law does to the stored clocks, before anybody is told: who becomes overdue by it, and every move."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rules.model import DUTY, Change, Status
from service.cli.screen import complain, say
from service.cli.tables import Format
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


_TURNS: Mapping[str, Callable[[Status | None, Status | None], bool]] = {
    "become overdue": lambda before, after: after is Status.OVERDUE is not before,
    "are no longer overdue": lambda before, after: before is Status.OVERDUE is not after,
    "were done in time, and count as late": lambda before, after: (before, after) == (Status.MET, Status.LATE),
    "were done late, and count as in time": lambda before, after: (before, after) == (Status.LATE, Status.MET),
}
"""What a change of law may make of a duty, that somebody has to know of before it is applied."""


class Moving:
    """Is handed every change, share by share: counts what it comes to on a day, and keeps those to be shown first.

    As CSV or JSON each change is written as it comes, one a line, so that a whole council's needs no memory.
    """

    def __init__(self, on: date, layout: Format = Format.TABLE) -> None:
        self._on, self._layout = on, layout
        self._turned: dict[str, Counter[str]] = {words: Counter() for words in _TURNS}
        self._duties, self._children = 0, set[str]()
        self._shown: tuple[list[Change], ...] = ([], [], [])
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
        """The sums, and (as a table) the first of the clocks: those that turn, then other duties, then the rest."""
        tell = say if self._layout is Format.TABLE else complain
        tell(f"{done.events:,} events of {done.subjects:,} subjects: {done.clocks:,} clocks, {done.differing:,} differ")
        for problem in done.defeated:
            complain(f"{problem.subject}, {problem.timescale}: {problem.words}")
        for (timescale, measure, kind), count in sorted(done.kinds.items()):
            tell(f"  {timescale} ({measure}): {count:,} {kind}")
        for words in self._sums() if done.differing else ():
            tell(words)
        if self._layout is Format.TABLE:
            self._show_first(done.differing)

    def _count(self, change: Change) -> None:
        is_duty = change.clock.measure == DUTY
        turns = [words for words, is_so in _TURNS.items() if is_so(*self._standings(change))] if is_duty else []
        for words in turns:
            self._turned[words][change.clock.team or _NO_TEAM] += 1
        if is_duty:
            self._duties += 1
            self._children.add(change.clock.subject)
        kept = self._shown[0 if turns else 1 if is_duty else 2]
        if len(kept) < _SHOWN:
            kept.append(change)

    def _sums(self) -> Iterator[str]:
        yield f"On {self._on}, of {self._duties:,} duties to {len(self._children):,} children:"
        for words, teams in self._turned.items():
            behind = ", ".join(f"{team} {count:,}" for team, count in sorted(teams.items()))
            yield f"  {teams.total():,} {words}{': ' if behind else ''}{behind}"

    def _show_first(self, differing: int) -> None:
        shown = [change for kept in self._shown for change in kept][:_SHOWN]
        for change in shown:
            clock = change.clock
            before, after = self._standings(change)
            turned = f"{_words(before)} → {_words(after)}: " if before is not after and clock.measure == DUTY else ""
            timescale = clock.timescale if clock.measure == DUTY else f"{clock.timescale} ({clock.measure})"
            say(f"  {clock.id}  {clock.subject}  {clock.team or _NO_TEAM}  {timescale}: {turned}{change.reason}")
        if differing > len(shown):
            say(f"  … and {differing - len(shown):,} more: --format csv lists every one")

    def _standings(self, change: Change) -> tuple[Status | None, Status | None]:
        """What the clock is on the day, before and after."""
        before, after = (one.status(self._on) if one else None for one in (change.before, change.after))
        return before, after

    def _row(self, change: Change) -> dict[str, Any]:
        clock, sides = change.clock, (change.before, change.after)
        due = [one.due_on.isoformat() if one and one.due_on else None for one in sides]
        status = [standing.value if standing else None for standing in self._standings(change)]
        kind = change.kind.value
        where = (clock.id, clock.timescale, clock.measure, clock.subject, clock.team, kind)
        return dict(zip(COLUMNS, (*where, *due, *status, change.reason), strict=True))


def _words(standing: Status | None) -> str:
    return standing.value.replace("_", " ") if standing else "none"
