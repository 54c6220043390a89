"""PUT /v1/teams/{id}, PUT /v1/posts: who is told, and where. GET /v1/alerts: who was told what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from service import clock
from service.access.keys import Caller
from service.api import problems
from service.api.asking import IN_DIGITS, TheCouncil, needs
from service.api.bodies import sent_as
from service.api.shown import Alerts, AlertShown
from service.errors import Refused
from service.store import alerts, audit, people
from service.store.session import hold

router = APIRouter(prefix="/v1", tags=["people"], responses=problems.ANSWERS)

Writer = Annotated[Caller, Depends(needs("people:write"))]
Reader = Annotated[Caller, Depends(needs("clocks:read"))]
_MOST = 500
_PEOPLE = {"people"}
"""Two who replace the same posts at once would each delete what is there, and both add theirs."""


class TeamSent(BaseModel):
    """A team, and the address of each of its posts: ``{"team-manager": "…@…"}``."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    service: str | None = Field(None, max_length=200)
    posts: dict[str, str] = Field(default_factory=dict, max_length=50)


class PostsSent(BaseModel):
    """The address of each post of the whole authority: ``{"group-manager-fieldwork": "…@…"}``."""

    model_config = ConfigDict(extra="forbid")

    posts: dict[str, str] = Field(max_length=50)


def _asks_for(model: type[BaseModel]) -> dict[str, Any]:
    """What a route that reads its body by hand says of it."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": model.model_json_schema()}}}}


@router.put(
    "/teams/{id:path}",
    summary="Make or replace a team and the addresses of its posts",
    openapi_extra=_asks_for(TeamSent),
    responses=problems.BODY_ANSWERS,
)
def put_team(
    id: Annotated[str, Path(min_length=1, max_length=128)],
    council: TheCouncil,
    asker: Writer,
    sent: Annotated[TeamSent, Depends(sent_as(TeamSent))],
) -> dict[str, Any]:
    """``id`` is the team as events name it. What nobody could be told is told at the next tick."""
    _check_text("/name", people.wrong_text(sent.name, "name"))
    _check_text("/service", people.wrong_text(sent.service or "", "service", may_be_empty=True))
    _check(sent.posts)
    with council.writing() as db:
        hold(db, _PEOPLE)
        people.put_team(db, id, sent.name, sent.service, sent.posts)
        audit.note(db, asker.name, "team.put", detail=id)
    return {"id": id, **sent.model_dump()}


@router.put(
    "/posts",
    summary="Replace the addresses of the whole authority's posts",
    openapi_extra=_asks_for(PostsSent),
    responses=problems.BODY_ANSWERS,
)
def put_posts(
    council: TheCouncil, asker: Writer, sent: Annotated[PostsSent, Depends(sent_as(PostsSent))]
) -> dict[str, Any]:
    """Posts above the teams: the group manager who gets Monday's report, for one."""
    _check(sent.posts)
    with council.writing() as db:
        hold(db, _PEOPLE)
        people.put_posts(db, people.WHOLE_AUTHORITY, sent.posts)
        audit.note(db, asker.name, "posts.put")
    return sent.model_dump()


@router.get("/teams", summary="Every team and its posts, and who is told nothing for want of an address")
def get_teams(council: TheCouncil, _asker: Reader) -> dict[str, Any]:
    """``unowned``: alerts that are due and have nobody to go to."""
    with council.reading() as db:
        return {
            "teams": [{**team._asdict(), "posts": dict(team.posts)} for team in people.teams(db)],
            "posts": people.posts(db),
            "unowned": [one._asdict() for one in alerts.unowned(db, now=clock.now())],
        }


@router.get("/alerts", summary="What was told to which post about which clock")
def get_alerts(
    council: TheCouncil,
    asker: Reader,
    clock_id: Annotated[str | None, Query(alias="clock", pattern="^[0-9a-f]{20}$")] = None,
    post: Annotated[str | None, Query(max_length=128)] = None,
    state: Annotated[str | None, Query(max_length=32)] = None,
    most: Annotated[int, Query(ge=1, le=_MOST), IN_DIGITS] = 100,
) -> Alerts:
    """The latest first, with the message that carried each and when it was sent."""
    with council.writing() as db:
        found = alerts.listed(db, clock_id=clock_id, post=post, state=state, most=most)
        audit.note(db, asker.name, "alerts.listed", detail=f"{len(found)} alerts")
    return Alerts(alerts=[AlertShown(**one) for one in found])


def _check(posts: dict[str, str]) -> None:
    for post, address in posts.items():
        _check_text("/posts", people.wrong_post(post) or people.wrong_address(address))


def _check_text(pointer: str, wrong: tuple[str, str] | None) -> None:
    if wrong is not None:
        raise Refused(wrong[0], fix=wrong[1], pointer=pointer)
