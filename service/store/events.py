"""The events as they were sent: added, never changed; and the histories they make."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, Insert, Row, Select, Table, bindparam, func, literal, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from rules.catalogue import MERGED
from rules.model import Event, EventRef
from service.store.prepared import Prepared, by_length, chunks, filled, one_of
from service.store.tables import EventRow, LinkRow, SubjectRow, table

EVENT, SUBJECT, LINK = table(EventRow), table(SubjectRow), table(LinkRow)
REVIEWER = "reviewer"
"""The field of an event that names who chaired, reviewed or raised a concern."""

COLUMNS = (
    EVENT.c.source,
    EVENT.c.event_id,
    EVENT.c.type,
    EVENT.c.subject,
    EVENT.c.happened_on,
    EVENT.c.happened_at,
    EVENT.c.recorded_at,
    EVENT.c.received_at,
    EVENT.c.key,
    EVENT.c.worker,
    EVENT.c.team,
    EVENT.c.target,
    EVENT.c.data,
)


class Standing(NamedTuple):
    """What is known of a subject before its clocks are looked at."""

    is_known: bool
    is_linked: bool
    has_problems: bool


def add(db: Connection, events: Mapping[EventRef, tuple[Event, str]], now: datetime) -> dict[EventRef, int]:
    """Adds the events that are not there yet (each with the digest of its content): reference → sequence number.

    Their ids must be held: whatever of them has a higher number than there was is new, and was added here.
    """
    if len(events) == 1:
        ((ref, (event, digest)),) = events.items()
        rows = _ADD.rows(db, _row(event, digest, now))
        return {ref: rows[0][0]} if rows else {}
    ((newest,),) = _NEWEST.rows(db, {})
    _ADD_MANY.run(db, [_row(event, digest, now) for event, digest in events.values()])
    added = ((EventRef(source, id), seq) for source, id, seq in _ADDED_SINCE.rows(db, {"newest": newest or 0}))
    return {ref: seq for ref, seq in added if ref in events}


def stored(db: Connection, refs: Iterable[EventRef]) -> dict[EventRef, tuple[int, str]]:
    """Of these events, those that are stored: sequence number and digest."""
    found = {}
    for source, ids in _by_source(refs).items():
        for chunk in chunks(ids):
            for id, seq, digest in _stored_by(len(chunk)).rows(db, {"source": source, **filled(chunk)}):
                found[EventRef(source, id)] = (seq, digest)
    return found


def standing(db: Connection, subjects: Iterable[str]) -> dict[str, Standing]:
    """What is known of these subjects; one never seen is not linked and has no problems."""
    found = dict.fromkeys(subjects, _UNKNOWN)
    for chunk in chunks(list(found)):
        for ref, is_linked, has_problems in _standing_of(len(chunk)).rows(db, filled(chunk)):
            found[ref] = Standing(True, is_linked, has_problems)
    return found


def meet(db: Connection, subjects: Iterable[str]) -> None:
    """Notes subjects never seen before."""
    rows = [{"ref": ref, "is_linked": False, "has_problems": False} for ref in subjects]
    if rows:
        _MEET.run(db, rows)


def ties(db: Connection, events: Collection[Event]) -> set[tuple[str, str]]:
    """Which histories these events tie together, as pairs of subjects; a subject tied to itself is to be read whole.

    An event ties its subject to that of the event it corrects or withdraws, whichever of the two arrives first, and to
    that of every rival correction; a merge ties the two subjects. Usually nothing is tied, and this is one look.
    """
    return (
        _tied_by_heirs(db, events)
        | _tied_by_targets(db, events)
        | {(event.subject, str(event.data["into"])) for event in events if event.type == MERGED}
    )


def tie(db: Connection, pairs: Collection[tuple[str, str]]) -> None:
    """Notes that these histories must be read together from now on."""
    touched = sorted({ref for pair in pairs for ref in pair})
    if not touched:
        return
    meet(db, touched)
    for chunk in chunks(touched):
        db.execute(update(SUBJECT).where(SUBJECT.c.ref.in_(chunk)).values(is_linked=True))
    both_ways = sorted({(one, other) for pair in pairs for one, other in (pair, pair[::-1]) if one != other})
    if both_ways:
        db.execute(_insert_new(db.dialect.name, LINK), [{"one": one, "other": other} for one, other in both_ways])


def linked_groups(db: Connection, subjects: Iterable[str]) -> list[set[str]]:
    """These subjects and all whose histories must be read with theirs, each group of them once."""
    neighbours: dict[str, set[str]] = {subject: set() for subject in subjects}
    fresh = list(neighbours)
    while fresh:
        tied: set[str] = set()
        for chunk in chunks(fresh):
            for one, other in db.execute(select(LINK.c.one, LINK.c.other).where(LINK.c.one.in_(chunk))):
                neighbours[one].add(other)
                tied.add(other)
        fresh = list(tied - neighbours.keys())
        neighbours |= {subject: set() for subject in fresh}
    return _groups(neighbours)


def linked_with(db: Connection, subjects: Iterable[str]) -> set[str]:
    """These subjects and all whose histories must be read with theirs."""
    return set().union(*linked_groups(db, subjects))


def histories(
    db: Connection, subjects: Collection[str], types: Collection[str] | None = None
) -> dict[str, list[Event]]:
    """Every stored event of these subjects, by subject; only of ``types``, where given."""
    found: dict[str, list[Event]] = {subject: [] for subject in subjects}
    kinds = None if types is None else frozenset(types)
    for chunk in chunks(list(found)):
        for row in _histories(kinds)(len(chunk)).rows(db, filled(chunk)):
            found[row[3]].append(event_of(row))
    return found


def sent_by(db: Connection, source: str, subjects: Collection[str]) -> dict[str, list[Event]]:
    """Every stored event of one source about these subjects, as it was sent, by subject."""
    found: dict[str, list[Event]] = {subject: [] for subject in subjects}
    for chunk in chunks(list(found)):
        for row in _sent_by(len(chunk)).rows(db, {"source": source, **filled(chunk)}):
            found[row[3]].append(event_of(row))
    return found


def subjects_of_source(db: Connection, source: str) -> set[str]:
    """Everybody about whom a source has ever sent anything."""
    return set(db.execute(select(EVENT.c.subject).where(EVENT.c.source == source).distinct()).scalars())


def sent_about(db: Connection, subject: str) -> Sequence[Row[Any]]:
    """Every row about one subject as it was sent, in the order it arrived."""
    return db.execute(select(EVENT).where(EVENT.c.subject == subject).order_by(EVENT.c.seq)).all()


def event_of(row: Any) -> Event:
    """The event that a row of ``COLUMNS`` holds."""
    source, id, type, subject, on, at, recorded, received, key, worker, team, target, data = row
    return Event(source, id, type, subject, on, at, recorded, received, key, worker, team, target, _fields(data))


@lru_cache(maxsize=4_096)
def _fields(data: str) -> Mapping[str, object]:
    """Kept, because most events of a type say the same: nobody may change what it gives."""
    fields: dict[str, object] = json.loads(data)
    return MappingProxyType(fields)


_encode = json.JSONEncoder(ensure_ascii=False).encode
_UNKNOWN = Standing(False, False, False)


@by_length
def _stored_by(length: int) -> Select[Any]:
    columns = (EVENT.c.event_id, EVENT.c.seq, EVENT.c.digest)
    return select(*columns).where(EVENT.c.source == bindparam("source"), one_of(EVENT.c.event_id, length))


@by_length
def _standing_of(length: int) -> Select[Any]:
    return select(SUBJECT).where(one_of(SUBJECT.c.ref, length))


@by_length
def _heirs_of(length: int) -> Select[Any]:
    """What corrects or withdraws one of these events: found by the index of events that aim at another."""
    aims = (EVENT.c.target.is_not(None), EVENT.c.source == bindparam("source"), one_of(EVENT.c.target, length))
    return select(EVENT.c.target, EVENT.c.subject).where(*aims)


@by_length
def _targets_of(length: int) -> Select[Any]:
    named = (EVENT.c.source == bindparam("source"), one_of(EVENT.c.event_id, length))
    return select(EVENT.c.event_id, EVENT.c.subject).where(*named)


@by_length
def _sent_by(length: int) -> Select[Any]:
    return select(*COLUMNS).where(one_of(EVENT.c.subject, length), EVENT.c.source == bindparam("source"))


@lru_cache(maxsize=1_024)
def _histories(types: frozenset[str] | None) -> Callable[[int], Prepared]:
    kinds = true() if types is None else EVENT.c.type.in_([literal(name) for name in sorted(types)])
    return by_length(lambda length: select(*COLUMNS).where(one_of(EVENT.c.subject, length), kinds))


def _by_source(refs: Iterable[EventRef]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source, id in refs:
        found.setdefault(source, []).append(id)
    return found


@lru_cache
def _insert_new(dialect: str, into: Table) -> Insert:
    """An insert that leaves a row that is there already alone, in the words of the database at hand."""
    insert = sqlite.insert(into) if dialect == "sqlite" else postgresql.insert(into)
    return insert.on_conflict_do_nothing()


_EVENT_COLUMNS = [column.name for column in EVENT.c if column.name != "seq"]
_ADD = Prepared(
    lambda dialect: _insert_new(dialect, EVENT).returning(EVENT.c.seq),
    keys=_EVENT_COLUMNS,
)
_ADD_MANY = Prepared(lambda dialect: _insert_new(dialect, EVENT), keys=_EVENT_COLUMNS)
_NEWEST = Prepared(select(func.max(EVENT.c.seq)))
_ADDED_SINCE = Prepared(
    select(EVENT.c.source, EVENT.c.event_id, EVENT.c.seq).where(
        EVENT.c.seq > bindparam("newest", type_=EVENT.c.seq.type)
    )
)
_MEET = Prepared(lambda dialect: _insert_new(dialect, SUBJECT), keys=("ref", "is_linked", "has_problems"))


def _groups(neighbours: Mapping[str, Collection[str]]) -> list[set[str]]:
    """Who can be reached from whom, each group once."""
    groups: list[set[str]] = []
    seen: set[str] = set()
    for subject in neighbours:
        if subject in seen:
            continue
        group, waiting = {subject}, [subject]
        while waiting:
            fresh = set(neighbours[waiting.pop()]) - group
            group |= fresh
            waiting += fresh
        seen |= group
        groups.append(group)
    return groups


def _row(event: Event, digest: str, now: datetime) -> dict[str, object]:
    return {
        "source": event.source,
        "event_id": event.id,
        "type": event.type,
        "subject": event.subject,
        "happened_on": event.happened_on,
        "happened_at": event.happened_at,
        "recorded_at": event.recorded_at,
        "received_at": now,
        "key": event.key,
        "worker": event.worker,
        "team": event.team,
        "target": event.target,
        "data": _encode(dict(event.data)) if event.data else "{}",
        "digest": digest,
        "reviewer": event.data.get(REVIEWER),
    }


def _tied_by_heirs(db: Connection, events: Collection[Event]) -> set[tuple[str, str]]:
    """What came earlier and corrects or withdraws one of these."""
    subjects = {(event.source, event.id): event.subject for event in events}
    return {
        (subjects[source, target], subject)
        for source, ids in _by_source(event.ref for event in events).items()
        for chunk in chunks(ids)
        for target, subject in _heirs_of(len(chunk)).rows(db, {"source": source, **filled(chunk)})
    }


def _tied_by_targets(db: Connection, events: Collection[Event]) -> set[tuple[str, str]]:
    """What these correct or withdraw, if it is there, and what else does so: all versions of one fact, come or not.

    Their own history is read whole in any case.
    """
    aiming = [(EventRef(event.source, event.target), event.subject) for event in events if event.target]
    if not aiming:
        return set()
    subjects: dict[EventRef, set[str]] = {}
    for target, subject in aiming:
        subjects.setdefault(target, set()).add(subject)
    found = {(subject, subject) for _target, subject in aiming}
    for source, ids in _by_source(subjects).items():
        for chunk in chunks(ids):
            named = {"source": source, **filled(chunk)}
            for id, theirs in (*_targets_of(len(chunk)).rows(db, named), *_heirs_of(len(chunk)).rows(db, named)):
                found |= {(subject, theirs) for subject in subjects[EventRef(source, id)]}
    return found


def document_of(row: Any) -> dict[str, Any]:
    """A stored event as a CloudEvent again, with what we added: its number and when it came in."""
    data: dict[str, Any] = {"happened_on": row.happened_on.isoformat()}
    if row.happened_at is not None:
        data = {"happened_at": row.happened_at.isoformat()}
    if row.recorded_at is not None:
        data["recorded_at"] = row.recorded_at.isoformat()
    data |= {name: getattr(row, name) for name in ("key", "worker", "team") if getattr(row, name) is not None}
    data |= json.loads(row.data)
    if row.target is not None and "withdraws" not in data:
        data["supersedes"] = row.target
    return {
        "specversion": "1.0",
        "id": row.event_id,
        "source": row.source,
        "type": row.type,
        "subject": row.subject,
        "data": data,
        "sequence": row.seq,
        "received_at": row.received_at.isoformat(),
    }
