"""A problem document becomes a page where a browser asks for one; programs, and all of /v1, get the document."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.web.guard import may_see_pages
from service.web.rendering import page

_PROBLEM = b"application/problem+json"
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
        response = page(Request(self.scope), "error", {"problem": problem}, status=problem["status"])
        await response(self.scope, self.receive, self._send)


def _wants_page(scope: Scope) -> bool:
    request = Request(scope)
    return scope["method"] == "GET" and "text/html" in request.headers.get("accept", "") and may_see_pages(request)
