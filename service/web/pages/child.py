"""One subject: a card for each running clock, what is finished, and every event that has been sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.catalogue import MERGED, WITHDRAWN
from rules.history import settle
from rules.model import DUTY, Clock, Event, EventRef
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.errors import NotFound
from service.explaining import history_of
from service.store import clocks, events, people
from service.store.reach import may_see
from service.web import words
from service.web.pages.problems import told as problem_told
from service.web.shown.freshness import freshness, note_read
from service.web.shown.rows import Row, rows_of, team_name, title_of
from service.web.shown.timeline import draw

_FIELDS = {"of": "booked", "planned_on": "for"}
_RECENT = 20
"""Events shown at once; the earlier ones are folded away."""


class Shown(NamedTuple):
    """One event as it was sent, and whether it still stands."""

    event: Event
    says: str
    details: Sequence[tuple[str, str]]
    team_name: str
    note: str
    is_standing: bool
    is_of_another: bool
    recorded_at: datetime | None
    lag: int | None


def view(council: Council, viewer: Viewer, ref: str) -> dict[str, Any]:
    """Everything the page shows. Raises NotFound where no event names this subject."""
    on = wall.today()
    with council.writing() as db:
        if not events.standing(db, [ref])[ref].is_known or not may_see(db, viewer.reach(), ref):
            raise NotFound("no event names this subject", fix="check the reference with the case system")
        note_read(db, viewer, "subject.read", [ref])
        history = history_of(db, ref)
        own = clocks.of_subjects(db, [ref])[ref]
        rows = rows_of(db, council, sorted(own, key=_order), on)
        shown = _shown(ref, history, people.team_names(db))
        return {
            "ref": ref,
            "together": sorted({event.subject for event in history} - {ref}),
            "home": settle(history).homes.get(ref),
            "running": [row for row in rows if row.clock.outcome is None and row.clock.measure == DUTY],
            "finished": [row for row in reversed(rows) if row.clock.outcome is not None and row.clock.measure == DUTY],
            "others": [row for row in rows if row.clock.measure != DUTY],
            "events": shown,
            "recent": _RECENT,
            "problems": _problems(db, council, ref, rows),
            "timeline": draw([one for one in rows if one.clock.measure == DUTY], _dots(shown), on),
            "freshness": freshness(db, council),
        }


def _order(clock: Clock) -> tuple[object, ...]:
    return (clock.due_on or date.max, clock.started_on, clock.id)


def _shown(ref: str, history: Sequence[Event], names: Mapping[str, str]) -> list[Shown]:
    """Newest first, those that were corrected or withdrawn among the rest."""
    standing = {event.ref for event in settle(history).events}
    by_ref = {event.ref: event for event in history}
    targeted = {EventRef(event.source, event.target): event for event in history if event.target}
    return [
        Shown(
            event=event,
            says=words.event(event.type),
            details=_details(event),
            team_name=team_name(names, event.team) if event.team else "",
            note=_note(event, by_ref, targeted),
            is_standing=event.ref in standing or event.type in (WITHDRAWN, MERGED),
            is_of_another=event.subject != ref,
            recorded_at=event.recorded_at,
            lag=event.recording_lag if event.recorded_at and not event.target else None,
        )
        for event in sorted(history, key=_recency, reverse=True)
    ]


def _details(event: Event) -> list[tuple[str, str]]:
    shown = [(name, data) for name, data in event.data.items() if name not in ("withdraws", "supersedes")]
    return [(_FIELDS.get(name, words.spaced(name)), words.value(data)) for name, data in shown]


def _note(event: Event, by_ref: Mapping[EventRef, Event], targeted: Mapping[EventRef, Event]) -> str:
    """What an event does to another, or another did to it."""
    if event.target:
        verb = "Withdraws" if event.type == WITHDRAWN else "Corrects"
        target = by_ref.get(EventRef(event.source, event.target))
        what = f" ({words.event(target.type)}, {words.plain_day(target.happened_on)})" if target else ", not received"
        return f"{verb} event {event.target}{what}"
    heir = targeted.get(event.ref)
    if heir is None:
        return ""
    return f"{'Withdrawn' if heir.type == WITHDRAWN else 'Corrected'} by event {heir.id}"


def _dots(shown: Sequence[Shown]) -> list[tuple[date, str]]:
    return [(one.event.happened_on, one.says) for one in shown if one.is_standing and one.event.type != WITHDRAWN]


def _problems(db: Connection, council: Council, ref: str, rows: Sequence[Row]) -> list[Any]:
    found = [
        problem_told(row.code, row.words, title_of(council.law, row.timescale) if row.timescale else "")
        for row in clocks.problems_of(db, ref)
    ]
    flawed = [row for row in rows if row.clock.problem and row.clock.measure == DUTY]
    return found + [problem_told(row.clock.problem, "", row.title) for row in flawed]


def _recency(event: Event) -> tuple[Any, ...]:
    return (event.happened_on, event.recorded_at.timestamp() if event.recorded_at else 0.0, event.source, event.id)
