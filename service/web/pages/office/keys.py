"""Keys to the API: who holds one, what it may do, and whether it is used; adding one, and revoking one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from service.access import keys
from service.access.viewers import Viewer
from service.council import Council
from service.errors import NotFound, Refused
from service.store.keeping import trail
from service.web.forms import Form
from service.web.shown.freshness import freshness

SCOPES: Mapping[str, str] = {
    "events:write": "Send case events: for the case system",
    "events:read": "Read the events of a child",
    "clocks:read": "Read clocks, and why they are due when they are",
    "clocks:acknowledge": "Make plans for clocks that are late",
    "reports:read": "Read reports: figures only",
    "people:write": "Change teams, posts and the people who hold them",
    "admin": "All of these",
}
_OF_CHILDREN = frozenset({"events:read", "clocks:read", "clocks:acknowledge", "admin"})
"""What a key may do that shows children: for whoever may see all of them to give away."""
_NO_SUCH_KEY = NotFound("there is no such key in use", fix="the list of keys shows those there are")


class Line(NamedTuple):
    """A key as it is shown."""

    seq: int
    name: str
    scopes: list[str]
    created_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


class Typed(NamedTuple):
    """What was typed into the form for a new key."""

    name: str = ""
    scopes: tuple[str, ...] = ()


def offered(viewer: Viewer) -> Mapping[str, str]:
    """What this viewer may let a key do: nothing that would show them children whom they may not see."""
    sees_all = viewer.reach("cases").is_all
    return {scope: words for scope, words in SCOPES.items() if sees_all or scope not in _OF_CHILDREN}


def view(
    council: Council,
    viewer: Viewer,
    *,
    typed: Typed | None = None,
    errors: Mapping[str, str] | None = None,
    secret: str = "",
) -> dict[str, Any]:
    """The keys in use, those that were revoked, and the form. ``secret``: of a key made just now, shown this once."""
    lines = _lines(council)
    with council.reading() as db:
        return {
            "in_use": [one for one in lines if one.revoked_at is None],
            "revoked": [one for one in lines if one.revoked_at is not None],
            "scopes": SCOPES,
            "offered": offered(viewer),
            "typed": typed or Typed(),
            "errors": errors or {},
            "secret": secret,
            "freshness": freshness(db, council),
        }


def added(council: Council, viewer: Viewer, form: Form) -> tuple[dict[str, Any], bool]:
    """Makes a key. Gives the page with its secret, or with what is wrong; and whether it was made."""
    typed = Typed(form.one("name"), tuple(form.all("scope")))
    if not typed.name:
        return view(council, viewer, typed=typed, errors={"name": "Say who the key is for"}), False
    if not typed.scopes:
        return view(council, viewer, typed=typed, errors={"scope": "Choose what the key may do"}), False
    if set(typed.scopes) & (_OF_CHILDREN - offered(viewer).keys()):
        words = "Choose from this list: a key that reads about children is for somebody to make who may see them all"
        return view(council, viewer, typed=typed, errors={"scope": words}), False
    try:
        secret = keys.add(council, typed.name, typed.scopes, actor=viewer.actor, origin=viewer.origin)
    except Refused as refused:
        words = f"{refused.detail[:1].upper()}{refused.detail[1:]}: {refused.fix}"
        return view(council, viewer, typed=typed, errors={refused.pointer or "name": words}), False
    return view(council, viewer, typed=typed, secret=secret), True


def asked_to_revoke(council: Council, seq: int) -> dict[str, Any]:
    """The page that asks whether a key is meant. Raises NotFound where none of this number is in use."""
    line = _one(council, seq)
    with council.reading() as db:
        return {"line": line, "scopes": SCOPES, "freshness": freshness(db, council)}


def revoke(council: Council, viewer: Viewer, seq: int) -> None:
    """Makes a key useless from the next request on. Raises NotFound where none of this number is in use."""
    keys.revoke(council, _one(council, seq).name, actor=viewer.actor, origin=viewer.origin)


def _one(council: Council, seq: int) -> Line:
    for line in _lines(council):
        if line.seq == seq and line.revoked_at is None:
            return line
    raise _NO_SUCH_KEY


def _lines(council: Council) -> list[Line]:
    rows = keys.every(council)
    with council.reading() as db:
        used = trail.last_noted(db, [row.name for row in rows]) if rows else {}
    return [
        Line(row.seq, row.name, row.scopes.split(), row.created_at, row.revoked_at, used.get(row.name)) for row in rows
    ]
