"""Pages answer for an authority with sign-in, at its own address, and for the demonstration on this machine alone."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.service.pages_cast import browser, demonstration, populate

PATHS = [
    "/",
    "/clocks",
    "/subjects/c-late",
    "/outbox",
    "/people",
    "/problems",
    "/rules",
    "/reports",
    "/reports/section-47",
]
STATIC = "/static/site.css"
REFUSALS = {
    "/nowhere": 404,
    "/subjects/c-nobody": 404,
    "/clocks/00000000000000000000": 404,
    "/clocks/unreadable": 404,
    "/outbox/999": 404,
    "/rules/none": 404,
    "/reports/none": 404,
    "/section-47?page=0": 422,
    "/reports/section-47?as_at=2999-01-01": 422,
}


def refused(asking: TestClient, path: str, **headers: str) -> None:
    answer, nowhere = asking.get(path, headers=headers), asking.get("/nowhere-at-all", headers=headers)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == nowhere.json(), "it can be told from an address there is nothing at"


def refused_everywhere(asking: TestClient) -> None:
    for path in [*PATHS, STATIC]:
        refused(asking, path)


@pytest.fixture
def council(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path) as made:
        yield made


@pytest.fixture
def real(sqlite_url, tmp_path):
    """An authority with sign-in, whose people come by a name of its own. Nobody asks its sign-in service here."""
    with demonstration(sqlite_url, tmp_path, demonstrate=False, **SIGN_IN) as made:
        yield made


SIGN_IN = {
    "oidc_issuer": "https://login.example/tenant/v2.0",
    "oidc_client_id": "an-id",
    "oidc_client_secret": "a-secret",
    "base_url": "https://timescales.council.example",
}
NAME = "timescales.council.example"


def test_an_authority_without_sign_in_has_no_pages(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path, demonstrate=False) as without:
        refused_everywhere(browser(without))


@pytest.mark.parametrize("host", [NAME, NAME.upper()])
@pytest.mark.parametrize("client", ["127.0.0.1", "192.0.2.7"])
def test_an_authority_with_sign_in_asks_whoever_comes_by_its_name_to_sign_in(real, host, client):
    asking = browser(real, host=host, client=client, follow_redirects=False)
    assert asking.get("/").headers["location"] == "/sign-in"
    assert asking.get("/sign-in").status_code == 200
    assert asking.get(STATIC).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", f"{NAME}.evil.example", f"{NAME}:8443", "127.0.0.1:8000", "localhost"]
)
def test_an_authority_has_no_pages_under_any_other_name(real, host):
    refused_everywhere(browser(real, host=host))
    for two in ([("host", NAME), ("host", "evil.example")], [("host", "evil.example"), ("host", NAME)]):
        assert browser(real, host=NAME).get("/", headers=two).status_code == 404


def test_an_authority_behind_a_proxy_has_its_pages(real):
    for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"]:
        asking = browser(real, host=NAME, follow_redirects=False)
        assert asking.get("/", headers={header: "127.0.0.1"}).status_code == 303


def test_another_machine_gets_no_pages(council):
    refused_everywhere(browser(council, client="192.0.2.7"))


def test_a_service_that_listens_to_the_network_has_no_pages(sqlite_url, tmp_path):
    with demonstration(sqlite_url, tmp_path, host="0.0.0.0") as open_to_all:
        refused_everywhere(browser(open_to_all))


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.7:8000", "0.0.0.0"]
)
def test_a_page_elsewhere_cannot_ask_under_its_own_name(council, host):
    refused(browser(council, host=host), "/")


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST", "[::1]:8000", "127.0.0.1"])
def test_this_machine_by_any_of_its_names_gets_them(council, host):
    assert browser(council, host=host).get("/").status_code == 200


def test_nobody_is_let_in_for_coming_from_this_machine(council):
    asking = browser(council, follow_redirects=False)
    del asking.headers["cookie"]
    for path in PATHS:
        assert asking.get(path).headers["location"].startswith("/sign-in"), path


def test_an_address_too_long_to_come_back_to_leads_to_the_sign_in_page_all_the_same(council):
    asking = browser(council, follow_redirects=False)
    del asking.headers["cookie"]
    for letters in (1, 100, 127):
        to = asking.get("/clocks", params=dict.fromkeys(("team", "worker", "timescale", "area"), "é" * letters))
        assert to.status_code == 303
        assert asking.get(to.headers["location"]).status_code == 200, letters
    assert asking.get("/subjects/a%3Fb%2Fc").headers["location"] == "/sign-in?back_to=%2Fsubjects%2Fa%253Fb%2Fc"


def test_what_comes_through_a_proxy_does_not_come_from_here(council):
    for header in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"]:
        refused(browser(council), "/", **{header: "127.0.0.1"})


def test_a_wrong_parameter_tells_a_stranger_nothing(council):
    refused(browser(council, client="192.0.2.7"), "/clocks/unreadable")
    refused(browser(council, client="192.0.2.7"), "/clocks?status=unheard-of")


def test_a_browser_gets_its_refusals_as_pages(council):
    populate(council)
    asking = browser(council)
    for path, status in REFUSALS.items():
        answer = asking.get(path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"].startswith("text/html"), path
        assert "<h1" in answer.text
        assert "content-security-policy" in answer.headers


def test_a_refusal_never_repeats_what_was_asked(council):
    for path in ["/subjects/c-canary-7f", "/rules/c-canary-7f", "/clocks?status=c-canary-7f", "/c-canary-7f"]:
        assert "canary" not in browser(council).get(path).text


def test_a_program_gets_problem_documents(council):
    asking = browser(council)
    for path, accept in [("/v1/nowhere", "text/html"), ("/nowhere", "application/json"), ("/nowhere", "*/*")]:
        answer = asking.get(path, headers={"accept": accept})
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_defect_is_a_page_that_says_so_and_still_reaches_the_log(council, caplog):
    asking = browser(council, raise_server_exceptions=False)

    def fails() -> None:
        raise RuntimeError("as a defect would")

    asking.app.add_api_route("/v0/defect", fails)
    answer = asking.get("/v0/defect")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "<h1" in answer.text


def test_a_wrong_method_is_still_told_apart_from_no_address(council):
    assert browser(council).post("/clocks").status_code == 405
    assert browser(council).get("/v1/events").status_code == 405
