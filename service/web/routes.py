"""The addresses of the pages: each asks for its view and hands it to its template. GET only: no case is changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BeforeValidator, StringConstraints
from starlette.responses import FileResponse, HTMLResponse, Response

from service.council import Council
from service.errors import NotFound
from service.web.guard import only_here
from service.web.pages import child, clock, fatigue, law, listing, outbox, papers, people, problems, watching, week
from service.web.rendering import STATIC, page

router = APIRouter(include_in_schema=False, dependencies=[Depends(only_here)])

_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
# A report keeps its looks in itself, so that it can be saved and mailed; it runs no script and fetches nothing.
_REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
_A_DAY = "private, max-age=86400"
_NO_NUL = "^[^\\x00]*$"
"""PostgreSQL has no such character, and refuses the question rather than the answer."""


def _council(request: Request) -> Council:
    council: Council = request.app.state.council
    return council


def _given(value: object) -> object:
    """A form sends an empty value for what was left open."""
    return None if value == "" else value


TheCouncil = Annotated[Council, Depends(_council)]
_Short = Annotated[str, StringConstraints(max_length=128, pattern=_NO_NUL)]
Name = Annotated[_Short | None, BeforeValidator(_given), Query()]
Id = Annotated[str, Path(pattern="^[0-9a-f]{20}$")]
Seq = Annotated[int, Path(ge=1, le=2**62)]


@router.get("/")
def get_week(request: Request, council: TheCouncil, team: Name = None) -> Response:
    return page(request, "week", week.view(council, team))


def _asked(
    team: Name = None,
    timescale: Name = None,
    status: Annotated[listing.Show | None, BeforeValidator(_given), Query()] = None,
    after: Name = None,
) -> listing.Asked:
    return listing.Asked(team, timescale, status or listing.Show.RUNNING, after)


@router.get("/clocks")
def get_clocks(request: Request, council: TheCouncil, asked: Annotated[listing.Asked, Depends(_asked)]) -> Response:
    return page(request, "clocks", listing.view(council, asked))


@router.get("/clocks/{id}")
def get_clock(request: Request, council: TheCouncil, id: Id) -> Response:
    return page(request, "clock", clock.view(council, id))


@router.get("/subjects/{ref:path}")
def get_subject(request: Request, council: TheCouncil, ref: _Short) -> Response:
    return page(request, "child", child.view(council, ref))


@router.get("/outbox")
def get_outbox(
    request: Request, council: TheCouncil, before: Annotated[int | None, Query(ge=1, le=2**62)] = None
) -> Response:
    return page(request, "outbox", outbox.listed(council, before))


@router.get("/outbox/{seq}")
def get_mail(request: Request, council: TheCouncil, seq: Seq) -> Response:
    return page(request, "mail", outbox.one(council, seq))


@router.get("/outbox/{seq}/html")
def get_mail_html(council: TheCouncil, seq: Seq) -> Response:
    return HTMLResponse(outbox.html_of(council, seq), headers={"Content-Security-Policy": _MAIL_POLICY})


@router.get("/people")
def get_people(request: Request, council: TheCouncil) -> Response:
    return page(request, "people", people.view(council))


@router.get("/telling")
def get_telling(request: Request, council: TheCouncil) -> Response:
    return page(request, "fatigue", fatigue.view(council))


@router.get("/problems")
def get_problems(request: Request, council: TheCouncil) -> Response:
    return page(request, "problems", problems.view(council))


@router.get("/rules")
def get_rules(request: Request, council: TheCouncil) -> Response:
    return page(request, "rules", law.listed(council))


@router.get("/rules/{id}")
def get_rule(request: Request, council: TheCouncil, id: _Short) -> Response:
    return page(request, "rule", law.one(council, id))


@router.get("/reports")
def get_reports(request: Request, council: TheCouncil) -> Response:
    return page(request, "reports", papers.listed(council))


@router.get("/reports/{name}")
def get_report(
    council: TheCouncil,
    name: _Short,
    as_at: Annotated[date | None, BeforeValidator(_given), Query()] = None,
) -> Response:
    return HTMLResponse(papers.whole(council, name, as_at), headers={"Content-Security-Policy": _REPORT_POLICY})


@router.get("/watch")
def get_watch(request: Request, council: TheCouncil) -> Response:
    return page(request, "watch", watching.view(council))


@router.get("/static/{name}")
def get_static(name: str) -> Response:
    if name not in STATIC:
        raise NotFound("There is no such thing", fix="GET /openapi.json lists what there is")
    return FileResponse(STATIC[name], headers={"Cache-Control": _A_DAY})
