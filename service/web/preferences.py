"""What a reader of mail may turn off, at an address of their own that stands in it: no sign-in, and no case behind it.

Looking changes nothing (mail scanners look); what is sent from the page, or by a mail program in one click (RFC 8058),
does.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy import Connection
from starlette.responses import HTMLResponse

from service.council import Council
from service.errors import NotFound, Refused
from service.store import people
from service.store.keeping import audit
from service.store.telling import preferences
from service.web.forms import Form, read_form
from service.web.rendering import fragment

router = APIRouter(include_in_schema=False)

_MOST_FIELDS = 10
_ONE_CLICK = "List-Unsubscribe"
_WORDS = {
    preferences.WARNINGS: "Warnings before a date: due in five days, due in two, due today",
    preferences.WEEKLY: "The weekly message, in weeks in which there is nothing new to say",
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

Token = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{43}$")]


@router.get("/preferences/{token}")
def get_preferences(request: Request, token: Token) -> HTMLResponse:
    council: Council = request.app.state.council
    with council.reading() as db:
        off = preferences.of_token(db, token)
    return _page(off, has_changed=False)


@router.post("/preferences/{token}")
def post_preferences(request: Request, token: Token, form: Annotated[Form, Depends(read_form)]) -> HTMLResponse:
    council: Council = request.app.state.council
    if sum(len(values) for values in form.fields.values()) > _MOST_FIELDS:
        raise Refused("this is no form of this page", fix="open the page again, and send it from there")
    wanted = form.all("wanted")
    kept = frozenset[str]() if _ONE_CLICK in form.fields else frozenset(wanted)
    off = frozenset(preferences.MAY_BE_TURNED_OFF) - kept
    with council.writing() as db:
        is_known = preferences.turn_off(db, token, off)
        if is_known:
            audit.note(db, f"reader of mail to {_whose(db, token)}", "preferences.put", detail=_said(off))
    return _page(off if is_known else None, has_changed=True)


def _said(off: frozenset[str]) -> str:
    return f"turned off: {', '.join(sorted(off))}" if off else "nothing turned off"


def _whose(db: Connection, token: str) -> str:
    """Whose mail it is: a person by reference, else the mailbox of a post."""
    address = preferences.reader_of(db, token) or ""
    return people.person_with(db, address) or address


def _page(off: frozenset[str] | None, *, has_changed: bool) -> HTMLResponse:
    if off is None:
        raise NotFound("There is no such thing", fix="use the address at the end of a message")
    choices = [(name, words, name not in off) for name, words in _WORDS.items()]
    content = fragment("preferences", {"choices": choices, "has_changed": has_changed})
    return HTMLResponse(content, headers={"Content-Security-Policy": _POLICY})
