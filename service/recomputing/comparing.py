"""One share of the store read, evaluated afresh, and compared with the clocks and problems that are stored."""

from __future__ import annotations

import pickle
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from rules import Law, diff
from rules.model import Change, Problem
from service.clockwork import CANNOT_EVALUATE, evaluate_safely
from service.store import ranges
from service.store.ranges import Contents, Range

Groups = tuple[frozenset[str], ...]
Share = Range | Groups


class Found(NamedTuple):
    """What one share came to. ``kinds`` counts the changes by timescale, measure and kind.

    ``packed``: the changes, and the problems of every subject whose problems are not those stored. A law that moves
    every clock of a council would otherwise fill a gigabyte with them.
    """

    subjects: int
    events: int
    clocks: int
    defeated: tuple[Problem, ...]
    kinds: Counter[tuple[str, str, str]]
    packed: bytes

    def unpacked(self) -> tuple[list[Change], dict[str, list[Problem]]]:
        """The changes, and by subject the problems to store."""
        changes, problems = pickle.loads(zlib.decompress(self.packed))  # noqa: S301 - packed below, by our own processes
        return changes, problems


def compared(db: Connection, law: Law, linked: Collection[str], share: Share) -> Found:
    """One share evaluated and compared. ``linked``: who belongs to a group, and so to no range."""
    if isinstance(share, Range):
        stored = ranges.contents(db, share).without(linked)
        together: Iterable[Collection[str]] = ((subject,) for subject in stored.histories)
    else:
        stored = ranges.contents_of(db, [subject for group in share for subject in group])
        together = share
    clocks = dict(stored.clocks)
    changes: list[Change] = []
    problems: list[Problem] = []
    made = 0
    for subjects in together:
        history = [event for subject in subjects for event in stored.histories.get(subject, ())]
        before = [clock for subject in subjects for clock in clocks.pop(subject, ())]
        evaluation = evaluate_safely(law, history, before)
        changes += diff(before, evaluation.clocks)
        problems += evaluation.problems
        made += len(evaluation.clocks)
    changes += diff((clock for left in clocks.values() for clock in left), ())
    return _found(stored, made, changes, problems)


def _found(stored: Contents, made: int, changes: Sequence[Change], problems: Sequence[Problem]) -> Found:
    now: dict[str, list[Problem]] = {}
    for problem in problems:
        now.setdefault(problem.subject, []).append(problem)
    differing = {
        subject: now.get(subject, [])
        for subject in now.keys() | stored.problems.keys() | stored.marked
        if sorted(now.get(subject, ())) != sorted(stored.problems.get(subject, ()))
        or (subject in now) is not (subject in stored.marked)
    }
    return Found(
        len(stored.histories),
        sum(map(len, stored.histories.values())),
        made,
        tuple(problem for problem in problems if problem.code == CANNOT_EVALUATE),
        Counter((change.clock.timescale, change.clock.measure, change.kind.value) for change in changes),
        zlib.compress(pickle.dumps((changes, differing)), 1),
    )
