"""Signing in and out: with the authority's own sign-in service; in the demonstration, as any of its posts.

``GET /sign-in/back`` is the one GET that begins something: the sign-in service sends browsers back so. It takes only
what this very browser began, by a cookie and a state. ``GET /sign-in/again`` writes nothing: it sends a browser there
whose sign-in is to be confirmed, as a link would.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import RedirectResponse, Response

from service.access import openid, sessions
from service.access.openid import BACK
from service.access.under_way import LASTS_S
from service.access.viewers import Viewer, viewer_of
from service.council import Council
from service.errors import NotForYou, NotFound, Refused, SignInNeeded
from service.store.keeping import audit
from service.web.asking import (
    ANYBODY,
    TheCouncil,
    came_from_here,
    cookie_name,
    needs,
    origin_of,
    own_form,
    sign_in_cookie_name,
)
from service.web.forms import Form, read_form
from service.web.guard import open_pages
from service.web.keeping import set_cookie
from service.web.pages import choosing, without_post
from service.web.rendering import page

router = APIRouter(include_in_schema=False, dependencies=[Depends(open_pages)])

SIGN_IN = "/sign-in"
_SEE_OTHER = 303
LONGEST = 512
"""Of an address to go back to."""

AnyForm = Annotated[Form, Depends(read_form)]
BackTo = Annotated[str, Query(max_length=LONGEST)]


@router.get(SIGN_IN)
def get_sign_in(request: Request, council: TheCouncil, back_to: BackTo = "") -> Response:
    """Who are you? In the demonstration a list to choose from."""
    if council.is_demonstration:
        return page(request, "choosing", choosing.view(council, _here(back_to)))
    return page(request, "sign_in", {"back_to": _here(back_to), "idle_minutes": council.settings.idle_minutes})


@router.post(SIGN_IN)
def post_sign_in(request: Request, council: TheCouncil, form: AnyForm) -> Response:
    """Sends the browser to the sign-in service. In the demonstration there is none."""
    if council.is_demonstration:
        raise NotFound("There is no such thing", fix="choose from the list")
    came_from_here(request)
    as_another = form.one("as_another") == "yes"
    return _away(council, openid.start(council, _here(form.one("back_to")), as_another=as_another))


@router.get(f"{SIGN_IN}/again")
def get_again(request: Request, council: TheCouncil, back_to: BackTo = "") -> Response:
    """Sends a browser to have its sign-in confirmed, which shows nothing, and back to the page it wanted."""
    if council.is_demonstration:
        raise NotFound("There is no such thing", fix="choose from the list")
    try:
        sessions.seat(council, request.cookies.get(cookie_name(council)))
    except SignInNeeded:  # it was left idle on the way here
        return _to_sign_in_again(request, council, _here(back_to))
    return _away(council, openid.start(council, _here(back_to), again=True))


@router.get(BACK)
def get_back(request: Request, council: TheCouncil) -> Response:
    """Whoever comes back from the sign-in service: a session, or a page that says why there is none."""
    if council.is_demonstration:
        raise NotFound("There is no such thing", fix="choose from the list")
    query = request.query_params
    name = sign_in_cookie_name(council, query.get("state", ""))
    asked = openid.answered(council, request.cookies.get(name, ""), query)
    if openid.has_to_sign_in(asked, query):
        response = _to_sign_in_again(request, council, asked.back_to)
    else:
        arrival = openid.finish(council, asked, query)
        come = _confirmed if asked.is_again else _arrived
        response = come(request, council, arrival, asked.back_to)
    response.headers.append("set-cookie", set_cookie(council, "", name))
    return response


def _confirmed(request: Request, council: Council, arrival: openid.Arrival, back_to: str) -> Response:
    """The session that there is, with the groups of now: its forms stay good. Somebody else signs in as such."""
    seat = sessions.seat(council, request.cookies.get(cookie_name(council)))
    if seat.session.account.casefold() != arrival.account.casefold():
        return _to_sign_in_again(request, council, back_to)
    held = sessions.confirm(council, seat, arrival.groups, actor=arrival.account, origin=origin_of(request))
    return _go(council, back_to or "/", held)


def _to_sign_in_again(request: Request, council: Council, back_to: str) -> Response:
    """The session ends, if there is one: whoever it was is not signed in there any more, or is somebody else."""
    sessions.forget(council, request.cookies.get(cookie_name(council)))
    return _go(council, f"{SIGN_IN}?{urlencode({'back_to': back_to})}" if back_to else SIGN_IN, "")


def _arrived(request: Request, council: Council, arrival: openid.Arrival, back_to: str) -> Response:
    """A session like no other before it, whatever the browser brought along; none for somebody without a post."""
    session, origin = sessions.vouched(council, arrival.account, arrival.groups), origin_of(request)
    sessions.forget(council, request.cookies.get(cookie_name(council)))
    with council.writing() as db:
        viewer = viewer_of(db, council, session, origin=origin, csrf="")
        if not viewer.reaches:
            audit.note(db, arrival.account, "sign-in.without-post", origin=origin)
    if not viewer.reaches:
        return page(request, "without_post", without_post.view(council, arrival.account), status=NotForYou.status)
    held = sessions.begin(council, session, actor=viewer.actor, origin=origin)
    return _go(council, back_to or viewer.start, held)


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
    session = sessions.vouched(council, chosen.person, posts=((post, team, service),))
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
    return _go(council, openid.leave(council, SIGN_IN) or SIGN_IN, "")


def _away(council: Council, away: openid.Away) -> Response:
    response = RedirectResponse(away.address, status_code=_SEE_OTHER)
    name = sign_in_cookie_name(council, away.state)
    response.headers.append("set-cookie", set_cookie(council, away.sealed, name, seconds=LASTS_S))
    return response


def _go(council: Council, address: str, cookie: str) -> Response:
    response = RedirectResponse(address, status_code=_SEE_OTHER)
    response.headers.append("set-cookie", set_cookie(council, cookie))
    return response


def _here(back_to: str) -> str:
    """A page of ours to go back to; empty for anything else, such as ``//elsewhere.example``."""
    is_ours = back_to.startswith("/") and not back_to.startswith(("//", "/\\", SIGN_IN))
    return back_to if is_ours and back_to.isprintable() and len(back_to) <= LONGEST else ""
