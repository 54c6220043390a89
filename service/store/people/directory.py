"""Who is told on a day: everything about posts is read once, and each question after that is a look-up in memory.

For a post of a team, whoever is found first:

1. in the team itself: its holder; if away, who covers for them; the deputy; the post's mailbox;
2. in the team's service, the same; then in the whole authority, the same;
3. the next post up the line, from 1 again.

The nearest place is asked in full before the next: a team's own deputy or mailbox is nearer to the child than somebody
who holds a post of that name for a service or for everybody. Who is away, is unknown, or has an address on a domain
that is no longer allowed, is nobody. Who covers must be there; their own cover is not asked in turn: that is what
deputies are for.

The post ``worker`` is held by whoever the clock names. What belongs to no team is asked of the whole authority, and
then of the only service that has the post, if there is but one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, time
from functools import cached_property
from typing import NamedTuple

from sqlalchemy import Connection

from rules.model import Ladders
from service.store.people.known import Known, Place, read_known

WORKER = "worker"
HOLDER, COVER, DEPUTY, MAILBOX, NEXT_RUNG = "holder", "cover", "deputy", "mailbox", "next rung"


class Recipient(NamedTuple):
    """Who is told. ``post`` is the post that is told: another than was asked for where nobody holds that.

    ``why``: ``holder``, ``cover``, ``deputy``, ``mailbox``, or ``next rung``. ``person`` is None for a mailbox.
    ``digest_at`` is one hour for an address, however many posts it holds; None: the ladder's own. ``until``: the last
    day of a deputy's time, or of the absence that is covered. ``away``: the person who is covered for.
    """

    address: str
    post: str
    person: str | None
    digest_at: time | None
    why: str
    until: date | None = None
    away: str | None = None


class Reader(NamedTuple):
    """Somebody who is told of one post or several, at one address. ``posts``: each with a team, or "" for no team."""

    address: str
    person: str | None
    digest_at: time | None
    posts: tuple[tuple[str, str], ...]


_EVERYWHERE = Place()


class Directory:
    """Answers who is told, for one day. Made by ``directory``; asks the database nothing more."""

    def __init__(self, known: Known, lines: Ladders) -> None:
        self._known, self._lines = known, lines
        self._at_post: dict[tuple[str, str], Recipient | None] = {}
        self._by_line: dict[tuple[str, str], Recipient | None] = {}
        self._hours: dict[str, list[time | None]] = {}
        self._written: dict[str, str] = {}
        for _id, (address, digest_at) in sorted(known.addresses.items()):
            self._hours.setdefault(address.casefold(), []).append(digest_at)
            self._written.setdefault(address.casefold(), address)

    def recipient(self, post: str, team: str | None, worker: str | None = None) -> Recipient | None:
        """Who is told what a post of a team is to be told; ``worker`` is whom the clock names. None: nobody at all."""
        if post == WORKER and (found := self._worker(worker)):
            return found
        asked = (post, team or "")
        if asked not in self._by_line:
            self._by_line[asked] = self._up_the_line(*asked)
        return self._by_line[asked]

    def is_held(self, post: str, team: str | None, worker: str | None = None) -> bool:
        """Whether there is somebody at the post itself, or a mailbox; the next rung does not count."""
        return (post == WORKER and self._worker(worker) is not None) or self._at(post, team or "") is not None

    def hour_of(self, address: str) -> time | None:
        """From which hour somebody at this address reads; None: the ladder's own."""
        return self._told(address, "", None, MAILBOX).digest_at

    def posts_of(self, address: str) -> list[tuple[str, str]]:
        """The posts whose news this address gets today, each with a team ("" for what belongs to no team).

        Of every post that anybody holds, not only of those that a ladder tells; but of ``worker`` only a clock knows.
        """
        found = self._readers.get(address.casefold())
        return list(found.posts) if found else []

    def all_recipients(self) -> list[Reader]:
        """Everybody who is at a post that a ladder tells, at the post itself, each once, by address; no ``worker``."""
        told = set(self._lines.posts)
        readers = (
            one._replace(posts=tuple(held for held in one.posts if held[0] in told)) for one in self._readers.values()
        )
        return sorted((one for one in readers if one.posts), key=lambda one: one.address)

    def teams_for(self, post: str) -> tuple[str | None, ...]:
        """Through which teams everybody is asked for who is to get what a post of services gets: one of each service.

        Nearest first, as ``recipient`` does: a service without such a post of its own is answered for by the whole
        authority's, or the next rung. None stands for the whole authority, where no service has the post, or there is
        but one service.
        """
        of_service: dict[str, list[str]] = {}
        for team, service in sorted(self._known.services.items()):
            of_service.setdefault(service, []).append(team)
        of_service.pop("", None)
        if len(of_service) < 2 or not self._services_with.get(post):
            return (None,)
        has_own = {place.team for held, place in (*self._known.holdings, *self._known.mailboxes) if held == post}
        return tuple(
            min(teams, key=lambda team: (team in has_own, team)) for _service, teams in sorted(of_service.items())
        )

    @property
    def teams(self) -> tuple[str, ...]:
        """Every team that is known, by id."""
        return tuple(sorted(self._known.services))

    def _up_the_line(self, post: str, team: str) -> Recipient | None:
        if found := self._at(post, team):
            return found
        above = (self._at(rung, team) for rung in self._lines.above(post))
        higher = next((found for found in above if found), None)
        return higher._replace(why=NEXT_RUNG) if higher else None

    def _at(self, post: str, team: str) -> Recipient | None:
        asked = (post, team)
        if asked not in self._at_post:
            found = (self._in(post, place) for place in self._places(post, team))
            self._at_post[asked] = next((one for one in found if one), None)
        return self._at_post[asked]

    def _places(self, post: str, team: str) -> Iterator[Place]:
        """The places to ask, the nearest first."""
        if team:
            yield Place(team, "")
            if service := self._known.services.get(team):
                yield Place("", service)
        yield _EVERYWHERE
        if not team and len(only := self._services_with.get(post, set())) == 1:
            yield Place("", *only)

    def _in(self, post: str, place: Place) -> Recipient | None:
        held = self._known.holdings.get((post, place), [])
        for one in held:
            if not one.is_deputy and (found := self._who_acts(post, one.person)):
                return found
        for one in held:
            if one.is_deputy and self._is_there(one.person):
                return self._person(post, one.person, DEPUTY, until=one.to_on)
        mailbox = self._known.mailboxes.get((post, place))
        return self._told(mailbox, post, None, MAILBOX) if mailbox else None

    def _worker(self, worker: str | None) -> Recipient | None:
        return self._who_acts(WORKER, worker) if worker else None

    def _who_acts(self, post: str, person: str) -> Recipient | None:
        """A holder, or who covers for them."""
        if self._is_there(person):
            return self._person(post, person, HOLDER)
        if away := self._known.away.get(person):
            cover = next((one for one in away.covers if self._is_there(one)), None)
            return self._person(post, cover, COVER, until=away.until, away=person) if cover else None
        return None

    def _is_there(self, person: str) -> bool:
        return person in self._known.addresses and person not in self._known.away

    def _person(
        self, post: str, person: str, why: str, *, until: date | None = None, away: str | None = None
    ) -> Recipient:
        told = self._told(self._known.addresses[person][0], post, person, why)
        return told._replace(until=until, away=away)

    def _told(self, address: str, post: str, person: str | None, why: str) -> Recipient:
        """One address is written one way and has one hour: of several persons who share it, the earliest."""
        hours = self._hours.get(address.casefold(), [None])
        earliest = None if None in hours else min(hour for hour in hours if hour is not None)
        return Recipient(self._written.get(address.casefold(), address), post, person, earliest, why)

    @cached_property
    def _services_with(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for post, place in (*self._known.holdings, *self._known.mailboxes):
            if place.service:
                found.setdefault(post, set()).add(place.service)
        return found

    @cached_property
    def _readers(self) -> dict[str, Reader]:
        """By address: who is told of which posts of which teams, at the post itself."""
        posts = sorted({post for post, _place in (*self._known.holdings, *self._known.mailboxes)} - {WORKER})
        found: dict[str, Reader] = {}
        for post in posts:
            for team in ("", *self.teams):
                if told := self._at(post, team):
                    kept = found.setdefault(
                        told.address.casefold(), Reader(told.address, told.person, told.digest_at, ())
                    )
                    found[told.address.casefold()] = kept._replace(
                        person=kept.person or told.person, posts=(*kept.posts, (post, team))
                    )
        return found


def directory(db: Connection, *, on: date, lines: Ladders, domains: Collection[str] = ()) -> Directory:
    """Reads who holds what on a day (local). ``domains``: those that addresses may be on; none: any."""
    return Directory(read_known(db, on, domains), lines)
