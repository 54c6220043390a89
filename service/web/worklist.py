"""The addresses of the list that a manager works from: the list, the same to take away, and plans for what is late."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from service.access.viewers import Viewer
from service.web.asking import TheCouncil, needs, own_form
from service.web.forms import Form
from service.web.guard import open_pages
from service.web.pages import listing, planning, taking
from service.web.rendering import page
from service.web.routes import Cases, Id
from service.web.shown.asked import FILE, LIST, Asked, asked_for, asked_in
from service.web.shown.export import csv_response

router = APIRouter(include_in_schema=False, dependencies=[Depends(open_pages)])

_SEE_OTHER = 303
_REFUSED = 422

Plans = Annotated[Viewer, Depends(needs("plan"))]
OwnForm = Annotated[Form, Depends(own_form)]


def _asked(request: Request) -> Asked:
    return asked_for(request.query_params.multi_items())


AskedFor = Annotated[Asked, Depends(_asked)]


@router.get(LIST)
def get_clocks(request: Request, council: TheCouncil, viewer: Cases, asked: AskedFor) -> Response:
    return page(request, "clocks", listing.view(council, viewer, asked))


@router.get(FILE)
def get_clocks_csv(council: TheCouncil, viewer: Cases, asked: AskedFor) -> Response:
    return csv_response("clocks", taking.COLUMNS, taking.exported(council, viewer, asked))


@router.post("/clocks/plan")
def post_plans(request: Request, council: TheCouncil, viewer: Plans, form: OwnForm) -> Response:
    """From the list: first the chosen clocks with the limits of a plan for them; then, from there, the plan is kept."""
    ids, asked = form.all("clock"), asked_in(form.one("list"))
    if form.one("step") == "save":
        kept = planning.saved(council, viewer, ids, form, action="/clocks/plan", list_query=asked.query)
        if kept.saved:
            return RedirectResponse(asked.link(saved=kept.saved), _SEE_OTHER)
        return page(request, "plan", kept.view, status=_REFUSED)
    if not ids:
        nothing = {"chosen": "Choose the clocks that the plan is for"}
        return page(request, "clocks", listing.view(council, viewer, asked, errors=nothing), status=_REFUSED)
    view = planning.shown(council, viewer, ids, action="/clocks/plan", list_query=asked.query)
    return page(request, "plan", view)


@router.get("/clocks/{id}/plan")
def get_plan(request: Request, council: TheCouncil, viewer: Plans, id: Id) -> Response:
    return page(request, "plan", planning.shown(council, viewer, [id], action=f"/clocks/{id}/plan"))


@router.post("/clocks/{id}/plan")
def post_plan(request: Request, council: TheCouncil, viewer: Plans, form: OwnForm, id: Id) -> Response:
    """For one clock, from its own page."""
    kept = planning.saved(council, viewer, [id], form, action=f"/clocks/{id}/plan")
    if kept.saved:
        return RedirectResponse(f"/clocks/{id}?saved={kept.saved}", _SEE_OTHER)
    return page(request, "plan", kept.view, status=_REFUSED)
