"""GET /v1/reports: the questions asked of the store, as JSON, CSV or HTML."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from service import clock, reports
from service.access.keys import Caller
from service.api import problems
from service.api.asking import Day, TheCouncil, needs
from service.door import BOUNDS
from service.errors import NotFound, Refused
from service.store.keeping import audit

router = APIRouter(prefix="/v1/reports", tags=["reports"], responses=problems.ANSWERS)

Asker = Annotated[Caller, Depends(needs("reports:read"))]


@router.get("", summary="The reports there are")
def get_reports(_asker: Asker) -> dict[str, Any]:
    """Their names, to be asked for one by one."""
    return {"reports": list(reports.NAMES)}


@router.get(
    "/{name}",
    summary="One report, as at a day",
    response_class=Response,
    responses={
        200: {
            "description": "The figures, as the Accept header asks",
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/csv": {"schema": {"type": "string"}},
                "text/html": {"schema": {"type": "string"}},
            },
        }
    },
)
def get_report(
    name: str,
    council: TheCouncil,
    asker: Asker,
    as_at: Day | None = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Figures only, without the children behind them: those are in the service's own copy."""
    if name not in reports.NAMES:
        raise NotFound("there is no report of this name", fix="GET /v1/reports lists them")
    if as_at is not None and not BOUNDS.earliest_on <= as_at <= BOUNDS.latest_on:
        raise Refused("this day is out of range", fix="ask for a day that has events", pointer="/query/as_at")
    report = reports.build(council, name, as_at=as_at or clock.today())
    with council.writing() as db:
        audit.note(db, asker.name, "report.read", detail=name, origin=asker.origin)
    if "text/html" in accept:
        return HTMLResponse(reports.as_html(report, with_children=False))
    if "text/csv" in accept:
        return PlainTextResponse(reports.as_csv(report), media_type="text/csv")
    return Response(reports.as_json(report), media_type="application/json")
