"""How the service itself is: what was found, where events come from, what runs by itself, what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from rules.plan import HELD, PLANNED
from service import clock
from service.checking import feeds, running
from service.checking.examining import look_at
from service.checking.feeds import Standing
from service.checking.finding import Found, Look, Weight
from service.checking.numbers import USUAL
from service.council import Council
from service.notify.heartbeat import url_of
from service.store import people, sources, watch
from service.store.seeing import browsing
from service.store.telling import queues, told
from service.store.telling.messages import WAITING
from service.store.watch import Alarm
from service.timing import timings
from service.web import words
from service.web.shown.freshness import freshness
from service.web.shown.rows import team_name

_COLOURS = {Weight.UNTOLD: "red", Weight.SOON: "orange", Weight.NOTICE: "grey"}
_RUNS = (
    (watch.TICK, "The clocks were looked at"),
    (watch.SEND, "What was due was handed over for sending"),
    (watch.SELF_CHECK, "The service looked at itself"),
    (watch.HEARTBEAT, "The outside heartbeat was taken"),
)


class Line(NamedTuple):
    """A finding as it is shown. ``told_at``: when the administrator was last told of it."""

    found: Found
    colour: str
    told_at: datetime | None


class Source(NamedTuple):
    """A source of events as it is shown."""

    name: str
    last: str
    events: int
    usual: str
    state: str
    colour: str


class Job(NamedTuple):
    """A job of the timetable as it is shown."""

    name: str
    last: str
    state: str
    colour: str
    next_at: datetime


def view(council: Council) -> dict[str, Any]:
    """Everything about the service itself; nothing about anybody."""
    now = clock.now()
    jobs = timings()
    answer = look_at(council, jobs, now=now)
    with council.reading() as db:
        heard = sources.heard(db, most=USUAL.read_at_most, now=now)
        look = Look(council, db, now, jobs)
        alarms = watch.alarms(db)
        unowned = told.unowned(db, council.directory(db, clock.local(now).date()), now=now)
        return {
            "lines": [_line(one, alarms) for one in answer.found],
            "well": [said for _check, said in answer.well],
            "sources": [_source(one) for one in feeds.standings(council, heard, now=now)],
            "is_all_read": heard.is_all,
            "runs": _runs(db, council),
            "jobs": [_job(one) for one in running.standings(look)],
            "queues": _queues(db),
            "unowned": _by_post(db, [one for one in unowned if one.why == told.NO_ADDRESS]),
            "refused": _by_post(db, [one for one in unowned if one.why == told.ADDRESS_REFUSED]),
            "office_from": USUAL.office_from,
            "office_until": USUAL.office_until,
            "now": now,
            "freshness": freshness(db, council),
        }


def _line(one: Found, alarms: Mapping[str, Alarm]) -> Line:
    alarm = alarms.get(one.finding.id)
    return Line(one, _COLOURS[one.check.weight], alarm.told_at if alarm else None)


def _source(one: Standing) -> Source:
    if one.is_silent:
        state = ("Silent", "red")
    elif one.source.retired_at is not None:
        state = ("Retired", "grey")
    else:
        state = ("As usual", "green") if one.rhythm.limit is not None else ("Not watched", "yellow")
    return Source(one.source.name, words.first(one.last), one.source.events, words.first(one.usual), *state)


def _runs(db: Connection, council: Council) -> list[tuple[str, datetime | None]]:
    """What runs by itself, and when it last ran well; the heartbeat only where one is set."""
    checked = watch.checked(db)
    names = [run for run in _RUNS if run[0] != watch.HEARTBEAT or url_of(council.settings)]
    return [(said, checked[name].at if name in checked else None) for name, said in names]


def _job(one: running.Standing) -> Job:
    name = words.first(one.timed.name)
    if not one.is_wanted:
        return Job(name, "not yet", "Nothing to make yet", "grey", one.next_at)
    last = words.short_day(one.slot)
    if one.is_done:
        return Job(name, last, "Made", "green", one.next_at)
    has_failed = one.run is not None and one.run.outcome is not None
    return Job(name, last, "Fails" if has_failed else "Not made yet", "red" if has_failed else "yellow", one.next_at)


def _queues(db: Connection) -> list[tuple[str, int, str]]:
    """What waits: in words, how many, and the page that lists it."""
    alerts, mails = queues.alerts_by_state(db), browsing.messages_by_state(db)
    return [
        ("Alerts planned for a day to come, or waiting for a holder", alerts.get(PLANNED, 0), ""),
        ("Alerts held: of teams that are not released, or due before they were", alerts.get(HELD, 0), ""),
        ("Mails that wait to be sent", mails.get(WAITING, 0), "/outbox"),
    ]


def _by_post(db: Connection, rows: Sequence[told.Unowned]) -> list[tuple[str, str, int]]:
    """Post, team and how many clocks, the most first."""
    names = people.team_names(db)
    counts: dict[tuple[str, str], int] = {}
    for one in rows:
        held = (words.first(words.spaced(one.post)), team_name(names, one.team))
        counts[held] = counts.get(held, 0) + one.clocks
    return sorted(((*held, count) for held, count in counts.items()), key=lambda row: (-row[2], row[:2]))
