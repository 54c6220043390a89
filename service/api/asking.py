"""What every route is handed: the council, whoever asks, and parameters that mean one thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BeforeValidator

from service.access.keys import Caller, caller
from service.council import Council
from service.door.kinds import CONTROLS
from service.errors import Refused

_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE = re.compile("-?[0-9]{1,9}")
# What percent-decoding leaves where the bytes were no UTF-8 is the replacement character.
_is_odd = re.compile(f"[{CONTROLS}\N{REPLACEMENT CHARACTER}]").search
_known: dict[Any, frozenset[str]] = {}


async def council_of(request: Request) -> Council:
    """The council that this process serves."""
    council: Council = request.app.state.council
    return council


def origin_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def needs(scope: str) -> Callable[..., Caller]:
    """A dependency that gives the caller, or refuses one without a key for ``scope``; and then odd parameters."""

    def asking(
        request: Request,
        council: Annotated[Council, Depends(council_of)],
        authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
    ) -> Caller:
        asker = caller(council, authorization, scope)
        refuse_odd(request, _parameters(request))
        return asker._replace(origin=origin_of(request))

    return asking


def refuse_odd(request: Request, known: Collection[str]) -> None:
    """Refuses query parameters that nobody reads, given twice or unreadable: passed over in silence, they mislead."""
    given = request.query_params.multi_items()
    for name, value in given:
        if name not in known:
            raise Refused(
                "there is a query parameter that is not read here",
                fix=f"what is read is {', '.join(sorted(known))}" if known else "leave it out: nothing is read here",
                pointer="/query",
                type="unknown-parameter",
            )
        if _is_odd(value):
            raise _unreadable(f"/query/{name}")
    if len({name for name, _value in given}) < len(given):
        raise Refused(
            "a query parameter is given twice", fix="give each once", pointer="/query", type="duplicate-parameter"
        )
    for name, value in request.path_params.items():
        if _is_odd(str(value)):
            raise _unreadable(f"/path/{name}")


def _parameters(request: Request) -> frozenset[str]:
    """The query parameters that a route reads."""
    endpoint = request.scope["endpoint"]
    if endpoint not in _known:
        _known[endpoint] = frozenset(field.alias for field in request.scope["route"].dependant.query_params)
    return _known[endpoint]


def _unreadable(pointer: str) -> Refused:
    detail = "it has a character that cannot be seen, or is not UTF-8"
    return Refused(detail, fix="send the reference as the case system has it", pointer=pointer, type="bad-parameter")


def _written(pattern: re.Pattern[str], words: str) -> BeforeValidator:
    """A parameter is written in one way, as its schema says, and not in every way that Python can read."""

    def check(value: object) -> object:
        if isinstance(value, str) and not pattern.fullmatch(value):
            raise ValueError(words)
        return value

    return BeforeValidator(check)


TheCouncil = Annotated[Council, Depends(council_of)]
Day = Annotated[date, _written(_DATE, "write a date that the calendar has, as YYYY-MM-DD")]
IN_DIGITS = _written(_WHOLE, "write a whole number in digits")
"""For a whole number, after its bounds: before them it would hide them from the description."""
