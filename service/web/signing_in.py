"""Signing in and out: with the authority's own sign-in service; in the demonstration, as any of its posts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from service.access import sessions
from service.access.viewers import Viewer
from service.council import Council
from service.errors import NotFound, Refused
from service.store.sessions import Session
from service.web.asking import ANYBODY, TheCouncil, came_from_here, cookie_name, needs, origin_of, own_form
from service.web.forms import Form, read_form
from service.web.guard import open_pages
from service.web.keeping import set_cookie
from service.web.pages import choosing
from service.web.rendering import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(open_pages)])

SIGN_IN = "/sign-in"
_SEE_OTHER = 303
_LONGEST = 512

AnyForm = Annotated[Form, Depends(read_form)]
BackTo = Annotated[str, Query(max_length=_LONGEST)]


@router.get(SIGN_IN)
def get_sign_in(request: Request, council: TheCouncil, back_to: BackTo = "") -> Response:
    """Who are you? In the demonstration a list to choose from."""
    if council.is_demonstration:
        return page(request, "choosing", choosing.view(council, _here(back_to)))
    return page(request, "sign_in", {"back_to": _here(back_to)})


@router.post(f"{SIGN_IN}/as")
def post_sign_in_as(request: Request, council: TheCouncil, form: AnyForm) -> Response:
    """Signs in as one of the demonstration's posts. Impossible anywhere else."""
    if not council.is_demonstration:
        raise NotFound("There is no such thing", fix="sign in with your own account")
    came_from_here(request)
    chosen = choosing.chosen(council, form.one("who"))
    if chosen is None:
        raise Refused("this is nobody of the demonstration", fix="choose from the list")
    post, team, service = chosen.held
    session = Session(chosen.person, (), ((post, team, service),), sessions.ends_at(council))
    held = sessions.begin(council, session, actor=f"{chosen.person} ({chosen.held.where})", origin=origin_of(request))
    return _go(council, _here(form.one("back_to")) or chosen.start, held)


@router.post("/sign-out")
def post_sign_out(
    request: Request,
    council: TheCouncil,
    viewer: Annotated[Viewer, Depends(needs(ANYBODY))],
    _form: Annotated[Form, Depends(own_form)],
) -> Response:
    """Signs out, at once and everywhere this session was copied to."""
    held = request.cookies.get(cookie_name(council))
    sessions.end(council, held, actor=viewer.actor, origin=viewer.origin)
    request.state.cookie = None
    return _go(council, SIGN_IN, "")


def _go(council: Council, path: str, cookie: str) -> Response:
    response = RedirectResponse(path, status_code=_SEE_OTHER)
    response.headers.append("set-cookie", set_cookie(council, cookie))
    return response


def _here(back_to: str) -> str:
    """A page of ours to go back to; empty for anything else, such as ``//elsewhere.example``."""
    is_ours = back_to.startswith("/") and not back_to.startswith(("//", "/\\", SIGN_IN))
    return back_to if is_ours and back_to.isprintable() and len(back_to) <= _LONGEST else ""
