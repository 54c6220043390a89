"""A statutory return, from its file to events: every row accounted for, and nothing half-done.

1. The whole file is read and counted. Where it is not what it should be, ``CannotRead`` says so, and nothing is stored.
2. It is read again, child by child. What it says of a child is held against what this return has sent before, and what
   is new, changed or gone goes through the front door and the flow like any other event.
3. Where it claims to be complete, children whom it does not name any more are looked at too.
4. What was refused or cannot be true, and where the source's own dates differ from ours, is given back to be written.

Cut off in the middle it is simply run again: what is stored is found unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from functools import partial
from operator import attrgetter
from pathlib import Path

from rules.catalogue import REGISTERED
from rules.errors import CannotCount
from rules.model import Event
from service import clock, door
from service.bulk import LINES_AT_A_TIME, Totals, take
from service.council import Council
from service.door import Refusal
from service.errors import Refused
from service.feeds import annex_a, cin_census, ssda903
from service.feeds.facts import CannotRead, Fact, Return, Row
from service.returns.account import Disagreement, Taken, child_of
from service.returns.children import Survey, batches, by_child, survey
from service.returns.reconcile import CORRECTED, NEW, REFUSED, UNCHANGED, Claim, Sending, fact_of, reconcile
from service.store import clocks, events
from service.store.keeping import audit


class Feed(StrEnum):
    """The returns there are readers for."""

    CIN_CENSUS = "cin-census"
    SSDA903 = "ssda903"
    ANNEX_A = "annex-a"


FEEDS: dict[Feed, Callable[[Path], Return]] = {
    Feed.CIN_CENSUS: cin_census.open_return,
    Feed.SSDA903: ssda903.open_return,
    Feed.ANNEX_A: annex_a.open_return,
}

_CHANGED_MEANWHILE = Refused(
    "the file became another one while it was taken, and some of it is stored",
    fix="let it lie still, and import it again: what is stored is found unchanged",
)

Progress = Callable[[int, int], None]
"""Told after each batch: how many rows are done, and of how many."""


def take_return(
    council: Council,
    feed: Feed,
    path: Path,
    *,
    actor: str,
    complete: bool = False,
    progress: Progress = lambda done, of: None,
) -> Taken:
    """Takes a return in. Raises CannotRead where the file is not one; then nothing of it was stored. Raises Refused
    where it became another file meanwhile; then some of it was.

    ``complete``: what this return sent before, is dated within what it covers, and is not in it any more, is withdrawn.
    """
    surveyed = survey(FEEDS[feed](path))
    found = FEEDS[feed](path)
    claim = _claim(found, surveyed, complete and not surveyed.nameless)
    taking = _Taking(council, claim, actor, _found_on(found, surveyed))
    taken = taking.taken
    taken.notes = found.notes
    taken.doubt = _doubt(surveyed) if complete and surveyed.nameless else ""
    try:
        for batch in batches(by_child(found, surveyed.scattered)):
            taking.take(batch)
            progress(taken.rows, surveyed.rows)
    except CannotRead:  # it was read to its end a moment ago
        raise _CHANGED_MEANWHILE from None
    if taken.rows != surveyed.rows:
        raise _CHANGED_MEANWHILE
    if claim.is_complete:
        taking.look_at_the_absent()
    with council.writing() as db:
        audit.note(db, actor, "return.imported", detail=_counted(feed, taken))
    return taken


def _claim(found: Return, surveyed: Survey, complete: bool) -> Claim:
    """A return that does not say what it covers says nothing about what it leaves out, unless somebody says so for it.

    Then it covers its own days, and only the kinds of event that it has: of a list that is missing altogether, nobody
    knows whether it would be empty.
    """
    if found.period is not None or not complete:
        return Claim(found.source, found.period, complete)
    return Claim(found.source, surveyed.span, complete, surveyed.kinds)


def _doubt(surveyed: Survey) -> str:
    return (
        f"{surveyed.nameless:,} refused rows name no child, and may be about any, so nothing was withdrawn. "
        "Mend them, and import it again with --complete"
    )


def _found_on(found: Return, surveyed: Survey) -> date:
    """The day on which a row that has none of its own was found wrong: the last one that the return covers.

    It must be one that is covered. A row's id has its date in it, so a row that was mended does not come back under
    its id, and one that was taken out comes back not at all: dated on another day, its problem would stand for ever.
    """
    covered = found.period or surveyed.span
    return min(covered.last, clock.today()) if covered else clock.today()


class _Taking:
    """One return being taken, a batch of children at a time."""

    def __init__(self, council: Council, claim: Claim, actor: str, found_on: date) -> None:
        self.council = council
        self.claim = claim
        self.actor = actor
        self.found_on = found_on
        self.taken = Taken()
        self.seen: set[str] = set()

    def take(self, children: dict[str, list[Row]]) -> None:
        """Takes every row of these children; what names no child is refused and noted all the same."""
        facts = {child: list(_facts(own, self.found_on)) for child, own in children.items() if child}
        self.seen |= facts.keys()
        refusals = self._send(facts, {child for child in facts if _is_in_doubt(child, children[child])})
        for row in (row for own in children.values() for row in own):
            ids = [*(fact.id for fact in row.facts), *(trouble.fact_id for trouble in row.troubles)]
            self.taken.account(row, [refusals[id] for id in ids if id in refusals])

    def look_at_the_absent(self) -> None:
        """Children about whom this return has sent something before, and whom it does not name any more."""
        with self.council.reading() as db:
            absent = sorted(events.subjects_of_source(db, self.claim.source) - self.seen)
        for start in range(0, len(absent), LINES_AT_A_TIME):
            self._send({child: [] for child in absent[start : start + LINES_AT_A_TIME]})

    def _send(self, facts: dict[str, list[Fact]], in_doubt: Collection[str] = ()) -> dict[str, Refusal]:
        """Sends what is to be sent, and gives why each fact that was refused was so.

        ``in_doubt``: children about whom something could not be read, so that nobody knows what is gone.
        """
        with self.council.reading() as db:
            stored = events.sent_by(db, self.claim.source, facts)
        read = partial(door.read_document, now=clock.now())
        sendings = [
            sending
            for child, own in facts.items()
            for sending in reconcile(own, stored[child], self.claim, read, is_whole=child not in in_doubt)
        ]
        outgoing = [one for one in sendings if one.is_to_be_sent]
        totals = Totals()
        take(self.council, enumerate(_events(outgoing)), actor=self.actor, totals=totals)
        conflicts = [(outgoing[number], refusal) for number, refusal in totals.refusals]
        refused: dict[str, Refusal] = {}
        for one, why in [*((one, one.refusal) for one in sendings), *conflicts]:
            if why is not None and one.fact is not None:
                refused[one.fact.id] = why
            elif why is not None:
                self.taken.account_for_standing(one.before, why)
        self._count(sendings, {id(one) for one, _refusal in conflicts}, totals.clocks_changed)
        self._compare([one for one in sendings if one.fact and "source_due_on" in one.fact.data])
        return refused

    def _count(self, sendings: Sequence[Sending], conflicts: set[int], clocks_changed: int) -> None:
        taken = self.taken
        for one in sendings:
            if id(one) in conflicts or one.standing == REFUSED:
                continue
            taken.new += one.standing == NEW
            taken.corrected += one.standing == CORRECTED
            taken.unchanged += one.standing == UNCHANGED
            taken.withdrawn += one.standing not in (NEW, CORRECTED, UNCHANGED)
        taken.clocks_changed += clocks_changed

    def _compare(self, sendings: Sequence[Sending]) -> None:
        """Where the source says by when something is due, and the law says another day."""
        given = {
            one.event.id: date.fromisoformat(str(one.fact.data["source_due_on"]))
            for one in sendings
            if one.event is not None and one.fact is not None
        }
        if not given:
            return
        with self.council.reading() as db:
            found = clocks.started_by(db, self.claim.source, given)
        for one in sorted(found, key=attrgetter("subject", "started_on", "id")):
            theirs_on = given[one.started_by.id]
            if one.due_on is not None and one.due_on != theirs_on:
                apart = self._working_days(theirs_on, one.due_on)
                self.taken.disagreements.append(
                    Disagreement(one.subject, one.key or "", one.timescale, theirs_on, one.due_on, apart)
                )

    def _working_days(self, first: date, last: date) -> int | None:
        try:
            return self.council.calendar.elapsed(first, last)
        except CannotCount:
            return None


def _is_in_doubt(child: str, rows: Iterable[Row]) -> bool:
    """Whether a row about this child was refused: what it said may be what seems to be gone."""
    return any(row.refused is not None and child_of(row) == child for row in rows)


def _facts(rows: Iterable[Row], found_on: date) -> Iterator[Fact]:
    """Every fact and every trouble of a child's rows, a trouble dated on the first day that its row knows.

    The day of a birth is none: no return covers it.
    """
    for row in rows:
        yield from row.facts
        own_day = min((fact.happened_on for fact in row.facts if fact.type != REGISTERED), default=found_on)
        yield from (fact_of(trouble, own_day) for trouble in row.troubles)


def _events(sendings: Iterable[Sending]) -> Iterator[Event]:
    for one in sendings:
        assert one.event is not None
        yield one.event


def _counted(feed: Feed, taken: Taken) -> str:
    return f"{feed}: " + ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in taken.counts.items() if count)
