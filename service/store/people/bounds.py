"""What may be stored of people and posts: why something cannot be right, and the fix. Never what was sent."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, time
from typing import NamedTuple

from rules.catalogue import nearest
from service.store.people.directory import WORKER
from service.store.people.known import is_allowed

Wrong = tuple[str, str]
"""Why something cannot be right, and the fix."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_ADDRESS_LENGTH = 254  # RFC 5321, 4.5.3.1.3: what a path may hold, less its brackets
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TEXT_LENGTH = 200
_REFERENCE_LENGTH = 128  # what the front door takes as a worker's reference


class Bounds(NamedTuple):
    """What an authority's list may say.

    ``posts``: those that anything here tells; another would silently never be told. ``domains``: those that addresses
    may be on, in lower case; none: any. A digest goes at the hour ``at``, or later but before ``until``.
    """

    posts: Collection[str]
    domains: Collection[str]
    at: time
    until: time


def wrong_post(post: str, bounds: Bounds) -> Wrong | None:
    """Why a post's name cannot be right; None where it can."""
    if not _SLUG.fullmatch(post) or len(post) > _TEXT_LENGTH:
        return "the post is not lower-case words joined by hyphens", "write it as the ladder does, such as team-manager"
    if post in bounds.posts:
        return None
    near = nearest(post, dict.fromkeys(bounds.posts))
    fix = f"write {near}" if near else f"choose from {', '.join(sorted(bounds.posts))}"
    return "no ladder, line of posts or report knows this post, so it would never be told anything", fix


def wrong_holding(post: str, bounds: Bounds) -> Wrong | None:
    """Why nobody can hold this post; None where somebody can."""
    if post == WORKER:
        return "nobody is made a worker here: events say whose case it is", "give the person's address without a post"
    return wrong_post(post, bounds)


def wrong_address(address: str, domains: Collection[str] = ()) -> Wrong | None:
    """Why an address cannot be right; None where it can."""
    if len(address) > _ADDRESS_LENGTH or not _ADDRESS.fullmatch(address):
        return "the address is not a mail address", "write one address, such as team.north@example.gov.uk, and no name"
    if not is_allowed(address, domains):
        allowed = ", ".join(sorted(domains))
        return "the address is on a domain that mail may not go to", f"give one on {allowed}, or allow its domain"
    return None


def wrong_hour(digest_at: time | None, bounds: Bounds) -> Wrong | None:
    """Why a digest cannot go at this hour; None where it can."""
    if digest_at is None or bounds.at <= digest_at < bounds.until:
        return None
    hours = f"from {bounds.at:%H:%M} to before {bounds.until:%H:%M}"
    return f"digests go {hours}: what is told then is made up at {bounds.at:%H:%M}", f"choose an hour {hours}"


def wrong_text(text: str, what: str, *, may_be_empty: bool = False) -> Wrong | None:
    """Why a name cannot be right; None where it can."""
    if not text.strip():
        return None if may_be_empty else (f"the {what} is empty", f"give the {what}")
    if len(text) > _TEXT_LENGTH or not text.isprintable():
        return f"the {what} is too long, or has a line break in it", f"use one line of up to {_TEXT_LENGTH} characters"
    return None


def wrong_reference(reference: str, what: str) -> Wrong | None:
    """Why a person's or team's reference cannot be the one that events use; None where it can."""
    if reference and reference == reference.strip() and len(reference) <= _REFERENCE_LENGTH and reference.isprintable():
        return None
    return (
        f"the {what} is not a reference that an event could use",
        f"write it as events do: the {what}'s own reference",
    )


def wrong_period(from_on: date, to_on: date | None, what: str) -> Wrong | None:
    """Why a time cannot be right; None where it can. Both days are included."""
    if to_on is None or to_on >= from_on:
        return None
    return f"the {what} ends before it begins", "give a last day that is the first or later: both are included"
