"""The made-up case system: holds what workers typed in, and sends it every night as events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service.demo import place
from service.demo.diary import Diary
from service.demo.place import Team

_DAY = timedelta(days=1)
_REFERENCE_BITS = 24
_AT_A_TIME_OF_DAY = frozenset({"referral.received", "strategy-discussion.held"})
"""What is recorded with its hour and not only its day."""


@dataclass(slots=True)
class Case:
    """A child as the case system knows one: an opaque reference, and who has the case now."""

    subject: str
    team: Team
    worker: str


@dataclass(slots=True, eq=False)
class Entry:
    """One fact as it was typed in. ``sent_on`` is the day in whose small hours it was sent."""

    id: str
    type: str
    subject: str
    on: date
    at: datetime | None
    recorded_at: datetime
    sent_on: date
    key: str | None
    worker: str
    team: str
    supersedes: str | None
    own: dict[str, Any]

    @property
    def case(self) -> Case:
        """The child it is about, with whoever had the case as it was typed in."""
        return Case(self.subject, place.team(self.team), self.worker)


class CaseSystem:
    """Entries in the order they were thought of; ``sent`` gives those that have been sent, in the order they were."""

    def __init__(self, diary: Diary) -> None:
        self.diary = diary
        self.entries: list[Entry] = []
        self._references: set[str] = set()

    def new_reference(self, letter: str) -> str:
        """An opaque reference nobody has yet, such as ``c-7f3a91``."""
        while (reference := f"{letter}-{self.diary.dice.getrandbits(_REFERENCE_BITS):06x}") in self._references:
            pass
        self._references.add(reference)
        return reference

    def record(
        self, type: str, case: Case, on: date, /, *, key: str | None = None, lag: int | None = None, **own: Any
    ) -> Entry:
        """Types in that something happened on a day, ``lag`` days later (as long as such things take, if not said)."""
        at = self.diary.moment(on, 9, 16) if type in _AT_A_TIME_OF_DAY else None
        recorded_at = self._recorded_at(on, self.diary.one_of(place.RECORDING_LAG) if lag is None else lag)
        return self._type_in(type, case, (on, at, recorded_at), key, own)

    def record_at(self, type: str, case: Case, at: datetime, *, key: str) -> Entry:
        """Types in that something happened at a moment of any day and hour, on a later day that people work."""
        lag = max(1, self.diary.one_of(place.RECORDING_LAG))
        return self._type_in(type, case, (at.date(), at, self._recorded_at(at.date(), lag)), key, {})

    def _type_in(
        self, type: str, case: Case, when: tuple[date, datetime | None, datetime], key: str | None, own: dict[str, Any]
    ) -> Entry:
        on, at, recorded_at = when
        entry = Entry(
            id=f"e-{len(self.entries):06d}",
            type=type,
            subject=case.subject,
            on=on,
            at=at,
            recorded_at=recorded_at,
            sent_on=recorded_at.date() + _DAY,
            key=key,
            worker=case.worker,
            team=case.team.id,
            supersedes=None,
            own=own,
        )
        self.entries.append(entry)
        return entry

    def follow(
        self, entry: Entry, type: str, days: int, /, *, on: date | None, supersedes: str | None, **own: Any
    ) -> Entry:
        """Types in something about an earlier entry, some days after it. ``on`` None: it happens as it is typed in."""
        recorded_at = self._recorded_at(entry.recorded_at.date(), days)
        later = self.record(type, entry.case, on or recorded_at.date(), key=entry.key, lag=0, **own)
        later.supersedes = supersedes
        later.recorded_at, later.sent_on = recorded_at, recorded_at.date() + _DAY
        return later

    def take_out(self, entry: Entry) -> None:
        """It never came to that: the entry keeps its id, and is not sent."""
        entry.sent_on = date.max

    def sent(self) -> Iterator[dict[str, Any]]:
        """Every event sent by the morning of today, in the order of sending."""
        sent = [entry for entry in self.entries if entry.sent_on <= self.diary.today]
        for entry in sorted(sent, key=lambda entry: (entry.sent_on, entry.recorded_at, entry.id)):
            yield _event(entry)

    def _recorded_at(self, on: date, lag: int) -> datetime:
        """Late in the afternoon of the same day, or at any office hour of a later one."""
        day = self.diary.after(on + _DAY * lag, 0)
        return self.diary.moment(day, 16, 19) if day == on else self.diary.moment(day, 8, 18)


def _event(entry: Entry) -> dict[str, Any]:
    data: dict[str, Any] = {"recorded_at": entry.recorded_at.isoformat()}
    if entry.at is None:
        data["happened_on"] = entry.on.isoformat()
    else:
        data["happened_at"] = entry.at.isoformat()
    if entry.key is not None:
        data["key"] = entry.key
    if entry.supersedes is not None:
        data["supersedes"] = entry.supersedes
    data |= {"worker": entry.worker, "team": entry.team}
    if (reviewer := place.reviewer(entry.type, entry.subject)) is not None:
        data["reviewer"] = reviewer
    data |= {name: value.isoformat() if isinstance(value, date) else value for name, value in entry.own.items()}
    return {
        "specversion": "1.0",
        "id": entry.id,
        "source": place.SOURCE,
        "type": entry.type,
        "subject": entry.subject,
        "time": data["recorded_at"],
        "data": data,
    }
