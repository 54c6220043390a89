"""PUT, DELETE /v1/people/{id}: who holds which post, and who is away. GET /v1/people, GET /v1/alerts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from service import clock, posts
from service.access.keys import Caller
from service.api import problems
from service.api.asking import IN_DIGITS, TheCouncil, needs
from service.api.bodies import asks_for, sent_as
from service.api.shown import Alerts, AlertShown
from service.api.teams import refuse
from service.errors import NotFound
from service.store import people
from service.store.keeping import audit
from service.store.people import Absence, Bounds, Holding, Person, Wrong
from service.store.session import hold
from service.store.telling import told

router = APIRouter(prefix="/v1", tags=["people"], responses=problems.ANSWERS)

Writer = Annotated[Caller, Depends(needs("people:write"))]
Reader = Annotated[Caller, Depends(needs("clocks:read"))]
PersonId = Annotated[str, Path(min_length=1, max_length=128)]
_MOST = 500
_AS_DATE, _AS_HOUR = "[0-9]{4}-[0-9]{2}-[0-9]{2}", "([01][0-9]|2[0-3]):[0-5][0-9]"


def _read_day(sent: object) -> object:
    if type(sent) is date:  # ours, on the way out
        return sent
    try:
        if isinstance(sent, str) and re.fullmatch(_AS_DATE, sent):
            return date.fromisoformat(sent)
    except ValueError:  # a day that no calendar has is refused like one written in another way
        pass
    raise PydanticCustomError("day", "write a date that the calendar has, as YYYY-MM-DD")


def _read_hour(sent: object) -> object:
    if type(sent) is time:  # ours, on the way out
        return sent
    if isinstance(sent, str) and re.fullmatch(_AS_HOUR, sent):
        return time.fromisoformat(sent)
    raise PydanticCustomError("hour", "write an hour of the day as HH:MM")


SentDay = Annotated[date, BeforeValidator(_read_day)]
SentHour = Annotated[
    time,
    BeforeValidator(_read_hour),
    PlainSerializer(lambda hour: f"{hour:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{_AS_HOUR}$"}),
]


class HoldingSent(BaseModel):
    """A post that a person holds, or is the deputy of, from one day to another, both included.

    Of a team, of a service, or (neither) of the whole authority. No ``from_on``: from the beginning; no ``to_on``:
    until further.
    """

    model_config = ConfigDict(extra="forbid")

    post: str = Field(min_length=1, max_length=200)
    team: str = Field("", max_length=128)
    service: str = Field("", max_length=200)
    from_on: SentDay | None = None
    to_on: SentDay | None = None
    is_deputy: bool = False


class AbsenceSent(BaseModel):
    """Days, both included, on which a person is away, and who covers; nobody named: the deputy of each post."""

    model_config = ConfigDict(extra="forbid")

    from_on: SentDay
    to_on: SentDay
    cover: str | None = Field(None, min_length=1, max_length=128)


class PersonSent(BaseModel):
    """Where a person reads, from which hour (the ladder's own, or later), what they hold, and when they are away."""

    model_config = ConfigDict(extra="forbid")

    address: str = Field(max_length=254)
    digest_at: SentHour | None = None
    holdings: list[HoldingSent] = Field(default_factory=list, max_length=50)
    absences: list[AbsenceSent] = Field(default_factory=list, max_length=100)


class PersonShown(PersonSent):
    """A person as they stand."""

    id: str


class PeopleShown(BaseModel):
    """Everybody, by reference."""

    people: list[PersonShown]


@router.put(
    "/people/{id:path}",
    summary="Make or replace a person: their address, posts and absences",
    openapi_extra=asks_for(PersonSent),
    responses=problems.BODY_ANSWERS,
)
def put_person(
    id: PersonId, council: TheCouncil, asker: Writer, sent: Annotated[PersonSent, Depends(sent_as(PersonSent))]
) -> PersonShown:
    """``id`` is the worker as events name them. What is not sent ends. What nobody could be told is told at once."""
    refuse("/path/id", people.wrong_reference(id, "person"))
    for pointer, wrong in _wrong(sent, posts.bounds(council)):
        refuse(pointer, wrong)
    with council.writing() as db:
        hold(db, posts.PEOPLE)
        people.put_person(db, _person(id, sent))
        audit.note(db, asker.name, "person.put", detail=id, origin=asker.origin)
    return PersonShown(id=id, **sent.model_dump())


@router.delete("/people/{id:path}", summary="End everything that a person holds: a leaver", status_code=204)
def delete_person(id: PersonId, council: TheCouncil, asker: Writer) -> None:
    """From today they are told nothing, cover for nobody and have no address. What they were told stays known."""
    with council.writing() as db:
        hold(db, posts.PEOPLE)
        if not people.end_person(db, id, on=clock.today()):
            raise NotFound("there is no person of this reference", fix="GET /v1/people lists them")
        audit.note(db, asker.name, "person.ended", detail=id, origin=asker.origin)


@router.get("/people", summary="Everybody who may hold a post, with what they hold and when they are away")
def get_people(council: TheCouncil, asker: Writer) -> PeopleShown:
    """Asks for the scope that writes them: a reference and an address are personal."""
    with council.writing() as db:
        found = people.persons(db)
        audit.note(db, asker.name, "people.listed", detail=f"{len(found)} people", origin=asker.origin)
    return PeopleShown(people=[_shown(person) for person in found])


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
        found = told.listed(db, clock_id=clock_id, post=post, state=state, most=most)
        audit.note(db, asker.name, "alerts.listed", detail=f"{len(found)} alerts", origin=asker.origin)
    return Alerts(alerts=[AlertShown(**one) for one in found])


def _wrong(sent: PersonSent, bounds: Bounds) -> Iterator[tuple[str, Wrong | None]]:
    yield "/address", people.wrong_address(sent.address, bounds.domains)
    yield "/digest_at", people.wrong_hour(sent.digest_at, bounds)
    for nth, held in enumerate(sent.holdings):
        yield f"/holdings/{nth}/post", people.wrong_holding(held.post, bounds)
        yield f"/holdings/{nth}", people.wrong_period(held.from_on or date.min, held.to_on, "holding")
    for nth, away in enumerate(sent.absences):
        yield f"/absences/{nth}", people.wrong_period(away.from_on, away.to_on, "absence")


def _person(id: str, sent: PersonSent) -> Person:
    return Person(
        id,
        sent.address,
        sent.digest_at,
        tuple(
            Holding(held.post, held.team, held.service, held.from_on or date.min, held.to_on, held.is_deputy)
            for held in sent.holdings
        ),
        tuple(Absence(away.from_on, away.to_on, away.cover) for away in sent.absences),
    )


def _shown(person: Person) -> PersonShown:
    return PersonShown(
        id=person.id,
        address=person.address,
        digest_at=person.digest_at,
        holdings=[
            HoldingSent(**{**held._asdict(), "from_on": held.from_on if held.from_on > date.min else None})
            for held in person.holdings
        ],
        absences=[AbsenceSent(**away._asdict()) for away in person.absences],
    )
