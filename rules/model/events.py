"""What happened: a dated fact about a subject, as a case system sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

_LOCAL = ZoneInfo("Europe/London")


def local_day(moment: datetime) -> date:
    """The day it was in England at a moment: late on a summer evening in UTC it is tomorrow already."""
    return moment.astimezone(_LOCAL).date()


def local_time(moment: datetime) -> datetime:
    """The moment by the clock on the wall in England (aware)."""
    return moment.astimezone(_LOCAL)


class EventRef(NamedTuple):
    """What names an event for ever: who sent it, and the id they gave it."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Event:
    """A dated fact about a subject, as a case system sent it.

    ``target`` is the id (of the same source) that this event supersedes or, for ``event.withdrawn``, takes back.
    """

    source: str
    id: str
    type: str
    subject: str
    happened_on: date
    happened_at: datetime | None = None
    recorded_at: datetime | None = None
    received_at: datetime | None = None
    key: str | None = None
    worker: str | None = None
    team: str | None = None
    target: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)

    @property
    def ref(self) -> EventRef:
        """What names it. (A NamedTuple's own constructor is Python: this makes the same value in half the time.)"""
        return tuple.__new__(EventRef, (self.source, self.id))

    def day_in(self, field: str) -> date | None:
        """A date among its own data, be it a date (in a pack's example) or ISO text; None where it has none."""
        value = self.data.get(field)
        if not value:
            return None
        return value if isinstance(value, date) else date.fromisoformat(str(value))

    @property
    def recording_lag(self) -> int | None:
        """Whole days from the day it happened to the day it was typed in; None where nobody said."""
        known = self.recorded_at or self.received_at
        return (local_day(known) - self.happened_on).days if known else None
