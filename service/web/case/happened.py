"""Every event of a child as it was sent, and whether it still stands: nothing is ever edited."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from rules.catalogue import MERGED, WITHDRAWN
from rules.history import History
from rules.model import Event, EventRef
from service.web import words
from service.web.case.births import LEFT_OUT, is_birth, tells_of_birth
from service.web.shown.rows import team_name

_FIELDS = {"of": "booked", "planned_on": "for"}
_LINKS = ("withdraws", "supersedes")
STANDS, WAS_WITHDRAWN, WAS_CORRECTED = "", "Withdrawn", "Corrected since"


class Happened(NamedTuple):
    """One event. ``mark``: empty while it stands. ``on`` is None where the day is left out; ``lag``: days until it was
    recorded."""

    event: Event
    on: date | None
    says: str
    details: Sequence[tuple[str, str]]
    team_name: str
    note: str
    mark: str
    is_of_another: bool
    recorded_at: datetime | None
    lag: int | None

    @property
    def is_standing(self) -> bool:
        return self.mark == STANDS


class _Events:
    """The events of one child, with what each does to another."""

    def __init__(self, events: Sequence[Event], settled: History, within: Collection[str], *, births: bool) -> None:
        self.births = births
        self.within = within
        self.standing = {event.ref for event in settled.events}
        self.by_ref = {event.ref: event for event in events}
        self.heirs = {EventRef(event.source, event.target): event for event in events if event.target}

    def is_left_out(self, event: Event) -> bool:
        return not self.births and tells_of_birth(event.type)

    def details(self, event: Event) -> list[tuple[str, str]]:
        shown = [name for name in event.data if name not in _LINKS]
        return [(_FIELDS.get(name, words.spaced(name)), self._value(event, name)) for name in shown]

    def mark(self, event: Event) -> str:
        if event.ref in self.standing or event.type in (WITHDRAWN, MERGED):
            return STANDS
        heir = self.heirs.get(event.ref)
        return WAS_WITHDRAWN if heir is None or heir.type == WITHDRAWN else WAS_CORRECTED

    def note(self, event: Event) -> str:
        """What an event does to another, or another did to it."""
        if event.target:
            return f"{'Withdraws' if event.type == WITHDRAWN else 'Corrects'} event {event.target}{self._aim(event)}"
        heir = self.heirs.get(event.ref)
        if heir is None:
            return ""
        return f"{'Withdrawn' if heir.type == WITHDRAWN else 'Corrected'} by event {heir.id}"

    def _aim(self, event: Event) -> str:
        aim = self.by_ref.get(EventRef(event.source, event.target or ""))
        if aim is None:
            return ", not received"
        if aim.subject not in self.within:
            return ", sent about another child"
        when = "" if self.is_left_out(aim) else f", {words.plain_day(aim.happened_on)}"
        return f" ({words.event(aim.type)}{when})"

    def _value(self, event: Event, name: str) -> str:
        return LEFT_OUT if is_birth(name, event) and not self.births else words.value(event.data[name])


def happened(
    ref: str,
    events: Sequence[Event],
    settled: History,
    names: Mapping[str, str],
    *,
    within: Collection[str],
    births: bool,
) -> list[Happened]:
    """Newest first, what was corrected or withdrawn among the rest. Without ``births``, what tells of one comes last
    and has no day: neither its own, nor its place among the others'.

    ``within``: whose events are shown. What is tied to them by a correction may be about a child who is out of reach.
    """
    history = _Events(events, settled, within, births=births)
    ordered = sorted((event for event in events if event.subject in within), key=_recency, reverse=True)
    ordered.sort(key=history.is_left_out)
    return [_one(ref, event, history, names) for event in ordered]


def _one(ref: str, event: Event, history: _Events, names: Mapping[str, str]) -> Happened:
    is_left_out = history.is_left_out(event)
    return Happened(
        event=event,
        on=None if is_left_out else event.happened_on,
        says=words.event(event.type),
        details=history.details(event),
        team_name=team_name(names, event.team) if event.team else "",
        note=history.note(event),
        mark=history.mark(event),
        is_of_another=event.subject != ref,
        recorded_at=event.recorded_at,
        lag=event.recording_lag if event.recorded_at and not event.target and not is_left_out else None,
    )


def _recency(event: Event) -> tuple[Any, ...]:
    return (event.happened_on, event.recorded_at.timestamp() if event.recorded_at else 0.0, event.source, event.id)
