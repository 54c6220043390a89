"""GET /v1/timescales, /v1/event-types, /v1/calendar/due: the law, the events it knows, and its arithmetic."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from rules import CATALOGUE, CannotCount
from rules.model import Counting, Limit, Unit
from rules.telling.browse import described
from rules.workdays import due
from service.access.keys import Caller
from service.api import problems
from service.api.asking import IN_DIGITS, Day, TheCouncil, needs
from service.api.shown import DueDate
from service.errors import NotFound, Refused

router = APIRouter(prefix="/v1", tags=["law"], responses=problems.ANSWERS)

Asker = Annotated[Caller, Depends(needs("clocks:read"))]
_MOST = 10_000


@router.get("/timescales", summary="Every timescale, with its law")
def get_timescales(council: TheCouncil, _asker: Asker) -> dict[str, Any]:
    """What starts each, what stops it, how long, since when, where that is written, and how sure we are."""
    return {
        "authority": council.law.authority,
        "law": council.law.fingerprint,
        "timescales": [described(one, council.law.ladders) for one in council.law.timescales.values()],
    }


@router.get("/timescales/{id}", summary="One timescale")
def get_timescale(id: str, council: TheCouncil, _asker: Asker) -> dict[str, Any]:
    """The same for one, by its id."""
    found = council.law.timescales.get(id)
    if found is None:
        raise NotFound("there is no timescale of this id", fix="GET /v1/timescales lists them")
    return described(found, council.law.ladders)


@router.get("/event-types", summary="Every type of event that can be sent")
def get_event_types(_asker: Asker) -> dict[str, Any]:
    """Each with its own fields, and the columns of the statutory returns that know it."""
    return {
        "event_types": [
            {
                "type": kind.name,
                "says": kind.says,
                "fields": [field._asdict() for field in kind.fields.values()],
                "columns": dict(kind.columns),
            }
            for kind in CATALOGUE.values()
        ]
    }


@router.get("/calendar/due", summary="A due date, counted as the clocks count it")
def get_due(
    council: TheCouncil,
    _asker: Asker,
    start: Annotated[Day, Query(description="day 0")],
    count: Annotated[int, Query(ge=-_MOST, le=_MOST, description="negative: that many before"), IN_DIGITS],
    unit: Unit = Unit.WORKING_DAYS,
    counting: Counting = Counting.DAY_AFTER,
) -> DueDate:
    """England and Wales bank holidays. ``provisional``: it rests on a year whose holidays are not yet published."""
    try:
        due_on, is_provisional = due(start, Limit(count, unit), council.calendar, counting)
    except CannotCount as error:
        raise Refused(str(error), fix="choose a start that the calendar covers", pointer="/query/start") from None
    return DueDate(start=start, count=count, unit=unit, due=due_on, provisional=is_provisional)
