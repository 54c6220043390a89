"""Teams, and the mailboxes of posts: of a team, of a service, or of the whole authority."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from rules.catalogue import nearest
from service.store.people.known import Place
from service.store.people.retelling import tell_again
from service.store.tables import PostRow, TeamRow, table

WHOLE_AUTHORITY = ""

_TEAM, _POST = table(TeamRow), table(PostRow)


class Team(NamedTuple):
    """A team as events name it, and the mailboxes of its posts."""

    id: str
    name: str
    service: str | None
    posts: Mapping[str, str]


def put_team(db: Connection, id: str, name: str, service: str | None, posts: Mapping[str, str]) -> None:
    """Makes or replaces a team and the mailboxes of its posts. What nobody could be told goes out at the next tick."""
    name_team(db, id, name, service)
    put_posts(db, id, posts)


def name_team(db: Connection, id: str, name: str, service: str | None) -> None:
    """Makes a team, or names it anew; its posts stay as they are."""
    db.execute(delete(_TEAM).where(_TEAM.c.id == id))
    db.execute(insert(_TEAM).values(id=id, name=name, service=service or None))


def put_posts(db: Connection, team: str, posts: Mapping[str, str], *, service: str = "") -> None:
    """Replaces the mailboxes of a team's posts, or of a service's, or (no team, no service) the whole authority's."""
    place = Place(team, service)
    before = db.scalars(select(_POST.c.post).where(*_of(place))).all()
    db.execute(delete(_POST).where(*_of(place)))
    for post, address in posts.items():
        db.execute(insert(_POST).values(post=post, address=address, **place._asdict()))
    tell_again(db, {(post, place) for post in (*before, *posts)})


def put_mailbox(db: Connection, post: str, place: Place, address: str) -> None:
    """Gives one post a mailbox, and takes its last away; without an address it has none."""
    db.execute(delete(_POST).where(_POST.c.post == post, *_of(place)))
    if address:  # a post without one is known all the same, and what it should be told is listed as unowned
        db.execute(insert(_POST).values(post=post, address=address, **place._asdict()))


def teams(db: Connection) -> list[Team]:
    """Every team, by name."""
    held: dict[str, dict[str, str]] = {}
    columns = (_POST.c.post, _POST.c.team, _POST.c.address)
    for post, of_team, address in db.execute(select(*columns).where(_POST.c.team != "").order_by(_POST.c.post)):
        held.setdefault(of_team, {})[post] = address
    rows = db.execute(select(_TEAM.c.id, _TEAM.c.name, _TEAM.c.service).order_by(_TEAM.c.name, _TEAM.c.id))
    return [Team(id, name, service, held.get(id, {})) for id, name, service in rows]


def team(db: Connection, id: str) -> Team | None:
    """One team by the id that events call it."""
    row = db.execute(select(_TEAM.c.name, _TEAM.c.service).where(_TEAM.c.id == id)).first()
    return Team(id, row.name, row.service, posts(db, id)) if row else None


def posts(db: Connection, team: str = WHOLE_AUTHORITY, *, service: str = "") -> dict[str, str]:
    """The posts of a team, or of a service, that have a mailbox; those of the whole authority where none is named."""
    of_place = _of(Place(team, service))
    rows = db.execute(select(_POST.c.post, _POST.c.address).where(*of_place).order_by(_POST.c.post))
    return dict(rows.all())


def posts_of_services(db: Connection) -> dict[str, dict[str, str]]:
    """Of each service that has mailboxes of its own, its posts and their addresses."""
    found: dict[str, dict[str, str]] = {}
    columns = (_POST.c.service, _POST.c.post, _POST.c.address)
    for service, post, address in db.execute(select(*columns).where(_POST.c.service != "").order_by(*columns[:2])):
        found.setdefault(service, {})[post] = address
    return found


def services(db: Connection) -> list[str]:
    """Every service that a team belongs to."""
    rows = db.scalars(select(_TEAM.c.service).where(_TEAM.c.service.is_not(None)).distinct())
    return sorted(service for service in rows if service)


def unknown_service(service: str, known: Collection[str]) -> str:
    """What to write in place of a service that no team belongs to: a post held for it would never be told anything."""
    near = nearest(service, dict.fromkeys(known))
    return f"write {near}, or say first which teams belong to it" if near else "say first which teams belong to it"


def team_names(db: Connection) -> dict[str, str]:
    """What each team is called, by id."""
    return dict(db.execute(select(_TEAM.c.id, _TEAM.c.name)).all())


def _of(place: Place) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _POST.c.team == place.team, _POST.c.service == place.service
