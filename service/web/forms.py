"""Forms as browsers send them: a few kilobytes, read in time, every field a list of words."""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from urllib.parse import parse_qs

from fastapi import Request
from starlette.requests import ClientDisconnect

from service.council import Council
from service.errors import Refused

_MOST_BYTES = 32_768
_MOST_FIELDS = 300
_ODD = Refused("this is no form of this page", fix="open the page again, and send it from there")


class Form(NamedTuple):
    """The fields of a form."""

    fields: dict[str, list[str]]

    def one(self, name: str) -> str:
        """The last value of a field; empty where it was not sent."""
        values = self.fields.get(name)
        return values[-1].strip() if values else ""

    def all(self, name: str) -> list[str]:
        """Every value of a field, each once, in order."""
        return list(dict.fromkeys(self.fields.get(name, [])))


async def read_form(request: Request) -> Form:
    """The fields that a form sends. Raises Refused where it is none, is too large, or stays away."""
    council: Council = request.app.state.council
    content = b""
    try:
        async with asyncio.timeout(council.settings.body_seconds):
            async for part in request.stream():
                content += part
                if len(content) > _MOST_BYTES:
                    break
    except (TimeoutError, ClientDisconnect):
        content = b"\xff"
    try:
        if len(content) > _MOST_BYTES:
            raise ValueError
        text = content.decode("ascii")  # a browser writes everything else in percents
        fields = parse_qs(text, max_num_fields=_MOST_FIELDS, keep_blank_values=True, errors="strict")
    except ValueError:
        raise _ODD from None
    if any("\0" in value for values in fields.values() for value in values):
        raise _ODD
    return Form(fields)
