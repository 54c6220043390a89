"""From a view to a page: one Jinja environment, everything escaped."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from service import clock
from service.access.viewers import Viewer
from service.council import Council
from service.reports.words import counted
from service.web import policy, words

_HERE = Path(__file__).parent
_FEW_DIGITS = 3
STATIC = {file.name: file for file in sorted((_HERE / "static").iterdir())}

NAVIGATION = (
    ("/", "This week", "cases"),
    ("/clocks", "Clocks", "cases"),
    ("/trackers", "Trackers", "cases"),
    ("/reports", "Reports", "reports"),
    ("/outbox", "Mail", "mail"),
    ("/people", "Posts", "people"),
    ("/problems", "Problems", "problems"),
    ("/rules", "Law", "law"),
    ("/watch", "Service", "service"),
    ("/keys", "API keys", "keys"),
    ("/audit", "Audit", "audit"),
)
"""Address, words, and what a viewer must be allowed to be shown it."""


def _fingerprint() -> str:
    digest = sha256()
    for file in STATIC.values():
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,  # by the ending .j2 alone nothing would be escaped
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {
    "day": words.day,
    "short_day": words.short_day,
    "plain_day": words.plain_day,
    "moment": words.moment,
    "time_of": words.time_of,
    "ago": words.ago,
    "spaced": words.spaced,
    "first": words.first,
    "several": words.several,
    "counted": counted,
    "with_days": words.with_days,
    "event": words.event,
}
_ENVIRONMENT.globals |= {
    "static_version": _fingerprint(),
    "SURE": words.SURE,
    "KINDS": words.KINDS,
    "CHANGES": words.CHANGES,
    "MAIL_STATES": words.MAIL_STATES,
}


def page(request: Request, template: str, view: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """A whole page. ``view`` holds what the template shows; who looks, who the council is and what day it is are added.

    Nobody is looking (``viewer`` is None) where the page is there without sign-in, and on refusals.
    """
    council: Council = request.app.state.council
    viewer: Viewer | None = getattr(request.state, "viewer", None)
    common = {
        "council_title": council.law.title,
        "is_demonstration": council.is_demonstration,
        "today": clock.today(),
        "section": _section(request.url.path),
        "viewer": viewer,
        "saved_plans": _saved(request),
        "navigation": [(href, name) for href, name, needed in NAVIGATION if viewer and viewer.may(needed)],
    }
    content = _ENVIRONMENT.get_template(f"{template}.html.j2").render({**common, **view})
    return HTMLResponse(content, status, headers={policy.HEADER: policy.policy_of(council)})


def fragment(template: str, view: Mapping[str, Any]) -> str:
    """A template that stands for itself, filled."""
    return _ENVIRONMENT.get_template(f"{template}.html.j2").render(view)


def _saved(request: Request) -> int:
    """How many plans were kept just now, where a form led here and says so in the address."""
    said = request.query_params.get("saved", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= _FEW_DIGITS else 0


def _section(path: str) -> str:
    """Which entry of the navigation a page belongs to: a child's page belongs to the clocks."""
    top = f"/{path.split('/')[1]}"
    of_trackers = dict.fromkeys(("/section-47", "/visits", "/pre-proceedings", "/forecast"), "/trackers")
    return {"/subjects": "/clocks", "/telling": "/people", **of_trackers}.get(top, top)
