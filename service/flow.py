"""The path, in order.

    receive     events in ─▶ stored ─▶ the histories they touch ─▶ evaluate ─▶ diff ─▶ plan ─▶ commit, then answer
    recompute   every history again, compared with what is stored
    send_due    (on each tick) alerts that are due ─▶ one digest a reader ─▶ sent ─▶ marked
    mail_report (on the timetable) a frozen report, without its children ─▶ one message, sent as above

Each step is one call into the room that does it: the law is in ``rules``, tables in ``store``, words in ``notify``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import NamedTuple

import structlog
from sqlalchemy import Connection

from rules.model import Change, Event, EventRef, Problem
from service import clock as wall
from service import clockwork, recomputing, retention
from service.clockwork import Arrivals, Notes, Wider, names_of, of_subject
from service.council import Council, note_law
from service.door import content_of
from service.notify import outgoing
from service.notify.channels.sender import Answer, Outcome
from service.notify.letters import writing
from service.store import clocks, events
from service.store.keeping import audit
from service.store.session import hold
from service.store.telling import alerts
from service.store.telling.messages import Message

log = structlog.get_logger()

NEW, REPEATED, CONFLICT, ERASED = "new", "repeated", "conflict", "erased"


class Receipt(NamedTuple):
    """What became of one event: stored, known already, or refused.

    It is refused because its id stands for other content, or because it is about somebody who was erased.
    """

    ref: EventRef
    standing: str
    notes: tuple[clocks.Note, ...] = ()


class NothingStored(Exception):
    """An all-or-nothing batch that had to be nothing; ``receipts`` say which events are refused."""

    def __init__(self, receipts: list[Receipt]) -> None:
        self.receipts = receipts
        super().__init__("an event of the batch is refused")


class Recomputed(NamedTuple):
    """What evaluating everything again came to.

    ``kinds`` counts what differs from the stored clocks, by timescale, measure and kind of change. ``defeated``: what
    could not be evaluated, and kept its clocks as they were.
    """

    subjects: int
    events: int
    clocks: int
    kinds: Counter[tuple[str, str, str]]
    defeated: list[Problem]

    @property
    def differing(self) -> int:
        """How many clocks differ."""
        return self.kinds.total()


# ── receive ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def receive(
    council: Council, arriving: Sequence[Event], *, actor: str, atomic: bool = False, origin: str = ""
) -> list[Receipt]:
    """Takes events in: stored with the clocks they move, in one transaction, durable when this returns.

    One receipt an event, in their order; ``origin``: the address they were sent from. Raises NothingStored for an
    ``atomic`` batch of which something is refused, and Busy where the database cannot take it; then nothing is stored.
    """
    names = {name for event in arriving for name in names_of(event)}
    while True:
        try:
            with council.writing() as db:
                hold(db, names)
                receipts = _take(db, council, arriving, names)
                audit.note(db, actor, "events.received", detail=_counted(receipts), origin=origin)
                if atomic and any(receipt.standing in (CONFLICT, ERASED) for receipt in receipts):
                    raise NothingStored(receipts)
                return receipts
        except Wider as wider:
            names |= {of_subject(subject) for subject in wider.subjects}


def _take(db: Connection, council: Council, arriving: Sequence[Event], held: Collection[str]) -> list[Receipt]:
    barred = retention.barred(db, council, arriving)
    if not barred:
        return _take_in(db, council, arriving, held)
    taken = iter(_take_in(db, council, [one for nth, one in enumerate(arriving) if nth not in barred], held))
    return [Receipt(one.ref, ERASED) if nth in barred else next(taken) for nth, one in enumerate(arriving)]


def _take_in(db: Connection, council: Council, arriving: Sequence[Event], held: Collection[str]) -> list[Receipt]:
    if not arriving:
        return []
    digests = [_digest(event) for event in arriving]
    first: dict[EventRef, tuple[Event, str]] = {}
    for event, digest in zip(arriving, digests, strict=True):
        first.setdefault(event.ref, (event, digest))
    seqs = events.add(db, first, wall.now())
    known = events.stored(db, first.keys() - seqs.keys()) if len(seqs) < len(first) else {}
    new = [event for ref, (event, _digest) in first.items() if ref in seqs]
    notes = clockwork.move_clocks(db, council, Arrivals(new, seqs), held) if new else {}
    if known:
        notes |= clocks.notes_of(db, [seq for seq, _digest in known.values()])
    return list(_receipts(arriving, digests, first, seqs, known, notes))


def _receipts(
    arriving: Sequence[Event],
    digests: Sequence[str],
    first: Mapping[EventRef, tuple[Event, str]],
    seqs: Mapping[EventRef, int],
    known: Mapping[EventRef, tuple[int, str]],
    notes: Notes,
) -> Iterator[Receipt]:
    """The same event again answers as the first time; the same id with other content is a conflict."""
    for event, digest in zip(arriving, digests, strict=True):
        ref = event.ref
        stored_before = known.get(ref)
        seq, stands = stored_before or (seqs[ref], first[ref][1])
        if digest != stands:
            yield Receipt(ref, CONFLICT)
        else:
            is_new = stored_before is None and first[ref][0] is event
            yield Receipt(ref, NEW if is_new else REPEATED, tuple(notes.get(seq, ())))


# ── recompute ────────────────────────────────────────────────────────────────────────────────────────────────────────


def recompute(
    council: Council,
    *,
    actor: str,
    check: bool = False,
    processes: int | None = None,
    told: recomputing.Told = lambda done, total: None,
    each: Callable[[Sequence[Change]], None] = lambda changes: None,
) -> Recomputed:
    """Evaluates every history afresh and compares it with the stored clocks; unless ``check``, makes the clocks so.

    For after a change of law or calendar (``check`` shows what would move before anybody is told), and for proving that
    the stored clocks follow from the events alone. Events that arrive meanwhile wait, and are taken in afterwards.
    ``processes``: None for as many as pay. ``each`` is handed every change, a share at a time. Raises NotReady, with
    nothing changed, where a process was lost.
    """
    several = processes or recomputing.processes_for(council)
    with recomputing.standing_still(council, processes=several, check=check) as db:
        found = recomputing.compare(council, db, processes=several, told=told)
        done = _added_up(found)
        if not check:
            for one in found:
                changes, problems = one.unpacked()
                clockwork.write(db, council, changes, [None] * len(changes))
                clocks.set_problems(db, problems, [problem for own in problems.values() for problem in own])
            clockwork.plan_all_anew(db, council)
            note_law(db, council.law)
            audit.note(db, actor, "clocks.recomputed", detail=f"{done.differing} changed")
    for one in found:  # when nobody waits for the store any more: whoever reads them may take their time
        each(one.unpacked()[0])
    return done


def _added_up(found: Sequence[recomputing.Found]) -> Recomputed:
    return Recomputed(
        sum(one.subjects for one in found),
        sum(one.events for one in found),
        sum(one.clocks for one in found),
        sum((one.kinds for one in found), Counter()),
        [problem for one in found for problem in one.defeated],
    )


# ── send ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Sent(NamedTuple):
    """What one tick came to, in messages. ``failed`` could not be composed, and are tried again."""

    written: int = 0
    sent: int = 0
    not_sent: int = 0
    waiting: int = 0
    undeliverable: int = 0
    failed: int = 0


def send_due(council: Council, *, now: datetime) -> Sent:
    """Tells everybody what is due to be told by ``now``: one digest a reader a day, and at once what may not wait.

    1. Alerts that are due are written into messages, and committed: from here on a crash repeats, and never loses.
    2. Each message is claimed for this sender alone, and committed.
    3. It is sent, outside any transaction, and then marked with its alerts. What it told of is planned anew: something
       may have been put right while it was on its way, and is corrected then.
    4. Where no mail server answers, the rest waits for the next tick.
    """
    with council.writing() as db:
        hold(db, {"messages"})  # two replicas at the same tick would share out a reader's alerts between two messages
        written = writing.write_due(db, council.law, council.settings, now=now)
    states: Counter[str] = Counter()
    sender = outgoing.sender_for(council.settings)
    while (letter := _next_letter(council, now)) is not None:
        answer = outgoing.hand_over(sender, letter)
        states[_record(council, letter, answer, now)] += 1
        if answer.outcome is Outcome.UNREACHABLE:
            break
    return Sent(written=written.messages, failed=written.failed, **states)


def mail_report(council: Council, *, name: str, as_at: date, title: str, text: str, html: str, post: str) -> int:
    """Queues a report for a post, sent at the next tick; returns for how many readers, 0 where it was queued before.

    ``html`` leaves the service, so it holds totals only.
    """
    with council.writing() as db:
        report = writing.Report(name, as_at, title, text, html)
        return writing.write_report(db, council.law, council.settings, report, post=post, now=wall.now())


def _record(council: Council, letter: Message, answer: Answer, now: datetime) -> str:
    """Marks a letter and its alerts, and plans its clocks anew. Returns its state.

    The histories are held before anything is read, as an intake holds them: it may be moving these clocks meanwhile.
    """
    with council.reading() as db:
        told_of = {key.clock for key, _team, _state in alerts.in_message(db, letter.message_id)}
        names = {of_subject(subject) for subject in clocks.subjects_of(db, told_of)}
    with council.writing() as db:
        hold(db, names)
        recorded = outgoing.record(db, letter, answer, now=max(now, wall.now()))
        clockwork.plan_anew(db, council, recorded.clocks)
    return recorded.state


def _next_letter(council: Council, now: datetime) -> Message | None:
    with council.writing() as db:
        return outgoing.take(db, council.law, council.settings, due_by=now, now=wall.now())


def _counted(receipts: Sequence[Receipt]) -> str:
    counts = {name: sum(receipt.standing == name for receipt in receipts) for name in (NEW, REPEATED, CONFLICT, ERASED)}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _digest(event: Event) -> str:
    """Stands for everything that the sender said: the same id with another digest is another content."""
    return blake2b(content_of(event).encode(), digest_size=16).hexdigest()
