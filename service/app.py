"""The application: the API, the pages, and what every response carries."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import api, door, web
from service.api import problems
from service.council import Council
from service.web import policy

TITLE = "Statutory timescale monitor"
VERSION = "1"
DESCRIPTION = (
    "Case events in; clocks with dates that can be defended, day by day, out. Every error is RFC 9457 problem+json "
    "with a stable type, what is wrong, where, and the fix."
)
_SCHEMAS = "#/components/schemas/"
_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),  # with none at all, browsers send our own forms with "Origin: null"
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"no-store"),
    (policy.HEADER.encode(), policy.POLICY.encode()),
]


def create_app(council: Council) -> FastAPI:
    """The application for one council, ready to serve."""
    app = _bare()
    app.state.council = council
    return app


def openapi_document() -> dict[str, Any]:
    """What the API is, as openapi/openapi.json holds it."""
    document: dict[str, Any] = _bare().openapi()
    return document


def _bare() -> FastAPI:
    app = FastAPI(
        title=TITLE, version=VERSION, description=DESCRIPTION, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.include_router(api.router)
    web.install(app)
    problems.install(app)
    app.add_middleware(_Headers)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own document, with the event's schema from the catalogue and the key that every route needs."""
    if app.openapi_schema is None:
        document = get_openapi(title=TITLE, version=VERSION, description=DESCRIPTION, routes=app.routes)
        components = document.setdefault("components", {})
        event = door.json_schema(_SCHEMAS)
        components["schemas"] |= {**event.pop("$defs"), "Event": event, "Problem": problems.SCHEMA}
        key = {"type": "http", "scheme": "bearer", "description": "a key made by `timescales keys add`"}
        token = {"type": "http", "scheme": "bearer", "description": "TIMESCALES_NOTIFY_RECEIPTS_TOKEN"}
        components["securitySchemes"] = {"key": key, "receipts": token}
        document["security"] = [{"key": []}]
        app.openapi_schema = document
    return app.openapi_schema


_ONLY_BY_TLS = (b"strict-transport-security", b"max-age=31536000")


def _is_without_tls(scope: Scope) -> bool:
    """Whether people reach the service without TLS: in the demonstration, or on the machine itself."""
    council: Council = scope["app"].state.council
    return not council.settings.address.startswith("https://")


class _Headers:
    """Puts the security headers on every response, pages and errors alike. Plain ASGI: it costs no task of its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = {name for name, _value in message["headers"]}
                ours = _HEADERS if _is_without_tls(scope) else [*_HEADERS, _ONLY_BY_TLS]
                message["headers"] = [*message["headers"], *(one for one in ours if one[0] not in sent)]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)
