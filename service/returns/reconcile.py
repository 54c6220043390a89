"""What a return says of one child, against what the store holds of the same return: new, changed, gone.

A return has no memory, so the store is asked: the events of one source about one child, as they were sent. An event's
id is the fact's own; a later version of it is ``id~2``, ``id~3`` and so on. Nothing else is kept about what was sent.

    the same fact, the same content            nothing is sent
    the same fact, other content               a correction, which supersedes the version in effect
    a fact that was gone and is there again    a new event, which corrects nothing
    a fact that is gone, another of its kind   a corrected first date: that other one supersedes it
    a fact that is gone                        is withdrawn, if the return claims to be complete
    a trouble that is gone                     is withdrawn: it was mended

A return that does not claim to be complete says nothing of what it leaves out. There another first date is a corrected
one only where a slip of the hand explains it: two referrals half a year apart are two, and the older one's clock runs
on. Where a row about the child was refused, nobody knows whether anything is gone, and nothing is taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from rules.catalogue import FOUND, WITHDRAWN
from rules.history import settle
from rules.model import Event
from service.door import Refusal, content_of
from service.feeds.facts import Fact, Period, Trouble
from service.returns.slips import is_slip

NEW, UNCHANGED, CORRECTED, WITHDRAWN_BY_US, REFUSED = "new", "unchanged", "corrected", "withdrawn", "refused"

Read = Callable[[Mapping[str, Any]], Event | Refusal]
"""The front door: a document to an event, or why not."""

_PROBLEM = "/problem/"
"""In the id of a trouble, what stands between the row and what is wrong with it."""
_VERSION = re.compile(r"~(\d+)$", re.ASCII)
_DATED = re.compile(r"\d{4}-\d{2}-\d{2}(-\d+)?", re.ASCII)
_IN_DOUBT = Refusal(
    409,
    "in-doubt",
    "Nobody knows whether it is gone",
    "a row about this child was refused, so nobody knows whether this is gone",
    "",
    "mend that row, and import the return again with --complete",
)
_COUNTED = re.compile(r"(?<=[-/])\d+(?=/|$)", re.ASCII)


class Claim(NamedTuple):
    """What a return says about itself: who sends it, which days it covers, and whether it says everything of them.

    ``kinds``: of which types of event it says so; None for all.
    """

    source: str
    window: Period | None
    is_complete: bool
    kinds: frozenset[str] | None = None


class Sending(NamedTuple):
    """What becomes of one fact, and the event to send, if one is.

    ``fact`` is None for what is withdrawn. ``event`` is what stands for the fact afterwards; None where it was refused.
    ``before`` is what stood until then, where something did.
    """

    standing: str
    fact: Fact | None
    event: Event | None
    refusal: Refusal | None = None
    before: Event | None = None

    @property
    def is_to_be_sent(self) -> bool:
        return self.standing in (NEW, CORRECTED, WITHDRAWN_BY_US)


def reconcile(
    facts: Sequence[Fact], stored: Sequence[Event], claim: Claim, read: Read, *, is_whole: bool = True
) -> list[Sending]:
    """What to send about one child. ``stored``: every event of this source about it, as it was sent, in any order.

    ``is_whole``: whether every row about the child could be read.
    """
    return list(_Reconciling(stored, claim, read, is_whole).sendings(facts))


def fact_of(trouble: Trouble, found_on: date) -> Fact:
    """What cannot be true, as a fact: that it was found. ``found_on`` dates it the first time it is sent."""
    said = {
        "about": trouble.about,
        "column": trouble.column,
        "value": trouble.value,
        "reason": trouble.reason,
        "fix": trouble.fix,
    }
    data = {name: text for name, text in said.items() if text}
    return Fact(trouble.fact_id, FOUND, trouble.subject, happened_on=found_on, key=trouble.key, data=data)


class _Reconciling:
    """One child's facts against one child's events."""

    def __init__(self, stored: Sequence[Event], claim: Claim, read: Read, is_whole: bool) -> None:
        self.claim = claim
        self.read = read
        self.is_whole = is_whole
        settled = settle(stored)
        self.in_effect = {_fact_id(event.id): event for event in settled.events if event.type != WITHDRAWN}
        self.roots = {ref.id: first.id for ref, first in settled.roots.items()}
        self.versions: dict[str, int] = {}
        for event in stored:
            base = _fact_id(event.id)
            self.versions[base] = max(self.versions.get(base, 0), _version(event.id))

    def sendings(self, facts: Sequence[Fact]) -> Iterator[Sending]:
        named = {fact.id: fact for fact in facts}
        gone = {id: event for id, event in self.in_effect.items() if id not in named}
        missed = [event for event in gone.values() if self._is_spoken_of(event, named)]
        fresh = [fact for fact in named.values() if fact.id not in self.in_effect]
        heirs = _heirs(fresh, missed, is_any=self.claim.is_complete and self.is_whole)
        for fact in named.values():
            yield self._sending(fact, self.in_effect.get(fact.id) or heirs.get(fact.id))
        inherited = {event.ref for event in heirs.values()}
        for event in missed:
            if event.ref not in inherited:
                yield from self._taken_back(event, named)

    def _taken_back(self, event: Event, named: Mapping[str, Fact]) -> Iterator[Sending]:
        if event.type == FOUND:
            if self.is_whole or self._has_row(event, named):
                yield self._withdrawal(event)
        elif self.claim.is_complete:
            yield self._withdrawal(event) if self.is_whole else Sending(REFUSED, None, None, _IN_DOUBT, event)

    def _is_spoken_of(self, event: Event, named: Mapping[str, Fact]) -> bool:
        """Whether the return would say this if it still stood: it covers that day, or has the row that it was about."""
        _source, window, _is_complete, kinds = self.claim
        kind = event.data["about"] if event.type == FOUND else event.type
        is_told = kinds is None or kind in kinds
        if is_told and window is not None and window.first <= event.happened_on <= window.last:
            return True
        return event.type == FOUND and self._has_row(event, named)

    def _has_row(self, trouble: Event, named: Mapping[str, Fact]) -> bool:
        row = _fact_id(trouble.id).partition(_PROBLEM)[0]
        return any(id.startswith(f"{row}/") for id in named)

    def _sending(self, fact: Fact, before: Event | None) -> Sending:
        event = self.read(self._document(fact, fact.id))
        if isinstance(event, Refusal):
            return Sending(REFUSED, fact, None, event)
        if before is not None and _is_same(event, before):
            return Sending(UNCHANGED, fact, before)
        version = self._next(fact.id)
        if version is None and before is None:
            return Sending(NEW, fact, event)
        event = self.read(self._document(fact, version or fact.id, supersedes=before.id if before else None))
        if isinstance(event, Refusal):
            return Sending(REFUSED, fact, None, event)
        return Sending(CORRECTED if before else NEW, fact, event)

    def _withdrawal(self, event: Event) -> Sending:
        """Takes back the first version of the chain in effect, and with it all its corrections."""
        first = self.roots.get(event.id, event.id)
        document = {
            "specversion": "1.0",
            "id": self._next(_fact_id(event.id)),
            "source": self.claim.source,
            "type": WITHDRAWN,
            "subject": event.subject,
            "data": {
                "happened_on": event.happened_on.isoformat(),
                "withdraws": first,
                "reason": "it is no longer in the return",
            },
        }
        withdrawal = self.read(document)
        if isinstance(withdrawal, Refusal):
            return Sending(REFUSED, None, None, withdrawal, event)
        return Sending(WITHDRAWN_BY_US, None, withdrawal, before=event)

    def _next(self, base: str) -> str | None:
        """The id of the next version of a fact; None where it was never sent, and its own id is free."""
        if base not in self.versions:
            self.versions[base] = 1
            return None
        self.versions[base] += 1
        return f"{base}~{self.versions[base]}"

    def _document(self, fact: Fact, id: str, supersedes: str | None = None) -> dict[str, Any]:
        told = {"happened_on": fact.happened_on.isoformat(), "key": fact.key, "supersedes": supersedes}
        data = dict(fact.data) | {name: value for name, value in told.items() if value is not None}
        return {
            "specversion": "1.0",
            "id": id,
            "source": self.claim.source,
            "type": fact.type,
            "subject": fact.subject,
            "data": data,
        }


def _heirs(fresh: Iterable[Fact], gone: Iterable[Event], *, is_any: bool) -> dict[str, Event]:
    """Which new fact is a gone one with another first date: of one kind and place, in the order of their days.

    ``is_any``: whatever the date was; else only one that a slip of the hand made of the other.
    """
    waiting: dict[str, list[Event]] = {}
    for event in sorted(gone, key=lambda event: (event.happened_on, event.id)):
        waiting.setdefault(_place(_fact_id(event.id)), []).append(event)
    heirs = {}
    for fact in sorted(fresh, key=lambda fact: (fact.happened_on, fact.id)):
        events = waiting.get(_place(fact.id), [])
        found = next((one for one in events if is_any or is_slip(one.happened_on, fact.happened_on)), None)
        if found is not None:
            events.remove(found)
            heirs[fact.id] = found
    return heirs


def _place(id: str) -> str:
    """A fact's id without the dates and counts in it: the child, the module and the column are left."""
    return _COUNTED.sub("*", _DATED.sub("*", id))


def _fact_id(id: str) -> str:
    return _VERSION.sub("", id)


def _version(id: str) -> int:
    found = _VERSION.search(id)
    return int(found[1]) if found else 1


def _is_same(event: Event, before: Event) -> bool:
    """Whether both say the same. The day on which a trouble was first found is no part of what it says."""
    if event.type == FOUND and before.type == FOUND:
        event = replace(event, happened_on=before.happened_on)
    return _said(event) == _said(before)


def _said(event: Event) -> str:
    return content_of(replace(event, id="", target=None, recorded_at=None))
