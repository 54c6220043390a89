"""A problem document becomes a page where a browser asks for one; programs, and all of /v1, get the document."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlencode

from anyio import to_thread
from fastapi import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import AskAgain, ServiceError, SignInNeeded
from service.web.asking import signed_in
from service.web.guard import are_pages_open
from service.web.rendering import page
from service.web.signing_in import LONGEST, SIGN_IN

_PROBLEM = b"application/problem+json"
_MISREAD = {
    "title": "This address cannot be read",
    "detail": "something in it is not as our pages write it, such as a day that the calendar does not have",
    "fix": "go back, or begin again from the menu",
}
_DOORS = {SignInNeeded.type: SIGN_IN, AskAgain.type: f"{SIGN_IN}/again"}
_DEFECT = {
    "status": 500,
    "title": "Something went wrong here",
    "detail": "a defect in the service; nothing was changed",
    "fix": "report it with the time of day",
}


class ErrorPages:
    """Plain ASGI, outside the routes: it holds back a problem document and sends the page instead."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/v1/") or not _wants_page(scope):
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, receive, send)
        try:
            await self.app(scope, receive, answer.send)
        except Exception:
            if not answer.has_started:
                await answer.show(_DEFECT)
            raise  # for the log: the handler of defects sees it next


class _Answer:
    """One answer on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.receive, self._send = scope, receive, send
        self.has_started = False
        self._held: bytes | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _PROBLEM in dict(message["headers"]).get(b"content-type", b""):
            self._held = b""
        elif self._held is None:
            self.has_started = True
            await self._send(message)
        else:
            self._held += message.get("body", b"")
            if not message.get("more_body", False):
                await self.show(json.loads(self._held))

    async def show(self, problem: dict[str, Any]) -> None:
        self.has_started = True
        door = _door(problem)
        response = _to(door, self.scope) if door else await to_thread.run_sync(self._page, problem)
        await response(self.scope, self.receive, self._send)

    def _page(self, problem: dict[str, Any]) -> Response:
        request = Request(self.scope)
        if not hasattr(request.state, "viewer"):  # refused before anybody asked who it is: an address there is not
            with suppress(ServiceError):
                signed_in(request)
        said = problem | _MISREAD if str(problem.get("type", "")).endswith("bad-parameter") else problem
        return page(request, "error", {"problem": said}, status=problem["status"])


def _door(problem: dict[str, Any]) -> str:
    """Where somebody is sent who is not signed in, or whose sign-in is to be confirmed; else nowhere."""
    said = str(problem.get("type", ""))
    return next((door for type, door in _DOORS.items() if said.endswith(type)), "")


def _to(door: str, scope: Scope) -> Response:
    """To a door, and back from there to a page that was looked at: not to a form that was sent, nor to an address that
    the door would not take."""
    path, query = quote(scope["path"]), scope["query_string"].decode("ascii", "replace")
    back_to = f"{path}?{query}" if query else path
    is_wanted = scope["method"] == "GET" and back_to != "/" and len(back_to) <= LONGEST
    return RedirectResponse(f"{door}?{urlencode({'back_to': back_to})}" if is_wanted else door, status_code=303)


def _wants_page(scope: Scope) -> bool:
    request = Request(scope)
    return "text/html" in request.headers.get("accept", "") and are_pages_open(request)
