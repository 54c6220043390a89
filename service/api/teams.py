"""PUT /v1/teams/{id}, PUT /v1/posts: teams, and the mailboxes of posts. GET /v1/teams: who is told now for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from service import clock, posts
from service.access.keys import Caller
from service.api import problems
from service.api.asking import TheCouncil, needs
from service.api.bodies import asks_for, sent_as
from service.council import Council
from service.errors import Refused
from service.posts import Standing
from service.store import people
from service.store.keeping import audit
from service.store.session import hold
from service.store.telling import told

router = APIRouter(prefix="/v1", tags=["people"], responses=problems.ANSWERS)

Writer = Annotated[Caller, Depends(needs("people:write"))]
Reader = Annotated[Caller, Depends(needs("clocks:read"))]


class TeamSent(BaseModel):
    """A team, and the mailbox of each of its posts: ``{"team-manager": "…@…"}``."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    service: str | None = Field(None, max_length=200)
    posts: dict[str, str] = Field(default_factory=dict, max_length=50)


class PostsSent(BaseModel):
    """The mailbox of each post of the whole authority, or of a service: ``{"group-manager-fieldwork": "…@…"}``."""

    model_config = ConfigDict(extra="forbid")

    posts: dict[str, str] = Field(max_length=50)
    service: str | None = Field(None, min_length=1, max_length=200)


class PostShown(BaseModel):
    """Who is told now what a post is to be told. ``told_post`` is another where nobody is at the post; null: nobody."""

    post: str
    is_held: bool
    told_post: str | None
    why: str | None
    """``holder``, ``cover``, ``deputy``, ``mailbox`` or ``next rung``."""
    person: str | None
    away: str | None
    """Whom the person covers for."""
    until: date | None


class TeamShown(BaseModel):
    """A team, the mailboxes of its posts, and who is told now for every post that a ladder tells."""

    id: str
    name: str
    service: str | None
    posts: dict[str, str]
    told: list[PostShown]


class ServiceShown(BaseModel):
    """The mailboxes of a service's posts."""

    service: str
    posts: dict[str, str]


class UnownedShown(BaseModel):
    """Clocks of a timescale that a post should have been told of, and was not; ``told_post``: who was in its place."""

    team: str | None
    post: str
    timescale: str
    clocks: int
    oldest_due_on: date
    why: str
    told_post: str | None


class TeamsShown(BaseModel):
    """``posts``: mailboxes of the whole authority. ``told``: for what is in no team, and the posts that get reports."""

    as_at: date
    teams: list[TeamShown]
    services: list[ServiceShown]
    posts: dict[str, str]
    told: list[PostShown]
    unowned: list[UnownedShown]


@router.put(
    "/teams/{id:path}",
    summary="Make or replace a team and the mailboxes of its posts",
    openapi_extra=asks_for(TeamSent),
    responses=problems.BODY_ANSWERS,
)
def put_team(
    id: Annotated[str, Path(min_length=1, max_length=128)],
    council: TheCouncil,
    asker: Writer,
    sent: Annotated[TeamSent, Depends(sent_as(TeamSent))],
) -> dict[str, Any]:
    """``id`` is the team as events name it. Who holds a post stays as it is; what nobody was told is told at once."""
    refuse("/name", people.wrong_text(sent.name, "name"))
    refuse("/service", people.wrong_text(sent.service or "", "service", may_be_empty=True))
    _check(council, sent.posts)
    with council.writing() as db:
        hold(db, posts.PEOPLE)
        people.put_team(db, id, sent.name, sent.service, sent.posts)
        audit.note(db, asker.name, "team.put", detail=id, origin=asker.origin)
    return {"id": id, **sent.model_dump()}


@router.put(
    "/posts",
    summary="Replace the mailboxes of the whole authority's posts, or of a service's",
    openapi_extra=asks_for(PostsSent),
    responses=problems.BODY_ANSWERS,
)
def put_posts(
    council: TheCouncil, asker: Writer, sent: Annotated[PostsSent, Depends(sent_as(PostsSent))]
) -> dict[str, Any]:
    """Posts above the teams: the group manager who gets Monday's report, for one."""
    _check(council, sent.posts)
    with council.writing() as db:
        hold(db, posts.PEOPLE)
        if sent.service and sent.service not in (known := people.services(db)):
            fix = people.unknown_service(sent.service, known)
            raise Refused("no team belongs to this service", fix=fix, pointer="/service")
        people.put_posts(db, people.WHOLE_AUTHORITY, sent.posts, service=sent.service or "")
        audit.note(
            db,
            asker.name,
            "posts.put",
            detail="of a service" if sent.service else "of the whole authority",
            origin=asker.origin,
        )
    return sent.model_dump()


@router.get("/teams", summary="Every team and its posts, who is told now for each, and what nobody could be told")
def get_teams(council: TheCouncil, _asker: Reader) -> TeamsShown:
    """``unowned``: alerts that are due and have nobody at their post to go to."""
    now, today = clock.now(), clock.today()
    ladders = council.law.ladders
    with council.reading() as db:
        directory = posts.directory_on(db, council, today)
        apart = [*posts.standing_of(directory, ladders, ""), *posts.standing_apart(directory, ladders)]
        return TeamsShown(
            as_at=today,
            teams=[
                TeamShown(
                    **{**team._asdict(), "posts": dict(team.posts)},
                    told=_shown(posts.standing_of(directory, ladders, team.id)),
                )
                for team in people.teams(db)
            ],
            services=[ServiceShown(service=name, posts=of) for name, of in people.posts_of_services(db).items()],
            posts=people.posts(db),
            told=_shown(apart),
            unowned=[UnownedShown(**one._asdict()) for one in told.unowned(db, directory, now=now)],
        )


def refuse(pointer: str, wrong: people.Wrong | None) -> None:
    """Refuses what cannot be right, where something is wrong."""
    if wrong is not None:
        raise Refused(wrong[0], fix=wrong[1], pointer=pointer)


def _shown(standings: Iterable[Standing]) -> list[PostShown]:
    return [
        PostShown(
            post=one.post,
            is_held=one.is_held,
            told_post=one.told.post if one.told else None,
            why=one.told.why if one.told else None,
            person=one.told.person if one.told else None,
            away=one.told.away if one.told else None,
            until=one.told.until if one.told else None,
        )
        for one in standings
    ]


def _check(council: Council, sent: Mapping[str, str]) -> None:
    bounds = posts.bounds(council)
    for post, address in sent.items():
        refuse("/posts", people.wrong_post(post, bounds) or people.wrong_address(address, bounds.domains))
