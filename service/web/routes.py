"""The addresses of the pages: each says what its reader must be allowed, and hands its view to its template."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BeforeValidator, StringConstraints
from starlette.responses import FileResponse, HTMLResponse, Response

from service.access.viewers import Viewer
from service.errors import NotFound
from service.web.asking import ANYBODY, TheCouncil, needs
from service.web.guard import open_pages
from service.web.pages import child, clock, law, papers, problems, week
from service.web.pages.office import fatigue, outbox, people, watching
from service.web.rendering import STATIC, page
from service.web.shown.export import csv_response

router = APIRouter(include_in_schema=False, dependencies=[Depends(open_pages)])

_MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
_A_DAY = "private, max-age=86400"
_NO_NUL = "^[^\\x00]*$"
"""PostgreSQL has no such character, and refuses the question rather than the answer."""


def _given(value: object) -> object:
    """A form sends an empty value for what was left open."""
    return None if value == "" else value


Cases = Annotated[Viewer, Depends(needs("cases"))]
Problems = Annotated[Viewer, Depends(needs("problems"))]
Reports = Annotated[Viewer, Depends(needs("reports"))]
Law = Annotated[Viewer, Depends(needs("law"))]
People = Annotated[Viewer, Depends(needs("people"))]
Telling = Annotated[Viewer, Depends(needs("telling"))]
Mail = Annotated[Viewer, Depends(needs("mail"))]
Service = Annotated[Viewer, Depends(needs("service"))]
Keys = Annotated[Viewer, Depends(needs("keys"))]
Audit = Annotated[Viewer, Depends(needs("audit"))]
Anybody = Annotated[Viewer, Depends(needs(ANYBODY))]
_Short = Annotated[str, StringConstraints(max_length=128, pattern=_NO_NUL)]
Name = Annotated[_Short | None, BeforeValidator(_given), Query()]
_is_id = re.compile("[0-9a-f]{20}").fullmatch


def _id(id: str) -> str:
    """A clock's id; for what cannot be one there is no clock, as for one that is not there."""
    if not _is_id(id):
        raise NotFound("there is no clock of this id", fix="the list of clocks shows those there are")
    return id


Id = Annotated[str, Depends(_id)]
Seq = Annotated[int, Path(ge=1, le=2**62)]
Before = Annotated[int | None, Query(ge=1, le=2**62)]


@router.get("/")
def get_week(request: Request, council: TheCouncil, viewer: Cases, team: Name = None) -> Response:
    return page(request, "week", week.view(council, viewer, team))


@router.get("/clocks/{id}")
def get_clock(request: Request, council: TheCouncil, viewer: Cases, id: Id) -> Response:
    return page(request, "clock", clock.view(council, viewer, id))


@router.get("/subjects/{ref:path}/looked")
def get_looked(request: Request, council: TheCouncil, viewer: Cases, ref: _Short, before: Before = None) -> Response:
    return page(request, "looked", child.looked(council, viewer, ref, before))


@router.get("/subjects/{ref:path}")
def get_subject(request: Request, council: TheCouncil, viewer: Cases, ref: _Short) -> Response:
    return page(request, "child", child.view(council, viewer, ref))


@router.get("/outbox")
def get_outbox(
    request: Request, council: TheCouncil, _viewer: Mail, before: Annotated[int | None, Query(ge=1, le=2**62)] = None
) -> Response:
    return page(request, "outbox", outbox.listed(council, before))


@router.get("/outbox/{seq}")
def get_mail(request: Request, council: TheCouncil, _viewer: Mail, seq: Seq) -> Response:
    return page(request, "mail", outbox.one(council, seq))


@router.get("/outbox/{seq}/html")
def get_mail_html(council: TheCouncil, _viewer: Mail, seq: Seq) -> Response:
    return HTMLResponse(outbox.html_of(council, seq), headers={"Content-Security-Policy": _MAIL_POLICY})


@router.get("/people")
def get_people(request: Request, council: TheCouncil, viewer: People) -> Response:
    return page(request, "people", people.view(council, viewer))


@router.get("/telling")
def get_telling(request: Request, council: TheCouncil, _viewer: Telling) -> Response:
    return page(request, "fatigue", fatigue.view(council))


@router.get("/problems")
def get_problems(request: Request, council: TheCouncil, viewer: Problems, team: Name = None) -> Response:
    return page(request, "problems", problems.view(council, viewer, team))


@router.get("/problems.csv")
def get_problems_as_file(council: TheCouncil, viewer: Problems, team: Name = None) -> Response:
    return csv_response("data-problems", problems.COLUMNS, problems.exported(council, viewer, team))


def _asked_of_law(
    area: Name = None, show: Annotated[law.Kept | None, BeforeValidator(_given), Query()] = None
) -> law.Asked:
    return law.Asked(area, show or law.Kept.ALL)


@router.get("/rules")
def get_rules(
    request: Request, council: TheCouncil, viewer: Law, asked: Annotated[law.Asked, Depends(_asked_of_law)]
) -> Response:
    return page(request, "rules", law.listed(council, viewer, asked))


@router.get("/rules/{id}")
def get_rule(request: Request, council: TheCouncil, viewer: Law, id: _Short) -> Response:
    return page(request, "rule", law.one(council, viewer, id))


@router.get("/reports")
def get_reports(request: Request, council: TheCouncil, _viewer: Reports) -> Response:
    return page(request, "reports", papers.listed(council))


@router.get("/reports/{name}")
def get_report(
    request: Request,
    council: TheCouncil,
    viewer: Reports,
    name: _Short,
    as_at: Annotated[date | None, BeforeValidator(_given), Query()] = None,
) -> Response:
    return page(request, "report", papers.whole(council, viewer, name, as_at))


@router.get("/reports/{name}/{form}")
def get_report_download(
    council: TheCouncil,
    viewer: Reports,
    name: _Short,
    form: _Short,
    as_at: Annotated[date | None, BeforeValidator(_given), Query()] = None,
) -> Response:
    content, file = papers.download(council, viewer, name, form, as_at)
    named = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(content, media_type=papers.DOWNLOADS[form].media_type, headers=named)


@router.get("/watch")
def get_watch(request: Request, council: TheCouncil, _viewer: Service) -> Response:
    return page(request, "watch", watching.view(council))


@router.get("/static/{name}")
def get_static(name: str) -> Response:
    if name not in STATIC:
        raise NotFound("There is no such thing", fix="GET /openapi.json lists what there is")
    return FileResponse(STATIC[name], headers={"Cache-Control": _A_DAY})
