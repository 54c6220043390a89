"""GET /calendar/{secret}.ics: a post's due dates, for a calendar program. The address is the key."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.responses import Response

from service import clock
from service.access import calendars
from service.api import problems
from service.api.asking import TheCouncil
from service.notify.channels import by_calendar
from service.store.keeping import audit

router = APIRouter(tags=["calendars"])

_NO_KEY: dict[str, Any] = {"security": []}
_PRIVATE = "private, no-cache"
"""Kept by the program that asked, which asks again whether it still holds; by nothing between."""


@router.get(
    "/calendar/{secret}.ics",
    summary="The due dates of a post, as a calendar to subscribe to",
    openapi_extra=_NO_KEY,
    response_class=Response,
    responses={
        200: {
            "description": "iCalendar: timescale, team and day. Nothing in it says whose they are",
            "content": {"text/calendar": {"schema": {"type": "string"}}},
        },
        304: {"description": "Nothing has changed since the answer whose ETag was sent"},
        404: problems.ANSWERS[404],
        503: problems.ANSWERS[503],
    },
)
def get_calendar(
    secret: str, council: TheCouncil, if_none_match: Annotated[str, Header(include_in_schema=False)] = ""
) -> Response:
    """The secret is made by ``timescales calendars add``. One that is wrong, unknown or revoked is the same 404."""
    feed = calendars.feed_of(council, secret)
    with council.writing() as db:
        content, count = by_calendar.write(db, council, feed, on=clock.today())
        actor = f"calendar {feed.seq}: {calendars.scope(feed.post, feed.team, feed.service)}"
        audit.note(db, actor, "calendar.read", detail=f"{count} clocks")
    headers = {"ETag": f'"{blake2b(content, digest_size=16).hexdigest()}"', "Cache-Control": _PRIVATE}
    if headers["ETag"] in (one.strip().removeprefix("W/") for one in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=by_calendar.MEDIA_TYPE)
