"""Who has looked at a child, or done something to a clock of the child: the trail, as it stands, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple

from service import clock
from service.web import words

_WHAT = {
    "subject.read": "Opened the child’s page",
    "subject.looked": "Opened the list of who has looked",
    "clock.explained": "Opened a clock",
    "clock.read": "Read a clock",
    "clocks.listed": "Saw a clock in a list",
    "clocks.read": "Read the clocks",
    "clocks.exported": "Took a list away that a clock stood in",
    "events.read": "Read the events",
    "problems.listed": "Saw a data problem in the list of them",
    "problems.exported": "Took the list of data problems away",
    "clock.acknowledged": "Made a plan for a clock",
}


class Look(NamedTuple):
    """What somebody did on a day, once or several times in a row, the latest at ``at``."""

    at: datetime
    who: str
    what: str
    times: int


def looks(rows: Iterable[Any]) -> list[Look]:
    """The rows of the trail, newest first, with what the same person did again and again on one day told once."""
    return [_look(list(own)) for _, own in groupby(rows, key=_alike)]


def _alike(row: Any) -> tuple[str, str, date]:
    return (row.actor, row.action, clock.local(row.at).date())


def _look(rows: list[Any]) -> Look:
    newest = rows[0]
    return Look(newest.at, newest.actor, _WHAT.get(newest.action, _said(newest.action)), len(rows))


def _said(action: str) -> str:
    """An action that has no words here: ``report.read`` → ``Report: read``."""
    thing, _, done = action.partition(".")
    return words.first(f"{words.spaced(thing)}: {words.spaced(done)}")
