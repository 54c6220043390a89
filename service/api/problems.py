"""Every error as RFC 9457 problem+json: a stable type, what is wrong, where, and the fix. Nothing sent is echoed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from service.door import Refusal
from service.errors import ServiceError, told_of

log = structlog.get_logger()

TYPE = "urn:timescales:problem:"
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 5
_CLOSING = (408, 413)

SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. ``pointer`` says where; ``fix`` says what to do. No value that was sent is repeated.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "pattern": f"^{TYPE}[a-z0-9-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "pointer": {"type": "string"},
        "fix": {"type": "string"},
        "problems": {"type": "array", "items": {"$ref": "#/components/schemas/Problem"}},
    },
    "required": ["type", "title", "status", "detail"],
}


def answer(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


ANSWERS: dict[int | str, dict[str, Any]] = {
    401: answer("No key, or one that is unknown or was revoked"),
    403: answer("The key lacks the scope"),
    404: answer("There is no such thing"),
    422: answer("What was sent cannot be right: what is wrong, where, and the fix"),
    503: answer("The database is busy, full or away: nothing was stored, send it again"),
}
"""What any route may answer beside its own."""

BODY_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: answer("The body is not JSON with one meaning, or ended early"),
    408: answer("The body did not arrive in time"),
    413: answer("The body is too large"),
    415: answer("Not a content type that is read here"),
}
"""What a route that reads a body may answer beside those."""


def problem(
    status: int, type: str, title: str, detail: str, *, fix: str = "", pointer: str | None = None
) -> dict[str, Any]:
    """One problem document."""
    body: dict[str, Any] = {"type": TYPE + type, "title": title, "status": status, "detail": detail}
    if pointer is not None:
        body["pointer"] = pointer
    if fix:
        body["fix"] = fix
    return body


def of_refusal(refusal: Refusal) -> dict[str, Any]:
    """What the front door refused."""
    return problem(
        refusal.status, refusal.type, refusal.title, refusal.detail, fix=refusal.fix, pointer=refusal.pointer
    )


def of_error(error: ServiceError) -> dict[str, Any]:
    """What the service said no to."""
    pointer = error.pointer or None
    return problem(error.status, error.type, error.title, error.detail, fix=error.fix, pointer=pointer)


def respond(body: Mapping[str, Any]) -> Response:
    """A problem as a response, with what its status asks for in the headers."""
    status = int(body["status"])
    headers = {}
    if status in _CLOSING:  # the rest of the body would be waited for, or read as another request
        headers["Connection"] = "close"
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER)
    return Response(json.dumps(body), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Turns every exception that reaches the top into a problem document."""
    app.add_exception_handler(ServiceError, _on_service_error)
    app.add_exception_handler(RequestValidationError, _on_bad_parameter)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(Exception, _on_defect)


def _on_service_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)
    return respond(of_error(error))


def _on_bad_parameter(_request: Request, error: Exception) -> Response:
    """A query or path parameter of the wrong kind: named, never quoted."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place, *names = (str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    where = f"/{place}/{names[0]}" if names else f"/{place}"
    body = problem(
        422, "bad-parameter", "A parameter cannot be right", what, pointer=where, fix="correct it and ask again"
    )
    return respond(body)


def _on_http_exception(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    titles = {404: ("not-found", "There is no such thing"), 405: ("method-not-allowed", "Not done this way")}
    type, title = titles.get(error.status_code, ("refused", "This cannot be done"))
    response = respond(problem(error.status_code, type, title, title, fix="GET /openapi.json lists what there is"))
    response.headers.update(error.headers or {})
    return response


def _on_defect(_request: Request, error: Exception) -> Response:
    log.error("a request met a defect", **told_of(error))
    detail = "a defect in the service; nothing of this request was stored"
    return respond(problem(500, "defect", "Something went wrong here", detail, fix="report it with the time of day"))
