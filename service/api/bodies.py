"""Bodies as they arrive: so much of them, in so long, and JSON with one meaning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect

from service import door
from service.door import BOUNDS, Refusal
from service.door.refusal import TurnedAway
from service.door.strict import decode, parse, why_broken
from service.errors import ServiceError

Sent = TypeVar("Sent", bound=BaseModel)


class NotTaken(ServiceError):
    """A body that was refused before anything looked at what it says."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail, fix=refusal.fix, pointer=refusal.pointer, type=refusal.type)
        self.status, self.title = refusal.status, refusal.title


async def whole(request: Request, *, most: int) -> bytes | Refusal:
    """The body, of at most ``most`` bytes; or why not."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_patience(request)):
            async for chunk in request.stream():
                size += len(chunk)
                if size > most:
                    return _too_large(most)
                parts.append(chunk)
    except TimeoutError:
        return _slow(request)
    except ClientDisconnect:
        return _CUT_OFF
    return b"".join(parts)


async def chunks(request: Request) -> AsyncIterator[bytes | Refusal]:
    """The body as it arrives, an empty chunk at its end; a refusal where the sender stalls or goes away."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(_patience(request)):
                chunk = await anext(stream)
        except StopAsyncIteration:
            yield b""
            return
        except TimeoutError:
            yield _slow(request)
            return
        except ClientDisconnect:
            yield _CUT_OFF
            return
        if chunk:
            yield chunk


def sent_as(model: type[Sent]) -> Callable[[Request], Coroutine[Any, Any, Sent]]:
    """A dependency that reads the body as ``model``, through the same strict reading of JSON as events."""

    async def reading(request: Request) -> Sent:
        kind = door.kind_of(request.headers.get("content-type"))
        body = kind if isinstance(kind, Refusal) else await whole(request, most=BOUNDS.event_bytes)
        if isinstance(body, Refusal):
            raise NotTaken(body)
        return _read(body, model)

    return reading


def asks_for(model: type[BaseModel]) -> dict[str, Any]:
    """What the description says of a route that reads its body as ``model``."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _with_parts(schema, parts)}}}}


def _with_parts(schema: Any, parts: dict[str, Any]) -> Any:
    """A schema that holds its parts in itself: where it stands in the description, nothing else can be pointed to."""
    if isinstance(schema, dict):
        part = str(schema.get("$ref", "")).rpartition("/")[2]
        return _with_parts(parts[part], parts) if part else {k: _with_parts(v, parts) for k, v in schema.items()}
    return [_with_parts(one, parts) for one in schema] if isinstance(schema, list) else schema


def _read(body: bytes, model: type[Sent]) -> Sent:
    try:
        document = parse(decode(body))
    except TurnedAway as turned_away:
        raise NotTaken(turned_away.refusal) from None
    if broken := why_broken(document):
        raise NotTaken(broken)
    try:
        return model.model_validate(document, strict=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        pointer = f"/{name}" if name in model.model_fields else ""  # a name that we do not know is not shown
        pointer += f"/{first['loc'][1]}" if pointer and len(first["loc"]) > 1 and type(first["loc"][1]) is int else ""
        fix = f"send an object with {', '.join(model.model_fields)}"
        raise NotTaken(Refusal(422, "bad-body", "The body cannot be right", first["msg"], pointer, fix)) from None


def _patience(request: Request) -> float:
    seconds: float = request.app.state.council.settings.body_seconds
    return seconds


def _too_large(most: int) -> Refusal:
    return Refusal(
        413,
        "too-large",
        "Too large",
        f"a body has at most {most:,} bytes",
        "",
        "send smaller arrays, or NDJSON, which has no limit",
    )


def _slow(request: Request) -> Refusal:
    return Refusal(
        408,
        "too-slow",
        "The body did not arrive",
        f"nothing arrived for {_patience(request):g} seconds; what was answered as stored is stored",
        "",
        "send it again: events are idempotent",
    )


_CUT_OFF = Refusal(
    400,
    "cut-off",
    "The body ended early",
    "the sender went away; what was answered as stored is stored",
    "",
    "send it again: events are idempotent",
)
