"""A page that was looked at renews the session's cookie: the idle lock counts from the last request."""

from __future__ import annotations

from http.cookies import SimpleCookie

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.council import Council
from service.web.asking import cookie_name


class KeepsSessions:
    """Plain ASGI: ``state.cookie`` of a request, where a page has set it, becomes the cookie of its response.

    ``state.spent``: names of cookies that go with the response, whatever that is.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_cookie(message: Message) -> None:
            state = scope.get("state", {})
            held, spent = state.get("cookie"), state.get("spent", ())
            if message["type"] == "http.response.start" and (held is not None or spent):
                council = scope["app"].state.council
                cookies = [set_cookie(council, "", name) for name in spent]
                cookies += [] if held is None else [set_cookie(council, held)]
                message["headers"] = [*message["headers"], *((b"set-cookie", one.encode()) for one in cookies)]
            await send(message)

        await self.app(scope, receive, with_cookie if scope["type"] == "http" else send)


def set_cookie(council: Council, value: str, name: str | None = None, *, seconds: int | None = None) -> str:
    """The header that gives a browser a cookie (its session's), or (empty) takes it away. No script can read it.

    ``seconds``: how long the browser keeps it; None: until it is closed.

    Lax, and not Strict: whoever follows a link in a mail, or comes back from signing in, is who they were.
    """
    name = name or cookie_name(council)
    jar: SimpleCookie = SimpleCookie({name: value})
    jar[name] |= {"path": "/", "httponly": True, "samesite": "Lax", "secure": name.startswith("__Host-")}
    if not value or seconds is not None:
        jar[name]["max-age"] = seconds if value else 0
    return jar[name].OutputString()
