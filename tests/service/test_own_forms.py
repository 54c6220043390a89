"""Every form of the pages is taken only from our own pages, in the same session; any other changes nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from service.access import sessions
from service.store.tables import METADATA
from tests.service.page_routes import ANYBODY, MATRIX, OPEN, OWN, WHO, Asked, Cast, Who, rows
from tests.service.pages_cast import HOME, demonstration, seen

FORMS = [row for row in rows() if row.method == "POST" and row.asks != OPEN]
WITHOUT_SESSION = [row for row in rows() if row.method == "POST" and row.asks == OPEN]
ITS_ADDRESS_IS_A_SECRET = ["POST /preferences/{token}"]
"""Mail programs send it from wherever they are (RFC 8058): its address is what a page elsewhere cannot know."""
ELSEWHERE = [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "https://127.0.0.1:8000"},
    {"origin": "http://127.0.0.1:8001"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]
NOT_OURS = "this form was not sent from a page of"


@pytest.fixture(scope="module")
def cast(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    with demonstration(new_database("sqlite"), tmp_path_factory.mktemp("council")) as council:
        yield Cast(council)


def somebody(row: Asked) -> Who:
    """The first who may send this form."""
    return next(who for who in WHO if row.asks == ANYBODY or who.role in MATRIX["may"][row.asks])


def token(cast: Cast, cookie: str) -> str:
    return sessions.form_token(cast.council, cookie.removeprefix("timescales=").split(".")[0])


def send(cast: Cast, row: Asked, cookie: str, form: dict[str, str], headers: dict[str, str]) -> Any:
    cast.asking.cookies.clear()
    clock = cast.clocks[OWN]
    filled = form | {name: clock if value == "CLOCK" else value for name, value in row.form.items()}
    given = {**headers, **({"cookie": cookie} if cookie else {})}
    return cast.asking.request(row.method, row.address(OWN, clock), headers=given, data=filled)


def everything(cast: Cast) -> dict[str, list[str]]:
    with cast.council.reading() as db:
        return {one.name: sorted(map(str, db.execute(select(one)))) for one in METADATA.sorted_tables}


def refused(cast: Cast, row: Asked, cookie: str, form: dict[str, str], headers: dict[str, str]) -> None:
    before = everything(cast)
    answer = send(cast, row, cookie, form, headers)
    assert (answer.status_code, NOT_OURS in seen(answer.text).lower()) == (422, True), seen(answer.text)
    assert everything(cast) == before


@pytest.mark.parametrize("row", FORMS, ids=lambda row: row.key)
def test_a_form_without_its_token_or_with_another_sessions_is_refused(cast, row):
    cookie, other = cast.signed_in(somebody(row)), cast.signed_in(somebody(row))
    own = token(cast, cookie)
    for wrong in ({}, {"form_token": ""}, {"form_token": token(cast, other)}, {"form_token": own[:-1]}):
        refused(cast, row, cookie, wrong, {})
    refused(cast, row, cookie, {"form_token": "\u0665" * 64}, {})
    assert NOT_OURS not in seen(send(cast, row, cookie, {"form_token": own}, {"origin": HOME}).text).lower()


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
@pytest.mark.parametrize("row", FORMS, ids=lambda row: row.key)
def test_a_form_from_elsewhere_is_refused_though_it_has_its_token(cast, row, headers):
    cookie = cast.signed_in(somebody(row))
    refused(cast, row, cookie, {"form_token": token(cast, cookie)}, headers)


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
@pytest.mark.parametrize("row", WITHOUT_SESSION, ids=lambda row: row.key)
def test_a_form_before_there_is_a_session_is_taken_from_our_own_pages_alone(cast, row, headers):
    if row.key in ITS_ADDRESS_IS_A_SECRET:
        return
    before = everything(cast)
    form = {"who": "head-of-service///nobody-in-particular"}
    assert send(cast, row, "", form, headers).status_code in (404, 422)
    assert everything(cast) == before


def test_every_form_is_tried(cast):
    assert len(FORMS) + len(WITHOUT_SESSION) == sum(row.method == "POST" for row in rows())
    assert {row.key for row in WITHOUT_SESSION} == {"POST /sign-in", "POST /sign-in/as", *ITS_ADDRESS_IS_A_SECRET}
    assert FORMS
