"""GET /v1/clocks: lists, one clock, and why it has the dates it has."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from starlette.responses import JSONResponse, PlainTextResponse, Response

from rules.model import DUTY, Clock, Status
from service import clock
from service.access.keys import Caller
from service.api import problems
from service.api.asking import IN_DIGITS, Day, TheCouncil, needs
from service.api.shown import ClockShown, ClocksPage, ClockWithJournal, JournalRow
from service.errors import Refused
from service.explaining import clock_named, explanation_of
from service.store import clocks
from service.store.keeping import audit
from service.store.seeing import caseload

router = APIRouter(prefix="/v1/clocks", tags=["clocks"], responses=problems.ANSWERS)

Asker = Annotated[Caller, Depends(needs("clocks:read"))]
Name = Annotated[str | None, Query(max_length=128)]
_ID = "[0-9a-f]{20}"
Id = Annotated[str, Path(pattern=f"^{_ID}$")]
_MOST = 500
_is_id = re.compile(_ID).fullmatch


@router.get("", summary="Clocks by status, team, worker, timescale or due date, a page at a time")
def get_clocks(
    council: TheCouncil,
    asker: Asker,
    status: Status | None = None,
    team: Name = None,
    worker: Name = None,
    timescale: Name = None,
    measure: Annotated[str, Query(max_length=64)] = DUTY,
    due_before: Day | None = None,
    after: Annotated[str | None, Query(max_length=200, description="next, from the page before")] = None,
    most: Annotated[int, Query(ge=1, le=_MOST), IN_DIGITS] = 100,
) -> ClocksPage:
    """In order of due date. ``next`` is the place to go on from; null at the end."""
    on = clock.today()
    wanted = caseload.Wanted(
        status=status, team=team, worker=worker, timescale=timescale, measure=measure, due_before=due_before
    )
    with council.writing() as db:
        found = caseload.listed(db, wanted, on, most=most + 1, after=_place(after) if after else None)
        for subject in sorted({one.subject for one in found[:most]}):
            audit.note(db, asker.name, "clocks.listed", subject=subject, origin=asker.origin)
    more = found[most - 1] if len(found) > most else None
    shown = [ClockShown.of(one, on) for one in found[:most]]
    return ClocksPage(as_at=on, clocks=shown, next=_place_of(more) if more else None)


@router.get("/{id}", summary="One clock, with its journal")
def get_clock(id: Id, council: TheCouncil, asker: Asker) -> ClockWithJournal:
    """The clock, and everything that ever happened to it: when, why, and which event did it."""
    with council.writing() as db:
        found = clock_named(db, id)
        audit.note(db, asker.name, "clock.read", subject=found.subject, origin=asker.origin)
        journal = clocks.journal_of(db, id)
    rows = [JournalRow(at=row.at, change=row.kind, reason=row.reason, event=row.event_seq) for row in journal]
    return ClockWithJournal(clock=ClockShown.of(found, clock.today()), journal=rows)


@router.get(
    "/{id}/explanation",
    summary="Why this date: day by day, with the law it rests on",
    response_class=Response,
    responses={
        200: {
            "description": "The same in JSON, and in words to be read aloud",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/plain": {"schema": {"type": "string"}},
            },
        }
    },
)
def get_explanation(
    id: Id, council: TheCouncil, asker: Asker, accept: Annotated[str, Header(include_in_schema=False)] = ""
) -> Response:
    """JSON, or plain text with ``Accept: text/plain``."""
    with council.writing() as db:
        found = clock_named(db, id)
        audit.note(db, asker.name, "clock.explained", subject=found.subject, origin=asker.origin)
        explanation = explanation_of(council, db, found)
    if "text/plain" in accept:
        return PlainTextResponse(explanation.as_text())
    return JSONResponse(explanation.as_dict())


def _place_of(one: Clock) -> str:
    place = f"{one.due_on.isoformat() if one.due_on else ''} {one.id}"
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _place(text: str) -> tuple[date | None, str]:
    try:
        due_on, id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(" ")
        if _is_id(id):
            return (date.fromisoformat(due_on) if due_on else None), id
    except (ValueError, binascii.Error):
        pass  # said below, in the same words as for an id that is none
    raise Refused("after is not a place we gave", fix="send back `next` unchanged", pointer="/query/after")
