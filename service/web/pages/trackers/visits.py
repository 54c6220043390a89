"""Visits: of each child who is waited for, when the next visit is due, and when somebody last saw the child."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection

from rules.catalogue import PLANNED
from rules.history import History
from rules.model import Clock, Event
from service import clock as wall
from service.access.viewers import Viewer
from service.council import Council
from service.reports.definition import Setting
from service.reports.known import Known, beside
from service.reports.visits.naming import phase_title
from service.reports.visits.waits import KINDS, Wait, gather
from service.store import people
from service.store.seeing import trackers
from service.store.seeing.trackers import Part
from service.web.shown.bookings import Bookings
from service.web.shown.freshness import freshness, note_read
from service.web.shown.links import address
from service.web.shown.paging import MOST, paging
from service.web.shown.rows import rows_of
from service.web.shown.tracking import Pick, note_export, offered, tracked, week_end

_KINDS = {kind.timescale: kind for kind in KINDS}
_EVERY = tuple(_KINDS)
_EVENTS = {kind.event: kind.title for kind in KINDS}


class Show(StrEnum):
    """Which visits to list."""

    ALL = "all"
    OVERDUE = "overdue"
    TODAY = "due_today"
    WEEK = "due_this_week"
    LATER = "due_later"
    UNSET = "no_limit"


PICKS = {
    Show.ALL: "waited for",
    Show.OVERDUE: "overdue",
    Show.TODAY: "due today",
    Show.WEEK: "more due by Sunday",
    Show.LATER: "due later",
    Show.UNSET: "with no limit set",
}
_PARTS: Mapping[Show, Part] = {show: Part(show.value) for show in Show if show is not Show.ALL}


class Asked(NamedTuple):
    """What the address asks for. ``kind``: the timescale of one kind of visit."""

    team: str | None = None
    kind: str | None = None
    show: Show = Show.ALL
    page: int = 1


class Seen(NamedTuple):
    """When a child was last seen at a visit, and of which kind the visit was."""

    on: date
    kind: str


class Line(NamedTuple):
    """One wait for a visit. ``phase``: which of several limits holds, in the law's words."""

    wait: Wait
    phase: str
    seen: Seen | None
    planned_on: date | None


class KindLine(NamedTuple):
    """How one kind of visit stands: the counts of ``PICKS``, each with the address of its list."""

    title: str
    counts: Sequence[tuple[str, int, str]]


def view(council: Council, viewer: Viewer, asked: Asked) -> dict[str, Any]:
    """One page of waits, how each kind of visit stands, and the teams within reach."""
    on = wall.today()
    with council.writing() as db:
        by_kind = _by_kind(db, viewer, asked, on)
        many = _summed(by_kind, asked.kind)
        paged = paging(many[asked.show], asked.page, lambda nth: _address(asked, page=nth))
        found = trackers.listed(db, _conditions(viewer, asked, on), most=MOST, skip=paged.skip)
        known = _known(db, found, on)
        bookings = _bookings(known, council)
        lines = _lines(council, found, known, bookings, on)
        note_read(db, viewer, "visits.listed", (line.wait.clock.subject for line in lines))
        teams = trackers.teams(db, trackers.running(_tracked(viewer, Asked(), _EVERY), on))
        return {
            "asked": asked,
            "picks": [_pick(asked, show, many[show]) for show in Show],
            "kinds": [(kind.timescale, kind.title) for kind in KINDS],
            "by_kind": [_kind_line(asked, kind.timescale, by_kind) for kind in KINDS if kind.timescale in by_kind],
            "teams": offered(people.team_names(db), teams),
            "lines": list(zip(rows_of(db, council, found, on, bookings), lines, strict=True)),
            "paging": paged,
            "what": PICKS[asked.show],
            "titles": {kind.timescale: kind.title for kind in KINDS},
            "flawed": trackers.counted(db, trackers.flawed(_tracked(viewer, asked, _wanted(asked)), on)),
            "export": _address(asked, path="/visits.csv"),
            "freshness": freshness(db, council),
        }


def counts(db: Connection, viewer: Viewer, asked: Asked) -> dict[Show, int]:
    """How many visits there are in each part of the list."""
    return _summed(_by_kind(db, viewer, asked, wall.today()), asked.kind)


def exported(council: Council, viewer: Viewer, asked: Asked) -> list[Sequence[object]]:
    """Every wait that the list would show on all its pages, one a row under ``COLUMNS``."""
    on = wall.today()
    with council.writing() as db:
        found = trackers.listed(db, _conditions(viewer, asked, on))
        known = _known(db, found, on)
        lines = _lines(council, found, known, _bookings(known, council), on)
        note_export(db, viewer, "visits", len(lines), (line.wait.clock.subject for line in lines))
    return [_cells(line, on) for line in lines]


COLUMNS = (
    *("child", "plan_or_placement", "visits_to", "team", "worker", "status", "due_on", "limit", "limit_set_by"),
    *("own_target_on", "last_seen_on", "last_seen_at_visit_to", "sought_not_seen_since", "booked_on"),
)


def _cells(line: Line, on: date) -> Sequence[object]:
    clock, wait = line.wait.clock, line.wait
    return (
        *(clock.subject, clock.key, wait.kind.title, clock.team, clock.worker, clock.status(on).value, clock.due_on),
        *(clock.limit.words if clock.limit else None, "law" if wait.kind.is_statutory else "plan"),
        *(clock.target_due_on, line.seen.on if line.seen else None, line.seen.kind if line.seen else None),
        *(len(wait.attempts), line.planned_on),
    )


def _wanted(asked: Asked) -> tuple[str, ...]:
    """The kind that is asked for; all of them where it is none that there is."""
    return (asked.kind,) if asked.kind in _KINDS else _EVERY


def _tracked(viewer: Viewer, asked: Asked, kinds: Iterable[str]) -> trackers.Tracked:
    return tracked(tuple(kinds), viewer.reach(), asked.team)


def _by_kind(db: Connection, viewer: Viewer, asked: Asked, on: date) -> dict[str, dict[str, int]]:
    return trackers.tallied(db, trackers.running(_tracked(viewer, asked, _EVERY), on), _parts(on))


def _parts(on: date) -> dict[str, ColumnElement[bool]]:
    return {which.value: trackers.part(which, on, week_end(on)) for which in Part}


def _conditions(viewer: Viewer, asked: Asked, on: date) -> list[ColumnElement[bool]]:
    running = trackers.running(_tracked(viewer, asked, _wanted(asked)), on)
    return running if asked.show is Show.ALL else [*running, _parts(on)[_PARTS[asked.show].value]]


def _summed(by_kind: Mapping[str, Mapping[str, int]], kind: str | None) -> dict[Show, int]:
    own = [one for timescale, one in by_kind.items() if kind not in _KINDS or timescale == kind]
    found: dict[Show, int] = {show: sum(one[which.value] for one in own) for show, which in _PARTS.items()}
    return {**found, Show.ALL: sum(found.values())}


def _known(db: Connection, found: Sequence[Clock], on: date) -> Known:
    return beside(db, found, as_at=on, known_at=wall.now(), events_of=[*_EVENTS, PLANNED])


def _bookings(known: Known, council: Council) -> Bookings:
    return Bookings(History(known.events, {}, {}, ()), council.law)


def _lines(council: Council, found: Sequence[Clock], known: Known, bookings: Bookings, on: date) -> list[Line]:
    """The waits of these clocks, in their order."""
    setting = Setting(council, on, wall.now(), (), known.teams, "week")
    waits = {wait.clock.id: wait for wait in gather(known, setting).all}
    seen = _last_seen(known.events)
    return [
        Line(
            wait=waits[one.id],
            phase=phase_title(waits[one.id], setting),
            seen=seen.get(one.subject),
            planned_on=bookings.planned_on(one),
        )
        for one in found
    ]


def _last_seen(happened: Iterable[Event]) -> dict[str, Seen]:
    """Of each child the last visit at which the child was seen, whatever kind of visit it was."""
    visits = [event for event in happened if event.type in _EVENTS and event.data.get("seen") is True]
    ordered = sorted(visits, key=lambda event: event.happened_on)
    return {event.subject: Seen(event.happened_on, _EVENTS[event.type]) for event in ordered}


def _kind_line(asked: Asked, timescale: str, by_kind: Mapping[str, Mapping[str, int]]) -> KindLine:
    counts = _summed(by_kind, timescale)
    shown = [
        (words, counts[show], _address(asked._replace(kind=timescale, show=show))) for show, words in PICKS.items()
    ]
    return KindLine(_KINDS[timescale].title, shown)


def _pick(asked: Asked, show: Show, count: int) -> Pick:
    tone = "late" if show is Show.OVERDUE and count else "plain"
    return Pick(PICKS[show], count, _address(asked._replace(show=show)), show is asked.show, tone)


def _address(asked: Asked, *, page: int = 1, path: str = "/visits") -> str:
    show = None if asked.show is Show.ALL else asked.show.value
    return address(path, team=asked.team, kind=asked.kind, show=show, page=str(page) if page > 1 else None)
