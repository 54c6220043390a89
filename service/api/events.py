"""POST /v1/events: case events in. Answered once they, and the clocks they move, are durable."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from rules.model import Event
from service import clock, door, flow
from service.access.keys import Caller, caller
from service.api import bodies, problems
from service.api.asking import council_of, origin_of, refuse_odd
from service.api.shown import EventsTaken, EventTaken, LinesTaken
from service.bulk import WHY_REFUSED, Totals, batches, take_lines
from service.council import Council
from service.door import BOUNDS, Line, Refusal
from service.errors import Refused, ServiceError
from service.flow import NEW, NothingStored, Receipt

router = APIRouter(prefix="/v1", tags=["events"], responses=problems.ANSWERS)

MOST_REFUSALS_LISTED = 1_000

_PARAMETERS = frozenset(("atomic",))
_BEGINNING = 1_024
"""Of a body: enough to see which bracket it begins with."""
_REFUSED = {standing: problems.of_refusal(refusal) for standing, refusal in WHY_REFUSED.items()}
_LINES_ARE_NOT_ATOMIC = problems.problem(
    422,
    "lines-are-not-atomic",
    "Lines are committed as they come",
    "all or nothing is for arrays",
    fix="send an array, or leave atomic out",
    pointer="/query/atomic",
)

_EVENT = {"$ref": "#/components/schemas/Event"}
_EVENTS = {"type": "array", "items": _EVENT}
_EXAMPLES = tomllib.loads(Path(__file__).with_name("examples.toml").read_text("utf-8"))
_SPOKEN_FOR: dict[str, Any] = {
    "parameters": [
        {
            "name": "atomic",
            "in": "query",
            "required": False,
            "schema": {"type": "boolean", "default": False},
            "description": "of an array: all of it or nothing",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"anyOf": [_EVENT, _EVENTS]}, "examples": _EXAMPLES},
            "application/cloudevents+json": {"schema": _EVENT},
            "application/cloudevents-batch+json": {"schema": _EVENTS},
            "application/x-ndjson": {"schema": {"type": "string", "description": "one event a line"}},
        },
    },
}


_TAKEN: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Known already (one event); or one item an event (an array); or totals (lines)",
        "model": EventTaken | EventsTaken | LinesTaken,
    },
    201: {"description": "Stored, with the clocks it changed", "model": EventTaken},
    410: problems.answer("Whoever it is about was erased here"),
}


@router.post(
    "/events",
    summary="Send one event, an array, or NDJSON",
    openapi_extra=_SPOKEN_FOR,
    responses=_TAKEN | problems.BODY_ANSWERS,
)
async def post_events(request: Request) -> Response:
    """Idempotent on source + id, in any order. See EVENTS in the documentation."""
    council = await council_of(request)
    content_type = request.headers.get("content-type")
    asker = await run_in_threadpool(caller, council, request.headers.get("authorization"), "events:write")
    asker = asker._replace(origin=origin_of(request))
    is_atomic = _is_atomic(request)
    kind = door.kind_of(content_type)
    if isinstance(kind, Refusal):
        return problems.respond(problems.of_refusal(kind))
    if kind == "lines":
        return problems.respond(_LINES_ARE_NOT_ATOMIC) if is_atomic else await _take_lines(council, request, asker)
    body = await bodies.whole(request, most=BOUNDS.batch_bytes)
    if isinstance(body, Refusal):
        return problems.respond(problems.of_refusal(body))
    is_array = door.kind_of(content_type, body[:_BEGINNING]) == "batch"
    return await run_in_threadpool(_take_body, council, body, is_array, asker, is_atomic)


def _is_atomic(request: Request) -> bool:
    """What the query says; read by hand, after the key, so that nobody without one learns what is amiss."""
    refuse_odd(request, _PARAMETERS)
    said = request.query_params.get("atomic", "false")
    if said not in ("true", "false"):
        raise Refused("atomic is true or false", fix="send true or false, or leave it out", pointer="/query/atomic")
    return said == "true"


def _take_body(council: Council, body: bytes, is_array: bool, asker: Caller, atomic: bool) -> Response:
    if is_array:
        return _take_array(council, body, asker, atomic)
    event = door.read_event(body, now=clock.now())
    if isinstance(event, Refusal):
        return problems.respond(problems.of_refusal(event))
    receipt = flow.receive(council, [event], actor=asker.name, origin=asker.origin)[0]
    if receipt.standing in _REFUSED:
        return problems.respond(_REFUSED[receipt.standing])
    return _json(_item(receipt), 201 if receipt.standing == NEW else 200)


def _take_array(council: Council, body: bytes, asker: Caller, atomic: bool) -> Response:
    """One item an event, each succeeding or failing by itself; with ``atomic`` all or nothing."""
    read = door.read_batch(body, now=clock.now())
    if isinstance(read, Refusal):
        return problems.respond(problems.of_refusal(read))
    good = [event for event in read if isinstance(event, Event)]
    if atomic and len(good) < len(read):
        return _nothing_stored(read, [])
    try:
        receipts = flow.receive(council, good, actor=asker.name, origin=asker.origin, atomic=atomic) if good else []
    except NothingStored as error:
        return _nothing_stored(read, error.receipts)
    return _json({"items": _items(read, receipts)}, 200)


def _nothing_stored(read: Sequence[Event | Refusal], receipts: Sequence[Receipt]) -> Response:
    """The problem of an all-or-nothing array, with the problems of its items."""
    wrong: list[dict[str, Any]] = []
    refused = {nth: _REFUSED[one.standing] for nth, one in enumerate(receipts) if one.standing in _REFUSED}
    nth_good = -1
    for nth, one in enumerate(read):
        nth_good += not isinstance(one, Refusal)
        if isinstance(one, Refusal):
            wrong.append(problems.of_refusal(one))
        elif nth_good in refused:
            wrong.append(_of_item(refused[nth_good], nth))
    body = problems.problem(
        422,
        "nothing-stored",
        "All or nothing, so nothing",
        f"{len(wrong)} of {len(read)} events cannot be taken, and the request says atomic",
        fix="correct the events listed under problems, and send the whole array again",
    )
    return problems.respond({**body, "problems": wrong})


def _of_item(problem: dict[str, Any], nth: int) -> dict[str, Any]:
    return {**problem, "pointer": f"/{nth}{problem['pointer']}"}


def _items(read: Sequence[Event | Refusal], receipts: Sequence[Receipt]) -> list[dict[str, Any]]:
    items = []
    remaining = iter(receipts)
    for nth, one in enumerate(read):
        if isinstance(one, Refusal):
            items.append({"status": one.status, "problem": problems.of_refusal(one)})
            continue
        receipt = next(remaining)
        if receipt.standing in _REFUSED:
            problem = _of_item(_REFUSED[receipt.standing], nth)
            items.append({"status": problem["status"], "problem": problem})
        else:
            items.append({"status": 201 if receipt.standing == NEW else 200, **_item(receipt)})
    return items


async def _take_lines(council: Council, request: Request, asker: Caller) -> Response:
    """Commits as it goes, in constant memory; answers with totals, what was refused, and the last durable line."""
    totals = Totals()
    refused: list[dict[str, Any]] = []
    splitter = door.LineSplitter()
    waiting: list[Line] = []
    async for chunk in bodies.chunks(request):
        if isinstance(chunk, Refusal):
            return problems.respond({**problems.of_refusal(chunk), **_totals(totals, refused)})
        waiting += splitter.feed(chunk) if chunk else splitter.finish()
        for batch in batches(waiting, is_over=not chunk):
            try:
                await run_in_threadpool(
                    take_lines, council, batch, actor=asker.name, totals=totals, origin=asker.origin
                )
            except ServiceError as error:  # what was committed before it stands, and the sender has to know how far
                return problems.respond({**problems.of_error(error), **_totals(totals, refused)})
            refused += [
                {"line": number, "problem": problems.of_refusal(refusal)}
                for number, refusal in totals.refusals[: max(0, MOST_REFUSALS_LISTED - len(refused))]
            ]
    return _json(_totals(totals, refused), 200)


def _totals(totals: Totals, refused: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "totals": {
            "new": totals.new,
            "repeated": totals.repeated,
            "refused": totals.refused,
            "clocks_changed": totals.clocks_changed,
            "last_durable_line": totals.last_durable_line,
        },
        "refused": refused,
    }


def _item(receipt: Receipt) -> dict[str, Any]:
    return {
        "source": receipt.ref.source,
        "id": receipt.ref.id,
        "clocks": [
            {
                "id": note.clock_id,
                "timescale": note.timescale,
                "measure": note.measure,
                "change": note.kind,
                "reason": note.reason,
                "due_on": note.due_on.isoformat() if note.due_on else None,
            }
            for note in receipt.notes
        ],
    }


def _json(body: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")
