"""What is left in a database after kills, against what was sent and what was acknowledged. Reads only those three.

It uses the drivers alone, and none of the service's own store: a store that hid a row would hide it from itself too.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import psycopg

Ref = tuple[str, str]


class Verdict(NamedTuple):
    """What is wrong, one line each. All empty: nothing is."""

    lost: list[str]
    doubled: list[str]
    half_applied: list[str]

    @property
    def is_clean(self) -> bool:
        return not any(self)


def check(url: str, sent: Iterable[Mapping[str, Any]], acknowledged: Mapping[Ref, list[str]]) -> Verdict:
    """``acknowledged``: the events that were answered with success, and the clocks that the answer said they moved."""
    db = _connect(url)
    events = _rows(db, "SELECT seq, source, event_id, type, subject FROM event")
    journal = _rows(db, "SELECT seq, clock_id, kind, event_seq FROM change ORDER BY seq")
    clocks = {id for (id,) in _rows(db, "SELECT id FROM clock")}
    alerts = _rows(db, "SELECT clock_id, step, due_on, post, state FROM alert")
    received = [detail for (detail,) in _rows(db, "SELECT detail FROM audit WHERE action = 'events.received'")]
    db.close()
    by_ref = {(source, id): (seq, type, subject) for seq, source, id, type, subject in events}
    return Verdict(
        [*_lost(by_ref, acknowledged), *_altered(by_ref, sent)],
        [*_doubled(events), *_started_twice(journal), *_told_twice(alerts)],
        [
            *_untold(by_ref, journal, acknowledged),
            *_without_journal(clocks, journal),
            *_uncounted(len(events), received),
        ],
    )


def upper_bound(kills: int) -> str:
    """What no failure in so many kills says, in words: the rate that would show one nineteen times in twenty."""
    return f"0 failures in {kills:,} kills: with 95 % confidence fewer than {1 - 0.05 ** (1 / kills):.2%} of kills"


def _lost(by_ref: Mapping[Ref, Any], acknowledged: Iterable[Ref]) -> list[str]:
    return [f"{ref} was acknowledged and is not there" for ref in acknowledged if ref not in by_ref]


def _altered(by_ref: Mapping[Ref, Any], sent: Iterable[Mapping[str, Any]]) -> list[str]:
    said = {(one["source"], one["id"]): (one["type"], one["subject"]) for one in sent}
    return [f"{ref} is not what was sent" for ref, row in by_ref.items() if said.get(ref) != row[1:]]


def _doubled(events: Iterable[Any]) -> list[str]:
    counts = Counter((source, id) for _seq, source, id, _type, _subject in events)
    return [f"{ref} is there {count} times" for ref, count in counts.items() if count > 1]


def _started_twice(journal: Iterable[Any]) -> list[str]:
    """A clock starts, and starts again only after it was withdrawn."""
    standing: set[str] = set()
    found = []
    for _seq, clock, kind, _event in journal:
        if (kind == "started") is (clock in standing):
            found.append(f"clock {clock}: {kind} does not follow from what was noted before")
        standing.add(clock)
        if kind == "withdrawn":
            standing.discard(clock)
    return found


def _told_twice(alerts: Iterable[Any]) -> list[str]:
    counts = Counter(row[:4] for row in alerts)
    return [f"alert {key} is there {count} times" for key, count in counts.items() if count > 1]


def _untold(by_ref: Mapping[Ref, Any], journal: Iterable[Any], acknowledged: Mapping[Ref, list[str]]) -> list[str]:
    """What an answer said of the clocks stands in the journal, word for word; so does what a repeat is answered."""
    moved: dict[int, list[str]] = {}
    for _seq, clock, _kind, event in journal:
        moved.setdefault(event, []).append(clock)
    return [
        f"{ref} was said to move {clocks}, and the journal has {moved.get(by_ref[ref][0], [])}"
        for ref, clocks in acknowledged.items()
        if ref in by_ref and moved.get(by_ref[ref][0], []) != clocks
    ]


def _without_journal(clocks: set[str], journal: Iterable[Any]) -> list[str]:
    last = {clock: kind for _seq, clock, kind, _event in journal}
    standing = {clock for clock, kind in last.items() if kind != "withdrawn"}
    return [f"clock {clock} stands in the clocks or in the journal, and not in both" for clock in clocks ^ standing]


def _uncounted(events: int, received: Iterable[str]) -> list[str]:
    """The audit row of an intake says how many were new, in the same transaction."""
    counted = sum(int(part.split()[0]) for detail in received for part in detail.split(", ") if part.endswith(" new"))
    return [] if counted == events else [f"{events} events are stored, and the audit trail counts {counted}"]


def _connect(url: str) -> Any:
    if url.startswith("sqlite:///"):
        return sqlite3.connect(url.removeprefix("sqlite:///"))
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"))


def _rows(db: Any, query: str) -> list[Any]:
    return db.execute(query).fetchall()
