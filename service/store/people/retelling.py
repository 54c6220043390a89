"""What was not told for want of somebody, or came back from a refused address, is tried again when posts change."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, or_, select

from service.store.people.directory import WORKER
from service.store.people.known import Place
from service.store.tables import AbsenceRow, AlertRow, HoldingRow, TeamRow, table
from service.store.telling import alerts, messages

_HOLDING, _ABSENCE, _TEAM, _ALERT = table(HoldingRow), table(AbsenceRow), table(TeamRow), table(AlertRow)


@contextmanager
def retelling(db: Connection, people: Collection[str], posts: Collection[tuple[str, Place]] = ()) -> Iterator[None]:
    """Around a change of what these people hold, where they read and when they are away, or of who is at these posts.

    What was theirs before, or is after, is tried again: somebody else may be told now, or they themselves elsewhere.
    """
    before = _posts_of(db, people)
    yield
    tell_again(db, {*posts, *before, *_posts_of(db, people)})


def tell_again(db: Connection, posts: Collection[tuple[str, Place]]) -> None:
    """Tries at once what waited for somebody at these posts, and plans again what a refused address left untold.

    So is what they were to be told in the place of another post, at which there was nobody.
    """
    refused = _refused(db)
    for post, team in sorted({(post, team) for post, place in posts for team in _teams_of(db, place)}):
        for own, told, of_team in refused:
            if post in (own, told) and team in ("", of_team):
                alerts.try_again(db, own, of_team)
        messages.try_now(db, post, team)


def _refused(db: Connection) -> list[tuple[str, str, str]]:
    """Posts with something that came back: the post, the post that was told in its place or it itself, and the team."""
    columns = (_ALERT.c.post, _ALERT.c.told_post, _ALERT.c.team)
    rows = db.execute(select(*columns).where(_ALERT.c.state == alerts.UNDELIVERABLE).distinct())
    return [(post, told or post, team or "") for post, told, team in rows]


def _posts_of(db: Connection, people: Collection[str]) -> set[tuple[str, Place]]:
    """What these people hold, or hold while they cover for somebody, whenever; and whatever a worker is told."""
    if not people:
        return set()
    covered = select(_ABSENCE.c.person).where(_ABSENCE.c.cover.in_(people))
    columns = (_HOLDING.c.post, _HOLDING.c.team, _HOLDING.c.service)
    rows = db.execute(select(*columns).where(or_(_HOLDING.c.person.in_(people), _HOLDING.c.person.in_(covered))))
    return {(post, Place(team, service)) for post, team, service in rows} | {(WORKER, Place())}


def _teams_of(db: Connection, place: Place) -> list[str]:
    """The teams for which somebody at a place is told; "" for the whole authority: all of them."""
    if not place.service:
        return [place.team]
    return list(db.scalars(select(_TEAM.c.id).where(_TEAM.c.service == place.service)))
