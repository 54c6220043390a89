"""POST /v1/acknowledgements, and for one clock: a plan for what is late. It never stops a clock, and it lapses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from service import clock
from service.access.keys import Caller
from service.acknowledging import REASONS, Planned, acknowledge
from service.api import problems
from service.api.asking import TheCouncil, needs
from service.api.bodies import asks_for, sent_as
from service.errors import Refused, ServiceError
from service.explaining import clock_named
from service.store.keeping import audit
from service.store.telling import acknowledgements
from service.store.telling.acknowledgements import Acknowledgement

router = APIRouter(prefix="/v1", tags=["acknowledgements"], responses=problems.ANSWERS)

Writer = Annotated[Caller, Depends(needs("clocks:acknowledge"))]
Reader = Annotated[Caller, Depends(needs("clocks:read"))]
Id = Annotated[str, Path(pattern="^[0-9a-f]{20}$")]
_MOST = 200


class PlanSent(BaseModel):
    """Why it is late or will be, for whose post, and the day by which something happens.

    ``reason``: one of the codes that GET /v1/acknowledgements/reasons lists; ``other`` needs ``words``.
    """

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=64)
    next_on: str = Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    post: str = Field(min_length=1, max_length=128)
    words: str = Field("", max_length=500)


class PlansSent(PlanSent):
    """The same plan for several clocks."""

    clocks: list[str] = Field(min_length=1, max_length=_MOST)


class PlanShown(BaseModel):
    """A plan as it stands. ``is_in_force``: the ladder waits for it."""

    clock: str
    due_on: date
    reason: str
    words: str
    post: str
    who: str
    next_on: date
    made_at: datetime
    is_in_force: bool


class PlansShown(BaseModel):
    """Plans, first to last."""

    acknowledgements: list[PlanShown]


@router.post(
    "/clocks/{id}/acknowledgements",
    summary="Plan for one clock: a reason, whose it is, and its next date",
    status_code=201,
    openapi_extra=asks_for(PlanSent),
    responses=problems.BODY_ANSWERS,
)
def post_acknowledgement(
    id: Id, council: TheCouncil, asker: Writer, sent: Annotated[PlanSent, Depends(sent_as(PlanSent))]
) -> PlanShown:
    """The ladder waits to the end of that day. It takes the place of an earlier plan for the same clock."""
    try:
        (made,) = acknowledge(council, [_planned(id, sent)], who=asker.name, origin=asker.origin)
    except ServiceError as refused:
        refused.pointer = refused.pointer.removeprefix("/0").replace("/clock", "/path/id")
        raise
    return _shown(made, is_latest=True)


@router.post(
    "/acknowledgements",
    summary="Plan for several clocks alike, all or none",
    status_code=201,
    openapi_extra=asks_for(PlansSent),
    responses=problems.BODY_ANSWERS,
)
def post_acknowledgements(
    council: TheCouncil, asker: Writer, sent: Annotated[PlansSent, Depends(sent_as(PlansSent))]
) -> PlansShown:
    """An error points at the clock that it is about."""
    plans = [_planned(id, sent) for id in dict.fromkeys(sent.clocks)]
    try:
        made = acknowledge(council, plans, who=asker.name, origin=asker.origin)
    except ServiceError as refused:
        nth, _, field = refused.pointer.strip("/").partition("/")
        refused.pointer = f"/clocks/{nth}" if field == "clock" else f"/{field}"
        raise
    return PlansShown(acknowledgements=[_shown(one, is_latest=True) for one in made])


@router.get("/acknowledgements/reasons", summary="The reasons that a plan may give")
def get_reasons(_asker: Reader) -> dict[str, str]:
    """Each code, and its words."""
    return dict(REASONS)


@router.get("/clocks/{id}/acknowledgements", summary="Every plan that was made for one clock")
def get_acknowledgements(id: Id, council: TheCouncil, asker: Reader) -> PlansShown:
    """First to last; the last one counts."""
    with council.writing() as db:
        found = clock_named(db, id)
        audit.note(db, asker.name, "clock.read", subject=found.subject, origin=asker.origin)
        plans = acknowledgements.of_clock(db, id)
    return PlansShown(acknowledgements=[_shown(one, is_latest=one is plans[-1]) for one in plans])


def _planned(id: str, sent: PlanSent) -> Planned:
    try:
        next_on = date.fromisoformat(sent.next_on)
    except ValueError:
        fix = "write a date that the calendar has, as YYYY-MM-DD"
        raise Refused("the next date is no date", fix=fix, pointer="/next_on") from None
    return Planned(id, sent.reason, next_on, sent.post, sent.words)


def _shown(plan: Acknowledgement, *, is_latest: bool) -> PlanShown:
    said: dict[str, Any] = {name: getattr(plan, name) for name in ("due_on", "reason", "words", "post", "who")}
    return PlanShown(
        clock=plan.clock_id,
        next_on=plan.next_on,
        made_at=plan.made_at,
        is_in_force=is_latest and plan.is_in_force(clock.today()),
        **said,
    )
