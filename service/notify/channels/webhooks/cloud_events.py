"""What a webhook is told, as CloudEvents 1.0 in JSON.

The types stand plain, without a domain before them: ``source`` says whose they are. An event holds what the receiver
needs to know which clock, and when, in the case system's own opaque references; no date of birth, and no worker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from rules import Law
from rules.model import Change, ChangeKind, Clock, Outcome

STARTED, DUE_SOON, BREACHED = "clock.started", "clock.due-soon", "clock.breached"
MET, ENDED, CORRECTED = "clock.met", "clock.ended", "clock.corrected"
TYPES = (STARTED, DUE_SOON, BREACHED, MET, ENDED, CORRECTED)
TEST = "webhook.test"
MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"

_WITHDRAWN = "withdrawn"


def types_of(change: Change, law: Law, on: date) -> Iterator[str]:
    """What a change of a clock is told as; nothing where it moved only what is not told.

    A clock that arrives with its end is told twice: that it started, and how it came to rest.
    """
    before, after = change.before, change.after
    if before is None and after is not None:
        yield STARTED
        if after.outcome is not None:
            yield _over(after)
    elif change.kind in (ChangeKind.STOPPED, ChangeKind.ENDED):
        yield _over(change.clock)
    elif before is None or after is None or data_of(before, law, on) != data_of(after, law, on):
        yield CORRECTED


def data_of(clock: Clock, law: Law, on: date) -> dict[str, Any]:
    """What is told of a clock, as it stands on a day."""
    timescale = law.timescales.get(clock.timescale)
    return {
        "clock": clock.id,
        "timescale": clock.timescale,
        "title": timescale.title if timescale else clock.timescale,
        "status": clock.status(on).value,
        "started_on": _text(clock.started_on),
        "due_on": _text(clock.due_on),
        "due_at": _text(clock.due_at),
        "is_provisional": clock.is_provisional,
        "stopped_on": _text(clock.stopped_on),
        "lapses_on": _text(clock.lapses_on),
        "team": clock.team,
        "key": clock.key,
        "subject": clock.subject,
    }


def change_data(change: Change, law: Law, on: date) -> dict[str, Any]:
    """The same of a clock that changed, with what happened to it; one that was taken back has no other status."""
    said = {**data_of(change.clock, law, on), "change": change.kind.value}
    return {**said, "status": _WITHDRAWN} if change.after is None else said


def body_of(source: str, type: str, id: str, data: Mapping[str, Any], *, at: datetime) -> str:
    """The event whole. ``at``: when it came to be true of what is stored, or was found to be."""
    event = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type,
        "subject": data.get("clock"),
        "time": at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps({name: value for name, value in event.items() if value is not None}, ensure_ascii=False)


def id_of(clock_id: str, type: str, which: str) -> str:
    """The one name of an event, however often it is sent. It holds no full stop: what is signed is joined by them."""
    return f"{clock_id}-{type.partition('.')[2]}-{which}"


def _over(clock: Clock) -> str:
    return ENDED if clock.outcome is Outcome.ENDED else MET


def _text(day_or_moment: date | None) -> str | None:
    return day_or_moment.isoformat() if day_or_moment is not None else None
