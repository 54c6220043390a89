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
from service.access.sessions import Seat
from service.access.under_way import LASTS_S
from service.access.viewers import Viewer, viewer_of
from service.council import Council
from service.errors import NotForYou, NotFound, Refused, SignInNeeded
from service.store.keeping import audit
from service.store.sessions import Session
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
_MOST_BEGUN = 6
"""Sign-ins under way in one browser: a tab each. More of their cookies than this, and headers grow too long."""
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
    return _away(request, council, openid.start(council, _here(form.one("back_to")), as_another=as_another))


@router.get(f"{SIGN_IN}/again")
def get_again(request: Request, council: TheCouncil, back_to: BackTo = "") -> Response:
    """Sends a browser to have its sign-in confirmed, which shows nothing, and back to the page it wanted."""
    if council.is_demonstration:
        raise NotFound("There is no such thing", fix="choose from the list")
    seat, wanted = _seat(request, council), _here(back_to)
    if seat is None:
        return _to_sign_in(wanted)
    if not sessions.is_to_be_confirmed(council, seat.session):  # a link from elsewhere; or another tab was first
        return RedirectResponse(wanted or "/", status_code=_SEE_OTHER)
    return _away(request, council, openid.start(council, wanted, again=seat))


@router.get(BACK)
def get_back(request: Request, council: TheCouncil) -> Response:
    """Whoever comes back from the sign-in service: a session, or a page that says why there is none."""
    if council.is_demonstration:
        raise NotFound("There is no such thing", fix="choose from the list")
    query = request.query_params
    name = sign_in_cookie_name(council, query.get("state", ""))
    request.state.spent = [name]
    asked = openid.answered(council, request.cookies.get(name, ""), query)
    if not asked.again_for:
        return _arrived(request, council, openid.finish(council, asked, query), asked.back_to)
    seat = _seat(request, council)
    if seat is None:
        return _to_sign_in(asked.back_to)
    if seat.digest != asked.again_for:  # somebody signed in meanwhile: this answer is about a session that is no more
        return RedirectResponse(asked.back_to or "/", status_code=_SEE_OTHER)
    if openid.has_to_sign_in(asked, query):
        return _unconfirmed(request, council, seat, asked.back_to)
    arrival = openid.finish(council, asked, query)
    if seat.session.account.casefold() != arrival.account.casefold():
        return _unconfirmed(request, council, seat, asked.back_to)
    return _confirmed(request, council, seat, arrival, asked.back_to)


def _seat(request: Request, council: Council) -> Seat | None:
    try:
        return sessions.seat(council, request.cookies.get(cookie_name(council)))
    except SignInNeeded:
        return None


def _confirmed(request: Request, council: Council, seat: Seat, arrival: openid.Arrival, back_to: str) -> Response:
    """The session that there is, with the groups of now: its forms stay good."""
    origin = origin_of(request)
    held = sessions.confirm(council, seat, arrival.groups, actor=arrival.account, origin=origin)
    viewer = _viewer(council, seat.session._replace(groups=arrival.groups), origin)
    return _go(council, back_to or (viewer.start if viewer.reaches else "/"), held)


def _unconfirmed(request: Request, council: Council, seat: Seat, back_to: str) -> Response:
    """The session ends: whoever it was is not signed in there any more, or somebody else is by now."""
    held = request.cookies.get(cookie_name(council))
    sessions.end(council, held, actor=seat.session.account, origin=origin_of(request))
    return _to_sign_in(back_to)


def _to_sign_in(back_to: str) -> Response:
    address = f"{SIGN_IN}?{urlencode({'back_to': back_to})}" if back_to else SIGN_IN
    return RedirectResponse(address, status_code=_SEE_OTHER)


def _viewer(council: Council, session: Session, origin: str) -> Viewer:
    """Whoever was vouched for, with what they hold now; noted where that is nothing."""
    with council.writing() as db:
        viewer = viewer_of(db, council, session, origin=origin, csrf="")
        if not viewer.reaches:
            audit.note(db, session.account, "sign-in.without-post", origin=origin)
    return viewer


def _arrived(request: Request, council: Council, arrival: openid.Arrival, back_to: str) -> Response:
    """A session like no other before it, whatever the browser brought along; none for somebody without a post."""
    session, origin = sessions.vouched(council, arrival.account, arrival.groups), origin_of(request)
    sessions.forget(council, request.cookies.get(cookie_name(council)))
    viewer = _viewer(council, session, origin)
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
    viewer: Annotated[Viewer, Depends(needs(ANYBODY, is_leaving=True))],
    _form: Annotated[Form, Depends(own_form)],
) -> Response:
    """Signs out, at once and everywhere this session was copied to."""
    held = request.cookies.get(cookie_name(council))
    sessions.end(council, held, actor=viewer.actor, origin=viewer.origin)
    request.state.cookie = None
    return _go(council, openid.leave(council, SIGN_IN) or SIGN_IN, "")


def _away(request: Request, council: Council, away: openid.Away) -> Response:
    """To the sign-in service. A browser that began often and came back seldom forgets those it began before."""
    begun = [name for name in request.cookies if name.startswith(sign_in_cookie_name(council, ""))]
    request.state.spent = begun if len(begun) >= _MOST_BEGUN else []
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
