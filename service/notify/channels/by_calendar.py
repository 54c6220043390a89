"""Due dates as a calendar (RFC 5545): which timescale, which team, which day. Nothing says whose they are.

The same dates are the same bytes, so that a calendar program which asks again can be told that nothing has changed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from icalendar import Calendar, Event
from sqlalchemy import Connection

from rules import Law
from service.clock import local
from service.council import Council
from service.store import people
from service.store.telling import calendars
from service.store.telling.calendars import Due, Feed

MEDIA_TYPE = "text/calendar; charset=utf-8"
_MADE_BY = "-//timescales//statutory timescale monitor//EN"
_UNNAMED, _NO_TEAM = "a team not set up", "no team recorded"
_MORE = "More timescales are due after this day: this calendar is full"


class _Bounds(NamedTuple):
    weeks_back: int
    weeks_ahead: int
    most: int
    refresh_hours: int


_BOUNDS = _Bounds(**tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")))


class Names(NamedTuple):
    """What things are called, and where the service is reached."""

    law: Law
    teams: Mapping[str, str]
    address: str


def write(db: Connection, council: Council, feed: Feed, *, on: date, most: int = _BOUNDS.most) -> tuple[bytes, int]:
    """The calendar of a post on a day, and how many due dates are in it: what runs, from some weeks ago on."""
    first, last = on - timedelta(weeks=_BOUNDS.weeks_back), on + timedelta(weeks=_BOUNDS.weeks_ahead)
    found = calendars.due(db, feed, first, last, on=on, most=most + 1)
    shown = found[:most]
    changed = calendars.changed_at(db, [one.clock_id for one in shown])
    names = Names(council.law, people.team_names(db), council.settings.address)
    calendar = _calendar(feed, names)
    for one in shown:
        calendar.add_component(_event(one, names, changed.get(one.clock_id, feed.created_at)))
    if len(found) > most:
        calendar.add_component(_day(names, "full", shown[-1].due_on, _MORE, feed.created_at))
    return calendar.to_ical(), len(shown)


def _calendar(feed: Feed, names: Names) -> Calendar:
    of = names.teams.get(feed.team, _UNNAMED) if feed.team else feed.service
    title = f"Timescales: {feed.post.replace('-', ' ')}" + (f", {of}" if of else "")
    refresh = timedelta(hours=_BOUNDS.refresh_hours)
    calendar = Calendar()
    calendar.add("prodid", _MADE_BY)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", title)
    calendar.add("x-wr-calname", title)
    calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", f"PT{_BOUNDS.refresh_hours}H")
    return calendar


def _event(one: Due, names: Names, changed_at: datetime) -> Event:
    timescale = names.law.timescales.get(one.timescale)
    team = names.teams.get(one.team, _UNNAMED) if one.team else _NO_TEAM
    title = f"{timescale.title if timescale else one.timescale} due – {team}"
    event = _day(names, one.clock_id, one.due_on, title, changed_at)
    link = f"{names.address}/clocks/{one.clock_id}"
    event.add("url", link)
    event.add("description", "\n".join(_words(one, link)))
    return event


def _words(one: Due, link: str) -> Sequence[str]:
    words = ["The whole of this day counts."]
    if one.due_at is not None:
        words = [f"The hours run out at {local(one.due_at):%H:%M}."]
    if one.is_provisional:
        words.append("The date is provisional: the bank holidays it rests on are not yet published.")
    return [*words, f"Why this date: {link}"]


def _day(names: Names, name: str, on: date, title: str, changed_at: datetime) -> Event:
    """An event of a whole day, that makes nobody busy. Its UID is made of a name that is never shown."""
    event = Event()
    event.add("uid", f"{blake2b(name.encode(), digest_size=16).hexdigest()}@{urlsplit(names.address).hostname}")
    event.add("dtstamp", changed_at.replace(microsecond=0))
    event.add("dtstart", on)
    event.add("summary", title)
    event.add("transp", "TRANSPARENT")
    return event
