"""One document becomes one event, or is turned away.

What is kept of an event can be written as JSON again: its own fields stay as text and booleans, each in one normal form
(dates as sent, moments in UTC, limits as ``10 working_days``), because the store keeps them so and the packs compare
them so. A null is a field left out, as CloudEvents has it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from rules.catalogue import MERGED, WITHDRAWN
from rules.model import Event
from service import clock
from service.door.bounds import BOUNDS
from service.door.plans import ENVELOPE, PLANS, Members
from service.door.refusal import Refusal, TurnedAway, nearest, one_of, turn_away
from service.door.strict import why_broken

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def read_document(document: object, *, now: datetime) -> Event | Refusal:
    """The event that a JSON document (dict, list, str, bool, None) is. ``now`` (UTC) becomes ``received_at``."""
    try:
        return _event(document, now)
    except TurnedAway as turned_away:
        # NaN or a repeated name is the cause, and a field of the wrong kind only what came of it.
        return why_broken(document) or turned_away.refusal


def content_of(event: Event) -> str:
    """Everything the sender said, as canonical JSON: two events say the same if and only if these are equal.

    Insensitive to the order of names, to how an instant was written, and to the attributes of the carriage (``time``,
    ``datacontenttype``, ``dataschema``), which a retry may set anew; ``received_at`` was not said by the sender.
    """
    return _encode(
        {
            "source": event.source,
            "id": event.id,
            "type": event.type,
            "subject": event.subject,
            "happened_on": event.happened_on.isoformat(),
            "happened_at": _utc(event.happened_at),
            "recorded_at": _utc(event.recorded_at),
            "key": event.key,
            "worker": event.worker,
            "team": event.team,
            "target": event.target,
            "data": dict(sorted(event.data.items())),
        }
    )


def _event(document: object, now: datetime) -> Event:
    if type(document) is not dict:
        raise turn_away("wrong-kind", "an event is a JSON object", fix="send { … } with the event's attributes")
    said = _read(document, ENVELOPE, "")
    type_, id_ = said["type"], said["id"]
    data = _read(said["data"], PLANS[type_], "/data")
    happened_on, happened_at = _happened(data, type_, now)
    recorded_at = data.pop("recorded_at", None)
    if recorded_at is not None and recorded_at > now:
        _refuse_future(recorded_at, now, "recorded_at", "send the moment it was typed in")
    event = Event(
        source=said["source"],
        id=id_,
        type=type_,
        subject=said["subject"],
        happened_on=happened_on,
        happened_at=happened_at,
        recorded_at=recorded_at,
        received_at=now,
        key=data.pop("key", None),
        worker=data.pop("worker", None),
        team=data.pop("team", None),
        target=_target(data, type_, id_),
        data=data,
    )
    if type_ == MERGED and data["into"] == event.subject:
        raise turn_away(
            "refers-to-itself", "a subject cannot be merged into itself", fix="name the other", at="/data/into"
        )
    return event


def _read(document: Mapping[str, Any], members: Members, place: str) -> dict[str, Any]:
    """Every member in its normal form. An unknown name is not shown: it may hold anything."""
    readers, required = members
    said: dict[str, Any] = {}
    name = ""
    try:
        for name, value in document.items():
            reader = readers.get(name)
            if reader is None:
                raise _unknown(name, members, place)
            if value is not None:
                said[name] = reader(value)
    except TurnedAway as turned_away:
        if name in readers:
            turned_away.refusal = turned_away.refusal.below(f"{place}/{name}")
        raise
    if not required <= said.keys():
        missing = next(name for name in readers if name in required and name not in said)
        raise turn_away("missing-field", f"{missing} is missing", fix=f"send {missing}", at=f"{place}/{missing}")
    return said


def _unknown(name: object, members: Members, place: str) -> TurnedAway:
    known = nearest(name, members.readers)
    fix = f"the nearest known name is {known}" if known else f"leave it out: what is read is {one_of(members.readers)}"
    return turn_away("unknown-field", "a name here is none of those that are read", fix=fix, at=place)


def _happened(data: dict[str, Any], type_: str, now: datetime) -> tuple[date, datetime | None]:
    """The day and, where it was said, the moment; and takes both out of ``data``. The day is the local one."""
    on: date | None = data.pop("happened_on", None)
    at: datetime | None = data.pop("happened_at", None)
    if (on is None) is (at is None):
        raise _not_one_date(on is None)
    booked = "send what is booked as meeting.planned, and this once it has happened"
    if at is not None:
        if at > now:
            _refuse_future(at, now, "happened_at", booked)
        return clock.local(at).date(), at
    assert on is not None
    # Local time is never behind UTC, so a day before today there needs no conversion.
    if on >= now.date() and on > clock.local(now).date():
        raise turn_away("in-the-future", "this day has not come yet", fix=booked, at="/data/happened_on")
    return on, None


def _not_one_date(is_missing: bool) -> TurnedAway:
    if is_missing:
        return turn_away(
            "missing-field",
            "every event says when it happened",
            fix="send happened_on (a date) or happened_at (a timestamp with its offset)",
            at="/data/happened_on",
        )
    return turn_away(
        "two-dates",
        "happened_on and happened_at are two answers to one question",
        fix="send happened_at alone: the day follows from it",
        at="/data/happened_on",
    )


def _refuse_future(moment: datetime, now: datetime, name: str, fix: str) -> None:
    if moment > now + BOUNDS.clock_skew:
        raise turn_away("in-the-future", "this moment has not come yet", fix=fix, at=f"/data/{name}")


def _target(data: dict[str, Any], type_: str, id_: str) -> str | None:
    """The id this event corrects or takes back. ``withdraws`` is an own field and stays in ``data``."""
    target: str | None = data.pop("supersedes", None)
    place = "/data/supersedes"
    if type_ == WITHDRAWN:
        if target is not None:
            raise turn_away(
                "two-targets",
                "a withdrawal cannot also correct another event",
                fix="to correct a withdrawal, withdraw it and send another",
                at=place,
            )
        target, place = data["withdraws"], "/data/withdraws"
    if target == id_:
        raise turn_away("refers-to-itself", "an event cannot name itself", fix="send the other event's id", at=place)
    return target


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
