"""The whole matrix: every route of the pages, asked for by every role, about their own and about another's child."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from service.posts.roles import ROLES
from service.web import asking
from tests.service.page_routes import (
    ANOTHER_TEAMS,
    ANOTHER_WORKERS,
    ANYBODY,
    MATRIX,
    NOBODYS,
    OPEN,
    OWN,
    WHO,
    Asked,
    Cast,
    Who,
    may,
    page_routes,
    permissions,
    rows,
    sees,
)
from tests.service.pages_cast import demonstration

ROWS = rows()
GUARDED = [row for row in ROWS if row.asks != OPEN]
LISTS = [row for row in GUARDED if not row.about and row.method == "GET"]
LIMITED = [who for who in WHO if who.role not in MATRIX["sees"]["another-team"]]


@pytest.fixture(scope="module")
def here(new_database: Callable[[str], str], tmp_path_factory) -> Iterator[Cast]:
    with demonstration(new_database("sqlite"), tmp_path_factory.mktemp("council")) as council:
        yield Cast(council)


@pytest.fixture(scope="module")
def there(new_database: Callable[[str], str], tmp_path_factory) -> Iterator[Cast]:
    with demonstration(new_database("postgresql"), tmp_path_factory.mktemp("council")) as council:
        yield Cast(council)


@pytest.fixture(scope="module", params=["here", "there"], ids=["sqlite", "postgresql"])
def cast(request: pytest.FixtureRequest) -> Cast:
    """On each database: how far somebody sees is a condition of the query. The other tests need only one."""
    return request.getfixturevalue(request.param)


def name(one: object) -> str:
    if isinstance(one, Asked):
        return one.key
    return (one.role or "without a post") if isinstance(one, Who) else str(one)


def alike(page: str) -> str:
    """A page without what is another at each sign-in."""
    return re.sub(r'(name="form_token" value=")[0-9a-f]{64}"', r'\1"', page)


# ---- that nothing is left out ----------------------------------------------------------------------------------------


def test_every_route_is_declared_with_what_it_asks_for_and_no_declaration_is_left_over(here):
    asked = {}
    for route in page_routes(here.council):
        found = [ANYBODY if one == asking.ANYBODY else one for one in permissions(route)] or [OPEN]
        for method in route.methods:
            key = f"{method} {route.path}"
            assert key not in asked, f"{key} is there twice"
            asked[key] = found
    assert asked == {row.key: [row.asks] for row in ROWS}


def test_every_role_is_declared_with_what_it_may_do_and_has_somebody_who_asks():
    granted: dict[str, list[str]] = {}
    for role in ROLES:
        for permission in role.may:
            granted.setdefault(permission, []).append(role.id)
    assert {one: sorted(roles) for one, roles in granted.items()} == {
        one: sorted(roles) for one, roles in MATRIX["may"].items()
    }
    assert sorted(who.role for who in WHO if who.role) == sorted(role.id for role in ROLES)


# ---- every cell ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", WHO, ids=name)
@pytest.mark.parametrize("row", GUARDED, ids=name)
def test_each_role_is_answered_as_declared(cast, row, who):
    if not may(row, who):
        for child in (OWN, NOBODYS) if row.about else (OWN,):
            assert cast.ask(row, who, child).status_code == 403
        return
    assert cast.ask(row, who).status_code == row.answers
    if not row.about:
        return
    nowhere = cast.ask(row, who, NOBODYS)
    assert nowhere.status_code == 404
    for child in (ANOTHER_TEAMS, ANOTHER_WORKERS):
        answer = cast.ask(row, who, child)
        if sees(who, child):
            assert answer.status_code == row.answers, child
        else:
            assert answer.status_code == 404, child
            assert alike(answer.text) == alike(nowhere.text), f"{child} can be told from a child there is not"


@pytest.mark.parametrize("row", GUARDED, ids=name)
def test_nobody_is_sent_to_sign_in_and_a_program_is_refused(here, row):
    for child in (OWN, NOBODYS):
        answer = here.ask(row, None, child)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
        assert here.ask(row, None, child, accept="application/json").status_code == 401


@pytest.mark.parametrize("row", [row for row in ROWS if row.asks == OPEN], ids=name)
def test_what_is_open_is_answered_for_nobody_too(here, row):
    assert here.ask(row, None).status_code == row.answers


@pytest.mark.parametrize("who", LIMITED, ids=name)
@pytest.mark.parametrize("row", LISTS, ids=name)
def test_no_page_names_a_child_out_of_reach(cast, row, who):
    shown = cast.ask(row, who).text
    for child in (ANOTHER_TEAMS, "c-friday", "c-christmas"):  # of the team South
        assert child not in shown
        assert cast.clocks.get(child, "no clock of theirs") not in shown
    if not sees(who, ANOTHER_WORKERS):
        assert ANOTHER_WORKERS not in shown


@pytest.mark.parametrize("who", [who for who in WHO if who.role in MATRIX["may"]["cases"]], ids=name)
def test_the_list_names_the_children_within_reach(cast, who):
    for key in ("GET /clocks", "GET /clocks.csv"):
        shown = cast.ask(next(row for row in ROWS if row.key == key), who).text
        assert OWN in shown
        assert (ANOTHER_TEAMS in shown) == sees(who, ANOTHER_TEAMS)


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_no_other_method_does_anything_there(here, row):
    declared = {one.method for one in ROWS if one.path == row.path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} - declared:
        # Another address may answer to the same path: /clocks/plan is no id of a clock.
        assert here.ask(row._replace(method=method), WHO[4]).status_code in (405, 404, 422), method
