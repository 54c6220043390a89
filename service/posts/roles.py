"""What each post may see and do: roles.toml, read once. A post in no role sees nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

_FILE = Path(__file__).with_suffix(".toml")

DATES_OF_BIRTH = "dates-of-birth"
PERMISSIONS = frozenset(
    {
        *("cases", "plan", "problems", "reports", "law", "people"),
        *("telling", "mail", "service", "keys", "audit", DATES_OF_BIRTH),
    }
)


class Span(StrEnum):
    """How far somebody sees."""

    NONE = "none"
    OWN = "own"
    REVIEWED = "reviewed"
    TEAM = "team"
    SERVICE = "service"
    ALL = "all"


class Role(NamedTuple):
    """What the holders of some posts may do. ``start``: the page that answers their first question."""

    id: str
    title: str
    posts: tuple[str, ...]
    reach: Span
    start: str
    may: frozenset[str]


def _read() -> tuple[Role, ...]:
    rows = tomllib.loads(_FILE.read_text("utf-8"))["roles"]
    roles = tuple(_role(row) for row in rows)
    posts = [post for role in roles for post in role.posts]
    if doubled := {post for post in posts if posts.count(post) > 1}:
        raise ValueError(f"{_FILE.name}: {', '.join(sorted(doubled))} stands in two roles; leave it in one")
    return roles


def _role(row: dict[str, Any]) -> Role:
    if unknown := set(row["may"]) - PERMISSIONS:
        raise ValueError(f"{_FILE.name}: {row['id']} may {', '.join(sorted(unknown))}, which no page asks for")
    given = {"posts": tuple(row["posts"]), "reach": Span(row["reach"]), "may": frozenset(row["may"])}
    return Role(**row | given)


ROLES = _read()
"""In the order of the file: of several roles that somebody has, the first page is that of the last."""
_BY_POST = {post: role for role in ROLES for post in role.posts}


def role_of(post: str) -> Role | None:
    """The role that a post gives; None where it gives none."""
    return _BY_POST.get(post)


def posts_with_roles() -> Iterable[str]:
    """Every post that gives a role."""
    return _BY_POST
