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
from service.council import Council
from service.web import words

_HERE = Path(__file__).parent
STATIC = {file.name: file for file in sorted((_HERE / "static").iterdir())}

NAVIGATION = (
    ("/", "This week"),
    ("/clocks", "Clocks"),
    ("/reports", "Reports"),
    ("/outbox", "Mail"),
    ("/people", "Teams and posts"),
    ("/problems", "Data problems"),
    ("/rules", "The law"),
    ("/watch", "The service"),
)


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
    "with_days": words.with_days,
    "event": words.event,
}
_ENVIRONMENT.globals |= {
    "navigation": NAVIGATION,
    "static_version": _fingerprint(),
    "SURE": words.SURE,
    "KINDS": words.KINDS,
    "CHANGES": words.CHANGES,
    "MAIL_STATES": words.MAIL_STATES,
}


def page(request: Request, template: str, view: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """A whole page. ``view`` holds what the template shows; who the council is and what day it is are added."""
    council: Council = request.app.state.council
    content = _ENVIRONMENT.get_template(f"{template}.html.j2").render(
        {"council_title": council.law.title, "today": clock.today(), "section": _section(request.url.path), **view}
    )
    return HTMLResponse(content, status)


def fragment(template: str, view: Mapping[str, Any]) -> str:
    """A template that stands for itself, filled."""
    return _ENVIRONMENT.get_template(f"{template}.html.j2").render(view)


def _section(path: str) -> str:
    """Which entry of the navigation a page belongs to: a child's page belongs to the clocks."""
    top = f"/{path.split('/')[1]}"
    return {"/subjects": "/clocks", "/telling": "/people"}.get(top, top)
