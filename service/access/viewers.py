"""Who looks at the pages: which posts they hold today, what that lets them do, and how far they see.

Asked anew with each request, so that a post taken away is gone at the next one. Permission and reach belong together:
somebody who manages one team and analyses all plans for that team alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Connection

from service import clock
from service.access import groups
from service.council import Council
from service.posts.roles import ROLES, Role, Span, role_of
from service.store import people
from service.store.people import HeldPost
from service.store.people.directory import WORKER
from service.store.seeing.reach import NOTHING, Reach
from service.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody signed in. ``reaches``: of each thing they may do, how far. ``origin``: the address they ask from."""

    name: str
    person: str | None
    posts: tuple[HeldPost, ...]
    reaches: Mapping[str, Reach]
    origin: str = ""
    csrf: str = field(default="", repr=False)

    def may(self, permission: str) -> bool:
        return permission in self.reaches

    def reach(self, permission: str = "cases") -> Reach:
        """How far they may do this: nowhere where they may not."""
        return self.reaches.get(permission, NOTHING)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Their roles, in the order of the file."""
        own = {role.id for post in self.posts if (role := role_of(post.post))}
        return tuple(role for role in ROLES if role.id in own)

    @property
    def start(self) -> str:
        """The page that answers their first question."""
        return self.roles[-1].start if self.roles else "/rules"

    @property
    def actor(self) -> str:
        """Who they are, in the trail of what was read and done."""
        held = ", ".join(post.where for post in self.posts if post.post != WORKER)
        return f"{self.name} ({held or WORKER})"


def viewer_of(db: Connection, council: Council, session: Session, *, origin: str, csrf: str) -> Viewer:
    """Who a session belongs to, with what they hold today. Raises NotReady where the file of groups cannot be right."""
    if council.is_demonstration:  # nowhere else is a post chosen
        posts = [HeldPost(*post) for post in session.posts]
        person = session.account if any(post.post in _OWN for post in posts) else None
    else:
        person = people.person_with(db, session.account)
        known = groups.given(council.settings)
        posts = [known[name] for name in session.groups if name in known]
        if person is not None:
            posts += [*people.held_by(db, person, clock.today()), HeldPost(WORKER)]
    held = tuple(dict.fromkeys(posts))
    name = person or session.account
    return Viewer(name, person, held, _reaches(db, held, person), origin, csrf)


_OWN = frozenset(post for role in ROLES if role.reach in (Span.OWN, Span.REVIEWED) for post in role.posts)


def _reaches(db: Connection, posts: Iterable[HeldPost], person: str | None) -> Mapping[str, Reach]:
    found: dict[str, Reach] = {}
    for held in posts:
        role = role_of(held.post)
        if role is None:
            continue
        own = _reach(db, role, held, person)
        for permission in role.may:
            found[permission] = _joined(found.get(permission, NOTHING), own)
    return MappingProxyType(found)


def _reach(db: Connection, role: Role, held: HeldPost, person: str | None) -> Reach:
    if role.reach is Span.ALL:
        return Reach(is_all=True)
    if role.reach is Span.OWN:
        return Reach(worker=person)
    if role.reach is Span.REVIEWED:
        return Reach(reviewer=person)
    if role.reach is Span.TEAM or role.reach is Span.SERVICE:
        teams = {held.team} if held.team else set()
        of_service = people.teams_of_services(db, {held.service}) if held.service else frozenset()
        return Reach(teams=of_service | teams)
    return NOTHING


def _joined(one: Reach, other: Reach) -> Reach:
    return Reach(
        is_all=one.is_all or other.is_all,
        teams=one.teams | other.teams,
        worker=one.worker or other.worker,
        reviewer=one.reviewer or other.reviewer,
    )
