"""Who asks for a page: a viewer with the permission that the page asks for, or a refusal. Every page asks for one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Request

from service.access import sessions
from service.access.sessions import Seat
from service.access.viewers import Viewer, viewer_of
from service.council import Council
from service.errors import AskAgain, NotForYou, NotFound, Refused
from service.store.seeing.reach import Reach, sees_team
from service.web.forms import Form, read_form
from service.web.guard import open_pages
from service.web.shown.links import WITHOUT_TEAM

ANYBODY = "anybody signed in"
"""In place of a permission, for what every viewer may do."""
SEAL = "form_token"
"""The field of every form that says it came from one of our own pages."""
_PERMISSION = "permission"
_ODD, _ENOUGH = re.compile(r"[^A-Za-z0-9]"), 8


def council_of(request: Request) -> Council:
    """The council that this process serves."""
    council: Council = request.app.state.council
    return council


TheCouncil = Annotated[Council, Depends(council_of)]


def cookie_name(council: Council) -> str:
    """A name that browsers take only over TLS, for this host alone; plain on a loopback address without TLS."""
    return "__Host-timescales" if council.settings.address.startswith("https://") else "timescales"


def sign_in_cookie_name(council: Council, state: str) -> str:
    """The same while somebody is away to sign in; in several tabs each has its own, by the state that comes back."""
    return f"{cookie_name(council)}-sign-in-{_ODD.sub('', state)[:_ENOUGH]}"


def origin_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def seated(request: Request, *, is_leaving: bool = False) -> Seat:
    """The session of whoever asks. Raises SignInNeeded without one, and AskAgain where it is to be confirmed first.

    Whoever is leaving is let go.
    """
    open_pages(request)
    council = council_of(request)
    found = sessions.seat(council, request.cookies.get(cookie_name(council)))
    is_form = request.method not in ("GET", "HEAD")
    if not is_leaving and sessions.is_to_be_confirmed(council, found.session, is_form=is_form):
        raise AskAgain("it is a while since the sign-in service said who you are", fix="open the page again")
    request.state.cookie = sessions.cookie(council, found.secret)  # used now: see ``KeepsSessions``
    return found


def signed_in(request: Request, *, is_leaving: bool = False) -> Viewer:
    """Whoever asks, with what they hold at this moment. Raises SignInNeeded and AskAgain."""
    seat, council = seated(request, is_leaving=is_leaving), council_of(request)
    with council.reading() as db:
        token = sessions.form_token(council, seat.secret)
        viewer = viewer_of(db, council, seat.session, origin=origin_of(request), csrf=token)
    request.state.viewer = viewer
    return viewer


def needs(permission: str, *, is_leaving: bool = False) -> Callable[..., Viewer]:
    """A dependency that gives the viewer who may do this. Raises SignInNeeded, AskAgain and NotForYou."""

    def asking(request: Request) -> Viewer:
        viewer = signed_in(request, is_leaving=is_leaving)
        if permission != ANYBODY and not viewer.may(permission):
            raise NotForYou(
                "none of the posts you hold today opens this page",
                fix="ask whoever keeps the list of people and posts, if one should",
            )
        _must_see_team(request, viewer.reach(permission))
        return viewer

    setattr(asking, _PERMISSION, permission)
    return asking


def _must_see_team(request: Request, reach: Reach) -> None:
    """A team out of reach would have empty lists, which read as if all were well. Raises NotFound in its place."""
    team = request.query_params.get("team", "")
    if not team or team == WITHOUT_TEAM or reach.is_none or "\0" in team:
        return  # what no database can hold, the page itself refuses
    with council_of(request).reading() as db:
        if not sees_team(db, reach, team):
            raise NotFound(
                "there is no team of this name, or it is none of yours", fix="choose one of the teams that are offered"
            )


def permission_of(dependency: Callable[..., Any]) -> str | None:
    """What a dependency of a route asks for; None where it is not about permission."""
    return getattr(dependency, _PERMISSION, None)


def own_form(request: Request, form: Annotated[Form, Depends(read_form)]) -> Form:
    """A form sent from one of our pages in this session. Raises Refused for any other, and changes nothing."""
    open_pages(request)
    came_from_here(request)
    council = council_of(request)
    found = sessions.seat(council, request.cookies.get(cookie_name(council)))
    if not sessions.is_form_token(council, found.secret, form.one(SEAL)):
        raise Refused("this form was not sent from a page of yours", fix="open the page again, and send it from there")
    return form


def came_from_here(request: Request) -> None:
    """Refuses what a page elsewhere sends: browsers say where a form comes from."""
    site, sent_from = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    here = {council_of(request).settings.address, f"http://{request.headers.get('host', '')}"}
    if site not in (None, "same-origin", "none") or (sent_from is not None and sent_from not in here):
        raise Refused("this form was not sent from a page of ours", fix="open the page again, and send it from there")
