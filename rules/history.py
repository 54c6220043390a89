"""Which of the events sent are in effect, and whose they are.

Nothing sent is ever edited. An event may supersede another, or take it back, and may arrive before it; the answer does
not depend on the order. Taking an event back takes its corrections with it; taking back a correction lets what it
corrected stand again; taking back a withdrawal undoes it. Two subjects that turn out to be one share a history.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import NamedTuple

from rules.catalogue import MERGED, WITHDRAWN
from rules.model import Event, EventRef, Problem

IN_ORDER = attrgetter("happened_on", "source", "id")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class History(NamedTuple):
    """The events in effect, in the order they happened.

    ``roots`` gives the first version of a corrected event; ``homes`` the subject that a merged subject now is. What is
    missing from either stands for itself.
    """

    events: tuple[Event, ...]
    roots: Mapping[EventRef, EventRef]
    homes: Mapping[str, str]
    problems: tuple[Problem, ...]


def settle(events: Iterable[Event]) -> History:
    """The history that these events come to, whatever order they are given in and however often."""
    given = {(event.source, event.id): event for event in events}
    for event in given.values():
        if event.target or event.type == MERGED or event.type == WITHDRAWN:
            return _Settling({event.ref: event for event in given.values()}).settle()
    return History(tuple(sorted(given.values(), key=IN_ORDER)), {}, {}, ())


def lineage(events: Iterable[Event], ref: EventRef) -> tuple[Event, ...]:
    """The versions of an event that led to ``ref``, first to last; those that have not arrived are left out."""
    given = {event.ref: event for event in events}
    versions: list[Event] = []
    seen: set[EventRef] = set()
    while ref in given and ref not in seen and given[ref].type != WITHDRAWN:
        seen.add(ref)
        event = given[ref]
        versions.insert(0, event)
        if event.target is None:
            break
        ref = EventRef(event.source, event.target)
    return tuple(versions)


class _Settling:
    """One settling of events that correct, withdraw or merge."""

    def __init__(self, events: Mapping[EventRef, Event]) -> None:
        self.events = events
        self.problems: set[Problem] = set()
        self.corrections: dict[EventRef, list[Event]] = defaultdict(list)
        self.withdrawals: dict[EventRef, list[Event]] = defaultdict(list)
        for event in events.values():
            if event.target:
                heirs = self.withdrawals if event.type == WITHDRAWN else self.corrections
                heirs[EventRef(event.source, event.target)].append(event)
        self.taken_back = self._taken_back()

    def settle(self) -> History:
        effective: list[Event] = []
        roots: dict[EventRef, EventRef] = {}
        for first in self._firsts():
            heir = self._latest(first)
            if heir is not None:
                effective.append(heir)
                if heir.ref != first:
                    roots[heir.ref] = first
        effective.sort(key=IN_ORDER)
        return History(
            tuple(event for event in effective if event.type != MERGED),
            roots,
            self._homes(effective),
            tuple(sorted(self.problems)),
        )

    def _firsts(self) -> Iterable[EventRef]:
        """The first version of every fact: an event that corrects none, or one not arrived that others correct."""
        for ref, event in self.events.items():
            if event.type == WITHDRAWN:
                continue
            target = _target(event)
            if target is None:
                yield ref
            elif self._is_withdrawal(target) and ref not in self.taken_back:
                self._note("corrects-a-withdrawal", event, "it supersedes a withdrawal, which no longer counts")
                yield ref
        yield from (ref for ref in self.corrections if ref not in self.events)

    def _latest(self, ref: EventRef) -> Event | None:
        """Follows the corrections of an event to the last one that stands; None where none does."""
        event = None if ref in self.taken_back else self.events.get(ref)
        while heirs := [heir for heir in self.corrections.get(ref, ()) if heir.ref not in self.taken_back]:
            event = max(heirs, key=_recency)
            if len(heirs) > 1:
                self._note("rival-corrections", event, f"{len(heirs)} corrections of one event; the latest is used")
            ref = event.ref
        return event

    def _taken_back(self) -> frozenset[EventRef]:
        """Every event without effect, because it, or what it corrects, was withdrawn, or because it undoes itself.

        Each event rests on few others: settle what rests on nothing unsettled, over and over. Whatever is left rests on
        a ring. The members of each ring have no effect and are told; then the rest follows.
        """
        rests_on = self._rests_on()
        bears: dict[EventRef, list[EventRef]] = defaultdict(list)
        for ref, needs in rests_on.items():
            for need in needs:
                bears[need].append(ref)
        waiting = {ref: len(needs) for ref, needs in rests_on.items()}
        verdict: dict[EventRef, bool] = {}

        def follow(ready: list[EventRef]) -> None:
            while ready:
                ref = ready.pop()
                if ref not in verdict:
                    verdict[ref] = self._is_taken_back(ref, verdict)
                for dependent in bears.get(ref, ()):
                    waiting[dependent] -= 1
                    if waiting[dependent] == 0 and dependent not in verdict:
                        ready.append(dependent)

        follow([ref for ref, count in waiting.items() if count == 0])
        if len(verdict) < len(rests_on):
            members = _rings({ref: needs for ref, needs in rests_on.items() if ref not in verdict})
            for ref in members:
                verdict[ref] = True
                self._note("correction-ring", self.events[ref], "it corrects or withdraws itself, by way of others")
            follow(members)
        return frozenset(ref for ref, is_taken_back in verdict.items() if is_taken_back)

    def _rests_on(self) -> dict[EventRef, list[EventRef]]:
        """For every event, and every target not arrived, those whose fate decides its own."""
        rests_on: dict[EventRef, list[EventRef]] = {ref: [] for ref in self.events}
        for ref, event in self.events.items():
            target = _target(event)
            if target is None:
                continue
            rests_on.setdefault(target, [])
            if event.type == WITHDRAWN or self._is_withdrawal(target):
                rests_on[target].append(ref)
            else:
                rests_on[ref].append(target)
        return rests_on

    def _is_taken_back(self, ref: EventRef, verdict: Mapping[EventRef, bool]) -> bool:
        undone_by = list(self.withdrawals.get(ref, ()))
        if self._is_withdrawal(ref):
            undone_by += self.corrections.get(ref, ())
        if any(not verdict[event.ref] for event in undone_by):
            return True
        event = self.events.get(ref)
        target = _target(event) if event is not None and event.type != WITHDRAWN else None
        return target is not None and not self._is_withdrawal(target) and verdict[target]

    def _is_withdrawal(self, ref: EventRef) -> bool:
        event = self.events.get(ref)
        return event is not None and event.type == WITHDRAWN

    def _homes(self, effective: Iterable[Event]) -> dict[str, str]:
        into: dict[str, str] = {}
        for event in effective:
            if event.type == MERGED:
                if into.get(event.subject, event.data["into"]) != event.data["into"]:
                    self._note("rival-merges", event, "merged into two subjects; the latest is used")
                into[event.subject] = str(event.data["into"])
        homes: dict[str, str] = {}
        for subject in into:
            _find_home(subject, into, homes)
        return homes

    def _note(self, code: str, event: Event, words: str) -> None:
        self.problems.add(Problem(event.subject, code, "", event.ref, words))


def _target(event: Event) -> EventRef | None:
    return EventRef(event.source, event.target) if event.target else None


def _rings(rests_on: Mapping[EventRef, list[EventRef]]) -> list[EventRef]:
    """The events that rest on themselves: what bears nothing is peeled away until only rings are left."""
    left = {ref: [need for need in needs if need in rests_on] for ref, needs in rests_on.items()}
    bearing = dict.fromkeys(left, 0)
    for needs in left.values():
        for need in needs:
            bearing[need] += 1
    idle = [ref for ref, count in bearing.items() if count == 0]
    while idle:
        for need in left.pop(idle.pop()):
            bearing[need] -= 1
            if bearing[need] == 0:
                idle.append(need)
    return list(left)


def _find_home(subject: str, into: Mapping[str, str], homes: dict[str, str]) -> None:
    """Follows merges to the reference that stays; of a ring, its least member."""
    path: dict[str, None] = {}
    while subject in into and subject not in homes and subject not in path:
        path[subject] = None
        subject = into[subject]
    if subject in path:
        names = list(path)
        subject = min(names[names.index(subject) :])
    home = homes.get(subject, subject)
    for name in path:
        homes[name] = home


def _recency(event: Event) -> tuple[object, ...]:
    return (event.recorded_at or _LONG_AGO, event.happened_on, event.id)
