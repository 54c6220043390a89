"""The addresses of the administrator's pages: the trail of who read and did what, and the keys to the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from service.web.asking import TheCouncil, own_form
from service.web.forms import Form
from service.web.guard import open_pages
from service.web.pages.office import audit, keys
from service.web.rendering import page
from service.web.routes import Audit, Keys, Seq
from service.web.shown.export import csv_response

router = APIRouter(include_in_schema=False, dependencies=[Depends(open_pages)])

_SEE_OTHER = 303
_REFUSED = 422

OwnForm = Annotated[Form, Depends(own_form)]


@router.get("/audit")
def get_audit(request: Request, council: TheCouncil, viewer: Audit) -> Response:
    return page(request, "audit", audit.view(council, viewer, audit.Asked()))


@router.post("/audit")
def post_audit(request: Request, council: TheCouncil, viewer: Audit, form: OwnForm) -> Response:
    """Changes nothing: it is a form, and no address, so that nobody's name stands in an address."""
    view = audit.view(council, viewer, audit.asked_in(form))
    return page(request, "audit", view, status=_REFUSED if view["errors"] else 200)


@router.post("/audit.csv")
def post_audit_csv(council: TheCouncil, viewer: Audit, form: OwnForm) -> Response:
    return csv_response("audit", audit.COLUMNS, audit.exported(council, viewer, audit.asked_in(form)))


@router.get("/keys")
def get_keys(request: Request, council: TheCouncil, viewer: Keys) -> Response:
    return page(request, "keys", keys.view(council, viewer))


@router.post("/keys")
def post_key(request: Request, council: TheCouncil, viewer: Keys, form: OwnForm) -> Response:
    """Answers with the key itself: it is shown this once, and must not stand in an address to be led to."""
    view, is_made = keys.added(council, viewer, form)
    return page(request, "keys", view, status=200 if is_made else _REFUSED)


@router.get("/keys/{seq}/revoke")
def get_revoke(request: Request, council: TheCouncil, _viewer: Keys, seq: Seq) -> Response:
    return page(request, "key_revoke", keys.asked_to_revoke(council, seq))


@router.post("/keys/{seq}/revoke")
def post_revoke(council: TheCouncil, viewer: Keys, _form: OwnForm, seq: Seq) -> Response:
    keys.revoke(council, viewer, seq)
    return RedirectResponse("/keys", _SEE_OTHER)
