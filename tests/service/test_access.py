"""Who may do what: every route of the API, with no key, with the wrong scope, and with the right one."""

from __future__ import annotations

import hmac
import stat
from hashlib import sha256

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from service import api as interface
from service import clock as wall
from service.access import keys
from service.errors import NotAllowed, NotFound, OutOfScope, Refused
from service.store.tables import ApiKeyRow, table
from tests.service.api_parts import ALL, refused, serving
from tests.service.intake_parts import discussion, opened
from tests.service.mail_cast import CONFERENCE

OWN_TOKEN = "a token of its own, and no key"
OWN_ADDRESS = "an address that nobody can guess, and no key"
# Every route of the API, the scope that it needs, and a request of it that is right. A route that is not here fails.
ROUTES = {
    ("POST", "/v1/events"): "events:write",
    ("GET", "/v1/subjects/{ref:path}/events"): "events:read",
    ("GET", "/v1/subjects/{ref:path}/clocks"): "clocks:read",
    ("GET", "/v1/clocks"): "clocks:read",
    ("GET", "/v1/clocks/{id}"): "clocks:read",
    ("GET", "/v1/clocks/{id}/explanation"): "clocks:read",
    ("POST", "/v1/clocks/{id}/acknowledgements"): "clocks:acknowledge",
    ("GET", "/v1/clocks/{id}/acknowledgements"): "clocks:read",
    ("POST", "/v1/acknowledgements"): "clocks:acknowledge",
    ("GET", "/v1/acknowledgements/reasons"): "clocks:read",
    ("GET", "/v1/timescales"): "clocks:read",
    ("GET", "/v1/timescales/{id}"): "clocks:read",
    ("GET", "/v1/event-types"): "clocks:read",
    ("GET", "/v1/calendar/due"): "clocks:read",
    ("PUT", "/v1/teams/{id:path}"): "people:write",
    ("PUT", "/v1/posts"): "people:write",
    ("GET", "/v1/teams"): "clocks:read",
    ("PUT", "/v1/people/{id:path}"): "people:write",
    ("DELETE", "/v1/people/{id:path}"): "people:write",
    ("GET", "/v1/people"): "people:write",
    ("GET", "/v1/alerts"): "clocks:read",
    ("GET", "/v1/reports"): "reports:read",
    ("GET", "/v1/reports/{name}"): "reports:read",
    ("POST", "/v1/receipts/notify"): OWN_TOKEN,
    ("GET", "/calendar/{secret}.ics"): OWN_ADDRESS,
    ("GET", "/healthz"): None,
    ("GET", "/readyz"): None,
}
BODIES = {
    "/v1/events": discussion("c-2", "e-2", "2026-03-02"),
    "/v1/teams/{id:path}": {"name": "North", "posts": {"team-manager": "north@example.gov.uk"}},
    "/v1/posts": {"posts": {"group-manager-fieldwork": "gm@example.gov.uk"}},
    "/v1/people/{id:path}": {"address": "person@example.gov.uk"},
}
QUERIES = {"/v1/calendar/due": "?start=2016-07-07&count=70"}
# What is there for everybody beside the API: its description, and pages, which have a guard of their own.
BESIDE = {"/openapi.json"}

ALLOWED = [200, 201, 204]


def api_routes():
    """Every route of the API, from the router itself."""
    found, waiting = [], [interface.router]
    while waiting:
        for route in waiting.pop().routes:
            if isinstance(route, APIRoute):
                found += [(method, route.path) for method in route.methods]
            else:
                waiting.append(route.original_router)
    return found


@pytest.fixture
def api(database_url, tmp_path):
    with serving(database_url, tmp_path) as api:
        yield api


def test_every_route_has_its_scope_declared_and_no_declaration_is_left_over():
    assert sorted(api_routes()) == sorted(ROUTES)


def test_every_route_of_the_application_is_of_the_api_or_a_page_or_named_here(api):
    document = api.get("/openapi.json", key=None).json()
    described = {(method.upper(), path) for path, own in document["paths"].items() for method in own}
    assert described == {(method, path.replace(":path", "")) for method, path in ROUTES}


def test_each_route_answers_only_a_key_with_its_scope(api):
    made = api.post(discussion("c-1", "e-1", "2026-03-02")).json()["clocks"]
    clock = next(one for one in made if one["timescale"] == CONFERENCE and one["measure"] == "duty")
    plan = {"reason": "child-ill", "next_on": wall.today().isoformat(), "post": "team-manager"}
    bodies = BODIES | {
        "/v1/clocks/{id}/acknowledgements": plan,
        "/v1/acknowledgements": plan | {"clocks": [clock["id"]]},
    }
    for (method, path), scope in ROUTES.items():
        address = path.replace(":path", "").format(
            ref="c-1", id=clock["id"], name="section-47", secret="x" * 43
        ) + QUERIES.get(path, "")
        address = address.replace(f"/timescales/{clock['id']}", f"/timescales/{clock['timescale']}")
        body = {"json": bodies[path]} if path in bodies and method != "GET" else {}
        if scope == OWN_ADDRESS:
            for key in (None, "ts_wrong", *ALL, "admin"):
                refused(api.ask(method, address, key=key), 404, "not-found")
            continue
        if scope is None:
            assert api.ask(method, address, key=None).status_code == 200
            continue
        if scope == OWN_TOKEN:
            for key in (None, "ts_wrong", *ALL, "admin"):
                refused(api.ask(method, address, key=key), 401, "not-allowed")
            continue
        refused(api.ask(method, address, key=None, **body), 401, "not-allowed")
        refused(api.ask(method, address, key="ts_wrong", **body), 401, "not-allowed")
        for other in ALL:
            if method == "DELETE":
                api.ask("PUT", address, key="admin", json=bodies[path])
            answer = api.ask(method, address, key=other, **body)
            if other == scope:
                assert answer.status_code in ALLOWED, (method, address, answer.text)
            else:
                assert scope in refused(answer, 403, "out-of-scope")["fix"]
        if method == "DELETE":
            api.ask("PUT", address, key="admin", json=bodies[path])
        assert api.ask(method, address, key="admin", **body).status_code in ALLOWED


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic dTpw", "bearer", "Bearer \xe9", "Token ts_x", "Bearer a b"]
)
def test_a_header_that_is_no_key_is_401_and_says_what_to_send(api, header):
    answer = api.ask("GET", "/v1/clocks", key=None, headers={"Authorization": header.encode("latin-1")})
    assert "Bearer" in refused(answer, 401, "not-allowed")["fix"]


def test_a_revoked_key_is_useless_from_the_next_request_on(api):
    assert api.get("/v1/clocks", key="clocks:read").status_code == 200
    keys.revoke(api.council, "clocks:read", actor="test")
    refused(api.get("/v1/clocks", key="clocks:read"), 401, "not-allowed")
    with pytest.raises(NotFound):
        keys.revoke(api.council, "clocks:read", actor="test")


def test_an_unknown_address_is_the_same_404_whoever_asks(api):
    for path in ("/v1", "/v1/clocks/", "/v1/nothing", "/v2/clocks", "//", "/v1/clocks/x/y"):
        for key in (None, "all"):
            refused(api.get(path, key=key), 404, "not-found")


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/v1/events"), ("POST", "/v1/clocks"), ("PATCH", "/v1/posts")])
def test_what_is_not_done_is_405_and_says_what_is(api, method, path):
    answer = api.ask(method, path)
    refused(answer, 405, "method-not-allowed")
    assert answer.headers["allow"]


# ---- the keys themselves ---------------------------------------------------------------------------------------------


def key_rows(council):
    with council.reading() as db:
        return db.execute(select(table(ApiKeyRow))).mappings().all()


def test_a_key_has_256_bits_and_only_its_hmac_is_kept(council, tmp_path):
    made = {keys.add(council, f"system {nth}", ["events:write"], actor="test") for nth in range(8)}
    assert len(made) == 8
    secret = (tmp_path / "key-secret").read_bytes()
    assert stat.S_IMODE((tmp_path / "key-secret").stat().st_mode) == 0o600
    assert len(secret) == 32
    for key in made:
        assert len(key.removeprefix("ts_")) >= 43  # 32 bytes in base64
        assert key not in str(key_rows(council))
        assert sha256(key.encode()).hexdigest() not in str(key_rows(council))
    digests = {hmac.new(secret, key.encode(), sha256).hexdigest() for key in made}
    assert {row["digest"] for row in key_rows(council)} == digests


def test_a_key_is_worth_nothing_under_another_secret(council, database_url, tmp_path):
    key = keys.add(council, "system", ["events:write"], actor="test")
    (tmp_path / "elsewhere").mkdir()
    elsewhere = opened(database_url, tmp_path / "elsewhere", secret="another secret")
    with pytest.raises(NotAllowed):
        keys.caller(elsewhere, f"Bearer {key}", "events:write")
    elsewhere.engine.dispose()


@pytest.mark.parametrize(
    ("name", "scopes"),
    [("taken", ["events:write"]), ("new", []), ("new", ["events:delete"]), ("", ["admin"]), ("x\n", ["admin"])],
)
def test_a_key_that_cannot_be_right_is_refused_and_none_is_made(council, name, scopes):
    keys.add(council, "taken", ["events:write"], actor="test")
    with pytest.raises(Refused):
        keys.add(council, name, scopes, actor="test")
    assert len(key_rows(council)) == 1


def test_the_scope_that_lacks_is_named_and_the_key_is_not(council):
    key = keys.add(council, "system", ["events:read", "clocks:read"], actor="test")
    assert keys.caller(council, f"Bearer {key}", "events:read").name == "system"
    with pytest.raises(OutOfScope) as refusal:
        keys.caller(council, f"Bearer {key}", "events:write")
    assert key not in str(refusal.value)
