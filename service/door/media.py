"""Which of the three forms a body has, by its content type."""

from __future__ import annotations

import re
from typing import Literal

from service.door.refusal import Refusal, refusal

Kind = Literal["event", "batch", "lines"]

ONE_OR_MANY = frozenset(("application/json", "application/cloudevents+json"))
MANY = "application/cloudevents-batch+json"
LINES = frozenset(("application/x-ndjson", "application/ndjson"))
_begins_array = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\[").match


def kind_of(content_type: str | None, body: bytes = b"") -> Kind | Refusal:
    """Whether a body is one event, an array, or lines.

    ``application/json`` may be either of the first two: its first character decides, so give the body, or as much of
    it as has come; with none it is taken for one event. No content type at all is refused: a guess would be right until
    the day it stores something else.
    """
    if content_type is None or not content_type.strip():
        return _unsupported("there is no Content-Type header")
    media_type, *parameters = content_type.lower().split(";")
    media_type = media_type.strip()
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in ("utf-8", "utf8"):
            return _unsupported("the charset is not utf-8, and JSON has no other")
    if media_type in ONE_OR_MANY:
        return "batch" if _begins_array(body) else "event"
    if media_type == MANY:
        return "batch"
    return "lines" if media_type in LINES else _unsupported("events are not read from this content type")


def _unsupported(detail: str) -> Refusal:
    return refusal(
        "unsupported-media-type",
        detail,
        fix="send Content-Type: application/json for an event or an array, application/x-ndjson for lines",
    )
