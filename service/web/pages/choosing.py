"""In the demonstration: whose morning it is. Every post of the made-up council, and the cases it would see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

from service import clock
from service.council import Council
from service.posts.roles import ROLES, Role, Span
from service.store import casts, people
from service.store.people import HeldPost, Team
from service.web.words import first, spaced

_REVIEWERS = 3
_NOBODY = "nobody-in-particular"


class Choice(NamedTuple):
    """Somebody whom one can be: a post, held by a person, or by nobody in particular."""

    held: HeldPost
    person: str
    words: str
    start: str

    @property
    def key(self) -> str:
        """What a form sends to choose it."""
        return "/".join((*self.held, self.person))


class Group(NamedTuple):
    """A role, and the people who have it."""

    role: Role
    choices: list[Choice]


def view(council: Council, back_to: str) -> dict[str, Any]:
    """Everybody whom one can be, by role."""
    return {"groups": _groups(council), "back_to": back_to}


def chosen(council: Council, key: str) -> Choice | None:
    """Who was chosen; None for what is not on the list."""
    return next((one for group in _groups(council) for one in group.choices if one.key == key), None)


def _groups(council: Council) -> list[Group]:
    with council.reading() as db:
        teams = people.teams(db)
        found = [Group(role, list(_choices(db, role, teams))) for role in ROLES]
    return [group for group in found if group.choices]


def _choices(db: Connection, role: Role, teams: list[Team]) -> Iterator[Choice]:
    if role.reach is Span.OWN:
        names = {team.id: team.name for team in teams}
        for id, worker in sorted(casts.busiest_workers(db).items()):
            yield Choice(HeldPost(role.posts[0]), worker, f"{worker}, {names.get(id, id)}", role.start)
    elif role.reach is Span.REVIEWED:
        for person in casts.reviewers(db, most=_REVIEWERS):
            yield Choice(HeldPost(role.posts[0]), person, person, role.start)
    elif role.reach is Span.TEAM:
        for team in teams:
            yield _of(db, role, HeldPost(role.posts[0], team.id), team.name)
    elif role.reach is Span.SERVICE:
        for service in people.services(db):
            yield _of(db, role, HeldPost(role.posts[0], "", service), first(spaced(service)))
    else:
        for post in role.posts:
            yield _of(db, role, HeldPost(post), first(spaced(post)))


def _of(db: Connection, role: Role, held: HeldPost, words: str) -> Choice:
    holder = people.holder_of(db, held, clock.today())
    return Choice(held, holder or _NOBODY, f"{words} ({holder})" if holder else words, role.start)
