"""Which posts anything here tells, and what an authority's settings and ladders let its list of people say."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from rules.model import Ladders
from service.council import Council
from service.posts.roles import posts_with_roles
from service.store.people import Bounds, Directory, directory
from service.timing import timings

ADMINISTRATOR = "administrator"
"""Whom the service tells of its own troubles."""


def known_posts(ladders: Ladders) -> frozenset[str]:
    """Every post of a line, a rung or the timetable, and the administrator: no other is ever told anything."""
    of_lines = {post for line in ladders.lines for post in line}
    return frozenset({*of_lines, *ladders.posts, *(timing.post for timing in timings()), ADMINISTRATOR})


def bounds(council: Council) -> Bounds:
    """What the list of people and posts may say: posts that are told something, and those that see something."""
    ladders = council.law.ladders
    posts = known_posts(ladders).union(posts_with_roles())
    return Bounds(posts, council.settings.domains, ladders.at, ladders.until)


def directory_on(db: Connection, council: Council, on: date) -> Directory:
    """Who is told on a day, at the addresses that the settings allow."""
    return directory(db, on=on, lines=council.law.ladders, domains=council.settings.domains)
