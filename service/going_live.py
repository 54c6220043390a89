"""From silence to telling: a new authority starts silent, sees its backlog, and releases one team after another.

What a release would send is found out by sending it: the very steps of a tick, in a transaction that is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from service import clock
from service.council import Council
from service.notify.letters import writing
from service.store import people
from service.store.keeping import audit
from service.store.seeing import caseload
from service.store.session import hold_everything
from service.store.telling import alerts, messages, releases
from service.store.telling.releases import EVERY_TEAM, NO_TEAM

BEGINNING = date.min


class Backlog(NamedTuple):
    """One team: since when it is told of (None: silent), what is overdue, and how many clocks' alerts are held."""

    team: str | None
    name: str
    told_from: date | None
    overdue: int
    held: int


class Letter(NamedTuple):
    """A message that a release would send: who reads it, for which post, and what its subject says."""

    address: str
    post: str
    subject: str
    text: str


class _TakenBack(Exception):
    """Ends a transaction that was only to be looked at."""


def backlog(council: Council) -> list[Backlog]:
    """Every team that has running clocks or is known, by name; silent ones among them."""
    today = clock.today()
    with council.reading() as db:
        names = people.team_names(db)
        running = {row.team: row for row in caseload.by_team(db, today, today)}
        held = alerts.held_by_team(db)
        told_from = releases.releases(db).told_from
    teams = sorted({*names, *(team for team in running if team)}, key=lambda id: names.get(id, id))
    if None in running:
        teams.append(NO_TEAM)
    return [
        Backlog(
            team or None,
            names.get(team, team) or "No team recorded",
            told_from.get(team, told_from.get(EVERY_TEAM)),
            running[team or None].overdue if (team or None) in running else 0,
            held.get(team or None, 0),
        )
        for team in teams
    ]


def preview(council: Council, team: str, told_from: date) -> list[Letter]:
    """What would be sent on the next working morning because of the release, and not without it. Changes nothing."""
    now = _next_morning(council)
    without = {(one.address, one.subject) for one in _letters(council, None, told_from, now)}
    return [one for one in _letters(council, team, told_from, now) if (one.address, one.subject) not in without]


def release(council: Council, team: str, told_from: date, *, actor: str) -> int:
    """Lets a team's posts be told of what is due from a day on, at the next tick. Returns how many alerts were held."""
    with council.writing() as db:
        hold_everything(db)  # an intake that looked before would hold what is planned from now on
        freed = _release(db, team, told_from, actor)
        audit.note(db, actor, "team.released", detail=f"{team}, from {told_from.isoformat()}")
    return freed


def silence(council: Council, team: str, *, actor: str) -> int:
    """Takes a release back: what waits to be told is held. Returns how much that is. What was told stays told."""
    with council.writing() as db:
        hold_everything(db)
        releases.silence(db, team)
        count = 0 if releases.releases(db).is_told(team, date.max) else alerts.hold_planned(db, team)
        audit.note(db, actor, "team.silenced", detail=team)
    return count


def _release(db: Connection, team: str, told_from: date, actor: str) -> int:
    releases.release(db, team, told_from, who=actor, now=clock.now())
    return alerts.release_held(db, team, told_from, now=clock.now())


def _letters(council: Council, team: str | None, told_from: date, now: datetime) -> list[Letter]:
    found: list[Letter] = []
    try:
        with council.writing() as db:
            newest = next(iter(messages.newest(db, limit=1)), None)
            if team is not None:
                _release(db, team, told_from, "preview")
            writing.write_due(db, council.law, council.settings, now=now)
            found += _written_after(db, newest.seq if newest else 0)
            raise _TakenBack
    except _TakenBack:
        return found


def _written_after(db: Connection, seq: int) -> Iterator[Letter]:
    for one in messages.newest(db, limit=10_000):
        if one.seq > seq:
            yield Letter(one.address, one.post, one.subject, one.text)


def _next_morning(council: Council) -> datetime:
    """The end of the next working day's telling, by which everybody's hour has come."""
    ladders = council.law.ladders
    here = clock.local(clock.now())
    on = here.date() if here.time() < ladders.at else here.date() + timedelta(days=1)
    on = council.calendar.on_or_after(on)
    last = (datetime.combine(on, ladders.until) - timedelta(minutes=1)).time()
    return datetime.combine(on, max(last, time(ladders.at.hour, ladders.at.minute)), ZoneInfo(ladders.zone))
