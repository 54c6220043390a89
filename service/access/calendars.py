"""The secrets of calendars: 256 random bits in an address, shown once, kept as an HMAC, revocable at once.

A calendar program sends no key, so the address is the key: whoever has it reads the calendar.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from service import clock
from service.access.keys import digest
from service.council import Council
from service.errors import NotFound, Refused
from service.store.keeping import audit
from service.store.session import peeking
from service.store.telling import calendars
from service.store.telling.calendars import Feed

_BYTES = 32
_PURPOSE = "calendar "
"""Said before the secret that is hashed, so that no key to the API is worth anything here, nor the other way about."""


def add(council: Council, post: str, *, team: str = "", service: str = "", actor: str) -> str:
    """Makes a calendar of a post's due dates and gives its secret, this once. Raises Refused for an unknown post."""
    if team and service:
        raise Refused("a post is of a team or of a service", fix="give --team or --service, not both")
    secret = secrets.token_urlsafe(_BYTES)
    with council.writing() as db:
        if not calendars.is_there(db, post, team, service):
            raise Refused(
                "there is no such post",
                fix="`timescales people import` makes posts; name the --team or --service it is of, if it is of one",
            )
        calendars.add(db, _digest(council, secret), post, team, service, now=clock.now())
        audit.note(db, actor, "calendar.added", detail=scope(post, team, service))
    return secret


def revoke(council: Council, number: int, *, actor: str) -> Feed:
    """Makes an address useless from the next request on. Raises NotFound where no such calendar is in use."""
    with council.writing() as db:
        feed = calendars.revoke(db, number, now=clock.now())
        if feed is None:
            raise NotFound(
                "no calendar of this number is in use", fix="`timescales calendars list` shows the calendars"
            )
        audit.note(db, actor, "calendar.revoked", detail=f"{number}: {scope(feed.post, feed.team, feed.service)}")
    return feed


def every(council: Council) -> Sequence[Feed]:
    """Every calendar there has been."""
    with council.reading() as db:
        return calendars.every(db)


def feed_of(council: Council, secret: str) -> Feed:
    """The calendar that a secret opens. Raises NotFound, in the words of any address there is nothing at."""
    with peeking(council.engine) as db:
        feed = calendars.with_digest(db, _digest(council, secret))
    if feed is None:
        raise NotFound("There is no such thing", fix="GET /openapi.json lists what there is")
    return feed


def scope(post: str, team: str, service: str) -> str:
    """A post with what it is of: ``team-manager of assessment-north``."""
    return f"{post} of {team or service}" if team or service else post


def _digest(council: Council, secret: str) -> str:
    return digest(council, _PURPOSE + secret)
